"""Random knowledge histories, one small metric of every alignment, and the metric computed again the slow way.

Belongs here: what properties of derived numbers are stated with. Keep out: assertions; the engine's own arithmetic.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import holidays
import polars as pl
from hypothesis import strategies as st

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import (
    Align,
    Input,
    at_period,
    average,
    average_of_month,
    average_of_week,
    business_day_before,
    lagged,
    last_within,
    newest_weekly,
    optional,
    window,
)
from liquidity_platform.derived.declare import Metric, index_metrics

ASSETS, TGA, RRP, DTS = "fed.total_assets", "treasury.tga_wednesday", "fed.on_rrp", "treasury.tga_daily"
FIRST = date(2021, 11, 15)  # a Monday; Thanksgiving lies in the second week
DAYS = [FIRST + timedelta(days=n) for n in range(17)]
# in pairs a microsecond apart: whoever reads what comes next, reads it too early
INSTANTS = [
    datetime(2021, 12, 1, 20, 30, tzinfo=UTC) + timedelta(hours=7 * (n // 2), microseconds=n % 2) for n in range(8)
]
HOLIDAYS = holidays.country_holidays("US", years=range(2021, 2023))


def metric(name: str, anchor: str, formula: str | None = None, unit: Unit = Unit.USD, **legs: Input) -> Metric:
    """By `formula`, or the anchor leg less the others, in dollars."""
    less = " - ".join([anchor, *(leg for leg in legs if leg != anchor)])
    return Metric(id=name, title=name, unit=unit, version=1, anchor=anchor, inputs=legs, formula=formula or less,
                  source="test")  # fmt: skip


def sum_of_what_is_there(frame: pl.DataFrame) -> pl.Series:
    """a + b + the newest of the window c, of those that are there; none where only one is."""
    parts = [pl.col("a"), pl.col("b"), pl.col("c").list.last()]
    there = pl.sum_horizontal(part.is_not_null() for part in parts)
    return frame.select(pl.when(there > 1).then(pl.sum_horizontal(parts))).to_series()


def _slow_sum(a: float | None, b: float | None, c: list[float] | None) -> float | None:
    there = [part for part in (a, b, c[-1] if c else None) if part is not None]
    return sum(there) if len(there) > 1 else None


SLOW_FUNCTIONS: dict[str, Callable[..., float | None]] = {"by_function": _slow_sum}

KINDS = index_metrics([
    metric("same_day", "a", a=at_period(ASSETS), b=at_period(TGA)),
    metric("business", "a", a=at_period(ASSETS), b=last_within(RRP, business_days=2)),
    metric("calendar", "a", a=at_period(ASSETS), b=last_within(RRP, calendar_days=3), c=at_period(TGA)),
    metric("weekly_leg", "tga", tga=at_period(DTS), a=newest_weekly(ASSETS, weekday=2, calendar_days=9)),
    metric("lag_exact", "now", now=at_period(RRP), then=lagged(RRP, days=7, calendar_days=0)),
    metric("lag_near", "now", now=at_period(RRP), then=lagged(DTS, days=4, calendar_days=3)),
    metric("lag_business", "now", now=at_period(DTS), then=business_day_before(DTS)),
    metric("divided", "now", "now / then", Unit.RATIO, now=at_period(RRP), then=lagged(DTS, days=4, calendar_days=3)),
    metric("away", "a", "a - mean(w)", a=at_period(ASSETS), w=window(RRP, days=5, least=2)),
    metric("middle", "a", "a * count(w) - median(w)", a=at_period(RRP), w=window(DTS, days=9, least=1, rows=3)),
    metric("score", "a", "zscore(a, w)", Unit.RATIO,
           a=at_period(RRP), w=window(RRP, days=9, least=3, rows=4, with_current=True)),
    metric("rank", "a", "percentile(a, w)", Unit.RATIO, a=at_period(DTS),
           w=window(RRP, days=12, least=2, calendar_days=3)),
    metric("averaged", "a", a=at_period(ASSETS), b=average(DTS, days=4, least=2, calendar_days=1)),
    metric("week", "a", a=at_period(ASSETS), b=average_of_week(RRP, least=1)),
    metric("month", "a", a=at_period(ASSETS), b=average_of_month(RRP, least=3)),
    metric("falls_back", "a", "coalesce(b, a)", a=at_period(ASSETS), b=optional(last_within(RRP, business_days=1))),
    Metric(id="by_function", title="by_function", unit=Unit.USD, version=1, anchor="a", source="test",
           inputs={"a": at_period(ASSETS), "b": optional(at_period(TGA)), "c": optional(window(RRP, days=3, least=1))},
           function=sum_of_what_is_there),
    metric("of_metric", "now", now=at_period("business"), then=lagged("business", days=7, calendar_days=2)),
    metric("of_metric_again", "now", now=at_period("of_metric"), b=last_within("weekly_leg", calendar_days=1)),
    metric("of_window", "now", "zscore(now, w)", Unit.RATIO, now=at_period("lag_near"),
           w=window("lag_near", days=8, least=2)),
    metric("of_optional", "now", now=at_period("by_function"), then=lagged("by_function", days=7, calendar_days=7)),
])  # fmt: skip

STATISTICS: dict[str, Callable[..., float | None]] = {
    "mean": statistics.fmean, "median": statistics.median, "count": len, "min": min, "max": max, "abs": abs,
    "sd": statistics.pstdev, "sqrt": math.sqrt, "log": math.log,
    "coalesce": lambda *each: next((one for one in each if one is not None), None),
    "zscore": lambda x, w: (x - statistics.fmean(w)) / statistics.pstdev(w),
    "percentile": lambda x, w: (sum(one < x for one in w) + sum(one == x for one in w) / 2) / len(w),
}  # fmt: skip


def slow_value(wanted: Metric, legs: dict[str, object]) -> float | None:
    """The formula by Python's own arithmetic; None where a leg it needs is."""
    if wanted.id in SLOW_FUNCTIONS:
        return SLOW_FUNCTIONS[wanted.id](**legs)
    try:
        return eval(str(wanted.formula), {}, {**STATISTICS, **legs})  # type: ignore[no-any-return]
    except (TypeError, ZeroDivisionError, ValueError):
        return None


