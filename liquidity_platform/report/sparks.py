"""A chart small enough to travel with an event: one line, its newest value, no axes, below 5 kB as markdown.

Dagster keeps every event's metadata for ever, and its UI shows pictures that stand in the markdown itself.
Belongs here: that picture. Keep out: the report's charts (charts.py), which points are drawn (callers).
"""

import base64
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from liquidity_platform.report.axes import WIDTH, Across, value_axis
from liquidity_platform.report.thinning import Point, runs, thin

POINTS = 260  # newest periods drawn: a year of days, five of weeks
LIMIT = 5_000  # bytes of markdown
IN_PLACE = 1_000  # characters up to which the UI shows markdown in the table itself, not behind a link
_WIDTH, _HEIGHT = 260, 56
_COLUMNS = (40, 30, 22, 16, 11, 7, 4)  # of the line, the finest that is short enough
_BLUE, _GREY = "#3d8bd4", "#8a9199"  # read on white and on the UI's dark ground


def spark(history: Sequence[tuple[date, float | None]], columns: int = _COLUMNS[0]) -> str:
    """An SVG of [(period, value)], oldest first: the line with its gaps, zero where it lies in sight, the newest dot.

    Empty when no period has a value.
    """
    points = [Point(when, value) for when, value in history[-POINTS:]]
    present = [point.value for point in points if point.value is not None]
    if not present:
        return ""
    axis = Across(points[0].day, points[-1].day)
    scale, _ = value_axis(present, 4, _HEIGHT - 4, 2, zero=False)
    places = [
        [
            (round(axis.x(p.day) / WIDTH * (_WIDTH - 8)) + 2, round(scale.y(p.value or 0.0)))
            for p in thin(run, axis, columns)
        ]
        for run in runs(points)
    ]
    zero = f'<path d="M0 {scale.y(0):.0f}h{_WIDTH}" stroke="{_GREY}"/>' if scale.low < 0 < scale.high else ""
    x, y = places[-1][-1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" fill="none">{zero}'
        f'<path d="{"".join(map(_path, places))}" stroke="{_BLUE}" stroke-width="1.5" stroke-linecap="round"/>'
        f'<circle cx="{x}" cy="{y}" r="2.5" fill="{_BLUE}"/></svg>'
    )


def _path(places: Sequence[tuple[int, int]]) -> str:
    """A line by its steps, which are shorter than its places; a lone point is a line of no length."""
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(places)]
    x, y = places[0]
    return f"M{x} {y}l{' '.join(f'{across} {down}' for across, down in steps or [(0, 0)])}".replace(" -", "-")


def spark_markdown(history: Sequence[tuple[date, float | None]]) -> str:
    """The same as a markdown picture that needs no file, as fine as it may be and still be shown in place."""
    shown = history[-POINTS:]
    text = "no value yet"
    for columns in _COLUMNS:
        picture = spark(shown, columns)
        if not picture:
            break
        bytes_of = base64.b64encode(picture.encode()).decode()
        text = f"![{shown[0][0]} to {shown[-1][0]}](data:image/svg+xml;base64,{bytes_of})"
        if len(text) < IN_PLACE:
            break
    return text
