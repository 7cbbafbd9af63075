"""The rule engine: ticks in, firings out.

Pure: no clock, no I/O, the same calls give the same firings, byte for byte. Per tick it moves the features of one
instrument and touches the rules whose boundary lies between the old and the new value, nothing else; composites are
judged when the truth of a leaf changed or a window ran out. Event time drives everything: `on_time` only makes visible
earlier what the next tick would, two seconds (the watermark) behind the clock it is given.
Belongs here: the order of things, rules in and out, state. Keep out: suppression, delivery, storage, HTTP.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from heapq import heappop, heappush
from typing import Any

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.compiling import Compiled, compile_condition, compile_tree, micros, withdraw
from liquidity_platform.realtime.rules.composite import Composite
from liquidity_platform.realtime.rules.firing import Firing, Outlet
from liquidity_platform.realtime.rules.macro import MacroBook, Row, instant
from liquidity_platform.realtime.rules.market import NEVER, WATERMARK_US, Market
from liquidity_platform.realtime.rules.validation import check
from liquidity_platform.realtime.ticks import Tick, TickFlags

_SILENCE, _COMPOSITE, _MACRO = 0, 1, 2
_LATE, _FILL, _DELAYED = int(TickFlags.LATE), int(TickFlags.BACKFILLED), int(TickFlags.DELAYED)
_SPECIAL = _LATE | _FILL | _DELAYED


class Engine:
    """Evaluates rules. `stale_s`: silence in session, per instrument, that makes its rules unknown (sessions.py)."""

    def __init__(self, stale_s: Mapping[str, float] | None = None) -> None:
        self._stale_us = {instrument: micros(seconds) for instrument, seconds in (stale_s or {}).items()}
        self._markets: dict[str, Market] = {}
        self._rules: dict[int, Compiled] = {}
        self._log: list[Firing] = []
        self._dirty: dict[Composite, None] = {}
        self._macros = MacroBook()
        self._agenda: list[tuple[int, int, str]] = []  # (due, kind, instrument or rule id), a heap
        self._planned: dict[str, int] = {}  # composite's rule id or "macro" -> the due that counts
        self._alarm = NEVER
        self.now = 0  # newest event time, microseconds UTC

    def add(self, rule_id: int, rule: model.Rule) -> None:
        """Takes a rule in, in place of one with the same id. Raises RuleRefused when it makes no sense.

        A price that is known now is its first evaluation. An inactive rule is taken out.
        """
        check(rule)
        self.remove(rule_id)
        if not rule.active:
            return
        compiled = Compiled(fingerprint(rule), Outlet(rule_id, rule.instrument, self._log))
        home = self._market(rule.instrument)
        if isinstance(rule, model.CompositeRule):
            made = Composite(compiled.outlet, micros(rule.rearm_s), self._dirty, lambda: home.price)
            compiled.composite = made
            made.plant(compile_tree(compiled, rule.when, rule.instrument, self._market, self._macros))
            self._dirty[made] = None
        else:
            compile_condition(compiled, rule, home)
        self._rules[rule_id] = compiled
        for market in compiled.markets:
            market.refresh()
        self._look_at_macros()
        self._flush(self.now)

    def remove(self, rule_id: int) -> None:
        """Takes a rule out; one that is not there is no error."""
        compiled = self._rules.pop(rule_id, None)
        if compiled is not None:
            withdraw(compiled, self._macros)
            self._planned.pop(str(rule_id), None)
            if compiled.composite is not None:
                self._dirty.pop(compiled.composite, None)

    def on_tick(self, tick: Tick) -> list[Firing]:
        """What fires at this tick, in the order of (at_us, rule_id). What is not in the catalog is ignored."""
        flags = tick.flags
        if flags & _LATE:
            return []
        market = self._markets.get(tick.instrument)
        if market is None:
            if tick.instrument not in INSTRUMENTS:
                return []
            market = self._market(tick.instrument)
        at_us = tick.event_at
        if flags & _SPECIAL:
            return self._special(market, tick)
        if at_us >= self._alarm:
            self._wake(at_us)
        if market.tick(at_us, tick.price, tick.size, flags):
            self._watch(market)
        if at_us > self.now:  # not before: a bar that ended is judged with the time that was known until now
            self.now = at_us
        if self._dirty:
            self._flush(market.clock)
        return self._taken() if self._log else []

    def _special(self, market: Market, tick: Tick) -> list[Firing]:
        if tick.flags & _FILL:
            if tick.price is not None:
                market.fill(tick.event_at, tick.price)
        else:
            market.lost(max(market.clock, 0))
        self._flush(max(market.clock, 0))
        return self._taken()

    def on_macro(
        self,
        id: str,
        period: date,
        value: float | None,
        status: str | None,
        state: str | None,
        known_at: datetime | int,
    ) -> list[Firing]:
        """A row of derived.metrics or derived.signals; it counts once event time has reached its `known_at` (UTC)."""
        row = Row(period.toordinal(), instant(known_at), value, status, state)
        self._macros.offer(id, row, self.now)
        self._look_at_macros()
        self._flush(self.now)
        return self._taken()

    def on_time(self, now_us: int) -> list[Firing]:
        """The clock says `now_us` (UTC): bars end, windows run out and feeds go stale without a tick."""
        until = now_us - WATERMARK_US
        for name in sorted(self._markets):
            self._markets[name].close_bars(until)
        if until >= self._alarm:
            self._wake(until)
        self.now = max(self.now, until)
        self._flush(self.now)
        return self._taken()

    def unknown(self) -> list[str]:
        """Instruments whose rules are unknown now: never seen, stale, delayed, or after a gap."""
        return sorted(name for name, market in self._markets.items() if market.unknown)

    def _market(self, instrument: str) -> Market:
        if instrument not in self._markets:
            self._markets[instrument] = Market(instrument, self._stale_us.get(instrument), self._flush)
        return self._markets[instrument]

    def _wake(self, at_us: int) -> None:
        """Everything that is due by `at_us` happens, in the order of its instants."""
        while self._agenda and self._agenda[0][0] <= at_us:
            due, kind, key = heappop(self._agenda)
            if self._planned.get(key) == due:
                del self._planned[key]
                self._happen(due, kind, key)
                self._flush(due)
        self._alarm = self._agenda[0][0] if self._agenda else NEVER

    def _happen(self, due: int, kind: int, key: str) -> None:
        if kind == _SILENCE:
            self._judge_silence(self._markets[key], due)
            return
        if kind == _MACRO:
            self.now = max(self.now, due)
            self._look_at_macros()
        else:
            composite = self._rules[int(key)].composite
            assert composite is not None
            self._dirty[composite] = None

    def _judge_silence(self, market: Market, due: int) -> None:
        if market.unknown:
            return
        stale_at = market.stale_at()
        if stale_at > due:
            self._plan_once(stale_at, _SILENCE, market.instrument)
        else:
            market.close_bars(due)
            self.now = max(self.now, due)
            market.lost(due)

    def _watch(self, market: Market) -> None:
        if market.instrument not in self._planned:  # one that is there looks again when it is due
            self._plan_once(market.stale_at(), _SILENCE, market.instrument)

    def _plan_once(self, due: int | None, kind: int, key: str) -> None:
        if due is None:
            self._planned.pop(key, None)
        elif self._planned.get(key) != due:
            self._planned[key] = due
            heappush(self._agenda, (due, kind, key))
            self._alarm = self._agenda[0][0]

    def _look_at_macros(self) -> None:
        if self._macros.leaves:
            self._macros.wake(self.now)
            self._plan_once(self._macros.due(self.now), _MACRO, "macro")

    def _flush(self, at_us: int) -> None:
        """Judges the composites whose leaves changed, at `at_us` or the newest instant known, if that is later."""
        at_us = max(at_us, self.now)
        while self._dirty:
            changed = sorted(self._dirty, key=lambda composite: composite.outlet.rule_id)
            self._dirty.clear()
            for composite in changed:
                composite.judge(at_us)
                self._plan_once(composite.due(), _COMPOSITE, str(composite.outlet.rule_id))

    def _taken(self) -> list[Firing]:
        fired = self._log[:]
        self._log.clear()
        if len(fired) > 1:
            fired.sort(key=lambda firing: (firing.at_us, firing.rule_id))
        return fired

    def state(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON."""
        return {
            "version": 1,
            "now": self.now,
            "markets": {name: market.state() for name, market in sorted(self._markets.items())},
            "macros": self._macros.state(),
            "rules": {str(rule_id): _rule_state(compiled) for rule_id, compiled in sorted(self._rules.items())},
        }

    def restore(self, state: Mapping[str, Any], now_us: int) -> None:
        """Puts back what `state` gave; call it after every `add`. A rule that changed since starts cold.

        What an instrument did before counts as its previous value only if its last tick is younger at `now_us` than
        its stale limit; then the feed's own "first after connect" does not make it unknown again. Bars, volumes and
        past prices stay in either case.
        """
        if state.get("version") != 1:
            return
        self.now = state["now"]
        self._macros.restore(state["macros"])
        for name, saved in state["markets"].items():
            if name in INSTRUMENTS:
                self._market(name).restore(saved)
        for rule_id, compiled in self._rules.items():
            saved = state["rules"].get(str(rule_id))
            if saved is not None and saved["rule"] == compiled.fingerprint:
                _restore_rule(compiled, saved)
            else:
                _begin_rule(compiled)
        self._resume(now_us)

    def go_on(self) -> None:
        """The feed's next ticks follow those that were given: its own "first after connect" makes nothing unknown."""
        for market in self._markets.values():
            market.resumed = not market.unknown

    def _resume(self, now_us: int) -> None:
        self._agenda.clear()
        self._planned.clear()
        for _, market in sorted(self._markets.items()):
            if now_us - market.clock > market.limit_us:
                market.lost(now_us)
                market.resumed = False
            elif not market.unknown:
                self._watch(market)
        for rule_id, compiled in self._rules.items():
            if compiled.composite is not None:
                self._plan_once(compiled.composite.due(), _COMPOSITE, str(rule_id))
        self._look_at_macros()
        self._flush(self.now)
        self._alarm = self._agenda[0][0] if self._agenda else NEVER


