"""Runs the engine and the obvious evaluator side by side on drawn ticks, macro rows and restarts.

`compare(ticks, seed)` is for long runs: `python -m liquidity_platform_tests.realtime.rules.comparing 1000000 7`.
"""

import json
import random
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.rules.engine import Engine
from liquidity_platform.realtime.rules.model import Rule
from liquidity_platform.realtime.rules.validation import RuleRefused, parse_rule
from liquidity_platform.realtime.ticks import Tick, TickFlags
from liquidity_platform_tests.realtime.rules.obvious import Obvious

SECOND = 1_000_000
BASE = {"fut.es": 4500.0, "fut.cl": 0.05, "idx.spx": 4500.0, "int.tick": 0.0, "crypto.btc": 100.0}
STARTS = [
    (2024, 3, 8, 21, 57),  # Friday: minutes before Globex closes; the clocks change on Sunday
    (2024, 3, 10, 6, 59),  # the spring night
    (2024, 3, 10, 21, 58),  # Globex opens after it
    (2024, 11, 3, 5, 59),  # the autumn night, an hour that comes twice
    (2024, 11, 3, 22, 58),
    (2024, 6, 12, 13, 28),  # before the cash open
    (2024, 6, 12, 19, 58),  # before the cash close
    (2024, 6, 12, 20, 58),  # before the Globex pause
    (2024, 7, 3, 19, 59),  # before a holiday
]


KINDS = [
    "threshold", "cross_level", "cross_average", "average_cross", "rate_of_change", "volume_spike", "session_break",
    "composite",
]  # fmt: skip


def instant(*parts: int) -> int:
    """Microseconds of a UTC wall time."""
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc, arg-type]


def draw_condition(rng: random.Random, instrument: str, leaf: bool = False) -> dict[str, object]:
    """A condition near the prices that will be drawn."""
    line = INSTRUMENTS[instrument]
    tick = float(line.tick_size or 1)
    level = round(BASE[instrument] + rng.randint(-6, 6) * tick, 4)
    signed = BASE[instrument] < 1
    if not signed:
        level = max(level, tick)
    side, way, on = (
        rng.choice(["above", "below"]),
        rng.choice(["up", "down", "either"]),
        rng.choice(["bar_close", "tick"]),
    )
    kinds = [
        "threshold",
        "threshold",
        "cross_level",
        "cross_average",
        "average_cross",
        "rate_of_change",
        "session_break",
    ]
    if line.asset_class not in ("index", "internal"):
        kinds.append("volume_spike")
    kind = rng.choice(kinds)
    said: dict[str, object] = {"rule_type": kind, "instrument": instrument}
    if kind == "threshold":
        if not signed:
            level = max(level, 10 * tick)
        said |= {"condition": side, "threshold": level}
        if not leaf and rng.random() < 0.2:
            said |= {"mode": "level", "repeat_s": rng.choice([1, 30])}
        elif not leaf:
            said |= {"hysteresis": {"by": rng.choice([1, 2, 4]), "unit": "ticks"}, "rearm_s": rng.choice([0, 0, 5, 60])}
    elif kind == "cross_level":
        said |= {"direction": way, "level": level}
    elif kind == "cross_average":
        said |= {
            "direction": way,
            "on": on,
            "average": {"n": rng.randint(2, 4), "interval_s": rng.choice([5, 60, 420])},
        }
    elif kind == "average_cross":
        said |= {
            "direction": way,
            "on": on,
            "interval_s": rng.choice([5, 60]),
            "fast_n": rng.randint(1, 3),
            "slow_n": 4,
        }
    elif kind == "rate_of_change":
        modes = ["abs", "ticks", "sigma"] + ([] if instrument == "int.tick" else ["pct", "log"])
        mode = rng.choice(modes)
        unit = {"abs": tick, "ticks": 1.0, "sigma": 0.5, "pct": 0.01, "log": 0.0001}[mode]
        said |= {"condition": side, "threshold": rng.randint(1, 5) * unit * rng.choice([1, -1]), "mode": mode}
        said |= {"window_s": rng.choice([5, 12, 60]), "sigma_n": 5, "hysteresis": unit, "rearm_s": rng.choice([0, 10])}
        if rng.random() < 0.5:
            said["tolerance_s"] = rng.choice([0.25, 2, 5])
    elif kind == "session_break":
        said |= {"side": rng.choice(["high", "low"]), "after_open_s": rng.choice([0, 60])}
        said["hysteresis"] = {"by": rng.choice([1, 3]), "unit": "ticks"}
    else:
        said |= {
            "interval_s": rng.choice([5, 15, 300]),
            "k": rng.choice([1.1, 2]),
            "sessions": rng.choice([1, 2]),
        }
        said["min_size"] = rng.choice([0, 4])
    return said


