"""How a metric is declared: inputs and how they are read, a formula or a function, a unit, a version, its source.

    Metric(
        id="us.net_liquidity.weekly", title="US net liquidity", unit=Unit.USD, version=1, anchor="assets",
        inputs={"assets": at_period("fed.total_assets"), "tga": at_period("treasury.tga_wednesday"),
                "rrp": last_within("fed.on_rrp", business_days=2)},
        formula="assets - tga - rrp", source="Finance guide 4.1",
    )

A declaration that contradicts itself stops the import and says which metric, and which two units.
Belongs here: `Metric`, the checks made at import. Keep out: how inputs are read (align.py), the formula's language
(formula.py), evaluation (engine.py), the metrics themselves (one module a family).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import SPANS, Align, Input
from liquidity_platform.derived.dimensions import dimension_of, spoken
from liquidity_platform.derived.formula import (
    FormulaError,
    Told,
    dimension_of_formula,
    names_in,
    parse,
    reserved,
)

Function = Callable[[pl.DataFrame], pl.Series]
PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A declared number: one row for every date of its anchor, and for every instant at which a leg became known.

    Exactly one of:
    - `formula`: text over the inputs' names (the language: formula.py). Its unit is worked out and must be `unit`.
    - `function`: a pure function of a frame with a column a leg, named as in `inputs`, in stored units (dollars,
      percent as published): Float64, NULL where an optional leg is absent; List(Float64), oldest first, for windows;
      and `period` (Date). It returns the values as a series of the frame's height. A row may depend on that row alone:
      rows are steps of many dates, in any company. Its unit is what is declared here; nobody can check it.

    A NULL or a number that is not finite is no value. The value is NULL, too, when a leg that is not optional is
    missing or stale; the status is that of the worst leg, and MISSING_INPUT where all legs are there and still no
    number comes out (a division by zero). A value stands beside STALE_INPUT or MISSING_INPUT only where an optional
    leg, of the metric or of one it reads, is absent: a part of the composite is not in it.
    `version` counts definitions: a change of formula, inputs or ages is a new one, and history keeps the old.
    A metric with a `tolerance` is a cross-check. Two metrics are equal when their declarations are, functions aside.
    """

    id: str
    title: str
    unit: Unit
    version: int
    anchor: str  # name of the input whose publication makes a row; read at its own period
    inputs: Mapping[str, Input]
    formula: str | None = None
    function: Function | None = field(default=None, compare=False)
    source: str  # where the formula comes from
    tolerance: float | None = None  # of a cross-check: the difference, in `unit`, up to which two publishers agree

    @property
    def reads_metrics(self) -> bool:
        """True when any input is another metric."""
        return any(not is_raw(leg.source) for leg in self.inputs.values())


def is_raw(source: str) -> bool:
    """True for what a publisher tells: a series or an instrument's closes; False for a metric."""
    return source in SERIES or source in CLOSES


def index_metrics(metrics: list[Metric], before: Mapping[str, Metric] | None = None) -> Mapping[str, Metric]:
    """Metrics by id, after those `before`, inputs first. Raises CatalogError for any contradiction."""
    by_id: dict[str, Metric] = dict(before or {})
    for metric in metrics:
        if metric.id in by_id or is_raw(metric.id):
            raise CatalogError(f"metric {metric.id}: declared twice")
        _check_names(metric)
        for name, leg in metric.inputs.items():
            _check_leg(metric, name, leg, by_id)
        _check_units(metric, by_id)
        by_id[metric.id] = metric
    return by_id


def _check_names(metric: Metric) -> None:
    if metric.anchor not in metric.inputs:
        raise CatalogError(f"metric {metric.id}: the anchor '{metric.anchor}' is none of its inputs")
    if wrong := [name for name in metric.inputs if reserved(name) or name == PERIOD]:
        raise CatalogError(f"metric {metric.id}: an input cannot be called '{wrong[0]}'")
    anchor = metric.inputs[metric.anchor]
    if anchor.align is not Align.AT_PERIOD or anchor.optional:
        raise CatalogError(f"metric {metric.id}: the anchor is read at its own period, and is never optional")
    if (metric.formula is None) == (metric.function is None):
        raise CatalogError(f"metric {metric.id}: it has a formula or a function, one of the two")


def _check_leg(metric: Metric, name: str, leg: Input, known: Mapping[str, Metric]) -> None:
    said = f"metric {metric.id}: input {name}"
    if not is_raw(leg.source) and leg.source not in known:
        raise CatalogError(f"{said} reads '{leg.source}', which is not declared before it")
    ages = [age for age in (leg.business_days, leg.calendar_days) if age is not None]
    if any(age < 0 for age in (*ages, leg.lag_days)):
        raise CatalogError(f"{said}: an age or lag cannot be negative")
    if leg.align not in (Align.AT_PERIOD, *SPANS) and len(ages) != 1:
        raise CatalogError(f"{said} needs one max age; there is no unlimited fill")
    if leg.provisional_weekday is not None and not 0 <= leg.provisional_weekday <= 6:
        raise CatalogError(f"{said}: weekdays are 0 (Monday) to 6")
    if leg.reads_many:
        if len(ages) > 1 or leg.least < 1 or (leg.align is not Align.MONTH and leg.span_days < 1):
            raise CatalogError(f"{said} needs days and least of 1 or more, and one max age at most")
        if leg.rows is not None and leg.rows < leg.least:
            raise CatalogError(f"{said}: {leg.rows} rows are fewer than the least, {leg.least}")


def unit_of(source: str, metrics: Mapping[str, Metric]) -> Unit:
    """Unit of a series, of closes or of a metric."""
    told = SERIES.get(source) or CLOSES.get(source) or metrics[source]
    return told.unit


def _check_units(metric: Metric, known: Mapping[str, Metric]) -> None:
    if metric.formula is None:
        return
    told = {
        name: Told(dimension_of(unit_of(leg.source, known)), leg.align is Align.WINDOW)
        for name, leg in metric.inputs.items()
    }
    try:
        tree = parse(metric.formula)
        read = names_in(tree)
        if strange := sorted(read - set(told)):
            raise FormulaError(f"'{strange[0]}' in the formula is none of its inputs ({', '.join(told)})")
        if unread := sorted(set(told) - read):
            raise FormulaError(f"input {unread[0]} is not in the formula")
        found = dimension_of_formula(tree, told)
    except FormulaError as error:
        raise CatalogError(f"metric {metric.id}: {error}") from None
    if found != dimension_of(metric.unit):
        raise CatalogError(f"metric {metric.id}: the formula gives {spoken(found)}, declared is {metric.unit}")
