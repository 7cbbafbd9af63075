"""The engine agrees, firing for firing, with an evaluator that looks everything up again at every tick."""

import csv
import gzip
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liquidity_platform.realtime.rules.validation import parse_rule
from liquidity_platform.realtime.ticks import Tick, TickFlags
from liquidity_platform_tests.drawing import TIMES
from liquidity_platform_tests.realtime.rules.comparing import (
    BASE,
    KINDS,
    SECOND,
    Pair,
    compare,
    draw_rules,
    instant,
    scenario,
)

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

ROWS = Path(os.environ.get("LIQUIDITY_TEST_DATA", "")) / "intraday" / "es_ticks_1m_rows.csv.gz"
SKIPS = range(0, min(66_001 * TIMES, 1_000_000), max(66_000 // TIMES, 800))  # of its million rows
RARE = ("volume_spike", "session_break")  # they need days, or a session seen from its open


@pytest.mark.parametrize("seed", range(4 * TIMES))
def test_drawn_histories_fire_alike(seed: int) -> None:
    """Gaps, silence, delayed and late ticks, closes, changes of the clock, macro rows and restarts included."""
    assert compare(2_400, seed)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_fires_in_drawn_histories(kind: str) -> None:
    """Else agreement would say nothing."""
    fired: Counter[str] = Counter()
    for number in range(20):
        fired += scenario(random.Random(f"{kind} {number}"), 600 if kind in RARE else 200, 8, kind)
        if fired[kind] >= 2:
            break
    assert fired[kind] >= 2


ES = {"instrument": "fut.es"}
SMALL = [
    {"rule_type": "threshold", "condition": "above", "threshold": 100, "hysteresis": {"by": 2}, "rearm_s": 2},
    {"rule_type": "threshold", "condition": "below", "threshold": 100, "hysteresis": {"by": 1}},
    {"rule_type": "threshold", "condition": "below", "threshold": 100, "mode": "level", "repeat_s": 2},
    {"rule_type": "cross_level", "direction": "either", "level": 100},
    {"rule_type": "cross_average", "direction": "either", "average": {"n": 2, "interval_s": 5}},
    {"rule_type": "cross_average", "direction": "either", "average": {"n": 2, "interval_s": 5}, "on": "tick"},
    {"rule_type": "average_cross", "direction": "either", "fast_n": 1, "slow_n": 2, "interval_s": 5},
    {"rule_type": "rate_of_change", "condition": "above", "threshold": 2, "window_s": 2, "mode": "ticks"},
    {"rule_type": "volume_spike", "interval_s": 5, "k": 1.5, "sessions": 1},
    {"rule_type": "session_break", "side": "high", "after_open_s": 0, "hysteresis": {"by": 1}},
    {"rule_type": "composite", "rearm_s": 1, "when": {"within_s": 2, "sequence": [
        {"rule_type": "cross_level", "direction": "up", "level": 100},
        {"rule_type": "cross_level", "direction": "down", "level": 100}]}},
    {"rule_type": "composite", "rearm_s": 1, "when": {"within_s": 2, "all": [
        {"rule_type": "threshold", "condition": "above", "threshold": 100.25},
        {"not": {"rule_type": "threshold", "condition": "above", "threshold": 100}}]}},
]  # fmt: skip

steps = st.sampled_from([0, SECOND // 2, SECOND, 2 * SECOND, 5 * SECOND, 21 * SECOND, 3600 * SECOND])
flags = st.sampled_from([0, 0, 0, 0, int(TickFlags.AFTER_GAP), int(TickFlags.DELAYED)])
moves = st.tuples(steps, st.integers(-3, 3), st.sampled_from([None, 1.0, 5.0]), flags, st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(moves, max_size=40), st.sampled_from([(2024, 3, 10, 21, 59, 50), (2024, 6, 12, 20, 59, 30)]))
def test_any_short_history_fires_alike(history: list[tuple[int, int, float | None, int, bool]], begin: tuple) -> None:
    """Small enough for a counterexample to shrink: one instrument, every kind of rule, a restart at any tick."""
    pair = Pair({i: parse_rule({**ES, **rule}) for i, rule in enumerate(SMALL, 1)}, {"fut.es": 20.0})
    at = instant(*begin)
    for seq, (step, ticks, size, flag, restart) in enumerate(history):
        at += step
        pair.tick(Tick("fut.es", at, at, 100 + ticks * 0.25, size, seq=seq, flags=flag))
        if restart and step == 0:
            pair.restart(at + SECOND)


@cache
def _rows() -> list[dict[str, str]]:
    with gzip.open(ROWS, "rt") as file:
        return list(islice(csv.DictReader(file), SKIPS[-1] + 800))


def _real(skip: int) -> Iterator[Tick]:
    for seq, row in enumerate(_rows()[skip : skip + 800]):
        moment = datetime.fromisoformat(f"{row['Date']}T{row['Time']}+00:00")
        at = int(moment.timestamp()) * SECOND + moment.microsecond
        yield Tick("fut.es", at, at, float(row["Price"]), float(row["Volume"]), seq=seq, flags=int(TickFlags.REPLAYED))


@pytest.mark.skipif(
    not ROWS.exists(), reason="LIQUIDITY_TEST_DATA names no folder with intraday/es_ticks_1m_rows.csv.gz"
)
def test_real_ticks_fire_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trades of E-mini S&P futures, restarted now and then, rules around their own prices; a quiet night fires none."""
    fired: Counter[str] = Counter()
    for skip in SKIPS:
        ticks = list(_real(skip))
        monkeypatch.setitem(BASE, "fut.es", ticks[len(ticks) // 2].price)
        rng = random.Random(skip)
        pair = Pair(draw_rules(rng, ["fut.es"], 16), {"fut.es": 120.0})
        for tick in ticks:
            pair.tick(tick)
            if rng.random() < 0.005:
                pair.restart(tick.event_at + SECOND)
        fired += pair.fired
    assert fired
