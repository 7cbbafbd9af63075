"""Rows of metrics, signals and series in the shape that `show` and `demo` print.

Its columns: metric, period, value, unit, status, known_at.
Belongs here: that shape. Keep out: queries (warehouse), formatting (report).
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import WarehouseError
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.derived.signals.registry import unit_of
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import metrics_as_of, newest_periods, series_as_of
from liquidity_platform.warehouse.signals import signals_as_of

COLUMNS = ["metric", "period", "value", "unit", "status", "known_at"]


def metric_rows(
    warehouse: Warehouse, metrics: Sequence[Metric] | None, at: datetime | None, newest: int | None = None
) -> pl.DataFrame:
    """Rows of `metrics` (None: all) known at `at` (None: now), grouped by metric, oldest first.

    `newest`: of so many newest periods (None: of all).
    """
    wanted = list(metrics) if metrics is not None else list(METRICS.values())
    with warehouse.session() as connection:
        versions = {metric.id: metric.version for metric in wanted}
        rows = (
            metrics_as_of(connection, versions, at)
            if newest is None
            else newest_periods(connection, versions, newest, at)
        )
    units = {metric.id: metric.unit.value for metric in wanted}
    order = {metric.id: number for number, metric in enumerate(wanted)}
    return (
        rows.with_columns(
            pl.col("metric").replace_strict(units, return_dtype=pl.String()).alias("unit"),
            pl.col("metric").replace_strict(order, return_dtype=pl.Int32()).alias("order"),
        )
        .sort("order", "period")
        .select(COLUMNS)
    )


def signal_rows(warehouse: Warehouse, signal: Signal, at: datetime | None) -> pl.DataFrame:
    """Rows of a signal in the same shape: its score as value, its state as status."""
    with warehouse.session() as connection:
        rows = signals_as_of(connection, {signal.id: signal.version}, at)
    return rows.with_columns(pl.lit(unit_of(signal).value).alias("unit")).select(COLUMNS)


def series_rows(warehouse: Warehouse, line: Series, at: datetime | None) -> pl.DataFrame:
    """Rows of a raw series in the same shape; its status is how sure known_at is."""
    with warehouse.session() as connection:
        rows = series_as_of(connection, line.id, at)
    return rows.with_columns(pl.lit(line.unit.value).alias("unit")).select(COLUMNS)


def refuse_empty(warehouse: Warehouse, rows: pl.DataFrame) -> None:
    """Raise WarehouseError when nothing was ever written, pointing at a sample beside an empty real warehouse."""
    if rows.height:
        return
    import sqlalchemy as sa

    with warehouse.engine.connect() as connection:
        filled = connection.scalar(sa.text("SELECT EXISTS (SELECT FROM raw.payloads WHERE source_id <> 'catalog')"))
    if not filled:
        sample = warehouse.settings.home / "sample" / "postgres"
        beside = "; a sample lies beside it: LIQUIDITY_DATA=sample shows it" if sample.exists() else ""
        raise WarehouseError(f"the warehouse is empty: run `liquidity demo` or `liquidity daily` first{beside}")
