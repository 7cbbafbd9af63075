"""Lines thinned to what a screen can show, with their gaps kept.

Belongs here: runs between gaps, the first/lowest/highest/last point of each pixel column. Keep out: SVG, pixels.
Nothing is averaged or interpolated: every point kept is a row that was there, and a NULL ends a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from statistics import median

from liquidity_platform.report.axes import WIDTH, Across


@dataclass(frozen=True, slots=True)
class Point:
    """A day and its value; None is a gap."""

    day: date
    value: float | None


def runs(points: Sequence[Point]) -> list[list[Point]]:
    """Stretches without a gap. A gap is a NULL, or more absent days than a weekend with holidays explains."""
    reach = _longest_step(points)
    found: list[list[Point]] = []
    open_run: list[Point] = []
    for point in points:
        if open_run and (point.value is None or (point.day - open_run[-1].day).days > reach):
            found.append(open_run)
            open_run = []
        if point.value is not None:
            open_run.append(point)
    return [*found, open_run] if open_run else found


def _longest_step(points: Sequence[Point]) -> float:
    steps = [(after.day - before.day).days for before, after in pairwise(points)]
    return max(10.0, 1.5 * median(steps)) if steps else 10.0


def thin(run: Sequence[Point], axis: Across, columns: int) -> list[Point]:
    """The run with at most four points in each of `columns` pixel columns: its first, lowest, highest and last."""
    kept: list[Point] = []
    for _, group in groupby(run, key=lambda point: int(axis.x(point.day) / WIDTH * columns)):
        column = list(group)
        low = min(column, key=_value)
        high = max(column, key=_value)
        chosen = {column[0].day: column[0], low.day: low, high.day: high, column[-1].day: column[-1]}
        kept.extend(chosen[day] for day in sorted(chosen))
    return kept


def _value(point: Point) -> float:
    return point.value if point.value is not None else 0.0
