"""A chart of dots for a terminal: one line of Braille cells, its values at the left, its days below.

Belongs here: that picture as text. Keep out: tables (tables.py), colours, which rows are drawn (cli).
A missing value leaves its column empty; nothing is drawn between two dots that are not neighbours in time.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from liquidity_platform.report.axes import WIDTH, Across, Down, value_axis
from liquidity_platform.report.labels import is_delta
from liquidity_platform.report.numbers import quantity
from liquidity_platform.report.thinning import Point, runs, thin

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # Braille: bits by row down, column across
_BLANK = 0x2800
ROWS = 10


def charts(rows: pl.DataFrame, width: int) -> str:
    """Every metric of `rows` ([metric, period, value, unit, ...], oldest first) as a chart `width` characters wide."""
    drawn = []
    for part in rows.partition_by("metric", maintain_order=True) if rows.height else []:
        points = [Point(when, value) for when, value in part.select("period", "value").rows()]
        name, unit = part["metric"][0], part["unit"][0]
        drawn.append(f"{name}\n{line_chart(points, unit, width, signed=is_delta(name))}")
    return "\n\n".join(drawn)


def line_chart(points: Sequence[Point], unit: str, width: int, signed: bool = False) -> str:
    """One line, ROWS high; the values of the first, the middle and the last row's own height stand at its left."""
    present = [point.value for point in points if point.value is not None]
    if not present:
        return "no value in these rows"
    axis = Across(points[0].day, points[-1].day)
    scale, _ = value_axis(present, 0, ROWS * 4 - 1, 3, zero=False)
    a_dot = (scale.high - scale.low) / (ROWS * 4 - 1)
    middles = {row: scale.high - (row * 4 + 1.5) * a_dot for row in (0, ROWS // 2, ROWS - 1)}
    labels = {row: quantity(value, unit, signed) for row, value in middles.items()}
    margin = max(len(text) for text in labels.values())
    columns = max(20, width - margin - 2)
    cells = _cells(points, axis, scale, columns)
    lines = [
        f"{labels.get(row, ''):>{margin}} ┤{''.join(map(chr, cells[row])).rstrip(chr(_BLANK))}" for row in range(ROWS)
    ]
    first, last = points[0].day.isoformat(), points[-1].day.isoformat()
    dates = f"{first}{last:>{columns - len(first)}}" if len(points) > 1 else first
    return "\n".join([*lines, f"{'':>{margin}} └{'─' * columns}", f"{'':>{margin + 2}}{dates}"])


def _cells(points: Sequence[Point], axis: Across, scale: Down, columns: int) -> list[list[int]]:
    cells = [[_BLANK] * columns for _ in range(ROWS)]
    for run in runs(points):
        before: tuple[int, int] | None = None
        for point in thin(run, axis, columns * 2):
            at = _dot(point.day, point.value or 0.0, axis, scale, columns)
            for across, down in _between(before or at, at):
                cells[down // 4][across // 2] |= _DOTS[down % 4][across % 2]
            before = at
    return cells


def _dot(when: date, value: float, axis: Across, scale: Down, columns: int) -> tuple[int, int]:
    return round(axis.x(when) / WIDTH * (columns * 2 - 1)), round(scale.y(value))


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps))
        for step in range(steps + 1)
    ]