def draw_node(rng: random.Random, instruments: list[str], depth: int) -> dict[str, object]:
    """A node of a composite."""
    shape = rng.choice(["leaf", "leaf", "macro", "all", "within", "any", "not", "sequence"]) if depth else "leaf"
    if shape == "macro":
        if rng.random() < 0.5:
            return {"macro": "us.regime", "is": "EXPANSION", "max_age_days": 1}
        return {"macro": "m.d4w", "condition": rng.choice(["above", "below"]), "threshold": 0, "max_age_days": 2}
    if shape == "leaf":
        return draw_condition(rng, rng.choice(instruments), leaf=True)
    if shape == "not":
        return {"not": draw_node(rng, instruments, depth - 1)}
    children = [draw_node(rng, instruments, depth - 1) for _ in range(2)]
    if shape == "sequence":
        return {"sequence": children, "within_s": rng.choice([1, 10, 90])}
    if shape == "within":
        return {"all": children, "within_s": rng.choice([1, 10, 90])}
    return {shape: children}


def draw_rules(rng: random.Random, instruments: list[str], count: int, kind: str | None = None) -> dict[int, Rule]:
    """`count` rules that make sense, of one kind when it is given."""
    rules: dict[int, Rule] = {}
    while len(rules) < count:
        instrument = rng.choice(instruments)
        said = draw_condition(rng, instrument)
        if rng.random() < 0.4:
            when = draw_node(rng, instruments, rng.randint(1, 3))
            said = {"rule_type": "composite", "instrument": instrument, "when": when, "rearm_s": rng.choice([1, 20])}
        try:
            rule = parse_rule(said)
        except RuleRefused:
            continue
        if kind in (None, rule.rule_type):
            rules[len(rules) + 1] = rule
    return rules


def draw_step(rng: random.Random) -> int:
    """Microseconds to the next tick."""
    kind = rng.random()
    if kind < 0.15:
        return 0
    if kind < 0.75:
        return rng.randint(1, 3 * SECOND)
    if kind < 0.985:
        return rng.randint(1, 25) * SECOND
    return rng.choice([59, 61, 130, 3600, 7200, 86_400, 86_400, 86_400]) * SECOND


def draw_tick(rng: random.Random, instrument: str, at: int, prices: dict[str, float], seq: int) -> Tick:
    """The next tick of an instrument: a small random walk that comes back."""
    size = float(INSTRUMENTS[instrument].tick_size or 1)
    home, now = BASE[instrument], prices[instrument]
    pull = (now < home) - (now > home)
    prices[instrument] = round(
        now + size * (rng.choice([-3, -2, -1, 0, 0, 0, 1, 2, 3]) + (rng.random() < 0.3) * pull), 4
    )
    flags, kind = 0, rng.random()
    if kind < 0.01:
        flags = TickFlags.AFTER_GAP
    elif kind < 0.015:
        flags = TickFlags.DELAYED
    elif kind < 0.025:
        flags = TickFlags.LATE
    elif kind < 0.03:
        flags = TickFlags.VOLUME_RESET
    late = rng.randint(0, SECOND) if rng.random() < 0.05 else 0
    price = None if rng.random() < 0.05 else prices[instrument]
    volume = None if price is None or rng.random() < 0.2 else float(rng.randint(1, 9))
    return Tick(instrument, at - late, at, price, volume, seq=seq, flags=int(flags))


