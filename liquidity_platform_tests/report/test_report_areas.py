"""Filled parts: the stack is the identity, gaps stay gaps, bands and stretches are cut to what is shown."""

import base64
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.report.areas import Band, Layer, Stretch, across_bands, down_stretches, in_stretches, stacked
from liquidity_platform.report.axes import Across, Down
from liquidity_platform.report.charts import net_liquidity_charts, spread_charts
from liquidity_platform.report.fans import fan_charts, known_at
from liquidity_platform.report.model import REGIMES, VINTAGES
from liquidity_platform.report.page import render
from liquidity_platform.report.sparks import IN_PLACE, LIMIT, spark, spark_markdown
from liquidity_platform.report.terminal import ROWS, line_chart
from liquidity_platform.report.thinning import Point

START = date(2026, 1, 7)
DAYS = [START + timedelta(days=7 * week) for week in range(10)]


def corners(path: str) -> list[list[float]]:
    """Pixels down of every closed shape of a path."""
    return [[float(pair.split(",")[1]) for pair in part.split()] for part in re.findall(r"M([^Z]*)Z", path)]


def layer(name: str, *values: float | None) -> Layer:
    return Layer(name, name, [Point(day, value) for day, value in zip(DAYS, values, strict=False)])


def test_layers_stand_upon_one_another_and_the_top_is_their_sum() -> None:
    scale = Down(0, 10, 0, 100)
    low, high = stacked([layer("net", 6, 7), layer("tga", 1, 2)], Across(DAYS[0], DAYS[1]), scale, 100)
    assert corners(low.path) == [[40, 30, 100, 100]]  # 6 and 7 of 10, back along zero
    assert corners(high.path) == [[30, 10, 30, 40]]  # 7 and 9 of 10, back along the layer below


def test_a_day_without_one_part_is_a_gap_in_every_layer() -> None:
    parts = [layer("net", 6, 6, None, 6, 6), layer("tga", 1, 1, 1, 1, 1)]
    for area in stacked(parts, Across(DAYS[0], DAYS[4]), Down(0, 10, 0, 100), 100):
        assert [len(shape) for shape in corners(area.path)] == [4, 4]


def test_the_stack_of_the_real_history_reaches_fed_assets(real) -> None:
    """Net liquidity, ON RRP and TGA of every complete week stack up to Fed assets, pixel for pixel."""
    for chart in net_liquidity_charts(real().net_liquidity, simulated=False):
        top = corners(chart.plot.areas[-1].path)[-1]
        newest = top[len(top) // 2 - 1]
        assert newest == pytest.approx(
            next(line.end[1] for line in chart.plot.lines if line.role == "assets"), abs=0.11
        )


def test_bands_are_cut_to_the_axis_and_stretches_to_the_time_shown() -> None:
    scale = Down(-10, 10, 0, 100)
    boxes = across_bands([Band("low", None, 0), Band("mid", 5, 40), Band("off", 20, None)], scale)
    assert [(box.role, box.at, box.size) for box in boxes] == [("low", 50, 50), ("mid", 0, 25)]
    axis = Across(START, START + timedelta(days=100))
    days = [Stretch("a", START - timedelta(days=50), START + timedelta(days=25)), Stretch("b", date(2020, 1, 1), START)]
    assert [(box.role, box.at, box.size) for box in down_stretches(days, axis)] == [("a", 0, 25)]


def test_a_state_lasts_until_the_next_begins() -> None:
    states = list(zip(DAYS[:4], ["E", "E", "C", "E"], strict=True))
    found = in_stretches(states, DAYS[5])
    assert [(each.role, each.first, each.last) for each in found] == [
        ("E", DAYS[0], DAYS[2]), ("C", DAYS[2], DAYS[3]), ("E", DAYS[3], DAYS[5]),
    ]  # fmt: skip
    assert in_stretches([], DAYS[5]) == []


def test_a_regime_shades_the_chart_and_says_since_when(small) -> None:
    weeks = small().net_liquidity["period"].to_list()
    states = ["EXPANSION"] * 30 + ["NEUTRAL"] * 10 + ["CONTRACTION"] * 20
    moment = [datetime(2026, 7, 20, tzinfo=UTC)] * 60
    regimes = pl.DataFrame({"period": weeks, "state": states, "known_at": moment}, schema=dict(REGIMES))
    chart = net_liquidity_charts(small().net_liquidity, False, regimes)[-1]
    assert [box.role for box in chart.plot.stretches] == ["expansion", "contraction"]
    assert any("regime CONTRACTION since" in note for note in chart.notes)
    assert 'class="stretch contraction"' in render(small(regimes=regimes))


def test_a_spread_says_what_its_bands_are(small) -> None:
    chart = spread_charts(small().spreads.filter(metric="us.spread.sofr_iorb"), "SOFR less IORB", None, False)[-1]
    assert chart.plot.bands[0].role == "usual"
    assert "8 of 10 days since 2026" in " ".join(chart.notes)
    assert "above 10 bp: tight" in " ".join(chart.notes)


def vintages() -> pl.DataFrame:
    """January printed 10, revised to 12 and 11; February printed 20; March printed 30."""
    told = [((2026, 1, 1), 10.0, (2026, 2, 5)), ((2026, 1, 1), 12.0, (2026, 3, 5)), ((2026, 2, 1), 20.0, (2026, 3, 5)),
            ((2026, 1, 1), 11.0, (2026, 4, 5)), ((2026, 3, 1), 30.0, (2026, 4, 5))]  # fmt: skip
    rows = [
        ("x.y", "A series", "index", date(*when), value, datetime(*known, tzinfo=UTC)) for when, value, known in told
    ]
    return pl.DataFrame(rows, schema=dict(VINTAGES), orient="row")


def test_a_fan_has_a_line_a_moment_the_first_prints_and_what_stands_now() -> None:
    (chart,) = fan_charts(vintages(), simulated=False)
    assert [line.role for line in chart.plot.lines] == ["vintage", "vintage", "first", "net"]
    assert [line.path.count(",") for line in chart.plot.lines] == [1, 2, 3, 3]  # points of each
    assert "3 moments" in chart.notes[0]
    assert "largest revision +1.000, of 2026-01-01" in chart.notes[1]
    assert "vintage" not in chart.plot.hover
    assert fan_charts(vintages().head(1), simulated=False) == []


@given(at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 5, 1), timezones=st.just(UTC)))
def test_a_line_of_the_fan_holds_nothing_that_became_known_later(at: datetime) -> None:
    rows = vintages().sort("period", "known_at")
    shown = dict(known_at(rows, at).rows())
    for period, value in shown.items():
        told = rows.filter((pl.col("period") == period) & (pl.col("known_at") <= at))
        assert told["value"][-1] == value
    assert set(shown) == set(rows.filter(pl.col("known_at") <= at)["period"])


