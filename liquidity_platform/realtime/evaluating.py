"""From ticks to recorded alerts: the engine, what it fired, whether that is sent, its memory over restarts.

After a kill the engine is put back as it was last written down and fed the journal's ticks from there on. It is
deterministic, so it finds the same firings under the same ids; those that are in the ledger already stay single, one
that was lost between firing and writing is found again.
Belongs here: that. Keep out: feeds, HTTP, sending (delivering.py).
"""

import json
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import time as time_of_day
from typing import Any

import orjson

from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.alerts.suppressing import Policy, Suppressor
from liquidity_platform.realtime.journal import reading
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.engine import Engine
from liquidity_platform.realtime.rules.firing import Firing
from liquidity_platform.realtime.ticks import Tick
from liquidity_platform.realtime.watching import mark_dropped, mark_taken, parsed

_TICKS = (
    "SELECT m.id, i.instrument, m.event_at, m.received_at, m.price, m.size, m.bid, m.ask, m.seq, m.flags "
    "FROM market_data m "
    "JOIN instruments i ON i.id = m.instrument_id WHERE m.id > ? ORDER BY m.id"
)
_RECENT = (
    "SELECT a.rule_id, i.instrument, a.edge_id, a.fired_at, a.value, a.threshold, a.condition, a.severity, a.uid, "
    "a.suppressed FROM alert_logs a LEFT JOIN instruments i ON i.id = a.instrument_id ORDER BY a.id DESC LIMIT 10000"
)


