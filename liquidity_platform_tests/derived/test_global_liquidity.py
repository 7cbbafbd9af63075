"""Global liquidity by hand: three banks, their exchange rates, and what happens when one of them is late or silent.

Hand-made Wednesdays in trillions; the published ones stand in the golden values. Exchange rates of the files have one
source only, so that the totals in dollars below are worked out but not counted among the golden values.
"""

from datetime import date, timedelta

import polars as pl
import pytest
from published_inputs import families, known_input

from liquidity_platform.derived.engine import evaluate_all

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

GROSS, NET = "global.liquidity.gross", "global.liquidity.net_fed"
WED, BEFORE = date(2025, 4, 16), date(2025, 3, 19)  # four weeks apart
FRIDAY, FRIDAY_BEFORE = date(2025, 4, 11), date(2025, 3, 14)
MARCH, FEBRUARY = date(2025, 3, 1), date(2025, 2, 1)  # describe the ends of their months

LOOKED_AT = families("net_liquidity", "global_liquidity", "global_coverage")
T = 1e12
LEGS: dict[str, dict[date, float]] = {
    "WALCL": {BEFORE: 7 * T, WED: 6 * T},
    "WDTGAL": {BEFORE: 1 * T, WED: 1 * T},
    "RRPONTSYD": {BEFORE: 1 * T, WED: 0.0},
    "ECBASSETSW": {FRIDAY_BEFORE: 5 * T, FRIDAY: 6 * T},
    "DEXUSEU": {BEFORE: 1.0, WED: 1.25},
    "JPNASSETS": {FEBRUARY: 600 * T, MARCH: 750 * T},
    "DEXJPUS": {BEFORE: 150.0, WED: 125.0},
}


def computed(**changed: dict[date, float]) -> pl.DataFrame:
    """Every metric of these families from LEGS, some of them replaced; each number known at its release."""
    legs = {code: told for code, told in {**LEGS, **changed}.items() if told}
    return evaluate_all(LOOKED_AT, pl.concat([known_input(code, dict(told)) for code, told in legs.items()]))


def value(rows: pl.DataFrame, metric: str, period: date = WED) -> tuple[float | None, str]:
    found = rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == period)).sort("known_at")
    return found["value"][-1], found["status"][-1]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (f"{GROSS}.fed", 6 * T),
        (f"{GROSS}.ecb", 7.5 * T),  # 6 x 1.25
        (f"{GROSS}.boj", 6 * T),  # 750 / 125
        (GROSS, 19.5 * T),
        (NET, 18.5 * T),  # 6 - 1 - 0 of the Fed
        (f"{GROSS}.d4w", 3.5 * T),  # from 7 + 5 + 4
        (f"{GROSS}.d4w.volume", 1 * T),  # -1, + 1 x 1.00, + 150 / 150
        (f"{GROSS}.d4w.fx", 2.5 * T),  # 6 x 0.25, 750 / 125 - 750 / 150
        (f"{GROSS}.fed.d4w", -1 * T),
        (f"{GROSS}.ecb.d4w", 2.5 * T),
        (f"{GROSS}.boj.d4w", 2 * T),
        (f"{NET}.d4w.volume", 2 * T),  # the Fed's net rose from 5 to 5: no change; + 1 + 1
        (f"{GROSS}.concentration", (36 + 56.25 + 36) / 19.5**2),
        (f"{GROSS}.age.ecb", 5.0),
        (f"{GROSS}.age.boj", 16.0),
        (f"{GROSS}.age.ecb_rate", 0.0),
    ],
)
def test_each_metric_by_hand(metric: str, expected: float) -> None:
    found, status = value(computed(), metric)
    assert found == pytest.approx(expected, rel=1e-12)
    assert status == "COMPLETE"


def test_breadth_counts_the_banks_that_grew_in_their_own_currency() -> None:
    """Over 13 weeks the Fed shrank, the ECB and the Bank of Japan grew; a dearer euro is no growth."""
    then = WED - timedelta(days=91)
    rows = computed(
        WALCL={then: 7 * T, WED: 6 * T}, ECBASSETSW={then - timedelta(days=5): 5 * T, FRIDAY: 5.1 * T},
        JPNASSETS={date(2024, 12, 1): 600 * T, MARCH: 600.1 * T}, DEXUSEU={then: 1.5, WED: 1.0},
    )  # fmt: skip
    assert value(rows, "global.liquidity.breadth") == (pytest.approx(200 / 3), "COMPLETE")