@st.composite
def facts(draw: st.DrawFn) -> list[tuple[str, date, datetime, float | None]]:
    """Facts of four inputs: few days, few instants (so that they tie), blanks and zeros among the values."""
    keys = st.tuples(st.sampled_from([ASSETS, TGA, RRP, DTS]), st.sampled_from(DAYS), st.sampled_from(INSTANTS))
    values = st.sampled_from([None, 0.0, 1.0, 2.0, 5.0, 40.0])
    wednesday = [DAYS[2], DAYS[9], DAYS[16]]
    busy = st.tuples(st.sampled_from([ASSETS, TGA, RRP, DTS]), st.sampled_from(wednesday), st.sampled_from(INSTANTS))
    found = draw(st.dictionaries(st.one_of(keys, busy), values, min_size=4, max_size=40))
    return [(*key, value) for key, value in found.items()]


def frame(rows: list[tuple[str, date, datetime, float | None]]) -> pl.DataFrame:
    """Facts as the engine takes them."""
    return pl.DataFrame([(*row, None) for row in rows], schema=KNOWN_INPUT, orient="row")


BAD_FIRST = ["MISSING_INPUT", "STALE_INPUT", "PROVISIONAL", "CARRIED", "COMPLETE"]


@dataclass(frozen=True)
class Answer:
    value: float | None
    status: str


