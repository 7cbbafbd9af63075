"""What of the journal goes into the warehouse, in the order it was written, and how far it has gone.

Belongs here: the journal's own id, rows beyond a mark or of some days, the note of what has been moved. Keep out: the
warehouse (automation), what is deleted when (keeping.py).
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from liquidity_platform.realtime.journal.opening import JournalError, connect

SOURCES = ("market_data", "alert_logs", "delivery_log")
Rows = list[tuple[Any, ...]]
_IDENTITY, _MOVED = "identity", "moved"
_SELECT = {
    "market_data": "SELECT t.id, i.instrument, t.event_at, t.seq, t.received_at, t.price, t.size, t.bid, t.ask, "
    "t.flags FROM market_data t JOIN instruments i ON i.id = t.instrument_id",
    "alert_logs": "SELECT t.id, t.uid, r.uid, t.rule_version, i.instrument, t.fired_at, t.value, t.threshold, "
    "t.severity, t.suppressed, t.context FROM alert_logs t JOIN alert_rules r ON r.id = t.rule_id AND "
    "r.version = t.rule_version LEFT JOIN instruments i ON i.id = t.instrument_id",
    "delivery_log": "SELECT t.id, a.uid, d.channel, t.attempt, t.state, t.at, d.idempotency_key, t.reason FROM "
    "delivery_log t JOIN deliveries d ON d.id = t.delivery_id JOIN alert_logs a ON a.id = d.alert_id",
}

_CAME = {"market_data": "t.received_at", "alert_logs": "t.fired_at", "delivery_log": "a.fired_at"}  # with their alerts


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the journal at `path`. Raises JournalError in one line."""
    with closing(connect(path)) as journal:
        try:
            yield journal
        except sqlite3.Error as error:
            raise JournalError(f"the journal {path} cannot be read: {error}") from None


def identity(journal: sqlite3.Connection) -> str:
    """The journal's own id, made once: ids of another file do not continue this one's."""
    fresh = json.dumps({"id": str(uuid.uuid4())})
    journal.execute("INSERT INTO engine_state VALUES (?, 0, ?) ON CONFLICT (name) DO NOTHING", (_IDENTITY, fresh))
    (state,) = journal.execute("SELECT state FROM engine_state WHERE name = ?", (_IDENTITY,)).fetchone()
    return str(json.loads(state)["id"])


def newest(journal: sqlite3.Connection) -> dict[str, int]:
    """The greatest id of each source, 0 where there is none."""
    found = {}
    for source in SOURCES:
        (found[source],) = journal.execute(f"SELECT coalesce(max(id), 0) FROM {source}").fetchone()
    return found


def beyond(journal: sqlite3.Connection, source: str, mark: int, most: int) -> Rows:
    """At most `most` rows of `source` with ids beyond `mark`, in order; the id comes first. Instants as kept."""
    return journal.execute(f"{_SELECT[source]} WHERE t.id > ? ORDER BY t.id LIMIT ?", (mark, most)).fetchall()


def between(journal: sqlite3.Connection, source: str, span: tuple[int, int], mark: int, most: int) -> Rows:
    """As `beyond`, of what came at or after the first and before the second instant (microseconds since 1970)."""
    wanted = f"WHERE t.id > ? AND {_CAME[source]} >= ? AND {_CAME[source]} < ? ORDER BY t.id LIMIT ?"
    return journal.execute(f"{_SELECT[source]} {wanted}", (mark, *span, most)).fetchall()


def first_tick_beyond(journal: sqlite3.Connection, mark: int) -> int | None:
    """When the first tick beyond a mark was received, in microseconds since 1970; None without one."""
    found = journal.execute("SELECT received_at FROM market_data WHERE id > ? ORDER BY id LIMIT 1", (mark,)).fetchone()
    return found[0] if found else None


def rules(journal: sqlite3.Connection) -> Rows:
    """Every version of every rule: (uid, version, name, definition, active)."""
    return journal.execute("SELECT uid, version, name, definition, active FROM alert_rules ORDER BY row").fetchall()


def moved(journal: sqlite3.Connection) -> dict[str, int] | None:
    """What `note_moved` wrote last; None when nothing was ever moved."""
    found = journal.execute("SELECT state FROM engine_state WHERE name = ?", (_MOVED,)).fetchone()
    return json.loads(found[0]) if found else None


def note_moved(journal: sqlite3.Connection, marks: dict[str, int], now: int) -> None:
    """Tell the sidecar how far its rows are in the warehouse: it keeps those that are not."""
    journal.execute(
        "INSERT INTO engine_state VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET written_at = excluded.written_at, "
        "state = excluded.state", (_MOVED, now, json.dumps(marks)),
    )  # fmt: skip
