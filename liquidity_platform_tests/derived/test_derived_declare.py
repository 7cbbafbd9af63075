"""Declarations that contradict themselves stop at import and name the metric."""

from dataclasses import replace

import pytest
from histories import metric

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import (
    Input,
    at_period,
    average,
    average_of_month,
    lagged,
    last_within,
    newest_weekly,
    optional,
    window,
)
from liquidity_platform.derived.declare import Metric, index_metrics
from liquidity_platform.derived.registry import METRICS, raw_inputs

ASSETS, TGA = at_period("fed.total_assets"), at_period("treasury.tga_wednesday")


def refused(line: Metric, *before: Metric) -> str:
    with pytest.raises(CatalogError) as error:
        index_metrics([*before, line])
    assert line.id in str(error.value)
    return str(error.value)


def test_dollars_and_percent_cannot_be_added() -> None:
    said = refused(metric("test.mixed", "a", a=ASSETS, b=at_period("ust.yield_10y")))
    assert "a in usd" in said
    assert "b in percent" in said


def test_an_index_cannot_be_subtracted_from_euros() -> None:
    said = refused(metric("test.mixed", "a", a=at_period("ecb.total_assets"), b=at_period("cboe.vix")))
    assert "cannot subtract a in eur, b in index" in said


def test_a_result_in_another_unit_than_its_inputs_is_refused() -> None:
    line = metric("test.result", "a", a=ASSETS, b=TGA)
    assert "the formula gives usd, declared is eur" in refused(replace(line, unit=Unit.EUR))
    assert "bp takes percent, not usd" in refused(replace(line, formula="bp(a - b)", unit=Unit.BASIS_POINTS))


def test_millions_and_billions_cannot_even_be_declared_because_both_are_stored_in_dollars() -> None:
    published = {SERIES[name].published.label for name in ("fed.total_assets", "fed.on_rrp")}
    assert published == {"millions of US dollars", "billions of US dollars"}
    assert {SERIES[name].unit for name in ("fed.total_assets", "fed.on_rrp")} == {Unit.USD}
    assert not any("billion" in unit or "million" in unit for unit in Unit)


@pytest.mark.parametrize(
    "leg", [last_within("fed.on_rrp"), last_within("fed.on_rrp", business_days=1, calendar_days=1)]
)
def test_a_fill_without_exactly_one_limit_is_refused(leg: Input) -> None:
    assert "no unlimited fill" in refused(metric("test.fill", "a", a=ASSETS, b=leg))


def test_an_input_that_is_not_declared_before_its_reader_is_refused() -> None:
    level = metric("test.level", "a", a=ASSETS, b=TGA)
    change = metric(
        "test.change", "now", now=at_period("test.level"), then=lagged("test.level", days=7, calendar_days=0)
    )
    assert "'test.level', which is not declared before it" in refused(change)
    assert list(index_metrics([level, change])) == ["test.level", "test.change"]


def test_a_metric_declared_twice_or_named_like_a_series_is_refused() -> None:
    line = metric("test.twice", "a", a=ASSETS)
    assert "declared twice" in refused(line, line)
    assert "declared twice" in refused(metric("fed.m2", "a", a=ASSETS))


def test_an_anchor_that_is_no_input_or_may_be_absent_is_refused() -> None:
    line = metric("test.anchor", "a", a=ASSETS, b=TGA)
    assert "the anchor 'c' is none of its inputs" in refused(replace(line, anchor="c"))
    looking_back = metric("test.anchor", "b", a=ASSETS, b=last_within("fed.on_rrp", business_days=2))
    assert "at its own period" in refused(looking_back)
    assert "never optional" in refused(metric("test.anchor", "a", a=optional(ASSETS), b=TGA))


def test_a_formula_names_every_input_and_nothing_else() -> None:
    line = metric("test.names", "a", a=ASSETS, b=TGA)
    assert "input b is not in the formula" in refused(replace(line, formula="2 * a"))
    assert "'c' in the formula is none of its inputs (a, b)" in refused(replace(line, formula="a - b - c"))
    assert "a formula or a function" in refused(replace(line, formula=None))
    assert "cannot be called 'max'" in refused(metric("test.names", "a", "a", a=ASSETS, max=TGA))
    assert "cannot be called 'period'" in refused(metric("test.names", "a", a=ASSETS, period=TGA))


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (window("fed.on_rrp", days=0, least=1), "days and least of 1 or more"),
        (window("fed.on_rrp", days=9, least=0), "days and least of 1 or more"),
        (average_of_month("fed.on_rrp", least=0), "days and least of 1 or more"),
        (window("fed.on_rrp", days=9, least=3, rows=2), "2 rows are fewer than the least, 3"),
        (average("fed.on_rrp", days=9, least=1, calendar_days=-1), "cannot be negative"),
        (newest_weekly("fed.on_rrp", weekday=7, calendar_days=9), "weekdays are 0 (Monday) to 6"),
    ],
)
def test_a_leg_that_could_read_nothing_is_refused(leg: Input, why: str) -> None:
    formula = "a - mean(b)" if leg.align == "window" else None
    assert why in refused(metric("test.leg", "a", formula, a=ASSETS, b=leg))


def test_every_published_metric_id_is_there_with_its_unit() -> None:
    variants = [f"us.net_liquidity.{name}" for name in ("weekly", "h41", "openbb", "mixed", "daily")]
    changes = [f"{name}.{change}" for name in variants for change in ("d1w", "d4w", "d13w")]
    spreads = [f"us.spread.{name}" for name in ("10y2y", "10y3m", "hy_oas", "ig_oas", "sofr_iorb")]
    assert {METRICS[name].unit for name in variants + changes} == {Unit.USD}
    assert {METRICS[name].unit for name in spreads} == {Unit.BASIS_POINTS}


def test_a_change_reads_the_raw_series_of_its_level() -> None:
    assert raw_inputs(METRICS["us.net_liquidity.weekly.d4w"]) == {
        "fed.total_assets", "treasury.tga_wednesday", "fed.on_rrp",
    }  # fmt: skip
