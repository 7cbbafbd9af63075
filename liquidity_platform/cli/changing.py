"""What `changed` gathers and prints: what became known, or was written down, after an instant.

Belongs here: which facts are asked for, counts and rows. Keep out: queries (warehouse), option parsing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
import psycopg

from liquidity_platform.catalog.series import Series
from liquidity_platform.cli.history import TABLE_ROWS, print_few
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.reading import find_fact
from liquidity_platform.cli.rows import refuse_empty
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.changes import (
    CHANGES,
    WRITTEN,
    changed_since,
    counted_since,
    metrics_changed_since,
    metrics_written_since,
    written_since,
)
from liquidity_platform.warehouse.connect import open_warehouse

Units = Mapping[str, str]  # of the metrics asked for, by id


def changed(since: datetime, names: Sequence[str], recorded: bool, format: str) -> None:
    """Print what became known (`recorded`: was written down) after `since`, beside what was known then.

    Of what was written down a table counts the rows and shows those that are answered now; csv and json have all.
    """
    series, metrics = _asked(names)
    every = recorded and format != "table"
    counts = pl.DataFrame(schema=WRITTEN)
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            if recorded and not every:
                counts = counted_since(connection, since, series, list(metrics))
            rows = (
                _written(connection, since, series, metrics)
                if every
                else _answered(connection, since, series, metrics, recorded)
            )
        refuse_empty(warehouse, rows)
    if rows.is_empty() and counts.is_empty():
        note(f"nothing {'was written down' if recorded else 'became known'} after {iso(since)}")
    if counts.height:
        _print_counts(counts, rows, since)
    if not counts.height or rows.height:
        title = "answered now" if counts.height else None
        print_few(rows, rows.head(TABLE_ROWS), format, _columns(rows, format), f"the newest {TABLE_ROWS}", title)


def _asked(names: Sequence[str]) -> tuple[list[str] | None, Units]:
    """Ids of the series named (None: all), and the metrics. Raises UsageError for signals and what is not known."""
    facts = [find_fact(name) for name in names]
    if signals := [one.id for one in facts if isinstance(one, Signal)]:
        raise UsageError(f"{signals[0]} is a signal: `liquidity history {signals[0]}` prints its steps")
    metrics = {one.id: one.unit.value for one in facts if isinstance(one, Metric)}
    return [one.id for one in facts if isinstance(one, Series)] if facts else None, metrics


def _answered(
    connection: psycopg.Connection, since: datetime, series: list[str] | None, metrics: Units, recorded: bool
) -> pl.DataFrame:
    """What is answered now and was not at `since`."""
    rows = changed_since(connection, since, series, recorded)
    return (
        _joined(rows, metrics_changed_since(connection, since, list(metrics), recorded), metrics) if metrics else rows
    )


def _written(connection: psycopg.Connection, since: datetime, series: list[str] | None, metrics: Units) -> pl.DataFrame:
    """Every row written down after `since`."""
    rows = written_since(connection, since, series)
    return _joined(rows, metrics_written_since(connection, since, list(metrics)), metrics) if metrics else rows


def _joined(rows: pl.DataFrame, more: pl.DataFrame, metrics: Units) -> pl.DataFrame:
    """Rows of series and of metrics, newest knowledge first."""
    units = pl.col("series").replace_strict(metrics, return_dtype=pl.String())
    both = pl.concat([rows, more.with_columns(unit=units)])
    return both.sort("known_at", "recorded_at", descending=True, maintain_order=True)


def _columns(rows: pl.DataFrame, format: str) -> list[str]:
    """All columns; of a table without that of known_basis or status which no row of it has."""
    empty = {name for name in ("known_basis", "status") if rows[name].null_count() == rows.height}
    unneeded = empty if format == "table" and len(empty) == 1 else set()
    return [name for name in CHANGES if name not in unneeded]


def _print_counts(counts: pl.DataFrame, rows: pl.DataFrame, since: datetime) -> None:
    """How much was written down of each, and how much of that is what is answered now."""
    total = int(counts["rows"].sum())
    print_few(counts, counts.head(TABLE_ROWS), "table", list(WRITTEN), f"the first {TABLE_ROWS}", "written down")
    note(
        f"{total:,} rows were written down after {iso(since)}, of which {rows.height:,} are what is answered now; "
        "--format csv prints each"
    )
