"""Filled parts of a plot: components stacked, bands of values, stretches of time.

Belongs here: their geometry. Keep out: lines, ticks and labels (plot.py), which areas are drawn (charts.py).
Across is in 1000 user units or percent, down in pixels, as in plot.py. A missing part leaves a gap, never a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from liquidity_platform.report.axes import WIDTH, Across, Down
from liquidity_platform.report.thinning import Point, runs, thin


@dataclass(frozen=True, slots=True)
class Layer:
    """One component of a stack, in the axis' unit; `role` is its CSS class."""

    name: str
    role: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `low` to `high`; None is open."""

    role: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` up to `last`."""

    role: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Area:
    """A layer as drawn."""

    role: str
    path: str


@dataclass(frozen=True, slots=True)
class Box:
    """A band or a stretch as drawn: `at` and `size` are pixels down of a band, percent across of a stretch."""

    role: str
    at: float
    size: float


def stacked(layers: Sequence[Layer], axis: Across, scale: Down, columns: int) -> list[Area]:
    """Each layer upon the one before it, from zero; a day on which any of them is missing is a gap in all."""
    days = sorted({point.day for layer in layers for point in layer.points})
    values = [{point.day: point.value for point in layer.points} for layer in layers]
    paths = [""] * len(layers)
    for stretch in _whole(days, values, axis, columns):
        below = [0.0] * len(stretch)
        for place, layer in enumerate(values):
            above = [base + (layer[day] or 0.0) for base, day in zip(below, stretch, strict=True)]
            paths[place] += _closed(stretch, above, below, axis, scale)
            below = above
    return [Area(layer.role, path) for layer, path in zip(layers, paths, strict=True)]


def _whole(
    days: Sequence[date], values: Sequence[dict[date, float | None]], axis: Across, columns: int
) -> list[list[date]]:
    """Stretches of days on which every layer has a value, thinned alike for all of them."""
    totals = []
    for day in days:
        parts = [layer.get(day) for layer in values]
        present = [part for part in parts if part is not None]
        totals.append(Point(day, sum(present) if len(present) == len(parts) else None))
    found = []
    for run in runs(totals):
        kept = {point.day for point in thin(run, axis, columns)}
        for layer in values:
            kept |= {point.day for point in thin([Point(at.day, layer[at.day]) for at in run], axis, columns)}
        found.append(sorted(kept))
    return found


def _closed(days: Sequence[date], above: Sequence[float], below: Sequence[float], axis: Across, scale: Down) -> str:
    top = [f"{axis.x(day):.1f},{scale.y(value):.1f}" for day, value in zip(days, above, strict=True)]
    foot = [f"{axis.x(day):.1f},{scale.y(value):.1f}" for day, value in zip(days, below, strict=True)]
    return f"M{' '.join([*top, *reversed(foot)])}Z"


def across_bands(bands: Sequence[Band], scale: Down) -> list[Box]:
    """Bands cut to what the axis shows; one that lies outside is not drawn."""
    found = []
    for band in bands:
        low = scale.low if band.low is None else max(band.low, scale.low)
        high = scale.high if band.high is None else min(band.high, scale.high)
        if high > low:
            found.append(Box(band.role, round(scale.y(high), 1), round(scale.y(low) - scale.y(high), 1)))
    return found


def down_stretches(stretches: Sequence[Stretch], axis: Across) -> list[Box]:
    """Stretches cut to the time shown."""
    found = []
    for stretch in stretches:
        first, last = max(stretch.first, axis.first), min(stretch.last, axis.last)
        if last > first:
            at = axis.x(first) / WIDTH * 100
            found.append(Box(stretch.role, round(at, 2), round(axis.x(last) / WIDTH * 100 - at, 2)))
    return found


def in_stretches(states: Sequence[tuple[date, str]], until: date) -> list[Stretch]:
    """Unbroken stretches of one state, each up to the day the next begins; the last up to `until`."""
    groups = [(state, next(days)[0]) for state, days in groupby(states, key=lambda at: at[1])]
    ends = [*(after[1] for _, after in pairwise(groups)), until][: len(groups)]
    return [Stretch(state, first, end) for (state, first), end in zip(groups, ends, strict=True)]
