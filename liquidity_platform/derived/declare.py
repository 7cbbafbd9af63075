"""How a metric is declared: inputs with alignment and max age, a unit-checked formula, a version.

Belongs here: `Metric`, `Input`, the alignments, the checks made at import. Keep out: evaluation (engine.py),
the metrics themselves (one module a family).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from liquidity_platform.catalog.calendars import Days, business_days
from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.units import Unit


class Align(StrEnum):
    """Which periods of an input a metric's period may read."""

    AT_PERIOD = "at_period"  # the same date, nothing else
    LAST_ON_OR_BEFORE = "last_on_or_before"  # the newest value not after the date, within the max age
    LAG = "lag"  # the last date on or before (date - lag_days), within the max age of that day


@dataclass(frozen=True, slots=True)
class Input:
    """One leg. `source` is a series id, closes (`close.yahoo.etf.spy`) or the id of another metric; ages are inclusive.

    `business_days` counts US federal business days, `calendar_days` days; exactly one of them is set for the
    alignments that look back. `provisional_weekday`: the leg is dated on that weekday (Monday is 0), and reading an
    older one than the newest such day makes the metric PROVISIONAL rather than CARRIED.
    """

    source: str
    align: Align = Align.AT_PERIOD
    business_days: int | None = None
    calendar_days: int | None = None
    lag_days: int = 0
    provisional_weekday: int | None = None

    def oldest(self, periods: Days) -> Days:
        """The oldest period that may be read for each metric period."""
        target = periods - np.timedelta64(self.lag_days, "D")
        if self.business_days is not None:
            return np.busday_offset(target, -self.business_days, roll="backward", busdaycal=business_days("us_federal"))
        return target - np.timedelta64(self.calendar_days or 0, "D")

    def newest(self, periods: Days) -> Days:
        """The newest period that may be read for each metric period."""
        return periods - np.timedelta64(self.lag_days, "D")


def at_period(source: str) -> Input:
    """The value of the very same date."""
    return Input(source)


def last_within(source: str, *, business_days: int | None = None, calendar_days: int | None = None) -> Input:
    """The newest value on or before the date, not older than the given age."""
    return Input(source, Align.LAST_ON_OR_BEFORE, business_days, calendar_days)


def newest_weekly(source: str, *, weekday: int, calendar_days: int) -> Input:
    """The newest weekly value; an older one than the newest such weekday makes the result PROVISIONAL."""
    return Input(source, Align.LAST_ON_OR_BEFORE, None, calendar_days, provisional_weekday=weekday)


def lagged(source: str, *, days: int, calendar_days: int) -> Input:
    """The value of the last date on or before `days` calendar days earlier, at most `calendar_days` older still."""
    return Input(source, Align.LAG, None, calendar_days, days)


def business_day_before(source: str) -> Input:
    """The newest value before the date that is not older than the US federal business day before it."""
    return Input(source, Align.LAG, 0, None, 1)


@dataclass(frozen=True, slots=True)
class Metric:
    """A declared number. `weights` is the linear formula: value = factor x sum(weight x input).

    A formula of weights can be unit-checked: every input must carry one unit, and the result is that unit, or
    basis points out of percent with factor 100. A metric with a `tolerance` is a cross-check.
    """

    id: str
    title: str
    unit: Unit
    version: int
    anchor: str  # name of the input whose publication makes a row
    inputs: Mapping[str, Input]
    weights: Mapping[str, float]
    factor: float
    source: str  # where the formula comes from
    tolerance: float | None = None  # of a cross-check: the difference, in `unit`, up to which two publishers agree

    @property
    def reads_metrics(self) -> bool:
        """True when any input is another metric."""
        return any(not is_raw(leg.source) for leg in self.inputs.values())

    def formula(self) -> pl.Expr:
        """The value from columns named like the inputs; NULL when any of them is NULL."""
        total = pl.sum_horizontal([pl.lit(w) * pl.col(name) for name, w in self.weights.items()], ignore_nulls=False)
        # 4.67 - 4.31 is not 0.36 in binary: a hundredth of a basis point is published, 1e-9 is noise
        return total if self.factor == 1.0 else (self.factor * total).round(9)


def is_raw(source: str) -> bool:
    """True for what a publisher tells: a series or an instrument's closes; False for a metric."""
    return source in SERIES or source in CLOSES


def index_metrics(metrics: list[Metric]) -> Mapping[str, Metric]:
    """Metrics by id, in an order in which inputs come first. Raises CatalogError for any contradiction."""
    by_id: dict[str, Metric] = {}
    for metric in metrics:
        if metric.id in by_id or is_raw(metric.id):
            raise CatalogError(f"metric {metric.id}: declared twice")
        _check_legs(metric, by_id)
        _check_units(metric, by_id)
        by_id[metric.id] = metric
    return by_id


def _check_legs(metric: Metric, known: Mapping[str, Metric]) -> None:
    for name, leg in metric.inputs.items():
        if not is_raw(leg.source) and leg.source not in known:
            raise CatalogError(
                f"metric {metric.id}: input {name} reads '{leg.source}', which is not declared before it"
            )
        if leg.align is not Align.AT_PERIOD and (leg.business_days is None) == (leg.calendar_days is None):
            raise CatalogError(f"metric {metric.id}: input {name} needs one max age; there is no unlimited fill")
    if metric.anchor not in metric.inputs or set(metric.weights) != set(metric.inputs):
        raise CatalogError(f"metric {metric.id}: anchor and weights must name its inputs")
    if metric.inputs[metric.anchor].align is not Align.AT_PERIOD:
        raise CatalogError(f"metric {metric.id}: the anchor is read at its own period")


def unit_of(source: str, metrics: Mapping[str, Metric]) -> Unit:
    """Unit of a series, of closes or of a metric."""
    told = SERIES.get(source) or CLOSES.get(source) or metrics[source]
    return told.unit


def _check_units(metric: Metric, known: Mapping[str, Metric]) -> None:
    units = {name: unit_of(leg.source, known) for name, leg in metric.inputs.items()}
    if len(set(units.values())) > 1:
        mixed = ", ".join(f"{name} in {unit}" for name, unit in units.items())
        raise CatalogError(f"metric {metric.id}: cannot add {mixed}")
    have = next(iter(units.values()))
    same = metric.unit is have and metric.factor == 1.0
    in_bp = have is Unit.PERCENT and metric.unit is Unit.BASIS_POINTS and metric.factor == 100.0
    if not (same or in_bp):
        raise CatalogError(f"metric {metric.id}: {have} x {metric.factor:g} is not {metric.unit}")


def newest_weekday(periods: Days, weekday: int) -> Days:
    """The newest `weekday` (Monday is 0) on or before each day."""
    back = ((periods.astype("datetime64[D]").astype(int) + 3) % 7 - weekday) % 7
    found: Days = periods - back.astype("timedelta64[D]")
    return found


def day(text: str) -> date:
    """A date literal for declarations."""
    return date.fromisoformat(text)
