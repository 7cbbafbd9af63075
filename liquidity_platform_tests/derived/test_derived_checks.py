"""Cross-checks on the published numbers: where publishers, or a sum and its parts, agree, and the days they do not."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, known_input

from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.checks import METRICS
from liquidity_platform.derived.declare import Metric, index_metrics
from liquidity_platform.derived.engine import evaluate_all

CODES = ["WDTGAL", "T10Y2Y", "T10Y3M", "DGS10", "DGS2", "DGS3MO", "DEXUSEU", "SOFR", "EFFR", "RRPONTSYD"]
BY_ID = {metric.id: metric for metric in METRICS}
TGA, TWO_YEARS, THREE_MONTHS = (
    f"check.{what}.difference" for what in ("tga_wednesday", "spread_10y2y", "spread_10y3m")
)

FOOT, OPENING = "check.tga_foot.difference", "check.tga_opening.difference"
OPEN, DEPOSITS, WITHDRAWALS = "DTS.opening", "DTS.deposits", "DTS.withdrawals"


@pytest.fixture(scope="module")
def rows(real_data: Path) -> pl.DataFrame:
    found = evaluate_all(BY_ID, inputs(real_data, date(1970, 1, 1), CODES)).sort("metric_id", "period", "known_at")
    return found.group_by("metric_id", "period", maintain_order=True).last()


def of(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    return rows.filter(pl.col("metric_id") == metric)


def test_the_treasury_s_account_is_the_same_in_both_publications_on_every_wednesday(rows: pl.DataFrame) -> None:
    tga = of(rows, TGA)
    counts = dict(tga["status"].value_counts().rows())
    assert (counts["COMPLETE"], counts["CARRIED"]) == (497, 7)
    assert tga["value"].drop_nulls().unique().to_list() == [0.0]
    christmas = tga.row(by_predicate=pl.col("period") == date(2024, 12, 25), named=True)
    assert (christmas["value"], christmas["status"]) == (0.0, "CARRIED")


def test_before_the_statement_began_and_after_its_last_there_is_nothing_to_agree_with(rows: pl.DataFrame) -> None:
    tga = of(rows, TGA)
    for day, status in ((date(2003, 1, 8), "MISSING_INPUT"), (date(2025, 9, 3), "STALE_INPUT")):
        row = tga.row(by_predicate=pl.col("period") == day, named=True)
        assert (row["value"], row["status"]) == (None, status)


@pytest.mark.parametrize(
    ("metric", "compared", "apart"),
    [
        (TWO_YEARS, 12_531, {date(1990, 11, 21): 2.0, date(1991, 1, 29): 2.0, date(1995, 11, 29): -1.0}),
        (THREE_MONTHS, 11_140, {date(1991, 1, 29): 2.0, date(1999, 10, 1): -10.0}),
    ],
)
def test_fred_s_spreads_are_the_difference_of_its_yields_but_for_a_few_old_days(
    rows: pl.DataFrame, metric: str, compared: int, apart: dict[date, float]
) -> None:
    found = of(rows, metric).drop_nulls("value")
    assert found.height == compared
    assert dict(found.filter(pl.col("value") != 0).select("period", "value").iter_rows()) == apart


def test_every_statement_adds_up_but_for_the_rounding_of_its_numbers(rows: pl.DataFrame) -> None:
    foot = of(rows, FOOT)
    assert (foot.height, foot["period"].min(), foot["period"].max()) == (846, date(2022, 4, 18), date(2025, 9, 2))
    assert dict(foot["value"].value_counts().rows()) == {0.0: 569, 1e6: 140, -1e6: 137}
    assert foot["status"].unique().to_list() == ["COMPLETE"]


def test_every_opening_is_the_close_of_the_statement_before(rows: pl.DataFrame) -> None:
    """Also after 2017-11-10, 2020-07-03, 2021-06-18, 2021-12-24 and -31, 2023-11-10: observed holidays with one."""
    opening = of(rows, OPENING)
    assert opening.height == 2428
    assert opening.filter(pl.col("value").is_null()).select("period", "status").rows() == [
        (date(2016, 1, 4), "MISSING_INPUT")  # the first of the file
    ]
    assert opening["value"].drop_nulls().unique().to_list() == [0.0]


def footed(numbers: dict[str, float]) -> list[tuple[object, ...]]:
    """Value and status of the foot of 2024-01-03, from what is known of that day, in millions."""
    day = date(2024, 1, 3)
    known = pl.concat([known_input(code, {day: number * 1e6}) for code, number in numbers.items()])
    return evaluate_all({FOOT: BY_ID[FOOT]}, known).select("value", "status").rows()


def test_a_statement_that_does_not_add_up_shows_by_how_much() -> None:
    parts = {OPEN: 100_000.0, DEPOSITS: 30_000.0, WITHDRAWALS: 20_000.0, "DTS": 110_000.0}
    assert footed(parts) == [(0.0, "COMPLETE")]
    assert footed({**parts, "DTS": 109_995.0}) == [(5e6, "COMPLETE")]
    assert footed({**parts, WITHDRAWALS: 0.0}) == [(20_000e6, "COMPLETE")]
    for left in (OPEN, WITHDRAWALS, "DTS"):
        some = {code: number for code, number in parts.items() if code != left}
        assert footed(some) == [(None, "MISSING_INPUT")]
    assert footed({code: number for code, number in parts.items() if code != DEPOSITS}) == []


def test_an_opening_is_compared_with_what_was_known_of_the_close_before() -> None:
    """Across a holiday weekend; corrected later, it is another row; an older close is nothing to compare with."""
    thursday, friday, tuesday = date(2024, 5, 23), date(2024, 5, 24), date(2024, 5, 28)
    first, later = datetime(2024, 5, 29, 20, tzinfo=UTC), datetime(2024, 6, 3, 20, tzinfo=UTC)
    known = pl.concat([known_input(OPEN, {tuesday: 7e11}), known_input("DTS", {thursday: 5e11, tuesday: 9e11})])

    def steps(*more: pl.DataFrame) -> list[tuple[object, ...]]:
        facts = pl.concat([known, *more])
        return evaluate_all({OPENING: BY_ID[OPENING]}, facts).select("known_at", "value", "status").rows()

    assert steps() == [(first, None, "STALE_INPUT")]
    told, corrected = known_input("DTS", {friday: 6e11}), known_input("DTS", {friday: 7e11}, later)
    assert steps(told, corrected) == [(first, 1e11, "COMPLETE"), (later, 0.0, "COMPLETE")]


PAIRS = {
    "sofr": ("SOFR", "sofr.rate", 5.31, 0.01),
    "effr": ("EFFR", "effr.rate", 5.33, 0.01),
    "on_rrp": ("RRPONTSYD", "reverse_repo.accepted", 2_553_716e6, 1e6),
    "usd_per_eur": ("DEXUSEU", "EXR.D.USD.EUR.SP00.A", 1.0850, 0.03),
    "estr": ("ECBESTRVOLWGTTRMDMNRT", "EST.B.EU000A2X2A25.WT", 3.663, 0.001),
    "ecb_deposit_rate": ("ECBDFR", "FM.D.U2.EUR.4F.KR.DFR.LEV", 3.75, 0.01),
    "ecb_main_refinancing_rate": ("ECBMRRFR", "FM.D.U2.EUR.4F.KR.MRR_FR.LEV", 4.25, 0.01),
}


@pytest.mark.parametrize("what", PAIRS)
def test_two_publishers_of_one_quantity_agree_up_to_the_tolerance_and_no_further(what: str) -> None:
    """A unit of the last digit printed is apart; for the two moments of a euro's price, three cents are."""
    metric = BY_ID[f"check.{what}.difference"]
    copied, own, number, step = PAIRS[what]
    assert metric.inputs["told"].source == find_series(copied).id
    assert metric.inputs["other"].source == find_series(own).id
    assert find_series(copied).source == "fred" != find_series(own).source
    days = [date(2024, 6, 4), date(2024, 6, 5), date(2024, 6, 6)]
    told = known_input(copied, dict.fromkeys(days, number))
    other = known_input(own, {days[0]: number, days[1]: number + step, days[2]: None})
    found = evaluate_all({metric.id: metric}, pl.concat([told, other])).sort("period", "known_at")
    last = found.group_by("period", maintain_order=True).last()
    assert last["status"].to_list() == ["COMPLETE", "COMPLETE", "MISSING_INPUT"]
    same, apart, none = last["value"].to_list()
    assert metric.tolerance is not None
    assert (same, none) == (0.0, None)
    assert apart == pytest.approx(-step)
    assert step / 10 < metric.tolerance < abs(apart)


