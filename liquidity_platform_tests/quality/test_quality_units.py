"""A file in another unit is refused as a whole, by real files that were; revisions, zeros and single values pass."""

import csv
import math
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.facts import PARSED
from liquidity_platform.quality.plausible import judge_plausible
from liquidity_platform.quality.units import judge_units

TRAPS = [
    ("WTREGEN", "WTREGEN_billions_asof_2024-06.csv"),
    ("WTREGEN", "WTREGEN_billions_asof_2023-07.csv"),
    ("WRESBAL", "WRESBAL_billions_asof_2025-04.csv"),
]
NOTHING = pl.DataFrame(schema=PARSED)
TGA, RRP = SERIES["treasury.tga_week_average"], SERIES["fed.on_rrp"]


def file(path: Path, series: Series) -> pl.DataFrame:
    """A published file in the catalog's unit: period, value."""
    with path.open() as lines:
        rows = list(csv.reader(lines))[1:]
    scale = series.published.scale
    listed = [(date.fromisoformat(day), float(text) * scale if text else None) for day, text in rows]
    return pl.DataFrame(listed, schema=PARSED, orient="row")


def weeks(*values: float | None, first: date = date(2024, 1, 3)) -> pl.DataFrame:
    listed = [(first + timedelta(weeks=n), value) for n, value in enumerate(values)]
    return pl.DataFrame(listed, schema=PARSED, orient="row")


@pytest.mark.parametrize(("code", "name"), TRAPS)
@pytest.mark.parametrize("stored", ["nothing", "the same days", "two days", "another year"])
def test_a_file_in_billions_is_refused_and_the_power_and_the_series_are_named(
    real_data: Path, code: str, name: str, stored: str
) -> None:
    series = find_series(code)
    true = file(real_data / "fred" / f"{code}.csv", series)
    wrong = file(real_data / "trap_samples" / name, series)
    held = {
        "nothing": NOTHING,
        "the same days": true,
        "two days": true.filter(pl.col("period").is_in(wrong["period"].tail(2).implode())),
        "another year": true.filter(pl.col("period") < date(2010, 1, 1)),
    }[stored]
    verdict = judge_units(series, wrong, held)
    assert not verdict.passed
    assert f"{series.id} ({code})" in verdict.reason
    assert "10^+3" in verdict.reason
    assert "millions of US dollars" in verdict.reason


@pytest.mark.parametrize(("code", "name"), TRAPS)
def test_the_same_file_times_a_thousand_passes(real_data: Path, code: str, name: str) -> None:
    series = find_series(code)
    right = file(real_data / "trap_samples" / name, series).with_columns(pl.col("value") * 1e3)
    assert judge_units(series, right, NOTHING).passed
    assert judge_units(series, right, file(real_data / "fred" / f"{code}.csv", series)).passed


def test_every_true_file_passes_with_and_without_stored_values(real_data: Path) -> None:
    for path in (real_data / "fred").glob("*.csv"):
        series = find_series(path.stem)
        true = file(path, series)
        for held in (NOTHING, true, true.head(true.height // 2), true.tail(5)):
            verdict = judge_units(series, true, held)
            assert verdict.passed, verdict.reason


@pytest.mark.parametrize("code", ["WALCL", "WDTGAL", "WTREGEN", "WRESBAL", "WLRRAL", "RRPONTSYD", "M2SL", "PAYEMS"])
@pytest.mark.parametrize("power", [3, -3, 6, -6])
def test_a_true_file_rescaled_by_thousands_is_refused_against_stored_values(
    real_data: Path, code: str, power: int
) -> None:
    series = find_series(code)
    true = file(real_data / "fred" / f"{code}.csv", series)
    verdict = judge_units(series, true.with_columns(pl.col("value") * 10.0**power), true)
    assert not verdict.passed
    assert f"10^{-power:+d}" in verdict.reason


def test_a_rescaling_that_begins_with_the_newest_week_is_refused(real_data: Path) -> None:
    series = find_series("WTREGEN")
    true = file(real_data / "fred" / "WTREGEN.csv", series)
    stepped = pl.concat([true.head(-1), true.tail(1).with_columns(pl.col("value") / 1e3)])
    verdict = judge_units(series, stepped, true.head(-1))
    assert not verdict.passed
    assert "10^+3" in verdict.reason


def test_a_single_low_value_decides_nothing() -> None:
    """1,816 millions is implausibly little, 1,816 billions would be plausible; the weeks around it are as ever."""
    around = [40_000e6] * 5
    assert judge_units(TGA, weeks(*around, 1_816e6, *around), NOTHING).passed
    assert judge_units(TGA, weeks(*around, 1_816e6, *around), weeks(*around, 1_816e6, *around)).passed


@given(st.lists(st.floats(0.93, 1.07), min_size=20, max_size=20))
def test_a_revision_of_a_few_percent_passes(factors: list[float]) -> None:
    stored = weeks(*[500e9] * 20)
    assert judge_units(TGA, weeks(*[500e9 * factor for factor in factors]), stored).passed


@given(st.floats(0.5, 2.0), st.sampled_from([3, -3, 6, -6]))
def test_a_jump_that_is_no_power_of_ten_is_no_change_of_unit(factor: float, power: int) -> None:
    assume(abs(math.log10(factor)) > 0.05)
    stored = weeks(*[500e9] * 20)
    verdict = judge_units(TGA, weeks(*[500e9 * factor] * 20), stored)
    assert verdict.passed
    assert not judge_units(TGA, weeks(*[500e9 * 10.0**power] * 20), stored).passed


def test_zeros_and_blanks_say_nothing_about_a_unit() -> None:
    stored = weeks(0.0, 5e9, 0.0, 7e9, 2e9, None, 3e9)
    assert judge_units(RRP, stored, stored).passed
    assert judge_units(RRP, weeks(0.0, 0.0, 0.0, 0.0), weeks(5e9, 6e9, 7e9, 8e9)).passed
    assert judge_units(RRP, weeks(None, None), NOTHING).passed


def test_values_that_fit_no_power_of_ten_are_refused_as_such() -> None:
    verdict = judge_units(TGA, weeks(-5.0, -6.0, -7.0, -8.0), NOTHING)
    assert not verdict.passed
    assert "no power of ten makes them fit" in verdict.reason


def test_a_single_value_is_judged_in_the_publishers_unit() -> None:
    assert judge_plausible(TGA, date(2024, 1, 3), 700e9).reason == (
        "700,000 millions of US dollars on 2024-01-03 lies within 2,000 to 3e+06"
    )
    assert not judge_plausible(TGA, date(2024, 1, 3), 700e6).passed
    assert not judge_plausible(TGA, None, None).passed
