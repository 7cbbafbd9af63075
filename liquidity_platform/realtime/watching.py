"""The instruments and rules of the journal: made, changed and read as the API shows them.

Belongs here: that bookkeeping, in the journal's terms. Keep out: evaluation (rules/), HTTP.
"""

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from liquidity_platform.catalog.instruments import INSTRUMENTS, Instrument
from liquidity_platform.realtime.journal import reading
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.explain import explain
from liquidity_platform.realtime.rules.validation import RuleRefused, parse_rule

_LAST = "(SELECT coalesce(max(id), 0) FROM market_data)"
DEFAULT = tuple(line for line in INSTRUMENTS.values() if line.feed_symbol)


def ensure_instruments(connection: sqlite3.Connection, lines: Sequence[Instrument]) -> dict[str, int]:
    """Put `lines` into the journal where they are not; catalog id -> the journal's, of all there are."""
    for line in lines:
        connection.execute(
            "INSERT INTO instruments (instrument, symbol, feed_symbol, name, type, status) "
            "VALUES (?, ?, ?, ?, ?, 'active') ON CONFLICT (instrument) DO NOTHING",
            (line.id, line.symbol, line.feed_symbol or line.symbol, line.name, line.asset_class.value),
        )
    return dict(connection.execute("SELECT instrument, id FROM instruments").fetchall())


def parsed(definition: Mapping[str, Any], names: Mapping[int, str]) -> model.Rule:
    """The rule a body declares; `names`: the journal's id -> the catalog's. Raises RuleRefused."""
    found = dict(definition)
    if "instrument_id" in found:
        number = found.pop("instrument_id")
        if not isinstance(number, int) or isinstance(number, bool) or number not in names:
            raise RuleRefused(f"instrument_id: no instrument {number!r}; GET /api/instruments lists them")
        if found.setdefault("instrument", names[number]) != names[number]:
            raise RuleRefused(f"instrument_id {number} is {names[number]}, instrument says otherwise; name it once")
    return parse_rule(found)


def save_rule(
    connection: sqlite3.Connection, rule: model.Rule, definition: Mapping[str, Any], instrument: int | None,
    now: int, number: int | None = None,
) -> int | None:  # fmt: skip
    """Write a new rule, or the next version of rule `number`; its number, None when rule `number` is gone."""
    if number is None:
        (number,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM alert_rules").fetchone()
        uid, version = str(uuid.uuid4()), 1
    else:
        found = reading.rule(connection, number)
        if found is None:
            return None
        uid, version = found["uid"], found["version"] + 1
    connection.execute(
        "INSERT INTO alert_rules (id, version, uid, instrument_id, rule_type, name, definition, severity, active, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, version, uid, instrument, rule.rule_type, rule.name or "", json.dumps(definition),
         rule.severity.value, rule.active, now),
    )  # fmt: skip
    return number


def drop_rule(connection: sqlite3.Connection, number: int, now: int) -> bool:
    """Delete rule `number`; False when there is none."""
    if reading.rule(connection, number) is None:
        return False
    connection.execute("UPDATE alert_rules SET deleted_at = ? WHERE id = ?", (now, number))
    return True


def mark_taken(connection: sqlite3.Connection, number: int, version: int) -> None:
    """Rule `number` is evaluated in this version from the next tick on."""
    connection.execute(f"UPDATE alert_rules SET taken_after = {_LAST} WHERE id = ? AND version = ?", (number, version))


def mark_dropped(connection: sqlite3.Connection, number: int) -> None:
    """Rule `number` is not evaluated from the next tick on."""
    connection.execute(f"UPDATE alert_rules SET dropped_after = {_LAST} WHERE id = ?", (number,))


def explained(row: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """When a rule as `reading.rule` gives it fires, in plain words."""
    return explain(parsed(row["definition"], names))
