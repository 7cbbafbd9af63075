"""One plot laid out: lines, ticks, labels and hover points as places on a page.

Belongs here: the geometry of any line plot. Keep out: which series are drawn (charts.py), SVG text (templates/).
Across is in 1000 user units or percent, so that a plot fits any width; down is in pixels.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from liquidity_platform.report.areas import Area, Band, Box, Layer, Stretch, across_bands, down_stretches, stacked
from liquidity_platform.report.axes import WIDTH, Across, Down, Tick, date_ticks, plain, value_axis
from liquidity_platform.report.numbers import MISSING
from liquidity_platform.report.thinning import Point, runs, thin

LABEL_PITCH = 31.0  # pixels from one two-line label to the next
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Track:
    """One line to draw: its points in the axis' unit, and what each says when pointed at."""

    name: str
    role: str  # colour and weight, a CSS class
    points: Sequence[Point]
    says: Sequence[str]  # one text a point
    quiet: bool = False  # no dot, no label, nothing under the pointer


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the plot with a value axis of its own, `top` to `bottom` in pixels. `unit` stands above it.

    `stack` is filled below the lines, from zero up; `bands` are values shaded behind everything.
    """

    tracks: Sequence[Track]
    top: float
    bottom: float
    ticks: int
    zero: bool
    unit: str
    stack: Sequence[Layer] = ()
    bands: Sequence[Band] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A track as drawn. `end` is the place of its newest value (percent across, pixels down)."""

    name: str
    role: str
    path: str
    end: tuple[float, float] | None
    label_at: float
    newest: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A panel's horizontal lines, lowest first; the one at 0 is not `minor` and drawn stronger."""

    ticks: Sequence[Tick]
    unit_at: float
    unit: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything templates/chart.svg.j2 needs."""

    height: float
    lines: Sequence[Line]
    grids: Sequence[Grid]
    dates: Sequence[Tick]
    labelled: bool
    hover: str  # JSON: first and last day, days, and per line its pixels and texts
    areas: Sequence[Area] = ()
    bands: Sequence[Box] = ()
    stretches: Sequence[Box] = ()


def lay_out(
    panels: Sequence[Panel],
    axis: Across,
    columns: int,
    ticks: tuple[int, int],
    labelled: bool,
    stretches: Sequence[Stretch] = (),
) -> Plot:
    """The panels over one time axis, thinned to `columns`; `ticks` is how many dates fit wide and narrow.

    `stretches` of time are shaded behind all panels.
    """
    lines: list[Line] = []
    grids: list[Grid] = []
    areas: list[Area] = []
    bands: list[Box] = []
    hovers: list[dict[str, object]] = []
    days = _hover_days(panels, axis, columns)
    for panel in panels:
        values = [point.value for track in panel.tracks for point in track.points if point.value is not None]
        scale, levels = value_axis(values, panel.top, panel.bottom, panel.ticks, panel.zero)
        grids.append(_grid(panel, scale, levels))
        areas += stacked(panel.stack, axis, scale, columns // 2)
        bands += across_bands(panel.bands, scale)
        lines += [_line(track, axis, scale, columns) for track in panel.tracks]
        hovers += [_hover(track, scale, days) for track in panel.tracks if not track.quiet]
    bottom = max(panel.bottom for panel in panels)
    first, last = ((day - EPOCH).days for day in (axis.first, axis.last))
    hover = {"a": first, "z": last, "d": [(day - EPOCH).days for day in days], "l": hovers}
    return Plot(
        bottom + 24,
        _spread_labels(lines, bottom),
        grids,
        date_ticks(axis, *ticks),
        labelled,
        json.dumps(hover, separators=(",", ":"), ensure_ascii=False),
        areas,
        bands,
        down_stretches(stretches, axis),
    )


def _line(track: Track, axis: Across, scale: Down, columns: int) -> Line:
    stretches = [thin(run, axis, columns) for run in runs(track.points)]
    path = "".join(_stretch(stretch, axis, scale) for stretch in stretches)
    newest = stretches[-1][-1] if stretches else None
    end = None
    if newest is not None and newest.value is not None:
        end = (round(axis.x(newest.day) / WIDTH * 100, 2), round(scale.y(newest.value), 1))
    said = track.says[-1] if track.says else MISSING
    return Line(track.name, track.role, path, end, end[1] if end else scale.bottom, said, track.quiet)


def _stretch(points: Sequence[Point], axis: Across, scale: Down) -> str:
    """SVG path of one unbroken stretch; a lone point is a line of no length, which its round cap makes a dot."""
    at = [f"{axis.x(p.day):.1f},{scale.y(p.value):.1f}" for p in points if p.value is not None]
    return f"M{at[0]}h0" if len(at) == 1 else f"M{at[0]}L{' '.join(at[1:])}"


def _grid(panel: Panel, scale: Down, levels: Sequence[float]) -> Grid:
    step = levels[1] - levels[0] if len(levels) > 1 else abs(levels[0]) or 1.0
    zero = step * 1e-6
    ticks = [Tick(round(scale.y(level), 1), plain(level, step), minor=abs(level) > zero) for level in levels]
    return Grid(ticks, panel.top - 8, panel.unit)


def _hover_days(panels: Sequence[Panel], axis: Across, columns: int) -> list[date]:
    """Days the pointer can find: every row where they fit, else the drawn points."""
    tracks = [track for panel in panels for track in panel.tracks if not track.quiet]
    every = {point.day for track in tracks for point in track.points}
    if len(every) <= 2 * columns:
        return sorted(every)
    drawn = {point.day for track in tracks for run in runs(track.points) for point in thin(run, axis, columns)}
    return sorted(drawn)


def _hover(track: Track, scale: Down, days: Sequence[date]) -> dict[str, object]:
    at = {point.day: (point.value, text) for point, text in zip(track.points, track.says, strict=True)}
    found = [at.get(day, (None, MISSING)) for day in days]
    pixels = [None if value is None else round(scale.y(value)) for value, _ in found]
    return {"n": track.name, "c": track.role, "y": pixels, "s": [text for _, text in found]}


def _spread_labels(lines: Sequence[Line], bottom: float) -> list[Line]:
    """Labels beside their line's end, moved apart where they would overlap, and kept above the date axis."""
    named = [place for place, line in enumerate(lines) if not line.quiet]
    order = sorted(named, key=lambda place: lines[place].label_at)
    at: dict[int, float] = {}
    below = -LABEL_PITCH
    for place in order:
        at[place] = below = max(lines[place].label_at, below + LABEL_PITCH)
    ceiling = bottom + 4
    for place in reversed(order):
        at[place] = ceiling = min(at[place], ceiling)
        ceiling -= LABEL_PITCH
    return [replace(line, label_at=round(at.get(place, line.label_at), 1)) for place, line in enumerate(lines)]
