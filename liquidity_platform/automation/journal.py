"""From the sidecar's journal into the warehouse, once each: ticks, alerts, what became of them, the rules.

Rows and the mark of how far they go are one transaction; a run that was killed begins where the mark stands, and rows
brought twice are recognised by their keys. Simulated ticks go into the simulated warehouse or nowhere.
Belongs here: moving. Keep out: the assets and the sensor (journal_assets.py), the journal's SQL (realtime.journal),
append rules.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import psycopg

from liquidity_platform.core.errors import WarehouseRefused
from liquidity_platform.core.window import Window
from liquidity_platform.realtime.journal import moving
from liquidity_platform.realtime.ticks import TickFlags
from liquidity_platform.warehouse.append import append_facts
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.rows import FACTS

BATCH = 50_000
_COLUMNS = ("instrument_id", "event_at", "seq", "received_at", "price", "size", "bid", "ask", "flags")
_INSTANTS = ("event_at", "received_at")
_ALERT = (
    "INSERT INTO ops.alert_log (alert_id, rule_id, rule_version, instrument_id, fired_at, value, threshold, severity, "
    "suppressed, context, run_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_DELIVERY = (
    "INSERT INTO ops.deliveries (alert_id, channel, attempt, status, at, idempotency_key, reason, run_id) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_RULE = (
    "INSERT INTO ops.alert_rules (rule_id, version, name, definition, active) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT DO NOTHING"
)


@dataclass
class Moved:
    """Rows that are new in the warehouse."""

    ticks: int = 0
    alerts: int = 0
    deliveries: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(self.ticks + other.ticks, self.alerts + other.alerts, self.deliveries + other.deliveries)


def move_again(path: Path, warehouse: Warehouse, days: tuple[date, date], run_id: str | None = None) -> Moved:
    """Bring what came on these UTC days, both included, whatever the marks say: what is there is recognised."""
    first, last = (datetime.combine(day, time.min, UTC) for day in days)
    span = (_microseconds(first), _microseconds(last + timedelta(days=1)))
    done = Moved()
    with moving.opened(path) as journal:
        for source, bring in _BRING.items():
            mark: int | None = 0
            while mark is not None:
                brought, mark = warehouse.run(
                    partial(_batch_again, journal, warehouse, (source, span, mark, run_id), bring)
                )
                done += brought
    return done


def move(path: Path, warehouse: Warehouse, run_id: str | None = None) -> Moved:
    """Bring what the journal at `path` holds beyond the warehouse's marks; at any time. Raises LiquidityError."""
    with moving.opened(path) as journal:
        name = moving.identity(journal)
        done = Moved()
        for source, bring in _BRING.items():
            done += _drain(journal, warehouse, (name, source, run_id), bring)
        moving.note_moved(
            journal, warehouse.run(lambda connection: _marks(connection, name)), _microseconds(datetime.now(UTC))
        )
    return done


Bring = Callable[[psycopg.Connection, moving.Rows, Warehouse, str | None], Moved]


def _drain(journal: sqlite3.Connection, warehouse: Warehouse, own: tuple[str, str, str | None], bring: Bring) -> Moved:
    name, source, run_id = own
    done, rules = Moved(), moving.rules(journal)

    def batch(connection: psycopg.Connection) -> tuple[Moved, int]:
        mark = _marks(connection, name).get(source, 0)
        rows = moving.beyond(journal, source, mark, BATCH)
        if not rows:
            return Moved(), 0
        if source == "alert_logs":
            _bring_rules(connection, rules)
        brought = bring(connection, rows, warehouse, run_id)
        connection.execute(
            "INSERT INTO ops.journal_marks (journal, source, last_id, run_id) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING", [name, source, rows[-1][0], run_id],
        )  # fmt: skip
        return brought, len(rows)

    while True:
        brought, count = warehouse.run(batch)
        done += brought
        if count < BATCH:
            return done


def _batch_again(
    journal: sqlite3.Connection, warehouse: Warehouse, asked: tuple[str, tuple[int, int], int, str | None],
    bring: Bring, connection: psycopg.Connection,
) -> tuple[Moved, int | None]:  # fmt: skip
    """What a batch brought, and where the next one begins; None after the last."""
    source, span, mark, run_id = asked
    rows = moving.between(journal, source, span, mark, BATCH)
    if not rows:
        return Moved(), None
    if source == "alert_logs":
        _bring_rules(connection, moving.rules(journal))
    return bring(connection, rows, warehouse, run_id), rows[-1][0]


def _bring_rules(connection: psycopg.Connection, rules: moving.Rows) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(_RULE, [(*row[:4], bool(row[4])) for row in rules])


def _marks(connection: psycopg.Connection, name: str) -> dict[str, int]:
    rows = connection.execute(
        "SELECT source, max(last_id) FROM ops.journal_marks WHERE journal = %s GROUP BY 1", [name]
    ).fetchall()
    return dict(rows)


def _ticks(connection: psycopg.Connection, rows: moving.Rows, warehouse: Warehouse, run_id: str | None) -> Moved:
    wanted = warehouse.settings.simulated
    if any(bool(row[9] & TickFlags.SIMULATED) != wanted for row in rows):
        kinds = ("real", "simulated") if wanted else ("simulated", "real")
        raise WarehouseRefused(f"the journal holds {kinds[0]} ticks: they do not go into the {kinds[1]} warehouse")
    shape = FACTS["raw.ticks"].shape
    frame = pl.DataFrame([row[1:] for row in rows], schema=list(_COLUMNS), orient="row", infer_schema_length=None)
    frame = frame.with_columns(
        *(pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC") for name in _INSTANTS),
        payload_id=pl.lit(None, pl.String), run_id=pl.lit(run_id, pl.String),
    ).select(*shape)  # fmt: skip
    clock = warehouse.settings.clock_now()
    window = Window.all_until(max(clock.now(), _instant(max(row[4] for row in rows))))
    reports = append_facts(connection, "raw.ticks", frame.cast(shape), window, clock)  # type: ignore[arg-type]
    return Moved(ticks=sum(report.appended for report in reports.values()))


def _alerts(connection: psycopg.Connection, rows: moving.Rows, _: Warehouse, run_id: str | None) -> Moved:
    with connection.cursor() as cursor:
        cursor.executemany(_ALERT, [(*row[1:5], _instant(row[5]), *row[6:11], run_id) for row in rows])
        return Moved(alerts=cursor.rowcount)


def _deliveries(connection: psycopg.Connection, rows: moving.Rows, _: Warehouse, run_id: str | None) -> Moved:
    with connection.cursor() as cursor:
        cursor.executemany(_DELIVERY, [(*row[1:5], _instant(row[5]), *row[6:8], run_id) for row in rows])
        return Moved(deliveries=cursor.rowcount)


_BRING: dict[str, Bring] = {"market_data": _ticks, "alert_logs": _alerts, "delivery_log": _deliveries}


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _instant(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
