"""Whole files in another unit, implausible values, and lateness against the release calendar."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.quality.lateness import judge_lateness, spoken
from liquidity_platform.quality.plausible import judge_plausible
from liquidity_platform.quality.units import judge_units

TRAPS = ["WRESBAL_billions_asof_2025-04", "WTREGEN_billions_asof_2023-07", "WTREGEN_billions_asof_2024-06"]
NOTHING = pl.DataFrame(schema={"period": pl.Date, "value": pl.Float64})


def read(path: Path, line: Series) -> pl.DataFrame:
    """A FRED file as the catalog would read it: its numbers times the catalog's scale."""
    frame = pl.read_csv(path, infer_schema_length=0, null_values=["", "."])
    frame.columns = ["period", "value"]
    return frame.select(pl.col("period").str.to_date(), pl.col("value").cast(pl.Float64) * line.published.scale)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_real_file_in_billions_is_refused_with_and_without_stored_values(real_data: Path, trap: str) -> None:
    line = find_series(trap.split("_")[0])
    wrong = read(real_data / "trap_samples" / f"{trap}.csv", line)
    true = read(real_data / "fred" / f"{line.code}.csv", line)
    for stored in (NOTHING, true.drop_nulls()):
        verdict = judge_units(line, wrong, stored)
        assert not verdict.passed
        for part in (line.id, line.code, "expected", "the file holds", "10^+3"):
            assert part in verdict.reason


def test_every_real_file_passes_with_and_without_stored_values(real_data: Path) -> None:
    for line in SERIES.values():
        path = real_data / "fred" / f"{line.code}.csv"
        if path.exists():
            frame = read(path, line)
            assert judge_units(line, frame, NOTHING).passed, line.id
            assert judge_units(line, frame, frame.drop_nulls()).passed, line.id


def test_new_rows_in_another_unit_behind_a_good_history_are_refused(real_data: Path) -> None:
    line = find_series("WDTGAL")
    true = read(real_data / "fred" / "WDTGAL.csv", line)
    stored, newest = true.head(-4), true.tail(4).with_columns(pl.col("value") / 1000)
    verdict = judge_units(line, pl.concat([stored, newest]), stored)
    assert not verdict.passed
    assert "10^+3" in verdict.reason


def test_revisions_zeros_and_blanks_are_no_change_of_unit() -> None:
    line = find_series("RRPONTSYD")
    days = [date(2026, 7, day) for day in range(1, 11)]
    stored = pl.DataFrame({"period": days, "value": [1e9, 0.0, 2e9, 3e9, 0.5e9, 1e9, 1e9, 0.0, 1e9, 1e9]})
    revised = stored.with_columns(pl.col("value") * 1.04)
    blank = revised.with_columns(
        pl.when(pl.col("period") == days[3]).then(None).otherwise(pl.col("value")).alias("value")
    )
    assert judge_units(line, blank, stored).passed


def test_a_value_that_is_plausible_in_both_units_decides_nothing(real_data: Path) -> None:
    line = find_series("WTREGEN")
    true = read(real_data / "fred" / "WTREGEN.csv", line)
    odd = true.with_columns(
        pl.when(pl.col("period") == date(2020, 7, 29)).then(1_816e6).otherwise(pl.col("value")).alias("value")
    )
    assert judge_units(line, odd, true).passed


ASSETS = find_series("WALCL")


@pytest.mark.parametrize(
    ("now", "passed", "says"),
    [
        (datetime(2026, 7, 23, 20, 30, tzinfo=UTC), True, "on time"),  # out, within its grace
        (datetime(2026, 7, 23, 21, 15, tzinfo=UTC), False, "late by 45 m against H.4.1: 2026-07-22 is missing"),
        (datetime(2026, 7, 23, 22, 40, tzinfo=UTC), False, "late by 2 h 10 m against H.4.1: 2026-07-22 is missing"),
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), False, "late by 120 d against H.4.1: 2026-07-22 is missing"),
    ],
)
def test_lateness_is_judged_against_the_release_with_its_grace(now: datetime, passed: bool, says: str) -> None:
    verdict = judge_lateness(ASSETS, date(2026, 7, 15), now).verdict
    assert verdict.passed is passed
    assert says in verdict.reason


def test_a_holiday_week_is_not_late_on_thursday() -> None:
    thursday = datetime(2024, 7, 4, 23, 0, tzinfo=UTC)
    assert judge_lateness(ASSETS, date(2024, 6, 26), thursday).verdict.passed
    assert not judge_lateness(ASSETS, date(2024, 6, 26), thursday + timedelta(days=1)).verdict.passed


def test_ended_series_and_releases_without_a_clock_cannot_be_late() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert judge_lateness(find_series("TEDRATE"), date(2020, 9, 29), now).verdict.passed
    assert "no release clock" in judge_lateness(find_series("IORB"), date(2020, 9, 29), now).verdict.reason


def test_a_series_never_seen_is_late() -> None:
    found = judge_lateness(find_series("WLRRAOL"), None, datetime(2026, 11, 21, tzinfo=UTC))
    assert not found.verdict.passed
    assert found.expected == date(2026, 11, 18)


def test_durations_are_spoken() -> None:
    assert [spoken(timedelta(minutes=m)) for m in (5, 130, 2879, 2880)] == ["5 m", "2 h 10 m", "47 h 59 m", "2 d"]


def test_an_implausible_newest_value_is_named_in_the_publisher_s_unit() -> None:
    verdict = judge_plausible(ASSETS, date(2026, 7, 15), 6.7e9)
    assert not verdict.passed
    assert "6,700 millions of US dollars on 2026-07-15" in verdict.reason
    assert judge_plausible(ASSETS, date(2026, 7, 15), 6.7e12).passed
    assert not judge_plausible(ASSETS, None, None).passed
