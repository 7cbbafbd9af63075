"""Random knowledge histories, one small metric of every alignment, and the metric computed again the slow way.

Belongs here: what properties of derived numbers are stated with. Keep out: assertions; the engine's own arithmetic.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import holidays
import polars as pl
from hypothesis import strategies as st

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.declare import (
    Align,
    Input,
    Metric,
    at_period,
    business_day_before,
    index_metrics,
    lagged,
    last_within,
    newest_weekly,
)

ASSETS, TGA, RRP, DTS = "fed.total_assets", "treasury.tga_wednesday", "fed.on_rrp", "treasury.tga_daily"
FIRST = date(2021, 11, 15)  # a Monday; Thanksgiving lies in the second week
DAYS = [FIRST + timedelta(days=n) for n in range(17)]
INSTANTS = [datetime(2021, 12, 1, 20, 30, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(8)]
HOLIDAYS = holidays.country_holidays("US", years=range(2021, 2023))


def metric(name: str, anchor: str, **legs: Input) -> Metric:
    """anchor leg less the others, in dollars."""
    weights = {leg: 1.0 if leg == anchor else -1.0 for leg in legs}
    return Metric(name, name, Unit.USD, 1, anchor, legs, weights, 1.0, "test")


KINDS = index_metrics([
    metric("same_day", "a", a=at_period(ASSETS), b=at_period(TGA)),
    metric("business", "a", a=at_period(ASSETS), b=last_within(RRP, business_days=2)),
    metric("calendar", "a", a=at_period(ASSETS), b=last_within(RRP, calendar_days=3), c=at_period(TGA)),
    metric("weekly_leg", "tga", tga=at_period(DTS), a=newest_weekly(ASSETS, weekday=2, calendar_days=9)),
    metric("lag_exact", "now", now=at_period(RRP), then=lagged(RRP, days=7, calendar_days=0)),
    metric("lag_near", "now", now=at_period(RRP), then=lagged(DTS, days=4, calendar_days=3)),
    metric("lag_business", "now", now=at_period(DTS), then=business_day_before(DTS)),
    metric("of_metric", "now", now=at_period("business"), then=lagged("business", days=7, calendar_days=2)),
    metric("of_metric_again", "now", now=at_period("of_metric"), b=last_within("weekly_leg", calendar_days=1)),
])  # fmt: skip


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
        legs = {name: self._leg(leg, period) for name, leg in wanted.inputs.items()}
        order = ["MISSING_INPUT", "STALE_INPUT", "PROVISIONAL", "CARRIED", "COMPLETE"]
        status = min((status for _, status in legs.values()), key=order.index)
        if status in order[:2]:
            return Answer(None, status)
        return Answer(sum(wanted.weights[name] * value for name, (value, _) in legs.items()), status)

    def _leg(self, leg: Input, period: date) -> tuple[float | None, str]:
        target = period - timedelta(days=leg.lag_days)
        if leg.source in self.metrics:
            standing = {day: (a.value, a.status) for day, a in self.answers(leg.source).items()}
        else:
            numbers = self.known.get(leg.source, {}).items()
            standing = {day: (value, "") for day, value in numbers if value is not None}
        for back in range(20):
            day = target - timedelta(days=back)
            if not self._within(leg, day, target):
                break
            if day in standing:
                value, status = standing[day]
                return value, status or self._freshness(leg, day, target)
        return None, self._absence(leg, target)

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
