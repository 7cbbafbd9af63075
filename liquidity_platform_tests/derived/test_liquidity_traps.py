"""Every error of the reference model and every trap of net liquidity, one test each: a status, never a wrong number."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, known_input, published, statement

from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import METRICS, raw_inputs

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

REFERENCE, WEEKLY, DAILY = "reference.v3_4_1", "us.net_liquidity.weekly", "us.net_liquidity.daily"
WED, WEEK = date(2023, 3, 15), timedelta(days=7)


def newest(rows: pl.DataFrame, metric: str, period: date) -> tuple[float | None, str]:
    found = rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == period)).sort("known_at")
    return found["value"][-1], found["status"][-1]


def computed(*numbers: tuple[str, dict[date, float | None]]) -> pl.DataFrame:
    """All metrics from some numbers in base units, each known at its release."""
    return evaluate_all(METRICS, pl.concat([known_input(code, told) for code, told in numbers]))


# the eight errors of the reference model


def test_error_1_the_reference_takes_billions_of_reverse_repos_for_millions(known_now: pl.DataFrame) -> None:
    """Its reverse repos are a thousandth of what they are: two trillions too much liquidity in 2022."""
    ours, _ = newest(known_now, WEEKLY, date(2022, 4, 13))
    theirs, _ = newest(known_now, f"{REFERENCE}.net_liquidity", date(2022, 4, 13))
    by_unit, _ = newest(known_now, f"{REFERENCE}.net_liquidity.vs_weekly.rrp_unit", date(2022, 4, 13))
    assert (ours, theirs) == (6_606_396e6, pytest.approx(8_416_363.445e6))
    assert by_unit == pytest.approx(0.999 * 1_815_555e6)


def test_error_2_a_sofr_up_to_one_percent_is_read_as_a_fraction() -> None:
    """0.79 % and 1 % become 79 % and 100 %; 1.01 % is left alone."""
    days = {date(2022, 5, 16): 0.79, date(2022, 5, 17): 1.0, date(2022, 5, 18): 1.01}
    rows = computed(("SOFR", days))
    for (day, published_rate), read in zip(days.items(), (79.0, 100.0, 1.01), strict=True):
        assert newest(rows, f"{REFERENCE}.sofr", day)[0] == pytest.approx(read)
        assert newest(rows, f"{REFERENCE}.sofr.vs_published", day)[0] == pytest.approx(read - published_rate)


def test_error_3_seven_rows_are_not_seven_days(known_now: pl.DataFrame) -> None:
    """The seventh row before 2023-03-15 is the 6th: 8,404,378.177 - 7,956,248.207, not - 8,006,739.763 of the 8th."""
    rows, _ = newest(known_now, f"{REFERENCE}.net_liquidity.daily.d7", WED)
    off, _ = newest(known_now, f"{REFERENCE}.net_liquidity.daily.d7.vs_calendar", WED)
    assert rows == pytest.approx(448_129.970e6, abs=1)
    assert off == pytest.approx(50_491.556e6, abs=1)


def test_error_4_a_leg_that_failed_raises_the_reference_and_makes_ours_no_number() -> None:
    known = (("WALCL", {WED: 8_639_300e6}), ("WTREGEN", {WED: 232_866e6}), ("WDTGAL", {WED: 277_643e6}))
    rows = computed(*known)
    assert newest(rows, f"{REFERENCE}.net_liquidity", WED) == (8_406_434e6, "MISSING_INPUT")
    assert newest(rows, WEEKLY, WED) == (None, "MISSING_INPUT")
    assert newest(rows, f"{REFERENCE}.net_liquidity.vs_weekly", WED) == (None, "MISSING_INPUT")


def test_error_4_a_fill_without_limit_gives_the_reference_a_number_of_months_ago() -> None:
    old = WED - timedelta(days=200)
    rows = computed(
        ("WALCL", {WED: 9e12}), ("WTREGEN", {WED: 1e12}), ("WDTGAL", {WED: 1e12}), ("RRPONTSYD", {old: 2e12})
    )
    assert newest(rows, f"{REFERENCE}.net_liquidity", WED) == (8e12 - 2e9, "CARRIED")
    assert newest(rows, WEEKLY, WED) == (None, "STALE_INPUT")


def test_error_5_each_line_of_the_balance_sheet_has_the_name_the_publisher_gives_it() -> None:
    names = {"WORAL": "fed.repos", "RESPPLLOPNWW": "fed.remittances_due", "H41RESPPALDKNWW": "fed.btfp"}
    assert {code: find_series(code).id for code in names} == names
    assert SERIES["fed.remittances_due"].low < 0  # a deferred asset: the Fed owes the Treasury less than nothing


def test_error_6_china_is_foreign_reserves_and_no_balance_sheet() -> None:
    legs = (("WALCL", {WED: 9e12}), ("WTREGEN", {WED: 1e12}))
    without = computed(*legs)
    with_china = computed(*legs, ("TRESEGCNM052N", {date(2023, 1, 1): 3.184e12}))
    metric = f"{REFERENCE}.global_liquidity"
    assert newest(with_china, metric, WED)[0] - newest(without, metric, WED)[0] == 3.184e12  # type: ignore[operator]
    assert newest(with_china, f"{metric}.vs_net_fed.china", WED)[0] == 3.184e12
    for metric in METRICS.values():
        if "imf.reserves_china" in raw_inputs(metric):
            assert metric.id.startswith(REFERENCE)


def test_error_7_a_week_s_average_is_not_the_wednesday(known_now: pl.DataFrame) -> None:
    """In the week of April 15th 2025 the account took 324 bn: the average lags the level by 215.8 bn."""
    tax_week = date(2025, 4, 16)
    assert newest(known_now, f"{REFERENCE}.net_liquidity.vs_weekly.tga_average", tax_week)[0] == 215_800e6
    assert newest(known_now, "us.net_liquidity.mixed.vs_weekly", tax_week)[0] == 215_800e6


def test_error_8_no_cross_check_computes_the_same_thing_again_from_the_same_rows() -> None:
    """What is told and what it is compared with are other series, or the balance sheet of the week before."""
    for metric in (metric for metric in METRICS.values() if metric.tolerance is not None):
        told = metric.inputs[metric.anchor]
        others = [leg for name, leg in metric.inputs.items() if name != metric.anchor]
        assert all(leg.source != told.source or leg.lag_days > 0 for leg in others), metric.id
        assert others, metric.id


# the traps of net liquidity


def test_trap_1_an_old_copy_in_billions_gives_the_same_dollars_and_is_refused_as_millions(real_data: Path) -> None:
    """WTREGEN was printed in billions until FRED changed it: each vintage has the unit of its day."""
    with (real_data / "trap_samples" / "WTREGEN_billions_asof_2024-06.csv").open() as lines:
        old = {
            date.fromisoformat(day): float(text) for day, text in list(csv.reader(lines))[1:] if text not in ("", ".")
        }
    now = published(real_data, "WTREGEN", date(2014, 1, 1))
    both = [day for day in old if day in now]
    assert len(both) > 400
    assert all(abs(old[day] * 1e9 - now[day]) < 1e6 for day in both)  # type: ignore[operator]
    low, high = SERIES["treasury.tga_week_average"].plausible
    assert all(not low <= old[day] * 1e6 <= high for day in both)
    assert all(low <= old[day] * 1e9 <= high for day in both if old[day])


def test_trap_2_a_wednesday_is_known_on_thursday_and_its_exchange_rates_on_monday(liquidity: pl.DataFrame) -> None:
    day = date(2025, 4, 16)
    of = liquidity.filter(pl.col("period") == day)
    week = of.filter(pl.col("metric_id") == WEEKLY)
    assert week.select("known_at", "status").rows() == [(datetime(2025, 4, 17, 20, 30, tzinfo=UTC), "COMPLETE")]
    total = of.filter(pl.col("metric_id") == "global.liquidity.gross")
    assert total.select("known_at", "status").rows() == [
        (datetime(2025, 4, 17, 20, 30, tzinfo=UTC), "CARRIED"),
        (datetime(2025, 4, 21, 20, 15, tzinfo=UTC), "COMPLETE"),
    ]


def test_trap_2_the_daily_number_of_a_wednesday_is_provisional_and_so_is_all_that_is_made_of_it(
    liquidity: pl.DataFrame,
) -> None:
    """Statement at 16:00, balance sheet at 16:30: the week's 297,017 million of assets come with the second."""
    first, second = datetime(2023, 3, 16, 20, 0, tzinfo=UTC), datetime(2023, 3, 16, 20, 30, tzinfo=UTC)
    expected = {
        DAILY: [(6_008_817e6, "PROVISIONAL"), (6_305_834e6, "COMPLETE")],  # 8,342,283 of the 8th, then 8,639,300
        f"{DAILY}.d1w.assets": [(0.0, "PROVISIONAL"), (297_017e6, "COMPLETE")],
        f"{DAILY}.vs_weekly": [(171_502e6, "PROVISIONAL"), (0.0, "COMPLETE")],  # of the 8th: 5,837,315
        "us.stealth_qe.fed": [(0.0, "PROVISIONAL"), (100.0, "COMPLETE")],
    }
    for metric, told in expected.items():
        own = liquidity.filter((pl.col("metric_id") == metric) & (pl.col("period") == WED)).sort("known_at")
        assert own.select("known_at", "value", "status").rows() == [(first, *told[0]), (second, *told[1])], metric