def test_what_a_change_was_corrected_by_is_told_beside_it() -> None:
    """The rate of March 19th came on the 24th: until then the 14th's 0.90 stood for it. 5 x (1.00 - 0.90) later."""
    early = {FRIDAY_BEFORE: 0.9, BEFORE: 1.0, WED: 1.25}
    rows = computed(DEXUSEU=early, DEXJPUS={FRIDAY_BEFORE: 150.0, BEFORE: 150.0, WED: 125.0})
    assert value(rows, f"{GROSS}.d4w")[0] == pytest.approx(3.5 * T)
    assert value(rows, f"{GROSS}.d4w.revision")[0] == pytest.approx(0.5 * T)
    assert value(rows, f"{GROSS}.d4w.shown")[0] == pytest.approx(4.0 * T)


def test_at_constant_rates_only_balance_sheets_move_it() -> None:
    base = date(2020, 1, 8)
    legs = {
        "WALCL": {base: 4 * T, WED: 6 * T}, "ECBASSETSW": {date(2020, 1, 3): 4 * T, FRIDAY: 6 * T},
        "JPNASSETS": {date(2019, 12, 1): 500 * T, MARCH: 500 * T}, "DEXUSEU": {base: 1.0, WED: 1.25},
        "DEXJPUS": {base: 100.0, WED: 125.0},
    }  # fmt: skip
    rows = computed(**legs)
    assert value(rows, f"{GROSS}.constant_fx", base) == (100.0, "COMPLETE")
    assert value(rows, f"{GROSS}.constant_fx") == (pytest.approx(100 * 17 / 13), "COMPLETE")
    moved = computed(**{**legs, "DEXUSEU": {base: 1.0, WED: 2.0}})
    assert value(moved, f"{GROSS}.constant_fx") == value(rows, f"{GROSS}.constant_fx")
    assert value(moved, GROSS) != value(rows, GROSS)


def test_before_the_base_was_known_nobody_knew_the_index(liquidity: pl.DataFrame) -> None:
    index = liquidity.filter((pl.col("metric_id") == f"{GROSS}.constant_fx") & (pl.col("period") == date(2019, 7, 10)))
    known = index.sort("known_at").select(pl.col("known_at").dt.date(), pl.col("value").is_null(), "status").rows()
    assert known[0] == (date(2019, 7, 11), True, "MISSING_INPUT")
    assert [row[0] for row in known[1:]] == [date(2020, 1, 9), date(2020, 1, 13)]
    assert not any(null for _, null, _ in known[1:])


@pytest.mark.parametrize("silent", ["ECBASSETSW", "JPNASSETS", "DEXUSEU", "DEXJPUS"])
def test_a_bank_that_was_never_published_makes_no_total_and_is_not_left_out(silent: str) -> None:
    rows = computed(**{silent: {}})
    for metric in (GROSS, NET, f"{GROSS}.d4w", f"{GROSS}.concentration"):
        assert value(rows, metric) == (None, "MISSING_INPUT"), metric
    assert value(rows, f"{GROSS}.fed") == (6 * T, "COMPLETE")


@pytest.mark.parametrize(
    ("code", "newest", "too_old"),
    [
        ("ECBASSETSW", date(2025, 4, 4), date(2025, 3, 28)),  # 12 days are read, 19 are not
        ("JPNASSETS", FEBRUARY, date(2025, 1, 1)),  # the end of February is read in April, of January not
        ("DEXUSEU", date(2025, 4, 8), date(2025, 4, 7)),  # 8 days, 9 days
        ("DEXJPUS", date(2025, 4, 8), date(2025, 4, 7)),
    ],
)
def test_each_leg_is_read_up_to_its_max_age_and_not_a_day_longer(code: str, newest: date, too_old: date) -> None:
    number = max(LEGS[code].values())
    assert value(computed(**{code: {newest: number}}), GROSS)[0] is not None
    assert value(computed(**{code: {too_old: number}}), GROSS) == (None, "STALE_INPUT")


