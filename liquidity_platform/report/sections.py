"""The parts of the page as plain values: what stands in the headline and in each table cell.

Belongs here: choosing rows and turning them into text with its reason. Keep out: HTML, drawing, arithmetic on facts.
Nothing is computed here: a change comes from its metric's row or is a dash.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from liquidity_platform.report.charts import Chart, spread_charts, spread_names
from liquidity_platform.report.labels import DELTAS, HEADLINE, SPREADS, VARIANTS
from liquidity_platform.report.model import ReportData
from liquidity_platform.report.numbers import MISSING, basis_points, day, quantity, usd

SPELLED_OUT = 20  # of a list, named one by one
NO_ROW = "NO ROW"  # the warehouse has no row of this metric, whatever the period


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as shown. `status` is empty where it says nothing; a missing number always has one."""

    text: str
    status: str = ""
    note: str = ""  # said when it is not about the row's own period
    metric: str = ""  # with `period`: what `liquidity history` is asked to follow it
    period: date | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """The newest net liquidity. `last_known` is the newest value there is, when the newest period has none."""

    figure: Figure
    period: date | None
    known_at: datetime | None
    changes: Sequence[tuple[str, Figure]]
    legs: Sequence[tuple[str, Figure]]
    last_known: str
    metric: str = HEADLINE


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One net liquidity variant with its changes."""

    metric: str
    name: str
    formula: str
    level: Figure
    changes: Sequence[Figure]
    period: date | None
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spread:
    """One small multiple: its newest number and one chart a range."""

    metric: str
    name: str
    source: str
    figure: Figure
    period: date
    known_at: datetime
    charts: Sequence[Chart]


@dataclass(frozen=True, slots=True)
class NewestRow:
    """One raw series: its newest period, and the catalog's words for it."""

    fact: dict[str, Any]
    figure: Figure


def headline(data: ReportData) -> Headline:
    """The newest net liquidity, its legs, and its changes over 1, 4 and 13 weeks."""
    rows = data.net_liquidity.sort("period")
    changes = _changes(_by_metric(data.variants), HEADLINE, rows["period"][-1] if rows.height else None)
    if rows.is_empty():
        return Headline(Figure(MISSING, NO_ROW), None, None, list(zip(DELTAS.values(), changes, strict=True)), [], "")
    newest = rows.row(-1, named=True)
    missing = newest["net_liquidity"] is None
    held = rows.filter(pl.col("net_liquidity").is_not_null()) if missing else rows.clear()
    last = held.row(-1, named=True) if held.height else None
    legs = [("Fed assets", "fed_assets"), ("TGA", "tga"), ("ON RRP", "rrp")]
    return Headline(
        Figure(usd(newest["net_liquidity"]), newest["status"]),
        newest["period"],
        newest["known_at"],
        list(zip(DELTAS.values(), changes, strict=True)),
        [(name, _figure(usd(newest[leg]), newest[leg], newest["status"])) for name, leg in legs],
        f"last value {usd(last['net_liquidity'])}, {day(last['period'])}" if last else "",
    )


def variants(data: ReportData) -> list[VariantRow]:
    """The known variants that have a row, then any other, each with its changes beside it."""
    rows = _by_metric(data.variants)
    levels = [metric for metric in rows if metric.rpartition(".")[2] not in DELTAS]
    known = [metric for metric in VARIANTS if metric in levels]
    return [_variant(rows, metric) for metric in known + sorted(set(levels) - set(VARIANTS))]


def _variant(rows: dict[str, dict[str, Any]], metric: str) -> VariantRow:
    name, formula = VARIANTS.get(metric, (metric, ""))
    row = rows[metric]
    level = Figure(usd(row["value"]), row["status"])
    changes = _changes(rows, metric, row["period"])
    return VariantRow(metric, name, formula, level, changes, row["period"], row["known_at"])


def _by_metric(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["metric"]: row for row in rows.sort("metric", "period").iter_rows(named=True)}


def _changes(rows: dict[str, dict[str, Any]], metric: str, period: date | None) -> list[Figure]:
    return [_change(rows.get(f"{metric}.{suffix}"), period) for suffix in DELTAS]


def _change(row: dict[str, Any] | None, period: date | None) -> Figure:
    if row is None:
        return Figure(MISSING, NO_ROW)
    note = "" if row["period"] == period else f"of {row['period']}"
    shown = _figure(usd(row["value"], signed=True), row["value"], row["status"], note)
    return replace(shown, metric=row["metric"], period=row["period"])


def _figure(text: str, value: float | None, status: str, note: str = "") -> Figure:
    """A number that wears its status only where it is missing."""
    return Figure(text, status if value is None else "", note)


def spreads(data: ReportData) -> list[Spread]:
    """The small multiples, in reading order, with one newest day for all of them."""
    newest = data.spreads["period"].max()
    last = newest if isinstance(newest, date) else None
    return [_spread(data, metric, last) for metric in spread_names(data.spreads["metric"].unique().to_list())]


def _spread(data: ReportData, metric: str, last: date | None) -> Spread:
    name, source = SPREADS.get(metric, (metric, ""))
    history = data.spreads.filter(pl.col("metric") == metric).sort("period")
    row = history.row(-1, named=True)
    charts = spread_charts(history, name, last, data.simulated)
    figure = Figure(basis_points(row["value"]), row["status"])
    return Spread(metric, name, source, figure, row["period"], row["known_at"], charts)


def newest(data: ReportData) -> list[NewestRow]:
    """The newest value of each series in the order given; a missing one is a dash with its reason."""
    return [
        NewestRow(row, Figure(quantity(row["value"], row["unit"]), row["status_text"] or ""))
        for row in data.newest.iter_rows(named=True)
    ]


def spelled_out(told: Sequence[str], where: str) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(told) - SPELLED_OUT
    return [*told[:SPELLED_OUT], f"and {more} more: {where}"] if more > 0 else list(told)