def test_trap_3_a_missing_and_a_stale_leg_are_named_in_all_that_reads_them() -> None:
    wednesdays = {WED: 9e12, WED - WEEK: 9e12}
    missing = computed(
        ("WALCL", wednesdays), ("WDTGAL", {WED - WEEK: 1e12}), ("RRPONTSYD", dict.fromkeys(wednesdays, 2e12))
    )
    for metric in (WEEKLY, f"{WEEKLY}.tga", f"{WEEKLY}.d1w", f"{WEEKLY}.d1w.tga"):
        assert newest(missing, metric, WED) == (None, "MISSING_INPUT"), metric
    assert newest(missing, f"{WEEKLY}.d1w.assets", WED) == (0.0, "COMPLETE")  # what is known is still told
    stale = computed(("WALCL", wednesdays), ("WDTGAL", wednesdays), ("RRPONTSYD", {WED - WEEK: 2e12}))
    for metric in (WEEKLY, f"{WEEKLY}.rrp", f"{WEEKLY}.d1w.rrp", "us.stealth_qe.weekly.rrp"):
        assert newest(stale, metric, WED) == (None, "STALE_INPUT"), metric


def test_trap_3_a_holiday_wednesday_carries_reverse_repos_of_at_most_two_business_days(known_now: pl.DataFrame) -> None:
    for holiday, carried in ((date(2024, 12, 25), 180_989e6), (date(2025, 1, 1), 473_460e6)):
        assert newest(known_now, f"{WEEKLY}.rrp", holiday) == (carried, "CARRIED")
        assert newest(known_now, f"{WEEKLY}.d1w.rrp", holiday)[1] == "CARRIED"


