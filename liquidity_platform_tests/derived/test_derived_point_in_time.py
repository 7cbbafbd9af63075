"""The property everything else rests on: a derived number knows nothing of the future, and says what was known then."""

import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from histories import ASSETS, DAYS, DTS, INSTANTS, KINDS, RRP, TGA, SlowModel, facts, frame
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from liquidity_platform.core.facts import METRIC_ROWS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.derived.align import Align
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.warehouse.append import append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.drawing import draws

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

CUTS = [moment + shift for moment in INSTANTS for shift in (timedelta(0), timedelta(microseconds=-1))]
EVERYTHING = Window(2002, 2030)
Facts = list[tuple[str, date, datetime, float | None]]


def rows_of(metrics: Mapping[str, Metric], known: Facts) -> pl.DataFrame:
    return evaluate_all(metrics, frame(known)).sort("metric_id", "period", "known_at")


def as_of(rows: pl.DataFrame, cut: datetime) -> dict[tuple[str, date], tuple[float | None, str]]:
    newest = rows.filter(pl.col("known_at") <= cut).sort("known_at").group_by("metric_id", "period").last()
    return {(row["metric_id"], row["period"]): (row["value"], row["status"]) for row in newest.to_dicts()}


def slowly(
    metrics: Mapping[str, Metric], known: Facts, cut: datetime
) -> dict[tuple[str, date], tuple[float | None, str]]:
    model = SlowModel(dict(metrics), known, cut)
    return {(name, day): (a.value, a.status) for name in metrics for day, a in model.answers(name).items()}


def blurred(
    answers: dict[tuple[str, date], tuple[float | None, str]],
) -> dict[tuple[str, date], tuple[float | None, str]]:
    """Without the difference between the two reasons for having no number, which is as of the row's own step.

    Numbers to nine digits: a mean is added up in another order here and there.
    """
    same = {"STALE_INPUT": "NONE", "MISSING_INPUT": "NONE"}
    return {key: (rounded(value), same.get(status, status)) for key, (value, status) in answers.items()}


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)


@draws(30)
@given(known=facts(), cut=st.sampled_from(CUTS))
def test_truncating_the_future_changes_no_row_of_any_alignment(known: Facts, cut: datetime) -> None:
    past = [row for row in known if row[2] <= cut]
    whole = rows_of(KINDS, known)
    assert_frame_equal(whole.filter(pl.col("known_at") <= cut), rows_of(KINDS, past), check_exact=True)


@draws(50)
@given(known=facts(), cut=st.sampled_from(CUTS))
def test_a_value_as_of_an_instant_is_what_one_computes_from_the_inputs_known_then(known: Facts, cut: datetime) -> None:
    assert blurred(as_of(rows_of(KINDS, known), cut)) == blurred(slowly(KINDS, known, cut))


@draws(30)
@given(known=facts(), step=st.sampled_from(INSTANTS))
def test_at_the_step_itself_the_reason_for_having_no_number_is_exact(known: Facts, step: datetime) -> None:
    fresh = rows_of(KINDS, known).filter((pl.col("known_at") == step) & ~pl.col("metric_id").str.starts_with("of_"))
    slow = slowly(KINDS, known, step)
    for row in fresh.to_dicts():
        value, status = slow[row["metric_id"], row["period"]]
        assert (rounded(value), status) == (rounded(row["value"]), row["status"])


@draws(30)
@given(known=facts(), seed=st.integers(0, 9))
def test_the_order_in_which_facts_are_handed_over_does_not_matter(known: Facts, seed: int) -> None:
    shuffled = random.Random(seed).sample(known, len(known))
    assert_frame_equal(rows_of(KINDS, known), rows_of(KINDS, shuffled), check_exact=True)


@draws(30)
@given(known=facts())
def test_evaluating_twice_is_identical_and_one_row_a_step(known: Facts) -> None:
    once = rows_of(KINDS, known)
    assert_frame_equal(once, rows_of(KINDS, known), check_exact=True)
    assert dict(once.schema) == METRIC_ROWS
    assert once.select("metric_id", "period", "known_at").is_duplicated().sum() == 0
    assert once.filter(pl.col("known_at") > INSTANTS[-1]).is_empty()
    assert once.filter(pl.col("inputs_hash").str.len_chars() != 32).is_empty()


@draws(20, shrink=False)
@given(known=facts(), data=st.data())
def test_facts_that_arrive_in_any_order_leave_the_warehouse_with_the_same_answers(
    warehouse: Warehouse, known: Facts, data: st.DataObject
) -> None:
    """Late older vintages included: whatever was recorded before they came may not outlive them."""
    arrivals = data.draw(st.permutations(known))
    cut = data.draw(st.integers(0, len(known)))
    with warehouse._pooled() as connection:
        for batch in (arrivals[:cut], arrivals):
            append_metrics(connection, evaluate_all(KINDS, frame(batch)), EVERYTHING, Clock(), None)
        for moment in INSTANTS:
            rows = connection.execute(
                "SELECT metric_id, period, value, status FROM derived.metrics_as_of(%s)", [moment]
            ).fetchall()
            found = {(name, period): (value, status) for name, period, value, status in rows}
            assert blurred(found) == blurred(slowly(KINDS, known, moment))
        connection.rollback()


def test_the_small_metrics_cover_every_alignment_and_metrics_of_metrics() -> None:
    legs = [leg for metric in KINDS.values() for leg in metric.inputs.values()]
    assert {leg.align for leg in legs} == set(Align)
    assert {leg.optional for leg in legs} == {bool(leg.rows) for leg in legs} == {True, False}
    assert {metric.function is None for metric in KINDS.values()} == {True, False}
    assert {bool(leg.provisional_weekday) for leg in legs} == {True, False}
    assert {leg.source for leg in legs} >= {ASSETS, TGA, RRP, DTS, "business", "of_metric"}
    assert DAYS[2].weekday() == 2
