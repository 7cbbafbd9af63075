"""A chart small enough to travel with an event: one line, its newest value, no axes, below 5 kB as markdown.

Dagster keeps every event's metadata for ever, and its UI shows pictures that stand in the markdown itself.
Belongs here: that picture. Keep out: the report's charts (charts.py), which points are drawn (callers).
"""

import base64
from collections.abc import Sequence
from datetime import date

from liquidity_platform.report.axes import Across, value_axis
from liquidity_platform.report.thinning import Point, runs, thin

POINTS = 260  # newest periods drawn: a year of days, five of weeks
LIMIT = 5_000  # bytes of markdown
_WIDTH, _HEIGHT, _COLUMNS = 260, 56, 36
_BLUE, _GREY = "#3d8bd4", "#8a9199"  # read on white and on the UI's dark ground


def spark(history: Sequence[tuple[date, float | None]]) -> str:
    """An SVG of [(period, value)], oldest first: the line with its gaps, zero where it lies in sight, the newest dot.

    Empty when no period has a value.
    """
    points = [Point(when, value) for when, value in history[-POINTS:]]
    present = [point.value for point in points if point.value is not None]
    if not present:
        return ""
    axis = Across(points[0].day, points[-1].day)
    scale, _ = value_axis(present, 4, _HEIGHT - 4, 2, zero=False)
    drawn = [thin(run, axis, _COLUMNS) for run in runs(points)]
    places = [
        [f"{axis.x(p.day) / 1000 * (_WIDTH - 8) + 2:.0f} {scale.y(p.value):.1f}" for p in run if p.value is not None]
        for run in drawn
    ]
    path = "".join(f"M{at[0]}h0" if len(at) == 1 else f"M{at[0]}L{' '.join(at[1:])}" for at in places)
    zero = f'<path d="M0 {scale.y(0):.1f}H{_WIDTH}" stroke="{_GREY}" stroke-dasharray="2 3"/>'
    x, y = places[-1][-1].split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" fill="none">'
        f"{zero if scale.low < 0 < scale.high else ''}"
        f'<path d="{path}" stroke="{_BLUE}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>'
        f'<circle cx="{x}" cy="{y}" r="2.5" fill="{_BLUE}"/></svg>'
    )


def spark_markdown(history: Sequence[tuple[date, float | None]]) -> str:
    """The same as a markdown picture that needs no file, and the days it spans."""
    picture = spark(history)
    if not picture:
        return "no value yet"
    shown = history[-POINTS:]
    words = f"{shown[0][0]} to {shown[-1][0]}"
    return f"![{words}](data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()})\n\n{words}"
