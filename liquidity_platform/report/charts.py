"""The charts of the report, as inline SVG drawn by us: no library, no network.

Belongs here: which lines go into which chart, their ranges, captions and notes. Keep out: geometry (plot.py), numbers.
A missing value is a gap. Every chart is drawn once a range, so that its scale fits what is shown.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl
from markupsafe import Markup

from liquidity_platform.report.areas import Band, Layer, in_stretches
from liquidity_platform.report.axes import Across
from liquidity_platform.report.labels import REGIMES, SPREADS, WARNINGS
from liquidity_platform.report.numbers import basis_points, day, usd
from liquidity_platform.report.plot import Panel, Plot, Track, lay_out
from liquidity_platform.report.templating import TEMPLATES
from liquidity_platform.report.thinning import Point

RANGES = {"1y": ("1 year", 1), "5y": ("5 years", 5), "all": ("All", None)}
TRILLION = 1e12
# (column, name, CSS class) of the two panels, each from its highest line down
_UPPER = (("fed_assets", "Fed assets", "assets"), ("net_liquidity", "Net liquidity", "net"))
_STACK = (("net_liquidity", "Net liquidity", "net"), ("rrp", "ON RRP", "rrp"), ("tga", "TGA", "tga"))
_LOWER = (("tga", "TGA", "tga"), ("rrp", "ON RRP", "rrp"))


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart over one range; `plot` is None where the range holds no row. `notes` say extremes and gaps."""

    id: str
    range: str
    title: str
    description: str
    plot: Plot | None
    notes: Sequence[str]
    simulated: bool

    @property
    def svg(self) -> Markup:
        """The drawing, every text in it escaped."""
        return Markup(TEMPLATES.get_template("chart.svg.j2").render(chart=self))


def net_liquidity_charts(frame: pl.DataFrame, simulated: bool, regimes: pl.DataFrame | None = None) -> list[Chart]:
    """Net liquidity and its components in USD trillions, one chart a range (`model.NET_LIQUIDITY` columns).

    The components are stacked up to Fed assets, which is the identity itself; `regimes` (`model.REGIMES`) are shaded.
    """
    rows = frame.sort("period")
    states = regimes.sort("period").select("period", "state").rows() if regimes is not None else []
    return [_net_liquidity(rows, key, simulated, states) for key in RANGES]


def spread_charts(history: pl.DataFrame, name: str, newest: date | None, simulated: bool) -> list[Chart]:
    """One spread in basis points, one chart a range (`model.SPREADS` columns); ranges end on `newest`."""
    rows = history.sort("period")
    return [_spread(rows, name, key, newest, simulated) for key in RANGES]


def spread_names(metrics: Iterable[str]) -> list[str]:
    """Metric ids in reading order: the known five, then the others by name."""
    present = set(metrics)
    return [metric for metric in SPREADS if metric in present] + sorted(present - set(SPREADS))


def _net_liquidity(rows: pl.DataFrame, key: str, simulated: bool, states: Sequence[tuple[date, str]]) -> Chart:
    title = "US net liquidity and its components, USD trillions"
    shown, axis = _cut(rows, key, None)
    if axis is None:
        return Chart(f"net-liquidity-{key}", key, title, "No rows in this range.", None, (), simulated)
    upper = [_leg(shown, *line) for line in _UPPER]
    lower = [_leg(shown, *line) for line in _LOWER]
    panels = [
        Panel(upper, 20, 276, 4, zero=True, unit="USD trillions", stack=[_layer(shown, *line) for line in _STACK]),
        Panel(lower, 316, 420, 3, zero=True, unit="USD trillions"),
    ]
    shaded = [each for each in in_stretches(states, axis.last) if each.role in REGIMES]
    stretches = [replace(each, role=REGIMES[each.role]) for each in shaded]
    plot = lay_out(panels, axis, 900, (12, 6), labelled=True, stretches=stretches)
    description = f"{_span(axis)}. " + ". ".join(f"{line.name} {line.newest}" for line in plot.lines) + "."
    notes = [*_gaps(shown, "net_liquidity", "weeks"), *_shades(states, axis)]
    return Chart(f"net-liquidity-{key}", key, title, description, plot, notes, simulated)


def _leg(rows: pl.DataFrame, column: str, name: str, role: str) -> Track:
    points, says = [], []
    for when, value, status in rows.select("period", column, "status").iter_rows():
        points.append(Point(when, None if value is None else value / TRILLION))
        says.append(_said(usd(value), status, value is None or column == "net_liquidity"))
    return Track(name, role, points, says)


