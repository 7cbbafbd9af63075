"""Charts: gaps, thinning, axes."""

import json
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.registry import BUILT_IN
from liquidity_platform.report.axes import Across, date_ticks, value_axis
from liquidity_platform.report.charts import RANGES, net_liquidity_charts, spread_charts
from liquidity_platform.report.labels import SPREADS
from liquidity_platform.report.thinning import Point, runs, thin

SVG = "{http://www.w3.org/2000/svg}"
START = date(2026, 1, 5)


def daily(*values: float | None) -> list[Point]:
    return [Point(START + timedelta(days=place), value) for place, value in enumerate(values)]


def drawn(chart) -> ET.Element:
    return ET.fromstring(str(chart.svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_null_ends_a_line_and_is_never_a_point():
    found = runs(daily(1.0, 2.0, None, 4.0))
    assert [[point.value for point in run] for run in found] == [[1.0, 2.0], [4.0]]


def test_absent_rows_are_a_gap_but_a_long_weekend_is_not():
    week = [Point(START + timedelta(days=days), 1.0) for days in (0, 1, 2, 3, 4, 8, 9, 30, 31)]
    assert [len(run) for run in runs(week)] == [7, 2]


def test_thinning_keeps_the_extremes_of_every_column_and_invents_nothing():
    points = daily(*[float(place % 97) for place in range(5000)], 1e6, -1e6)
    axis = Across(points[0].day, points[-1].day)
    kept = thin(points, axis, 100)
    assert len(kept) <= 4 * 101
    assert set(kept) <= set(points)
    assert kept == sorted(kept, key=lambda point: point.day)
    assert {1e6, -1e6} <= {point.value for point in kept}
    assert (kept[0], kept[-1]) == (points[0], points[-1])


def test_a_missing_week_is_a_gap_in_the_drawing_and_a_dash_under_the_pointer(small):
    chart = net_liquidity_charts(small().net_liquidity, simulated=False)[0]
    net = next(line for line in chart.plot.lines if line.role == "net")
    assert net.path.count("M") == 2
    assert net.path.endswith("h0")
    assert not any(line.path.count("M") > 1 for line in chart.plot.lines if line.role in ("assets", "tga"))
    hover = next(line for line in json.loads(chart.plot.hover)["l"] if line["c"] == "net")
    assert hover["y"][-2] is None
    assert hover["s"][-2] == "— MISSING_INPUT"
    assert "MISSING_INPUT" in " ".join(chart.notes)


def test_a_gap_is_not_drawn_at_zero(small):
    chart = spread_charts(small().spreads.filter(metric="us.spread.10y2y"), "10y less 2y", None, False)[0]
    (line,) = chart.plot.lines
    zero = next(tick.at for tick in chart.plot.grids[0].ticks if not tick.minor)
    pixels = [float(pair.split(",")[1]) for pair in line.path.replace("M", " ").replace("L", " ").split()]
    assert len(pixels) == 9
    assert max(pixels) < zero - 20


def test_every_spread_shows_a_zero_line(small):
    frame = small().spreads
    for metric in ("us.spread.10y2y", "us.spread.sofr_iorb"):
        for chart in spread_charts(frame.filter(metric=metric), metric, None, False):
            assert [float(tick.text) for tick in chart.plot.grids[0].ticks if not tick.minor] == [0.0]


def test_a_chart_says_what_it_is_to_a_screen_reader(small):
    for chart in net_liquidity_charts(small().net_liquidity, simulated=True):
        root = drawn(chart)
        assert root.get("role") == "img"
        assert root.find(f"{SVG}title").text.startswith("SIMULATED")
        assert "Net liquidity $" in root.find(f"{SVG}desc").text
        assert root.find(f"{SVG}text[@class='watermark wide']").text == "SIMULATED"


def test_trillions_stand_on_the_axis_and_lines_are_named_where_they_end(small):
    chart = net_liquidity_charts(small().net_liquidity, simulated=False)[0]
    assert [grid.unit for grid in chart.plot.grids] == ["USD trillions"] * 2
    assert all(abs(float(tick.text)) < 20 for grid in chart.plot.grids for tick in grid.ticks)
    assert [line.newest for line in chart.plot.lines] == ["$6.759 trn", "$6.072 trn", "$682.0 bn", "$5.0 bn"]
    places = sorted(line.label_at for line in chart.plot.lines)
    assert all(below - above >= 30 for above, below in pairwise(places))


def test_a_history_of_one_day_or_none_at_all_is_drawn(small):
    rows = small().net_liquidity
    assert all(chart.plot is not None and chart.svg for chart in net_liquidity_charts(rows.tail(1), False))
    assert all(chart.plot is None for chart in net_liquidity_charts(rows.clear(), False))
    blank = rows.with_columns(net_liquidity=None, fed_assets=None, tga=None, rrp=None)
    for chart in net_liquidity_charts(blank, False):
        assert [line.path for line in chart.plot.lines] == [""] * 4
        assert "circle" not in str(chart.svg)


@pytest.mark.parametrize(("years", "texts"), [(24, "2004"), (5, "2026"), (1, "2026")])
def test_date_ticks_stand_on_whole_years_and_few_remain_on_a_phone(years, texts):
    axis = Across(date(2026 - years, 7, 15), date(2026, 7, 15))
    ticks = date_ticks(axis, 12, 6)
    assert texts in [tick.text for tick in ticks]
    assert len(ticks) <= 13
    assert 2 <= len([tick for tick in ticks if not tick.minor]) <= 7
    assert all(0 <= tick.at <= 100 for tick in ticks)


@pytest.mark.parametrize("values", [[5.0], [0.0], [-3.0, 4.0], [1e-9, 2e-9], [5.9, 9.0], []])
def test_a_value_axis_holds_its_values_and_has_ticks(values):
    for zero in (True, False):
        scale, ticks = value_axis(values, 0, 100, 4, zero)
        assert all(scale.low <= value <= scale.high for value in [*values, *ticks])
        assert ticks


def test_a_long_daily_history_is_drawn_with_few_points(real):
    frame = real().spreads.filter(metric="us.spread.10y2y")
    charts = spread_charts(frame, "10y less 2y", None, False)
    assert frame.height > 10_000
    assert len(charts) == len(RANGES)
    # four a column, and some more because each of 551 holidays ends a run
    assert all(line.path.count(",") < 3000 for chart in charts for line in chart.plot.lines)


@pytest.mark.parametrize(
    ("metric", "since"), [("us.spread.10y2y", 1976), ("us.spread.10y3m", 1981), ("us.spread.sofr_iorb", 2021)]
)
def test_what_is_usual_counts_from_the_first_number_not_from_the_first_row(real, metric, since):
    """fred/DGS10.csv begins in 1962, DGS2.csv in 1976, DGS3MO.csv in 1981; SOFR.csv in 2018, IORB.csv in 2021."""
    rows = real().spreads.filter(metric=metric)
    long = pl.DataFrame(
        {"period": [date(1962, 1, 2)], "value": [None], "metric": [metric], "status": ["MISSING_INPUT"]}
    )
    charts = spread_charts(pl.concat([long, rows], how="diagonal_relaxed"), metric, None, False)
    assert all(f"8 of 10 days since {since}," in " ".join(chart.notes) for chart in charts if chart.plot)


def test_every_spread_there_is_has_a_name_to_read():
    shown = {m.id for m in BUILT_IN.values() if m.id.startswith("us.spread.") and m.unit is Unit.BASIS_POINTS}
    assert shown == set(SPREADS)