class SlowModel:
    """What every metric is at one instant, from nothing but the facts known then; plain loops, no frames."""

    def __init__(self, metrics: dict[str, Metric], rows: list[tuple[str, date, datetime, float | None]], at: datetime):
        self.metrics = metrics
        self.known: dict[str, dict[date, float | None]] = {}
        self.seen_number: dict[str, set[date]] = {}
        for source, period, known_at, value in sorted(rows, key=lambda row: row[2]):
            if known_at <= at:
                self.known.setdefault(source, {})[period] = value
                if value is not None:
                    self.seen_number.setdefault(source, set()).add(period)

    def answers(self, metric_id: str) -> dict[date, Answer]:
        """Every period that has a row at this instant."""
        anchor = self.metrics[metric_id].inputs[self.metrics[metric_id].anchor].source
        periods = self.answers(anchor) if anchor in self.metrics else self.seen_number.get(anchor, set())
        return {period: self._answer(self.metrics[metric_id], period) for period in periods}

    def _answer(self, wanted: Metric, period: date) -> Answer:
        read = {name: self._leg(leg, period) for name, leg in wanted.inputs.items()}
        status = min((status for _, status in read.values()), key=BAD_FIRST.index)
        legs = {name: value for name, (value, _) in read.items()}
        if any(legs[name] is None for name, leg in wanted.inputs.items() if not leg.optional):
            return Answer(None, status)
        value = slow_value(wanted, legs)
        return Answer(value, status if value is not None or status in BAD_FIRST[:2] else "MISSING_INPUT")

    def _standing(self, source: str) -> dict[date, tuple[float | None, str]]:
        if source in self.metrics:
            return {day: (a.value, a.status) for day, a in self.answers(source).items()}
        return {day: (value, "") for day, value in self.known.get(source, {}).items() if value is not None}

    def _leg(self, leg: Input, period: date) -> tuple[object, str]:
        standing = self._standing(leg.source)
        if leg.align in (Align.WINDOW, Align.AVERAGE, Align.MONTH):
            return self._many(leg, period, standing)
        target = period - timedelta(days=leg.lag_days)
        for back in range(20):
            day = target - timedelta(days=back)
            if not self._within(leg, day, target):
                break
            if day in standing:
                value, status = standing[day]
                return value, min(status or "COMPLETE", self._freshness(leg, day, target), key=BAD_FIRST.index)
        return None, self._absence(leg, target)

    @staticmethod
    def _many(leg: Input, period: date, standing: dict[date, tuple[float | None, str]]) -> tuple[object, str]:
        newest = period if leg.with_current else period - timedelta(days=1)
        days = [day for day in standing if period - timedelta(days=leg.span_days) <= day <= newest]
        if leg.align is Align.MONTH:
            days = [day for day in standing if (day.year, day.month) == (period.year, period.month)]
        there = {day: standing[day][0] for day in sorted(days) if standing[day][0] is not None}
        if leg.rows:
            there = dict(list(there.items())[-leg.rows :])
        if len(there) < leg.least:
            return None, "MISSING_INPUT"
        if leg.calendar_days is not None and (newest - max(there)).days > leg.calendar_days:
            return None, "STALE_INPUT"
        numbers = list(there.values())
        return numbers if leg.align is Align.WINDOW else statistics.fmean(numbers), "COMPLETE"  # type: ignore[type-var]

    @staticmethod
    def _within(leg: Input, day: date, target: date) -> bool:
        if leg.align is Align.AT_PERIOD:
            return day == target
        if leg.calendar_days is not None:
            return (target - day).days <= leg.calendar_days
        later = [day + timedelta(days=n) for n in range(1, (target - day).days + 1)]
        return sum(each.weekday() < 5 and each not in HOLIDAYS for each in later) <= (leg.business_days or 0)

    @staticmethod
    def _freshness(leg: Input, day: date, target: date) -> str:
        if leg.align is Align.LAG:
            return "COMPLETE"
        if leg.provisional_weekday is not None:
            newest = target - timedelta(days=(target.weekday() - leg.provisional_weekday) % 7)
            return "COMPLETE" if day == newest else "PROVISIONAL"
        return "COMPLETE" if day == target else "CARRIED"

    def _absence(self, leg: Input, target: date) -> str:
        if leg.align is Align.AT_PERIOD:
            return "MISSING_INPUT"
        if leg.source in SERIES:
            ever = self.seen_number.get(leg.source, set())
        else:
            ever = {day for day, answer in self.answers(leg.source).items() if answer.value is not None}
        return "STALE_INPUT" if any(day <= target for day in ever) else "MISSING_INPUT"
