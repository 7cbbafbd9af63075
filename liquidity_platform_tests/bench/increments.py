"""Seconds to bring the metrics of a filled warehouse up to one day more of every daily and weekly series.

The day is the newest one again, a period later: what it says is of no matter, how many metrics read it is. The second
of two days is timed: a `daily` has read and written just before it computes, a fresh process has not.
Belongs here: that day, that time. Keep out: filling, computing in memory (metrics.py).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg

from liquidity_platform.automation.computing import compute
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.append import WriteReport, append_observations
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.bench.measures import Measure, timed

LIMIT_S = 2.0
PACE = {Frequency.DAILY: 1, Frequency.EVERY_DAY: 1, Frequency.WEEKLY: 7}


def increment_time(home: Path, data: Path) -> Iterator[Measure]:
    """Add a day to the warehouse of `home`, filled from `data`, and compute what it changes."""
    with open_warehouse(Settings(home=home, data=str(data))) as warehouse:
        _a_day_later(warehouse)
        took, told, report = _a_day_later(warehouse)
    assert report.appended > told, f"{told} numbers made {report.appended} steps of metrics"
    yield Measure("all metrics in the warehouse, a day later", took, "s", LIMIT_S,
                  f"{told} new numbers, {report.appended:,} new steps")  # fmt: skip


def _a_day_later(warehouse: Warehouse) -> tuple[float, int, WriteReport]:
    """Seconds to compute what another day changes, how many numbers it had, and what was written."""
    with warehouse.session() as connection:
        told = _another_day(connection)
    window = Window.current(datetime.now(UTC))
    took, reports = timed(lambda: compute(warehouse, window, None, overlap=timedelta(0)))
    return took, told, sum(reports.values(), WriteReport())


def _another_day(connection: psycopg.Connection) -> int:
    """Append the newest number of each daily and weekly series once more, a period later; how many there were."""
    newest = connection.execute("SELECT series_id, max(period) FROM raw.observations GROUP BY 1").fetchall()
    now = datetime.now(UTC)
    rows = [
        (name, period + timedelta(days=PACE[SERIES[name].frequency]), now, 1.0, "fetched", SERIES[name].source, now)
        for name, period in newest
        if SERIES[name].frequency in PACE and not SERIES[name].ended
    ]
    held = connection.execute("SELECT payload_id::text FROM raw.payloads LIMIT 1").fetchone()
    frame = pl.DataFrame([(*row, *(held or ()), "bench") for row in rows], schema=OFFERED, orient="row")
    append_observations(connection, frame, [], Window.current(now), Clock())
    return len(rows)
