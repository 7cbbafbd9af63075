"""How long the journal keeps what: ticks for days, alerts for a year, and never what nobody has moved or sent yet.

Deletes in small steps, each a job of the writer, so that alerts wait for none of it.
Belongs here: the policy, the cleanup. Keep out: moving rows to the warehouse (automation).
"""

import sqlite3
from dataclasses import dataclass

DAY = 86_400 * 1_000_000
STEP = 5_000  # rows a job: some milliseconds


@dataclass(frozen=True, slots=True)
class Retention:
    """Days by event time. With `moved`, what is not in the warehouse yet is kept whatever its age."""

    ticks_days: float = 30
    alerts_days: float = 365


def clean_step(connection: sqlite3.Connection, policy: Retention, now: int, moved: dict[str, int] | None = None) -> int:
    """Delete at most STEP rows of each kind; how many went. `moved`: table -> last id that is in the warehouse."""
    ticks, alerts = (moved.get(table, 0) if moved is not None else None for table in ("market_data", "alert_logs"))
    gone = _ticks(connection, now - int(policy.ticks_days * DAY), ticks)
    return gone + _alerts(connection, now - int(policy.alerts_days * DAY), alerts)


def _ticks(connection: sqlite3.Connection, before: int, moved: int | None) -> int:
    # by id, which grows with time: no scan of what stays
    rows = connection.execute("SELECT id, event_at FROM market_data ORDER BY id LIMIT ?", (STEP,)).fetchall()
    old = [number for number, at in rows if at < before and (moved is None or number <= moved)]
    connection.executemany("DELETE FROM market_data WHERE id = ?", [(number,) for number in old])
    return len(old)


def _alerts(connection: sqlite3.Connection, before: int, moved: int | None) -> int:
    rows = connection.execute(
        "SELECT a.id FROM alert_logs a WHERE a.fired_at < ? AND a.id <= ? AND NOT EXISTS (SELECT d.id FROM "
        "deliveries d WHERE d.alert_id = a.id AND d.state IN ('pending', 'failed')) ORDER BY a.id LIMIT ?",
        (before, moved if moved is not None else 2**62, STEP),
    ).fetchall()
    for table, column in (("delivery_log", "delivery_id IN (SELECT id FROM deliveries WHERE alert_id = ?)"),
                          ("deliveries", "alert_id = ?"), ("alert_logs", "id = ?")):  # fmt: skip
        connection.executemany(f"DELETE FROM {table} WHERE {column}", rows)
    return len(rows)
