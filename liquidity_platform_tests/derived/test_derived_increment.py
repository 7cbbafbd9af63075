"""Computing what is new gives what computing everything gives, whatever came when: late older vintages included."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import polars as pl
import pytest
from histories import ASSETS, KINDS, RRP, TGA, facts, frame
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from liquidity_platform.core.facts import KNOWN_INPUT, METRIC_ROWS
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import last_within
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.increment import definition, evaluate_new
from liquidity_platform_tests.drawing import draws

pytestmark = pytest.mark.untraced

KEY = ["metric_id", "period", "known_at"]
Facts = list[tuple[str, date, datetime, float | None]]


def told(rows: Facts, new: Facts) -> pl.DataFrame:
    fresh = frame(new).select("input_id", "period", "known_at", new=pl.lit(True))
    return frame(rows).join(fresh, on=["input_id", "period", "known_at"], how="left").with_columns(
        pl.col("new").fill_null(False)
    )  # fmt: skip


def standing(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col("metric_id").alias("input_id"), "period", "known_at", "value", "status").cast(
        KNOWN_INPUT  # type: ignore[arg-type]
    )


def step_by_step(batches: Iterator[tuple[Facts, Facts]], held: pl.DataFrame) -> pl.DataFrame:
    """What stands after each batch's new rows (all known then, new ones) were computed and laid over it."""
    for known, new in batches:
        rows = evaluate_new(KINDS, told(known, new), standing(held), ())
        held = pl.concat([held.join(rows, on=KEY, how="anti"), rows])
    return held.sort(KEY)


@draws(30, shrink=False)
@given(known=facts(), data=st.data())
def test_in_any_order_of_arrival_what_stands_is_what_computing_everything_gives(
    known: Facts, data: st.DataObject
) -> None:
    arrivals = data.draw(st.permutations(known))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, len(known)), max_size=3))), len(known)]
    steps = ((arrivals[:end], arrivals[start:end]) for start, end in pairwise(cuts))
    held = step_by_step(steps, pl.DataFrame(schema=METRIC_ROWS))
    assert_frame_equal(held, evaluate_all(KINDS, frame(known)).sort(KEY), check_exact=True)


@draws(12, shrink=False)
@given(known=facts(), data=st.data())
def test_a_number_that_was_written_down_again_as_another_counts_as_new(known: Facts, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(known))
    after = [(*row[:3], 7.0) if row == chosen else row for row in known]
    held = evaluate_all(KINDS, frame(known))
    rewritten = step_by_step(iter([(after, [(*chosen[:3], 7.0)])]), held)
    assert_frame_equal(rewritten, evaluate_all(KINDS, frame(after)).sort(KEY), check_exact=True)


@draws(12, shrink=False)
@given(known=facts())
def test_without_new_rows_nothing_is_computed_and_a_metric_named_whole_takes_its_readers_along(known: Facts) -> None:
    everything = evaluate_all(KINDS, frame(known))
    assert evaluate_new(KINDS, told(known, []), standing(everything), ()).is_empty()
    again = evaluate_new(KINDS, told(known, []), standing(everything), {"business"})
    wanted = everything.filter(pl.col("metric_id").is_in(["business", "of_metric", "of_metric_again"]))
    assert_frame_equal(again.sort(KEY), wanted.sort(KEY), check_exact=True)


def test_only_what_a_new_row_touches_is_computed() -> None:
    wednesdays = [date(2021, 11, 17), date(2021, 11, 24)]
    at = [datetime.fromisoformat(f"2021-12-0{day}T20:00:00+00:00") for day in (1, 2, 3)]
    known: Facts = [(source, day, at[0], 5.0) for source in (ASSETS, TGA, RRP) for day in wednesdays]
    late = (TGA, wednesdays[1], at[2], 7.0)
    held = evaluate_all(KINDS, frame(known))
    rows = evaluate_new(KINDS, told([*known, late], [late]), standing(held), ())
    assert set(rows["metric_id"]) == {"same_day", "calendar", "by_function", "of_optional"}
    assert rows.select("period", "known_at").unique().rows() == [(wednesdays[1], at[2])]


def test_a_definition_is_another_one_when_anything_a_value_follows_from_is() -> None:
    line = KINDS["business"]
    same = replace(line, title="another title", source="another source")
    assert definition(same) == definition(line)
    others = [
        replace(line, formula="b - a"), replace(line, version=2), replace(line, unit=Unit.EUR),
        replace(line, inputs={**line.inputs, "b": last_within(RRP, business_days=3)}),
        replace(line, formula=None, function=lambda frame: frame["a"]),
        replace(line, formula=None, function=lambda frame: frame["a"] * 0.7),
        replace(line, formula=None, function=lambda frame: frame["a"] * 0.8),
    ]  # fmt: skip
    assert len({definition(each) for each in (line, *others)}) == len(others) + 1
    assert definition(replace(others[-1], function=lambda frame: frame["a"] * 0.8)) == definition(others[-1])