class Evaluator:
    """One engine and everything that follows a firing, on one thread. `ids`: catalog id -> the journal's."""

    def __init__(
        self, writer: Writer, ids: Mapping[str, int], channels: Sequence[str], recorded: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        """`recorded` is called on the writer's thread when an alert and its deliveries are committed."""
        self.engine, self.suppressor = Engine(), Suppressor()
        self.fired = self.suppressed = 0
        self.fault: str | None = None
        self._writer, self._ids, self._channels = writer, ids, list(channels)
        self._recorded, self._clock = recorded, clock
        self._rules: dict[int, tuple[model.Rule, Mapping[str, Any]]] = {}
        self._reads: dict[int, set[str]] = {}  # metrics and signals, by rule

    @property
    def rules(self) -> int:
        """How many rules are evaluated."""
        return sum(rule.active for rule, _ in self._rules.values())

    def macros(self) -> set[str]:
        """Ids of metrics and signals that rules read."""
        return set().union(*self._reads.values())

    def rows(self) -> list[Mapping[str, Any]]:
        """Every rule as `reading.rule` gives it, by number."""
        return [row for _, (_, row) in sorted(self._rules.items())]

    def row(self, number: int) -> Mapping[str, Any] | None:
        """One of them."""
        found = self._rules.get(number)
        return None if found is None else found[1]

    def take(self, number: int, rule: model.Rule, row: Mapping[str, Any]) -> None:
        """Evaluate a saved rule from the next tick on, in place of one with the same number.

        The journal hears behind which tick that is: a restart evaluates the ticks since the state was kept again, each
        under the rules it was evaluated under. `row` as `reading.rule` gives it.
        """
        self._add(number, rule, row)
        version = row["version"]
        self._writer.submit_in_order(lambda connection: mark_taken(connection, number, version))

    def drop(self, number: int) -> None:
        """Evaluate it no more, from the next tick on."""
        self._remove(number)
        self._writer.submit_in_order(lambda connection: mark_dropped(connection, number))

    def _add(self, number: int, rule: model.Rule, row: Mapping[str, Any]) -> None:
        self.engine.add(number, rule)
        self._rules[number] = (rule, row)
        self._reads[number] = _macros_in(rule.model_dump(by_alias=True))

    def _remove(self, number: int) -> None:
        self.engine.remove(number)
        self._rules.pop(number, None)
        self._reads.pop(number, None)

    def begin_anew(self, heard: Iterable[Sequence[Any]]) -> None:
        """Forget what the market did: the ticks to come are older. Rules stay, and the macro rows `heard`."""
        self.suppressor.begin_anew()
        self.engine = Engine()
        for number, (rule, _) in self._rules.items():
            self.engine.add(number, rule)
        for row in heard:
            self.engine.on_macro(*row)
        self.keep()  # a restart replays the ticks to come over this, not over what was before

    def tick(self, tick: Tick) -> None:
        """Journal a tick and evaluate it."""
        self._writer.ticks([tick])
        began = time.perf_counter_ns()
        for firing in self.engine.on_tick(tick):
            self._fire(firing, (time.perf_counter_ns() - began) / 1e6)

    def on_time(self, now: int) -> None:
        """Let time pass without a tick."""
        for firing in self.engine.on_time(now):
            self._fire(firing, 0.0)

    def on_macro(self, *row: Any) -> None:
        """A metric or signal as known now; see Engine.on_macro."""
        for firing in self.engine.on_macro(*row):
            self._fire(firing, 0.0)

    def keep(self) -> "Future[None]":
        """Write the engine's state down, with the last tick that is in it."""
        state, now = orjson.dumps(self.engine.state()).decode(), self._clock()  # megabytes, while ticks wait

        def write(connection: sqlite3.Connection) -> None:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM market_data").fetchone()
            connection.execute(
                "INSERT INTO engine_state VALUES ('engine', ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "written_at = excluded.written_at, state = excluded.state",
                (now, orjson.dumps({"after": last, "engine": state}).decode()),
            )

        return self._writer.submit_in_order(write)

    def resume(self, connection: sqlite3.Connection) -> int:
        """Load rules and memory from the journal, replay the ticks since; how many those were."""
        found = connection.execute("SELECT state FROM engine_state WHERE name = 'engine'").fetchone()
        (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM market_data").fetchone()
        kept = {"after": newest, "engine": None} if found is None else json.loads(found[0])
        names = {number: name for name, number in self._ids.items()}
        rules, changes = reading.rules_since(connection, kept["after"])
        for row in rules:
            self._add(row["id"], parsed(row["definition"], names), row)
        if kept["engine"] is not None:
            state = json.loads(kept["engine"])
            self.engine.restore(state, state["now"])
        self._remember(connection, names)
        pending, replayed = deque(changes), 0
        for at, *tick in connection.execute(_TICKS, (kept["after"],)):
            while pending and pending[0][0] < at:
                self._change(*pending.popleft()[1:], names)
            for firing in self.engine.on_tick(Tick(*tick)):
                self._fire(firing, 0.0)
            replayed += 1
        for _, number, changed in pending:
            self._change(number, changed, names)
        self.engine.go_on()
        self.keep()  # ticks of the run that begins are marked as first after a connect: not read over what went before
        return replayed

    def _change(self, number: int, row: Mapping[str, Any] | None, names: Mapping[int, str]) -> None:
        if row is None:
            self._remove(number)
        else:
            self._add(number, parsed(row["definition"], names), row)

    def _remember(self, connection: sqlite3.Connection, names: Mapping[int, str]) -> None:
        rules = {row["id"]: (row, _policy(parsed(row["definition"], names))) for row in reading.rules(connection)}
        rows = connection.execute(_RECENT).fetchall()
        sent = [
            (_alert_of(row, rules[row[0]][0]), rules[row[0]][1])
            for row in reversed(rows)
            if row[9] is None and row[0] in rules
        ]
        self.suppressor.remember(sent, [row[8] for row in rows])

    def _fire(self, firing: Firing, evaluation_ms: float) -> None:
        rule, row = self._rules[firing.rule_id]
        alert = Alert(
            firing.rule_id, row["uid"], row["version"], row["name"], rule.rule_type, firing.instrument, firing.edge_id,
            firing.at_us, firing.value, firing.threshold, firing.condition, rule.severity.value, rule.message or "",
            {**firing.context, "evaluation_ms": round(evaluation_ms, 4)},
        )  # fmt: skip
        why_not = self.suppressor.reason(alert, _policy(rule))
        if why_not is not None and why_not.startswith("duplicate: this very edge"):
            return  # found again after a restart: it is in the ledger
        self.fired += 1
        self.suppressed += why_not is not None
        instrument, now = self._ids.get(firing.instrument), self._clock()

        def record(connection: sqlite3.Connection) -> None:
            ledger.record(connection, alert, instrument, why_not, self._channels, now)

        def recorded(written: "Future[None]") -> None:
            if (error := written.exception()) is not None:  # it stays accounted for, and health says so
                self.fault = f"an alert could not be recorded for sending: {type(error).__name__}: {error}"
                reason = f"not sent: {self.fault}"
                self._writer.submit_in_order(lambda c: ledger.record(c, alert, instrument, reason, [], now))
            self._recorded()

        self._writer.submit_in_order(record).add_done_callback(recorded)


def _alert_of(row: Sequence[Any], rule: Mapping[str, Any]) -> Alert:
    number, instrument, edge, at, value, threshold, condition, severity = row[:8]
    return Alert(
        number, rule["uid"], rule["version"], rule["name"], rule["rule_type"], instrument, edge, at, value, threshold,
        condition, severity, "",
    )  # fmt: skip


def _policy(rule: model.Rule) -> Policy:
    quiet = rule.quiet_hours
    hours = (time_of_day.fromisoformat(quiet.start), time_of_day.fromisoformat(quiet.end)) if quiet else None
    zone = quiet.zone if quiet else "America/New_York"
    return Policy(cooldown_s=rule.cooldown_s, dedupe_s=rule.dedupe_window_s, quiet=hours, zone=zone)


def _macros_in(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {str(node["macro"])} if isinstance(node.get("macro"), str) else set()
        return own.union(*(_macros_in(each) for each in node.values()))
    if isinstance(node, list | tuple):
        return set().union(*(_macros_in(each) for each in node))
    return set()
