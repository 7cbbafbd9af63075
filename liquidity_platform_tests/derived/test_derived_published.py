"""Metrics on the published numbers: golden values, holidays, provisional days, deltas by calendar."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, published, statement

from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import METRICS

SINCE = date(2018, 1, 1)
NUMBER = ["COMPLETE", "CARRIED", "PROVISIONAL"]


@pytest.fixture(scope="module")
def rows(real_data: Path) -> pl.DataFrame:
    return evaluate_all(METRICS, inputs(real_data, SINCE)).sort("metric_id", "period", "known_at")


def reads_optional(metric: Metric) -> bool:
    """True where a leg, of the metric or of one it reads, may be absent."""
    read = [METRICS[leg.source] for leg in metric.inputs.values() if leg.source in METRICS]
    return any(leg.optional for leg in metric.inputs.values()) or any(reads_optional(each) for each in read)


def newest(rows: pl.DataFrame, metric: str, period: date) -> dict[str, object]:
    return rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == period)).row(-1, named=True)


def test_the_newest_weekly_net_liquidity_is_the_known_number(rows: pl.DataFrame) -> None:
    row = newest(rows, "us.net_liquidity.weekly", date(2026, 7, 15))
    assert (row["value"], row["status"]) == (5_946_901_000_000.0, "COMPLETE")


def test_a_past_wednesday_was_known_with_its_release_on_thursday(rows: pl.DataFrame) -> None:
    row = newest(rows, "us.net_liquidity.weekly", date(2022, 4, 13))
    assert row["value"] == 6_606_396_000_000.0
    assert row["known_at"] == datetime(2022, 4, 14, 20, 30, tzinfo=UTC)
    assert row["status"] == "COMPLETE"


def test_every_complete_week_is_assets_less_treasury_less_reverse_repos_of_the_day(
    rows: pl.DataFrame, real_data: Path
) -> None:
    assets, tga, rrp = (published(real_data, code, SINCE) for code in ("WALCL", "WDTGAL", "RRPONTSYD"))
    weeks = rows.filter((pl.col("metric_id") == "us.net_liquidity.weekly") & (pl.col("status") == "COMPLETE"))
    assert weeks.height > 430
    for period, value in weeks.select("period", "value").iter_rows():
        assert value == assets[period] - tga[period] - rrp[period]


def test_a_wednesday_without_reverse_repos_carries_the_last_one_of_two_business_days(
    rows: pl.DataFrame, real_data: Path
) -> None:
    assets, tga, rrp = (published(real_data, code, SINCE) for code in ("WALCL", "WDTGAL", "RRPONTSYD"))
    blank = [day for day in assets if rrp.get(day) is None]
    assert date(2018, 12, 5) in blank
    assert len(blank) >= 5
    for day in blank:
        last = next(day - timedelta(n) for n in range(1, 9) if rrp.get(day - timedelta(n)) is not None)
        row = newest(rows, "us.net_liquidity.weekly", day)
        assert (row["value"], row["status"]) == (assets[day] - tga[day] - rrp[last], "CARRIED"), day


def test_without_reverse_repos_of_the_last_two_business_days_there_is_no_number(real_data: Path) -> None:
    """Monday's value and what follows are taken away: Friday is three business days before the Wednesday."""
    known = inputs(real_data, date(2022, 3, 1), ["WALCL", "WDTGAL", "RRPONTSYD"])
    gap = (pl.col("input_id") == "fed.on_rrp") & pl.col("period").is_between(date(2022, 4, 11), date(2022, 4, 13))
    row = newest(evaluate_all(METRICS, known.filter(~gap)), "us.net_liquidity.weekly", date(2022, 4, 13))
    assert (row["value"], row["status"]) == (None, "STALE_INPUT")


def test_the_h41_variant_has_a_row_a_week_and_no_number_while_a_leg_was_never_published(rows: pl.DataFrame) -> None:
    weeks = rows.filter(pl.col("metric_id") == "us.net_liquidity.h41")
    assert weeks.height == rows.filter(pl.col("metric_id") == "us.net_liquidity.weekly").height
    assert weeks["value"].null_count() == weeks.height
    assert set(weeks["status"]) == {"MISSING_INPUT"}


def test_no_row_without_number_lacks_a_reason_and_no_number_has_one(rows: pl.DataFrame) -> None:
    """Only where an optional leg is absent may a number stand beside its reason."""
    wrong = rows.filter(pl.col("value").is_null() == pl.col("status").is_in(NUMBER))
    assert [name for name in wrong["metric_id"].unique() if not reads_optional(METRICS[name])] == []


