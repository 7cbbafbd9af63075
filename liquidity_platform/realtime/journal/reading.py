"""Questions to the journal, answered in the shapes the API and the channels show.

Belongs here: SELECTs and their shapes. Keep out: changes (writing.py, alerts.ledger), HTTP.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ALERT = (
    "SELECT a.id, a.uid, a.rule_id, a.instrument_id, i.symbol, a.fired_at, a.value, a.threshold, a.condition, "
    "a.severity, a.suppressed, a.acknowledged_at, a.context FROM alert_logs a "
    "LEFT JOIN instruments i ON i.id = a.instrument_id"
)


def text_of(instant: int | None) -> str | None:
    """Microseconds since 1970 as ISO 8601 with Z."""
    if instant is None:
        return None
    return (_BEGINNING + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def _alert(row: Sequence[Any]) -> dict[str, Any]:
    context = json.loads(row[12])
    return {
        "id": row[0], "uid": row[1], "rule_id": row[2], "instrument_id": row[3], "symbol": row[4],
        "timestamp": text_of(row[5]), "value": row[6], "threshold": row[7], "condition": row[8], "severity": row[9],
        "suppressed": row[10], "acknowledged": row[11] is not None, "acknowledged_at": text_of(row[11]),
        "rule": context.pop("rule", None), "rule_type": context.pop("type", None),
        "message": context.pop("message", ""), "context": context,
    }  # fmt: skip


def alert(connection: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    """One alert by the journal's id."""
    row = connection.execute(f"{_ALERT} WHERE a.id = ?", (number,)).fetchone()
    return _alert(row) if row else None


def alerts(
    connection: sqlite3.Connection, limit: int, offset: int = 0, *, suppressed: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """A page of alerts, newest first, and how many there are; `suppressed`: those held back as well."""
    where = "" if suppressed else " WHERE a.suppressed IS NULL"
    (total,) = connection.execute(f"SELECT count(*) FROM alert_logs a{where}").fetchone()
    rows = connection.execute(f"{_ALERT}{where} ORDER BY a.id DESC LIMIT ? OFFSET ?", (limit, offset))
    return [_alert(row) for row in rows], total


def alerts_after(connection: sqlite3.Connection, number: int, limit: int) -> list[dict[str, Any]]:
    """Alerts that were sent after the alert `number`, oldest first: what a client missed."""
    rows = connection.execute(
        f"{_ALERT} WHERE a.id > ? AND a.suppressed IS NULL ORDER BY a.id LIMIT ?", (number, limit)
    )
    return [_alert(row) for row in rows]


def instruments(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every instrument with its last tick, by id."""
    rows = connection.execute(
        "SELECT i.id, i.instrument, i.symbol, i.feed_symbol, i.name, i.type, i.status, "
        "(SELECT m.event_at FROM market_data m WHERE m.instrument_id = i.id ORDER BY m.event_at DESC LIMIT 1), "
        "(SELECT m.price FROM market_data m WHERE m.instrument_id = i.id AND m.price IS NOT NULL "
        "ORDER BY m.event_at DESC LIMIT 1) FROM instruments i ORDER BY i.id"
    )
    names = ("id", "instrument", "symbol", "feed_symbol", "name", "type", "status", "last_tick", "last_price")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [{**each, "last_tick": text_of(each["last_tick"])} for each in found]


_RULE = (
    "SELECT r.id, r.uid, r.version, r.instrument_id, r.rule_type, r.name, r.definition, r.severity, r.active, "
    "r.created_at FROM alert_rules r WHERE r.version = (SELECT max(v.version) FROM alert_rules v WHERE v.id = r.id) "
    "AND r.deleted_at IS NULL"
)


def _rule(row: Sequence[Any]) -> dict[str, Any]:
    names = ("id", "uid", "version", "instrument_id", "rule_type", "name", "definition", "severity", "active")
    found = dict(zip(names, row[:9], strict=True))
    return {
        **found, "definition": json.loads(row[6]), "active": bool(row[8]), "created_at": text_of(row[9]),
        "status": "active" if row[8] else "inactive",
    }  # fmt: skip


def rules(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every rule as it is now, by id."""
    return [_rule(row) for row in connection.execute(f"{_RULE} ORDER BY r.id")]


_SINCE = (
    "SELECT r.id, r.uid, r.version, r.instrument_id, r.rule_type, r.name, r.definition, r.severity, r.active, "
    "r.created_at, r.taken_after, r.deleted_at, r.dropped_after, "
    "r.version = (SELECT max(v.version) FROM alert_rules v WHERE v.id = r.id) FROM alert_rules r ORDER BY r.row"
)
_END = 2**63 - 1


def rules_since(
    connection: sqlite3.Connection, tick: int
) -> tuple[list[dict[str, Any]], list[tuple[int, int, dict[str, Any] | None]]]:
    """The rules that tick `tick` was evaluated with, and what changed after it, in order.

    A change is (the last tick before it, the rule's number, its new version or None when it was deleted). One that was
    saved when the process was killed, before it was evaluated, comes after every tick.
    """
    then: dict[int, dict[str, Any]] = {}
    taken: list[tuple[int, int, dict[str, Any] | None]] = []
    dropped: dict[int, tuple[int, int, None]] = {}
    for row in connection.execute(_SINCE):
        number, (taken_after, deleted_at, dropped_after, newest) = row[0], row[10:]
        if deleted_at is not None:
            dropped[number] = (_END if dropped_after is None else dropped_after, number, None)
        if taken_after is not None and taken_after <= tick:
            then[number] = _rule(row)
        elif taken_after is not None or newest:
            taken.append((_END if taken_after is None else taken_after, number, _rule(row)))
    for number in [number for number, (after, *_) in dropped.items() if after <= tick]:
        del dropped[number]
        then.pop(number, None)
        taken = [change for change in taken if change[1] != number]
    return [then[number] for number in sorted(then)], sorted([*taken, *dropped.values()], key=lambda each: each[0])


def rule(connection: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    """One rule as it is now; None when there is none, or it was deleted."""
    row = connection.execute(f"{_RULE} AND r.id = ?", (number,)).fetchone()
    return _rule(row) if row else None
