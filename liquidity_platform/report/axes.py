"""Axes: where ticks stand and what they say.

Belongs here: scales and ticks, pure arithmetic. Keep out: SVG, facts, colours.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liquidity_platform.report.numbers import MINUS, MONTHS

WIDTH = 1000.0  # user units across any plot; it is stretched to whatever the page gives it
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 48, 120, 240, 480)


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick: its place (percent across, or pixels down) and its text; `minor` ones are dropped on a phone."""

    at: float
    text: str
    minor: bool = False
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Across:
    """The time axis from `first` to `last`, both inside the plot."""

    first: date
    last: date

    @property
    def span(self) -> int:
        """Days across, at least one."""
        return max(1, (self.last - self.first).days)

    def x(self, when: date) -> float:
        """Place of a day in user units, 0..WIDTH."""
        return (when - self.first).days / self.span * WIDTH


@dataclass(frozen=True, slots=True)
class Down:
    """A value axis from `low` at pixel `bottom` to `high` at pixel `top`."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Pixel of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


_SAME, _NOTHING = 1e-12, 1e-290  # of a value's size; of anything


def value_axis(values: Iterable[float], top: float, bottom: float, target: int, zero: bool) -> tuple[Down, list[float]]:
    """An axis just around `values` (`zero` keeps 0 in it), and about `target` round tick values inside it."""
    present = [*values, *([0.0] if zero else [])] or [0.0]
    low, high = min(present), max(present)
    largest = max(abs(low), abs(high))
    if high - low <= max(_SAME * largest, _NOTHING):  # no step between them could be told
        around = 0.5 * (largest if largest > _NOTHING else 1)
        low, high = low - around, high + around
    margin = 0.04 * (high - low)
    low, high = low if zero and low == 0 else low - margin, high if zero and high == 0 else high + margin
    step = round_step((high - low) / max(1, target))
    start, end = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Down(low, high, top, bottom), [index * step for index in range(start, end + 1)]


def round_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def plain(value: float, step: float) -> str:
    """A tick value with as many decimals as its step needs."""
    decimals = next((count for count in range(4) if abs(round(step, count) - step) < 1e-9 * step), 4)
    text = f"{abs(value):,.{decimals}f}"
    return f"{MINUS}{text}" if value < -step * 1e-6 else text


def date_ticks(axis: Across, wide: int, narrow: int) -> list[Tick]:
    """At most about `wide` ticks on whole months or years; where only `narrow` fit, the minor ones are left out."""
    months = (axis.last.year - axis.first.year) * 12 + axis.last.month - axis.first.month
    step = next((count for count in _MONTH_STEPS if months / count <= wide), _MONTH_STEPS[-1])
    fitting = (count for count in _MONTH_STEPS if months / count <= narrow and count % step == 0)
    coarse = next(fitting, _MONTH_STEPS[-1])
    days = [day for day in _month_starts(axis, step) if day >= axis.first]
    if len(days) < 2:
        return [_edge(axis.first.isoformat(), 0.0, "start"), _edge(axis.last.isoformat(), 100.0, "end")]
    return [_tick(axis, when, step, minor=(when.year * 12 + when.month - 1) % coarse != 0) for when in days]


def _month_starts(axis: Across, step: int) -> list[date]:
    first, last = axis.first.year * 12 + axis.first.month - 1, axis.last.year * 12 + axis.last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(-(-first // step) * step, last + 1, step)]


def _tick(axis: Across, when: date, step: int, minor: bool) -> Tick:
    at = round(axis.x(when) / WIDTH * 100, 2)
    text = str(when.year) if step >= 12 or when.month == 1 else MONTHS[when.month - 1]
    return Tick(at, text, minor, "start" if at < 2 else "end" if at > 98 else "middle")


def _edge(text: str, at: float, anchor: str) -> Tick:
    return Tick(at, text, anchor=anchor)
