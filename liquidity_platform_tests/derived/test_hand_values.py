"""Every metric has at least one number that a person worked out, and the platform comes to the same.

The lines stand in pencil_<family>.py, each with its arithmetic. What is printed there is looked up in the publishers'
files, the arithmetic is done, and the engine is told the published numbers of some weeks (all of them, not only those
that a line reads) and what is made up where no file has it. Metrics that other files have in a table of their own are
counted from there. A metric without any is named by the last test: it wants a line.
"""

from datetime import date
from pathlib import Path

import pencil_balance_sheet
import pencil_checks
import pencil_global
import pencil_net_liquidity
import pencil_reference
import polars as pl
import pytest
import test_derived_checks
import test_liquidity_golden
import test_regime_inputs
import test_stress_by_hand
from pencil import CLIPPINGS, NYFED, ROUNDED, Printed, Sum, found, in_files
from published_inputs import LINES, inputs
from stress_inputs import told, with_inputs

from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import BUILT_IN

pytestmark = pytest.mark.untraced

FAMILIES = (pencil_net_liquidity, pencil_global, pencil_balance_sheet, pencil_reference, pencil_checks)
SUMS = [line for family in FAMILIES for line in family.SUMS]
ELSEWHERE = {
    "test_liquidity_golden": {line.metric for line in test_liquidity_golden.SUMS},
    "test_stress_by_hand": set(test_stress_by_hand.CASES),
    "test_regime_inputs": {f"us.regime.{name}" for name, *_ in test_regime_inputs.BY_HAND},
    "test_derived_checks": {f"check.{what}.difference" for what in test_derived_checks.PAIRS},
}
# what the engine is told of the published files: whole weeks, so that it has something to choose from
WEEKS = [
    (date(1990, 11, 19), date(1990, 11, 23)),
    (date(1999, 9, 27), date(1999, 10, 1)),
    (date(2016, 1, 13), date(2016, 1, 22)),
    (date(2016, 10, 3), date(2016, 10, 21)),
    (date(2019, 11, 25), date(2020, 1, 10)),
    (date(2022, 11, 1), date(2023, 3, 24)),
    (date(2024, 6, 3), date(2024, 6, 7)),
]
ON_FILE = {one.code for one in CLIPPINGS if not one.made_up} - set(LINES) - set(NYFED)


def name_of(line: Sum) -> str:
    return f"{line.metric} {line.period}" + (f" at {line.known}" if line.known else "")


@pytest.fixture(scope="module")
def rows(real_data: Path) -> pl.DataFrame:
    """Every step of every metric that has a line, and of what it reads."""
    within = pl.any_horizontal(pl.col("period").is_between(*week) for week in WEEKS)
    known = [inputs(real_data, WEEKS[0][0], sorted(ON_FILE)).filter(within)]
    known += [told(one.source, one.stored) for one in CLIPPINGS if one.made_up or one.code in NYFED]
    return evaluate_all(with_inputs({line.metric for line in SUMS}), pl.concat(known))


@pytest.mark.parametrize("printed", CLIPPINGS, ids=lambda one: f"{one.code}")
def test_what_a_line_reads_is_what_the_publisher_printed(real_data: Path, printed: Printed) -> None:
    """And what is made up could not have been looked up."""
    there = in_files(real_data, printed.code)
    for day, number in printed.stored.items():
        assert there.get(day) == (None if printed.made_up else pytest.approx(number, rel=1e-12)), day


@pytest.mark.parametrize("line", SUMS, ids=name_of)
def test_the_platform_comes_to_what_the_pencil_came_to(rows: pl.DataFrame, line: Sum) -> None:
    assert line.worked == pytest.approx(line.value, abs=ROUNDED)
    value, status = found(rows, line)
    assert value == pytest.approx(line.value * line.unit, abs=ROUNDED * line.unit)
    assert status == line.status


def test_no_sum_is_there_twice() -> None:
    names = [name_of(line) for line in SUMS]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_metric_of_the_registry_has_a_number_worked_out_by_hand() -> None:
    by_hand = {line.metric for line in SUMS}.union(*ELSEWHERE.values())
    nobody, no_metric = sorted(set(BUILT_IN) - by_hand), sorted(by_hand - set(BUILT_IN))
    assert not nobody, f"worked out by nobody, each wants a line in pencil_<family>.py: {', '.join(nobody)}"
    assert not no_metric, f"counted, and no metric: {', '.join(no_metric)}"
