"""The ledger: every firing with its reason, every delivery from pending to its end, in the journal.

A delivery goes pending -> sent -> acknowledged, or failed (tried again after 1, 2, 4, 8 ... s) -> dead. A firing and
its pending deliveries are one commit: what was fired is either wholly there after a kill, or not yet fired.
Belongs here: the SQL of those changes, the proof. Keep out: deciding (suppressing.py), sending (channels/).
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from liquidity_platform.realtime.alerts.firing import Alert

MAX_ATTEMPTS = 8
LONGEST_WAIT_S = 300.0
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be tried: `key` is the same for every try."""

    id: int
    alert_id: int
    channel: str
    attempts: int
    key: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Fired alerts and what became of them. `whole`: every one is accounted for."""

    fired: int
    suppressed: dict[str, int]  # reason -> firings
    sent: int  # handed to at least one channel that took it
    dead: dict[str, int]  # reason -> alerts no channel took
    waiting: int
    unaccounted: int
    deliveries: dict[str, dict[str, int]]  # channel -> state -> rows

    @property
    def whole(self) -> bool:
        """True when fired = suppressed + sent + dead + waiting and nothing lacks its delivery rows."""
        return self.unaccounted == 0


def record(
    connection: sqlite3.Connection, alert: Alert, instrument: int | None, why_not: str | None,
    channels: Sequence[str], now: int,
) -> tuple[int, list[Due]] | None:  # fmt: skip
    """Write the firing down and its deliveries as pending; None when this very edge is in the ledger already."""
    row = connection.execute(
        "INSERT INTO alert_logs (uid, rule_id, rule_version, instrument_id, edge_id, fired_at, written_at, value, "
        "threshold, condition, severity, suppressed, context) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (uid) DO NOTHING RETURNING id",
        (alert.uid, alert.rule_id, alert.rule_version, instrument, alert.edge_id, alert.fired_at, now, alert.value,
         alert.threshold, alert.condition, alert.severity, why_not,
         json.dumps({**alert.context, "rule": alert.rule_name, "type": alert.rule_type, "message": alert.message})),
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    due: list[Due] = []
    for channel in channels if why_not is None else ():
        key = f"{alert.uid}:{channel}"
        (made,) = connection.execute(
            "INSERT INTO deliveries (alert_id, channel, state, attempts, next_try_at, changed_at, idempotency_key) "
            "VALUES (?, ?, 'pending', 0, ?, ?, ?) RETURNING id",
            (row[0], channel, now, now, key),
        ).fetchone()
        _log(connection, made, 0, "pending", now, None)
        due.append(Due(made, row[0], channel, 0, key))
    return row[0], due


def due_now(connection: sqlite3.Connection, channel: str, now: int, limit: int = 100) -> list[Due]:
    """Deliveries of `channel` to be tried now, oldest alert first."""
    rows = connection.execute(
        "SELECT id, alert_id, channel, attempts, idempotency_key FROM deliveries WHERE state IN ('pending', 'failed') "
        "AND channel = ? AND next_try_at <= ? ORDER BY alert_id LIMIT ?",
        (channel, now, limit),
    )
    return [Due(*row) for row in rows]


def sent(connection: sqlite3.Connection, one: Due, now: int) -> None:
    """The channel took it. Nothing happens to a delivery that is acknowledged already."""
    _change(connection, one.id, "sent", one.attempts + 1, now, now, None, before=("pending", "failed"))


def failed(connection: sqlite3.Connection, one: Due, now: int, reason: str, wait_s: float | None = None) -> str:
    """A try failed: `failed` and tried again later (after `wait_s` where the channel said so), or `dead`."""
    attempts = one.attempts + 1
    state = "dead" if attempts >= MAX_ATTEMPTS else "failed"
    pause = wait_s if wait_s is not None else min(2.0 ** (attempts - 1), LONGEST_WAIT_S)
    _change(connection, one.id, state, attempts, now, now + int(pause * SECOND), reason, before=("pending", "failed"))
    return state


def refuse(connection: sqlite3.Connection, one: Due, now: int, reason: str) -> None:
    """The channel will never take it (a wrong address, a refused key): `dead` at once."""
    _change(connection, one.id, "dead", one.attempts + 1, now, now, reason, before=("pending", "failed"))


def acknowledge(connection: sqlite3.Connection, alert_id: int, now: int) -> bool:
    """A person saw it: False when there is no such alert. Doing it twice keeps the first time."""
    found = connection.execute("SELECT acknowledged_at FROM alert_logs WHERE id = ?", (alert_id,)).fetchone()
    if found is None:
        return False
    if found[0] is None:
        connection.execute("UPDATE alert_logs SET acknowledged_at = ? WHERE id = ?", (now, alert_id))
        rows = connection.execute(
            "SELECT id, attempts FROM deliveries WHERE alert_id = ? AND state = 'sent'", (alert_id,)
        ).fetchall()
        for delivery, attempts in rows:
            _change(connection, delivery, "acknowledged", attempts, now, now, None, before=("sent",))
    return True


def _change(
    connection: sqlite3.Connection, delivery: int, state: str, attempts: int, now: int, next_try: int,
    reason: str | None, before: tuple[str, ...],
) -> None:  # fmt: skip
    marks = ", ".join("?" * len(before))
    changed = connection.execute(
        "UPDATE deliveries SET state = ?, attempts = ?, changed_at = ?, next_try_at = ?, reason = ? "
        f"WHERE id = ? AND state IN ({marks})",
        (state, attempts, now, next_try, reason, delivery, *before),
    )
    if changed.rowcount:
        _log(connection, delivery, attempts, state, now, reason)


def _log(connection: sqlite3.Connection, delivery: int, attempt: int, state: str, now: int, reason: str | None) -> None:
    connection.execute(
        "INSERT INTO delivery_log (delivery_id, attempt, state, at, reason) VALUES (?, ?, ?, ?, ?)",
        (delivery, attempt, state, now, reason),
    )


# an alert that every channel but the web socket refused is dead, though it waits for a client that may never come
_FATE = """
SELECT CASE WHEN a.suppressed IS NOT NULL THEN 'suppressed'
    WHEN max(d.state IN ('sent', 'acknowledged')) THEN 'sent'
    WHEN max(d.state = 'dead') AND NOT max(d.state IN ('pending', 'failed') AND d.channel <> 'websocket') THEN 'dead'
    WHEN max(d.state IN ('pending', 'failed')) THEN 'waiting'
    WHEN max(d.state = 'dead') THEN 'dead' ELSE 'unaccounted' END AS fate,
    coalesce(a.suppressed, group_concat(d.channel || ': ' || coalesce(d.reason, 'no reason'), '; ')
        FILTER (WHERE d.state = 'dead'), '') AS why
FROM alert_logs a LEFT JOIN deliveries d ON d.alert_id = a.id GROUP BY a.id
"""


def prove(connection: sqlite3.Connection) -> Proof:
    """Account for every firing in the journal."""
    counts = connection.execute(f"SELECT fate, why, count(*) FROM ({_FATE}) GROUP BY 1, 2").fetchall()
    total = {fate: sum(n for f, _, n in counts if f == fate) for fate in ("sent", "waiting", "unaccounted")}
    states: dict[str, dict[str, int]] = {}
    for channel, state, rows in connection.execute("SELECT channel, state, count(*) FROM deliveries GROUP BY 1, 2"):
        states.setdefault(channel, {})[state] = rows
    return Proof(
        sum(n for _, _, n in counts), _summed(counts),
        total["sent"], {why: n for f, why, n in counts if f == "dead"}, total["waiting"], total["unaccounted"], states,
    )  # fmt: skip


def _kind(why: str) -> str:
    return why.split(": ", 1)[0].split(" by ", 1)[0]


def _summed(counts: list[tuple[str, str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for fate, why, rows in counts:
        if fate == "suppressed":
            found[_kind(why)] = found.get(_kind(why), 0) + rows
    return found
