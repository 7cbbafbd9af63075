"""The vintages fan: a revised series as it was known at each moment, the first prints, and what stands now.

Belongs here: which lines a fan has. Keep out: geometry (plot.py), the query (automation/reporting.py).
Every line is what one person could have drawn on one day: no line mixes moments, but the first prints, which say so.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from liquidity_platform.report.axes import Across
from liquidity_platform.report.charts import Chart
from liquidity_platform.report.numbers import day, quantity
from liquidity_platform.report.plot import Panel, Track, lay_out
from liquidity_platform.report.thinning import Point

LINES = 40  # moments drawn at most, the newest ones
_SCALES = ((1e12, "trillions"), (1e9, "billions"), (1e6, "millions"))


def fan_charts(vintages: pl.DataFrame, simulated: bool) -> list[Chart]:
    """One chart a series (`model.VINTAGES` columns), in the order given; a series known at one moment only has none."""
    groups = vintages.partition_by("series_id", maintain_order=True) if vintages.height else []
    return [_fan(rows.sort("period", "known_at"), simulated) for rows in groups if rows["known_at"].n_unique() > 1]


def known_at(rows: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """[period, value] as known at a moment; `rows` sorted by period and known_at."""
    told = rows.filter(pl.col("known_at") <= moment)
    return told.group_by("period", maintain_order=True).last().select("period", "value")


def _fan(rows: pl.DataFrame, simulated: bool) -> Chart:
    first: dict[str, Any] = rows.row(0, named=True)
    moments = rows["known_at"].unique().sort().to_list()
    prints = rows.drop_nulls("value").group_by("period", maintain_order=True).first()
    latest = known_at(rows, moments[-1])
    axis = Across(rows["period"][0], max(rows["period"][-1], latest["period"][-1]))
    scale, word = _scale(rows["value"].abs().max())
    unit = first["unit"]

    def track(name: str, role: str, frame: pl.DataFrame, quiet: bool = False) -> Track:
        pairs = frame.select("period", "value").rows()
        points = [Point(when, None if value is None else value / scale) for when, value in pairs]
        return Track(name, role, points, [quantity(value, unit) for _, value in pairs], quiet)

    older = [track(str(at.date()), "vintage", known_at(rows, at), quiet=True) for at in moments[-LINES - 1 : -1]]
    shown = [*older, track("first print or first seen", "first", prints), track("now", "net", latest)]
    panel = Panel(shown, 18, 190, 4, zero=False, unit=f"{unit}{', ' + word if word else ''}".replace("_", " "))
    notes = _notes(prints, latest, moments, unit)
    description = f"{day(axis.first)} to {day(axis.last)}. " + ". ".join(notes)
    slug = first["series_id"].replace(".", "-")
    plot = lay_out([panel], axis, 360, (6, 4), labelled=False)
    return Chart(f"fan-{slug}", "all", first["title"], description, plot, notes, simulated)


def _scale(largest: object) -> tuple[float, str]:
    size = float(largest) if isinstance(largest, int | float) else 0.0
    return next(((by, word) for by, word in _SCALES if size >= by), (1.0, ""))


def _notes(prints: pl.DataFrame, latest: pl.DataFrame, moments: Sequence[datetime], unit: str) -> list[str]:
    """How many moments there are, and the largest distance from a first value to what stands now."""
    both = prints.select("period", first="value").join(latest, on="period").drop_nulls()
    said = [f"{len(moments)} moments, the last {min(LINES, len(moments) - 1)} before now drawn thin"]
    revised = both.with_columns(by=pl.col("value") - pl.col("first")).sort(pl.col("by").abs(), descending=True)
    if revised.height and revised["by"][0]:
        when: date = revised["period"][0]
        said.append(f"largest revision {quantity(revised['by'][0], unit, signed=True)}, of {when}")
    return said
