"""The market the proofs of the sidecar play: seeded walks, and rules of every kind that fire on them.

Belongs here: the ticks, the file they stand in, the rules. Keep out: what is done to the sidecar meanwhile.
"""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from liquidity_platform_tests.realtime.sidecars import FILE, OPEN

STEP_US = 125_000
FEW = {"fut.es": 4500.0, "fut.nq": 15_500.0}
MIDDLES = {
    **FEW, "fut.ym": 35_000.0, "fut.cl": 800.0, "fut.gc": 1950.0, "idx.spx": 4490.0, "idx.ndx": 15_450.0,
    "idx.rut": 1900.0, "idx.vix": 150.0, "int.tick": 0.0, "int.add": 0.0, "int.trin": 100.0,
}  # fmt: skip
Row = tuple[int, str, float]  # event time, instrument, price


def walk(count: int, start: int = OPEN, step_us: int = STEP_US, names: Sequence[str] = tuple(FEW)) -> Iterable[Row]:
    """Each in turn, pulled back to its middle, so that levels near it are crossed all the time."""
    draw, prices = random.Random(5), {name: MIDDLES[name] for name in names}
    for number in range(count):
        name = names[number % len(names)]
        pull = -1 if prices[name] > MIDDLES[name] else 1
        prices[name] += 0.25 * (draw.choice((-4, -3, -2, -1, 1, 2, 3, 4)) + draw.choice((0, 0, 0, pull)))
        yield start + number * step_us, name, prices[name]


TICKS: Sequence[Row] = tuple(walk(3_200))


def tick_file(path: Path, ticks: Iterable[Row]) -> Path:
    """`path`, filled with these ticks in the layout of the replay feed."""
    with path.open("w") as file:
        file.write(FILE)
        file.writelines(f"{name},{at},{price},1,,\n" for at, name, price in ticks)
    return path


_ES: dict[str, Any] = {"instrument": "fut.es", "cooldown_s": 1, "dedupe_window_s": 0}
_NQ: dict[str, Any] = {**_ES, "instrument": "fut.nq"}
_ABOVE = {"rule_type": "threshold", "condition": "above", "threshold": 4500.0}
RULES: Sequence[dict[str, Any]] = (
    {**_ES, **_ABOVE, "hysteresis": {"by": 2}},
    {**_NQ, "rule_type": "threshold", "condition": "below", "threshold": 15_498.0, "rearm_s": 2},
    {**_ES, "rule_type": "threshold", "condition": "above", "threshold": 4502.0, "mode": "level", "repeat_s": 5},
    {**_ES, "rule_type": "cross_level", "direction": "either", "level": 4501.0, "cooldown_s": 4},
    {**_NQ, "rule_type": "cross_level", "direction": "down", "level": 15_501.0},
    {**_ES, "rule_type": "cross_average", "direction": "either", "average": {"n": 3, "interval_s": 5}},
    {**_NQ, "rule_type": "average_cross", "direction": "either", "interval_s": 5, "fast_n": 2, "slow_n": 5},
    {**_ES, "rule_type": "rate_of_change", "condition": "above", "threshold": 3, "window_s": 10, "mode": "abs"},
    {**_NQ, "rule_type": "session_break", "side": "high", "hysteresis": {"by": 1}, "after_open_s": 0},
    {**_ES, "rule_type": "composite", "rearm_s": 2,
     "when": {"all": [_ABOVE, {**_ABOVE, "instrument": "fut.nq", "threshold": 15_500.0}]}},
)  # fmt: skip
