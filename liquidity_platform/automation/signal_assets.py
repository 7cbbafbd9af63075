"""One asset a signal, computed in the step of the metrics it reads, from what the warehouse then holds of them.

They share the metrics' step because a metric without rows is skipped, and would skip a step of signals behind it.
Belongs here: specs and computing. Keep out: definitions and the walk (derived/signals), metrics (derived_assets.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl
import psycopg

from liquidity_platform.automation.keys import FRESH, metric_key
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.derived.signals.engine import evaluate_all
from liquidity_platform.derived.signals.registry import SIGNALS, inputs
from liquidity_platform.warehouse.append import WriteReport, append_signals
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import known_metrics
from liquidity_platform.warehouse.signals import last_recorded


def spec_of(signal: Signal) -> dg.AssetSpec:
    """The asset of one signal; it depends on the metrics it declares."""
    return dg.AssetSpec(
        metric_key(signal.id),
        deps=[metric_key(metric) for metric in dict.fromkeys(signal.inputs.values())],
        skippable=True,
        group_name="signals",
        description=f"{signal.title}: {', '.join(signal.states)} or INSUFFICIENT. {signal.source}.",
        kinds={"polars", "postgres"},
        owners=["team:liquidity"],
        code_version=str(signal.version),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH),
        metadata={"signal_id": signal.id, "definition_version": signal.version,
                  "dagster/table_name": "derived.signals"},
    )  # fmt: skip


def compute_signals(
    warehouse: Warehouse, window: Window, run_id: str | None, written: Mapping[str, WriteReport]
) -> tuple[pl.DataFrame, dict[str, WriteReport]]:
    """Walk signals through every step of knowledge and append what is new; (rows computed, report a signal).

    A run of the current year walks those one of whose metrics it has `written`, or was written down after them by a run
    that went no further; it writes any year. Under a moved clock all are walked: its stamps prove nothing.
    """
    clock = warehouse.settings.clock_now()
    current = window.holds_year_of(clock.now())
    with warehouse.session() as connection:
        chosen = SIGNALS
        if current and not clock.moved:
            chosen = _behind(connection, {metric for metric, report in written.items() if report.appended})
        read = sorted({metric for signal in chosen.values() for metric in signal.inputs.values()})
        rows = evaluate_all(chosen, known_metrics(connection, {metric: METRICS[metric].version for metric in read}))
        years = Window.all_until(clock.now()) if current else window
        return rows, append_signals(connection, rows, years, clock, run_id)


def _behind(connection: psycopg.Connection, written: set[str]) -> Mapping[str, Signal]:
    """Signals that read what was `written`, or one of whose metrics was written down since they were."""
    versions = {signal.id: signal.version for signal in SIGNALS.values()}
    metrics, signals = last_recorded(connection, sorted(inputs()), versions)
    return {
        signal.id: signal
        for signal in SIGNALS.values()
        for newest in [max((metrics[name] for name in signal.inputs.values() if name in metrics), default=None)]
        if newest is not None
        and (signal.id not in signals or newest > signals[signal.id] or written & set(signal.inputs.values()))
    }


def results(rows: pl.DataFrame, reports: Mapping[str, WriteReport]) -> Iterator[dg.MaterializeResult[Any]]:
    """A materialization of every signal that was walked."""
    newest = rows.sort("period", "known_at").group_by("signal_id", maintain_order=True).last()
    for row in newest.to_dicts():
        report = reports.get(row["signal_id"], WriteReport())
        yield dg.MaterializeResult(
            asset_key=metric_key(row["signal_id"]),
            metadata={
                "dagster/row_count": report.offered,
                "appended": report.appended,
                "newest_period": str(row["period"]),
                "state": row["state"],
                "score": row["score"] if row["score"] is not None else "none",
            },
        )