def _layer(rows: pl.DataFrame, column: str, name: str, role: str) -> Layer:
    """A component, on the days on which the whole sum is there: without one part there is no stack."""
    whole = rows.with_columns(pl.when(pl.col("net_liquidity").is_not_null()).then(pl.col(column)).alias(column))
    points = whole.select("period", pl.col(column) / TRILLION).iter_rows()
    return Layer(name, role, [Point(when, value) for when, value in points])


def _shades(states: Sequence[tuple[date, str]], axis: Across) -> list[str]:
    """What the shading says: the newest state and since when it has lasted; nothing without a regime."""
    held = [each for each in in_stretches(states, axis.last) if each.last >= axis.first]
    if not held:
        return []
    return [f"regime {held[-1].role} since {day(held[-1].first)}", "shaded yellow: EXPANSION, violet: CONTRACTION"]


def _said(text: str, status: str, with_status: bool) -> str:
    return f"{text} {status}" if with_status and status != "COMPLETE" else text


def _spread(rows: pl.DataFrame, name: str, key: str, newest: date | None, simulated: bool) -> Chart:
    metric = rows["metric"][0] if rows.height else "none"
    slug = "".join(letter if letter.isalnum() else "-" for letter in metric)
    shown, axis = _cut(rows, key, newest)
    title = f"{name}, basis points"
    if axis is None:
        return Chart(f"{slug}-{key}", key, title, "No rows in this range.", None, (), simulated)
    points = [Point(when, value) for when, value in shown.select("period", "value").iter_rows()]
    facts = shown.select("value", "status").iter_rows()
    says = [_said(basis_points(value), status, with_status=True) for value, status in facts]
    bands, said = _bands(rows, metric)
    panel = Panel([Track(name, "spread", points, says)], 18, 140, 4, zero=True, unit="bp", bands=bands)
    plot = lay_out([panel], axis, 360, (5, 5), labelled=False)
    notes = [*_extremes(points), *said, *_gaps(shown, "value", "days")]
    description = ". ".join([_span(axis), f"newest {says[-1]}", *notes])
    return Chart(f"{slug}-{key}", key, title, description, plot, notes, simulated)


def _bands(rows: pl.DataFrame, metric: str) -> tuple[list[Band], list[str]]:
    """What is shaded behind a spread, and the words for it: where it usually lies, and what to look at twice."""
    low, high = rows["value"].quantile(0.1), rows["value"].quantile(0.9)
    warnings = WARNINGS.get(metric, ())
    bands = [Band(role, start, end) for start, end, role, _ in warnings]
    words = [text for *_, text in warnings]
    if low is None or high is None:
        return bands, words
    first = rows.drop_nulls("value")["period"][0]  # of the numbers: a leg may begin decades before the other
    usual = f"grey: 8 of 10 days since {first.year}, {basis_points(low)} to {basis_points(high)}"
    return [Band("usual", low, high), *bands], [usual, *words]


def _cut(rows: pl.DataFrame, key: str, newest: date | None) -> tuple[pl.DataFrame, Across | None]:
    """Rows of the range and their time axis; a range of years ends on `newest`, or the newest row."""
    years = RANGES[key][1]
    if rows.is_empty():
        return rows, None
    last: date = newest or rows["period"][-1]
    if years is None:
        return rows, Across(rows["period"][0], rows["period"][-1])
    first = last - timedelta(days=round(365.25 * years))
    shown = rows.filter(pl.col("period").is_between(first, last))
    return shown, Across(first, last) if shown.height else None


def _extremes(points: Sequence[Point]) -> list[str]:
    present = [(point.value, point.day) for point in points if point.value is not None]
    if not present:
        return []
    (low, low_day), (high, high_day) = min(present), max(present)
    return [f"low {basis_points(low)} on {low_day}", f"high {basis_points(high)} on {high_day}"]


def _gaps(rows: pl.DataFrame, column: str, pace: str) -> list[str]:
    """How many rows have no value, and why: one text a status."""
    why = Counter(rows.filter(pl.col(column).is_null())["status"].to_list())
    return [f"gaps: {count:,} of {rows.height:,} {pace} {status}" for status, count in why.most_common()]


def _span(axis: Across) -> str:
    return f"{day(axis.first)} to {day(axis.last)}"
