"""Computing metrics in the warehouse: everything, or what rows recorded since the last computation may have changed.

Which rows are new is told by `recorded_at`, with a day to spare: a row is stamped before its transaction is seen, and
what is computed twice is appended once. Everything is computed when a metric has no mark yet or another definition than
its mark (with all that reads it), under a moved clock (its stamps prove nothing), and for windows of past years.
Belongs here: that choice, reading inputs, appending, marks. Keep out: Dagster (derived_assets.py), evaluation.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import polars as pl
import psycopg

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.window import Window
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.increment import definition, evaluate_new
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.warehouse.append import WriteReport, append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.findings import through_the_gate
from liquidity_platform.warehouse.marks import add_marks, metric_marks, server_now
from liquidity_platform.warehouse.read import known_closes, known_metrics, known_observations

OVERLAP = timedelta(days=1)
_ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)


def compute(
    warehouse: Warehouse,
    window: Window,
    run_id: str | None,
    metrics: Mapping[str, Metric] = METRICS,
    overlap: timedelta = OVERLAP,
) -> dict[str, WriteReport]:
    """Bring every metric up to what is known, and append the new steps; a report of each metric that was computed.

    A window that holds the current year writes steps of any year: late vintages change the past's steps too.
    """
    clock = warehouse.settings.clock_now()
    current = window.holds_year_of(clock.now())
    definitions = {metric.id: definition(metric) for metric in metrics.values()}
    with warehouse.session() as connection:
        begun = server_now(connection)
        marks = metric_marks(connection) if current and not clock.moved else {}
        known = {name: mark for name, mark in marks.items() if mark.definition == definitions.get(name)}
        since = min((mark.seen_to for mark in known.values()), default=_ALWAYS + overlap) - overlap
        with ThreadPoolExecutor(1) as beside:  # each reads over a connection of its own
            standing = beside.submit(_standing, connection, metrics)
            told = _told(connection, metrics, since)
        rows = evaluate_new(metrics, told, standing.result(), set(metrics) - set(known))
        reports = append_metrics(connection, rows, Window.all_until(clock.now()) if current else window, clock, run_id)
        if current:
            add_marks(connection, definitions, begun, run_id)
    return reports


def _told(connection: psycopg.Connection, metrics: Mapping[str, Metric], since: datetime) -> pl.DataFrame:
    """All that is known of raw inputs, through the gate; new is what was recorded at `since` or later."""
    needed = sorted(_read(metrics) - set(metrics))
    closes = [CLOSES[name] for name in needed if name in CLOSES]
    series = [name for name in needed if name in SERIES]
    told = through_the_gate(connection, known_observations(connection, series, since), series, since)
    return pl.concat([told, *(known_closes(connection, c.id, c.source, c.instrument.id, since) for c in closes)])


def _standing(connection: psycopg.Connection, metrics: Mapping[str, Metric]) -> pl.DataFrame:
    """What stands of the metrics that others read."""
    return known_metrics(connection, {name: metrics[name].version for name in _read(metrics) & set(metrics)})


def _read(metrics: Mapping[str, Metric]) -> set[str]:
    return {leg.source for metric in metrics.values() for leg in metric.inputs.values()}