def fingerprint(rule: model.Rule) -> str:
    """Changes when what the rule waits for changes; not with its name, severity or suppression."""
    beside = set(model.RuleFields.model_fields) - {"instrument"}
    text = json.dumps(rule.model_dump(mode="json", by_alias=True, exclude=beside), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _rule_state(compiled: Compiled) -> dict[str, Any]:
    return {
        "rule": compiled.fingerprint,
        "outlet": [compiled.outlet.last_at, compiled.outlet.ordinal],
        "edges": [edge.state() for edge in compiled.edges],
        "breaks": [one.armed for one in compiled.breaks],
        "composite": compiled.composite.state() if compiled.composite else None,
    }


def _begin_rule(compiled: Compiled) -> None:
    for feature, waiting in compiled.waiting:
        if feature.value is not None:
            waiting.begin(feature)


def _restore_rule(compiled: Compiled, saved: Mapping[str, Any]) -> None:
    compiled.outlet.last_at, compiled.outlet.ordinal = saved["outlet"]
    for edge, state in zip(compiled.edges, saved["edges"], strict=True):
        edge.restore(state)
    for one, armed in zip(compiled.breaks, saved["breaks"], strict=True):
        one.armed = armed
    if compiled.composite is not None:
        compiled.composite.restore(saved["composite"])