class Pair:
    """Both evaluators on the same rules."""

    def __init__(self, rules: dict[int, Rule], stale_s: dict[str, float]) -> None:
        self.rules, self.stale_s = rules, stale_s
        self.obvious = Obvious(rules, stale_s)
        self.engine = self.fresh()
        self.fired: Counter[str] = Counter()

    def fresh(self) -> Engine:
        """An engine that knows the rules and nothing else."""
        engine = Engine(self.stale_s)
        for rule_id, rule in self.rules.items():
            engine.add(rule_id, rule)
        return engine

    def tick(self, tick: Tick) -> None:
        """Both see the tick, and agree."""
        self.agree(self.engine.on_tick(tick), self.obvious.on_tick(tick), tick)

    def macro(self, *row: object) -> None:
        """Both see the row, and agree."""
        self.agree(self.engine.on_macro(*row), self.obvious.on_macro(*row), row)  # type: ignore[arg-type, no-untyped-call]

    def restart(self, now: int) -> None:
        """The engine's state goes through JSON into another engine."""
        state = json.loads(json.dumps(self.engine.state(), allow_nan=False))
        self.engine = self.fresh()
        self.engine.restore(state, now)
        self.agree(self.engine._taken(), self.obvious.restart(now), "restart")

    def agree(self, got: list, expected: list, when: object) -> None:  # type: ignore[type-arg]
        """Firing for firing: rule, instant, order, words, gap, and the value up to rounding."""
        seen = [(f.at_us, f.rule_id, f.edge_id, f.condition, "gap_cross" in f.context) for f in got]
        wanted = [(at, rule, f"{rule}:{at}:{n}", word, gap) for at, rule, n, _, word, gap in expected]
        if seen != wanted:
            odd = {one[1] for one in set(seen) ^ set(wanted)}
            rules = "\n".join(self.rules[rule].model_dump_json() for rule in sorted(odd))
            raise AssertionError(f"at {when}\nengine  {seen}\nobvious {wanted}\n{rules}")
        for firing, one in zip(got, expected, strict=True):
            value = one[3]
            assert firing.value == value or abs(firing.value - value) <= 1e-9 * max(1.0, abs(value)), (firing, one)
            self.fired[self.rules[firing.rule_id].rule_type] += 1


def scenario(rng: random.Random, ticks: int, rules: int = 14, kind: str | None = None) -> Counter[str]:
    """One drawn history of `ticks` ticks; how often each kind fired."""
    instruments = rng.sample(sorted(BASE), rng.randint(1, 3))
    if kind == "volume_spike" and "fut.es" not in instruments:
        instruments[0] = "fut.es"
    pair = Pair(
        draw_rules(rng, instruments, rules, kind), {name: float(rng.choice([20, 60, 120])) for name in instruments}
    )
    prices, at = {name: BASE[name] for name in instruments}, instant(*rng.choice(STARTS))
    daily, begun = rng.random() < 0.4, at  # the same minutes of one day after another, or time as it comes
    for seq in range(ticks):
        at += rng.randint(0, SECOND) if daily else draw_step(rng)
        if daily and at - begun > 100 * SECOND:
            at = begun = begun + 86_400 * SECOND
        tick = draw_tick(rng, rng.choice(instruments), at, prices, seq)
        if daily and seq % 5:
            tick.flags = 0
        pair.tick(tick)
        if rng.random() < 0.02:
            period = date(1970, 1, 1) + timedelta(days=at // (86_400 * SECOND) - rng.randint(0, 3))
            known = at + rng.choice([-SECOND, 0, 20 * SECOND])
            status = rng.choice(["COMPLETE", "COMPLETE", "STALE_INPUT"])
            value = rng.choice([-1.0, 0.0, 1.0, None])
            pair.macro("m.d4w", period, value, status, None, known)
            pair.macro("us.regime", period, None, None, rng.choice(["EXPANSION", "CONTRACTION", None]), known)
        if rng.random() < 0.01:
            pair.restart(at + rng.choice([0, SECOND, 30 * SECOND, 200 * SECOND]))
    return pair.fired


def compare(ticks: int, seed: int, each: int = 400) -> Counter[str]:
    """Histories of `each` ticks until there were `ticks`; raises AssertionError where the two disagree."""
    fired: Counter[str] = Counter()
    for number in range(max(1, ticks // each)):
        kind = KINDS[number // 2 % len(KINDS)] if number % 2 else None
        try:
            fired += scenario(random.Random(f"{seed} {number}"), each, kind=kind)
        except AssertionError as wrong:
            raise AssertionError(f"seed '{seed} {number}': {wrong}") from wrong
    return fired


if __name__ == "__main__":
    print(compare(int(sys.argv[1]), int(sys.argv[2])))
