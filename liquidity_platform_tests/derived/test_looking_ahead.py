"""No derived number knows the future: every metric of the registry, on published files and on drawn histories."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking_ahead import crowded, drawn, from_files, instants, leaking, sources_of

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, window
from liquidity_platform.derived.declare import Metric, index_metrics
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import METRICS
from liquidity_platform_tests.drawing import draws

pytestmark = pytest.mark.untraced

SOURCES = sources_of(METRICS.values())
SEED = 20021218


@pytest.fixture(scope="module")
def published(real_data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(what is known, the metrics computed from it), of every published file a metric reads."""
    known = from_files(real_data, SOURCES, date(1995, 1, 1))
    return known, evaluate_all(METRICS, known)


@draws(2, shrink=False)
@given(share=st.floats(0.05, 0.99))
def test_on_published_files_taking_the_future_away_changes_no_row(
    published: tuple[pl.DataFrame, pl.DataFrame], share: float
) -> None:
    known, whole = published
    moments = instants(known)
    assert leaking(METRICS, known, moments[int(share * len(moments))], whole) == []


@draws(1, shrink=False)
@given(seed=st.integers(0, 10**6), share=st.floats(0.3, 0.99))
def test_with_late_arrivals_and_revisions_taking_the_future_away_changes_no_row(seed: int, share: float) -> None:
    known = drawn(SOURCES, seed)
    moments = instants(known)
    cut = moments[int(share * len(moments))]
    assert leaking(METRICS, crowded(known, cut), cut) == []


def test_the_harness_sees_numbers_of_every_metric_there_is() -> None:
    found = evaluate_all(METRICS, drawn(SOURCES, SEED)).drop_nulls("value")
    assert set(METRICS) - set(found["metric_id"]) == set()


def _with_the_next_row(frame: pl.DataFrame) -> pl.Series:
    return frame["now"].shift(-1)


def _against_all_rows(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.col("now") - pl.col("now").mean()).to_series()


def _with_the_last_of_its_month(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.col("now").last().over(pl.col("period").dt.truncate("1mo"))).to_series()


def _honest(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.col("now") - pl.col("before").list.mean()).to_series()


LEAKY = [_with_the_next_row, _against_all_rows, _with_the_last_of_its_month]


@pytest.mark.parametrize("function", [*LEAKY, _honest])
def test_a_metric_that_looks_ahead_is_caught_and_an_honest_one_is_not(function: object) -> None:
    legs = {"now": at_period("fed.total_assets"), "before": window("fed.total_assets", days=40, least=2)}
    suspect = Metric(id="test.suspect", title="", unit=Unit.USD, version=1, anchor="now", inputs=legs, source="test",
                     function=function)  # type: ignore[arg-type]  # fmt: skip
    metrics = index_metrics([suspect])
    known = drawn(sources_of(metrics.values()), SEED)
    moments = instants(known)
    caught = leaking(metrics, known, moments[len(moments) // 2])
    assert caught == ([] if function is _honest else ["test.suspect"])