def test_a_month_of_the_bank_of_japan_is_never_read_before_its_last_day() -> None:
    """March, dated on the 1st, describes the 31st: the Wednesdays of March read February, that of April 2nd March."""
    weeks = dict.fromkeys((date(2025, 3, 5), date(2025, 3, 26), date(2025, 4, 2)), 7 * T)
    rows = computed(WALCL=weeks)
    read = [value(rows, "global.liquidity.gross.boj.assets", day)[0] for day in weeks]
    assert read == [600 * T, 600 * T, 750 * T]


def test_no_month_is_read_before_it_ended_in_the_published_history(known_now: pl.DataFrame) -> None:
    ages = known_now.filter((pl.col("metric_id") == f"{GROSS}.age.boj") & pl.col("value").is_not_null())
    assert ages.height > 400
    assert ages["value"].min() == 0


def test_series_that_ended_make_the_totals_stale_and_their_age_still_told(known_now: pl.DataFrame) -> None:
    """The files of ECB, Bank of Japan and exchange rates end in January 2026."""
    last = known_now.filter(pl.col("period") == date(2026, 7, 15))
    for metric in (GROSS, NET, f"{GROSS}.d4w", f"{GROSS}.ecb", f"{GROSS}.constant_fx"):
        assert value(last, metric, date(2026, 7, 15)) == (None, "STALE_INPUT"), metric
    assert value(last, f"{GROSS}.fed", date(2026, 7, 15)) == (6_743_028e6, "COMPLETE")
    assert value(last, f"{GROSS}.age.ecb", date(2026, 7, 15)) == (166.0, "COMPLETE")  # since January 30th
    assert value(last, f"{GROSS}.age.boj", date(2026, 7, 15)) == (165.0, "COMPLETE")  # since January 31st


def test_a_wednesday_without_exchange_rates_carries_the_day_before() -> None:
    day, tuesday = date(2025, 1, 1), date(2024, 12, 31)
    rows = computed(WALCL={day: 7 * T}, ECBASSETSW={date(2024, 12, 27): 6 * T}, JPNASSETS={date(2024, 11, 1): 700 * T},
                    DEXUSEU={tuesday: 1.0}, DEXJPUS={tuesday: 140.0})  # fmt: skip
    assert value(rows, GROSS, day) == (18 * T, "CARRIED")
    assert value(rows, f"{GROSS}.age.ecb_rate", day) == (1.0, "CARRIED")


def test_published_totals_in_dollars(known_now: pl.DataFrame) -> None:
    """2025-04-16: 6,727,113 + 6,329,821 x 1.1382 + 729,766,900 / 142.56 millions."""
    expected = 6_727_113 + 6_329_821 * 1.1382 + 729_766_900 / 142.56
    assert value(known_now, GROSS)[0] == pytest.approx(expected * 1e6, rel=1e-12)
    net = expected - 638_783 - 54_772
    assert value(known_now, NET)[0] == pytest.approx(net * 1e6, rel=1e-12)


def test_coverage_is_the_share_in_a_dated_total_of_more_banks_and_says_how_old_that_is() -> None:
    """21.4 trn of the ten largest banks, told on 2016-10-18: 12.84 trn is 60 %; nothing before, or a year after."""
    weeks = [date(2016, 10, 12), date(2016, 10, 19), date(2017, 10, 18), date(2017, 10, 25)]
    rows = computed(
        WALCL=dict.fromkeys(weeks, 4.84 * T),
        ECBASSETSW={day - timedelta(days=5): 4 * T for day in weeks},
        JPNASSETS=dict.fromkeys((date(2016, 9, 1), date(2017, 9, 1)), 400 * T),
        DEXUSEU=dict.fromkeys(weeks, 1.0), DEXJPUS=dict.fromkeys(weeks, 100.0),
    )  # fmt: skip
    told = [value(rows, f"{GROSS}.coverage", day) for day in weeks]
    none, some = (None, "MISSING_INPUT"), (pytest.approx(60.0), "COMPLETE")
    assert told == [none, some, some, none]
    assert [value(rows, f"{GROSS}.coverage.age", day)[0] for day in weeks] == [None, 1.0, 365.0, 372.0]
