"""Cross-checks on the published numbers: where two publishers agree, and the days on which they do not."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, known_input

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.checks import METRICS
from liquidity_platform.derived.declare import Metric, at_period, index_metrics
from liquidity_platform.derived.engine import evaluate_all

CODES = ["WDTGAL", "T10Y2Y", "T10Y3M", "DGS10", "DGS2", "DGS3MO"]
BY_ID = {metric.id: metric for metric in METRICS}
TGA, TWO_YEARS, THREE_MONTHS = (
    f"check.{what}.difference" for what in ("tga_wednesday", "spread_10y2y", "spread_10y3m")
)


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


def test_a_difference_is_known_when_the_later_of_the_two_is() -> None:
    day, known = date(2022, 4, 13), datetime(2022, 4, 14, 20, 30, tzinfo=UTC)
    both = pl.concat([known_input("WDTGAL", {day: 6e11}, known), known_input("DTS", {day: 6.1e11})])
    row = evaluate_all({TGA: BY_ID[TGA]}, both).row(-1, named=True)
    assert (row["value"], row["known_at"], row["status"]) == (-1e10, known, "COMPLETE")


def test_dollars_are_not_checked_against_percent() -> None:
    wrong = Metric("check.x.difference", "x", Unit.USD, 1, "told",
                   {"told": at_period("treasury.tga_daily"), "other": at_period("ust.yield_10y")},
                   {"told": 1.0, "other": -1.0}, 1.0, "", tolerance=1.0)  # fmt: skip
    with pytest.raises(CatalogError, match="cannot add told in usd, other in percent"):
        index_metrics([wrong])