@example(values=[0.0, 5e-324], step=1)
@example(values=[5e-324], step=1)
@example(values=[1e15, 1e15 + 0.125], step=7)
@given(values=st.lists(st.none() | st.floats(-1e15, 1e15), max_size=600), step=st.sampled_from([1, 7, 31]))
def test_a_small_chart_stays_below_its_limit_whatever_it_shows(values: list[float | None], step: int) -> None:
    history = [(START + timedelta(days=step * place), value) for place, value in enumerate(values)]
    text = spark_markdown(history)
    assert len(text.encode()) < LIMIT
    shown = [value for _, value in history[-260:] if value is not None]
    assert (spark(history) == "") is (shown == [])
    assert "nan" not in spark(history)


def test_a_small_chart_of_a_real_year_is_short_enough_to_stand_in_the_table(real) -> None:
    """What the UI hides behind a link is not looked at; a year of days and five of weeks fit, holidays and all."""
    for metric in ("us.spread.10y2y", "us.spread.sofr_iorb"):
        rows = real().spreads.filter(metric=metric).sort("period").select("period", "value").rows()
        assert len(spark_markdown(rows)) < IN_PLACE
    weeks = real().net_liquidity.sort("period").select("period", "net_liquidity").rows()
    text = spark_markdown(weeks)
    assert len(text) < IN_PLACE
    svg = ET.fromstring(base64.b64decode(text.partition("base64,")[2].rstrip(")")))
    assert len(svg.find("{http://www.w3.org/2000/svg}path").get("d")) > 150  # and still is a line


def test_a_chart_of_dots_rises_with_its_values_and_leaves_a_gap() -> None:
    days = [START + timedelta(days=place) for place in range(40)]
    points = [Point(day, None if 15 <= place < 25 else float(place)) for place, day in enumerate(days)]
    lines = line_chart(points, "basis_points", 60).splitlines()
    cells = [line.partition("┤")[2].ljust(50, "\u2800") for line in lines[:ROWS]]
    dotted = [[row for row in range(ROWS) if cells[row][column] != "\u2800"] for column in range(50)]
    left, right = [rows for rows in dotted[:15] if rows], [rows for rows in dotted[30:] if rows]
    assert min(left[0]) > max(right[-1])  # low at the left, high at the right
    assert any(rows == [] for rows in dotted[18:28])  # nobody joins the days without a value
    assert lines[-1].split() == ["2026-01-07", "2026-02-15"]
    assert line_chart([Point(START, None)], "usd", 60) == "no value in these rows"


def test_vintages_come_with_their_instants() -> None:
    assert VINTAGES["known_at"] == INSTANT == REGIMES["known_at"]