def test_the_ten_year_less_two_year_spread_is_exact_in_basis_points(rows: pl.DataFrame) -> None:
    row = newest(rows, "us.spread.10y2y", date(2026, 7, 22))
    assert (row["value"], row["status"]) == (36.0, "COMPLETE")
    assert str(row["value"]) == "36.0"


@pytest.mark.parametrize(("ours", "theirs"), [("us.spread.10y2y", "T10Y2Y"), ("us.spread.10y3m", "T10Y3M")])
def test_our_spreads_agree_with_those_fred_computes(
    rows: pl.DataFrame, real_data: Path, ours: str, theirs: str
) -> None:
    fred = published(real_data, theirs, SINCE)
    spreads = {
        row["period"]: row["value"]
        for row in rows.filter(pl.col("metric_id") == ours).to_dicts()
        if row["value"] is not None
    }
    both = [day for day in spreads if fred.get(day) is not None]
    assert len(both) > 2000
    assert [day for day in both if abs(spreads[day] - fred[day] * 100) > 1e-6] == []


def test_a_bond_holiday_has_no_row_because_its_anchor_was_never_published(rows: pl.DataFrame) -> None:
    assert rows.filter((pl.col("metric_id") == "us.spread.10y2y") & (pl.col("period") == date(2022, 4, 15))).is_empty()


def test_a_wednesday_of_the_daily_variant_is_provisional_until_thursdays_release(
    rows: pl.DataFrame, real_data: Path
) -> None:
    wednesday, week_before = date(2022, 4, 13), date(2022, 4, 6)
    day = rows.filter((pl.col("metric_id") == "us.net_liquidity.daily") & (pl.col("period") == wednesday))
    assets, rrp = (published(real_data, code, SINCE) for code in ("WALCL", "RRPONTSYD"))
    tga = statement(real_data, "DTS", SINCE)[wednesday]
    assert day.select("known_at", "value", "status").rows() == [
        (datetime(2022, 4, 14, 20, 0, tzinfo=UTC), assets[week_before] - tga - rrp[wednesday], "PROVISIONAL"),
        (datetime(2022, 4, 14, 20, 30, tzinfo=UTC), assets[wednesday] - tga - rrp[wednesday], "COMPLETE"),
    ]


def test_a_tuesday_of_the_daily_variant_is_complete_with_last_wednesdays_balance_sheet(rows: pl.DataFrame) -> None:
    assert newest(rows, "us.net_liquidity.daily", date(2022, 4, 12))["status"] == "COMPLETE"


@pytest.mark.parametrize(("name", "days"), [("d1w", 7), ("d4w", 28), ("d13w", 91)])
def test_weekly_changes_are_against_the_date_so_many_days_earlier(rows: pl.DataFrame, name: str, days: int) -> None:
    level = {
        row["period"]: row["value"] for row in rows.filter(pl.col("metric_id") == "us.net_liquidity.weekly").to_dicts()
    }
    changes = rows.filter(pl.col("metric_id") == f"us.net_liquidity.weekly.{name}").to_dicts()
    assert len(changes) == len(level)
    for row in changes:
        then = level.get(row["period"] - timedelta(days))
        assert row["value"] == (None if then is None else level[row["period"]] - then), row["period"]


def test_a_daily_change_reads_the_last_day_on_or_before_where_the_day_was_a_holiday(rows: pl.DataFrame) -> None:
    daily = rows.filter(pl.col("metric_id") == "us.net_liquidity.daily").group_by("period", maintain_order=True).last()
    level = dict(daily.select("period", "value").iter_rows())
    thanksgiving = date(2022, 11, 24)
    assert thanksgiving not in level
    row = newest(rows, "us.net_liquidity.daily.d1w", date(2022, 12, 1))
    assert row["value"] == level[date(2022, 12, 1)] - level[date(2022, 11, 23)]


def test_no_metric_is_known_before_the_day_it_describes_is_over_in_new_york(rows: pl.DataFrame) -> None:
    local = rows.with_columns(pl.col("known_at").dt.convert_time_zone("America/New_York").dt.date().alias("day"))
    early = local.filter(pl.col("day") <= pl.col("period"))
    # an operation is over at 13:15 of its own day, and so is the comparison of who tells of it
    of_the_day = ["check.on_rrp.difference"]
    of_the_day += [f"reference.v3_4_1.net_liquidity.daily{part}" for part in ("", ".d7", ".d7.vs_calendar")]
    assert sorted(early["metric_id"].unique().to_list()) == sorted(of_the_day)
    assert early.filter(pl.col("day") < pl.col("period")).is_empty()