def test_every_pair_of_publishers_is_among_them() -> None:
    apart = {"tga_wednesday", "tga_foot", "tga_opening", "spread_10y2y", "spread_10y3m"}
    assert {f"check.{what}.difference" for what in {*PAIRS, *apart}} == set(BY_ID)


def test_what_only_one_publisher_has_is_compared_with_nothing(rows: pl.DataFrame) -> None:
    for what in ("sofr", "effr", "on_rrp", "usd_per_eur"):
        found = of(rows, f"check.{what}.difference")
        assert found.height > 1_000
        assert found["value"].null_count() == found.height
        assert found["status"].unique().to_list() == ["MISSING_INPUT"]


def test_a_difference_is_known_when_the_later_of_the_two_is() -> None:
    day, known = date(2022, 4, 13), datetime(2022, 4, 14, 20, 30, tzinfo=UTC)
    both = pl.concat([known_input("WDTGAL", {day: 6e11}, known), known_input("DTS", {day: 6.1e11})])
    row = evaluate_all({TGA: BY_ID[TGA]}, both).row(-1, named=True)
    assert (row["value"], row["known_at"], row["status"]) == (-1e10, known, "COMPLETE")


def test_dollars_are_not_checked_against_percent() -> None:
    legs = {"told": at_period("treasury.tga_daily"), "other": at_period("ust.yield_10y")}
    wrong = Metric(id="check.x.difference", title="x", unit=Unit.USD, version=1, anchor="told", inputs=legs,
                   formula="told - other", source="", tolerance=1.0)  # fmt: skip
    with pytest.raises(CatalogError, match="cannot subtract told in usd, other in percent"):
        index_metrics([wrong])