def test_trap_4_changes_are_by_calendar_and_over_holes_there_is_none(known_now: pl.DataFrame) -> None:
    for span, days in (("d1w", 7), ("d4w", 28), ("d13w", 91)):
        now, then = (newest(known_now, WEEKLY, day)[0] for day in (WED, WED - timedelta(days=days)))
        assert newest(known_now, f"{WEEKLY}.{span}", WED)[0] == now - then  # type: ignore[operator]
    hole = computed(*((code, {WED: 9e12, WED - 2 * WEEK: 8e12}) for code in ("WALCL", "WDTGAL", "RRPONTSYD")))
    assert newest(hole, f"{WEEKLY}.d1w", WED) == (None, "STALE_INPUT")


def test_trap_5_reverse_repos_of_zero_are_a_number_and_percent_of_nothing_does_not_explode(
    known_now: pl.DataFrame,
) -> None:
    """2020-07-22: 0.000 after 0.101 bn. Minus 100 percent of little, half a percent of FLOOR."""
    day = date(2020, 7, 22)
    assert newest(known_now, f"{WEEKLY}.rrp", day) == (0.0, "COMPLETE")
    velocity, status = newest(known_now, "us.stealth_qe.weekly.rrp_velocity", day)
    before, _ = newest(known_now, f"{WEEKLY}.rrp", day - WEEK)
    assert before is not None
    assert 0 <= before < 20e9
    assert velocity == pytest.approx(-before / 20e9 * 100)
    assert status == "COMPLETE"
    worst = known_now.filter(pl.col("metric_id") == "us.stealth_qe.weekly.rrp_velocity")["value"].abs().max()
    assert isinstance(worst, float)
    assert worst < 1500  # 300 bn over a quarter's end, in percent of 20 bn


def test_trap_5_from_zero_to_zero_is_no_change() -> None:
    rows = computed(*((code, {WED: 0.0, WED - WEEK: 0.0}) for code in ("WALCL", "WDTGAL", "RRPONTSYD")))
    for metric in ("us.stealth_qe.weekly.rrp_velocity", "us.stealth_qe.weekly.rrp", "us.stealth_qe.weekly"):
        assert newest(rows, metric, WED) == (0.0, "COMPLETE"), metric


def test_trap_6_the_statement_s_account_goes_on_under_its_new_line(known_now: pl.DataFrame, real_data: Path) -> None:
    """The close stood in one column through 2022-04-15, in another line's other column from 2022-04-18 on."""
    closes = statement(real_data, "DTS", date(2022, 4, 1))
    for day, millions in ((date(2022, 4, 14), 602_292), (date(2022, 4, 18), 841_253)):
        assert closes[day] == millions * 1e6
        assert newest(known_now, f"{DAILY}.tga", day) == (millions * 1e6, "COMPLETE")


def test_trap_7_what_taxes_take_in_april_is_told_by_the_treasury_s_leg(known_now: pl.DataFrame) -> None:
    """2022-04-20: net liquidity fell by 424,631 million in a week, 363,990 of it into the Treasury's account."""
    day = date(2022, 4, 20)
    assert newest(known_now, f"{WEEKLY}.d1w", day)[0] == -424_631e6
    assert newest(known_now, f"{WEEKLY}.d1w.tga", day)[0] == -363_990e6  # 543,536 - 907,526
    assert newest(known_now, f"{WEEKLY}.d1w.assets", day)[0] == -9_636e6
    assert newest(known_now, f"{WEEKLY}.d1w.rrp", day)[0] == -51_005e6


def test_a_series_that_was_never_published_leaves_its_metrics_without_a_number_and_says_so(real_data: Path) -> None:
    """Currency and reserves stand in no file: the balance sheet has rows, a status and no value."""
    rows = evaluate_all(METRICS, inputs(real_data, date(2025, 1, 1), ["WALCL", "WDTGAL", "WLRRAL", "RRPONTSYD"]))
    rest = rows.filter(pl.col("metric_id") == "us.balance_sheet.rest")
    assert rest.height > 70
    assert set(rest.select("value", "status").rows()) == {(None, "MISSING_INPUT")}
    assert rows.filter(pl.col("metric_id") == "us.balance_sheet.reserves").is_empty()
