"""What the sidecar is loaded with: the instruments, the rules, the prices, and what fires.

All prices move by two hundredths around 100. Every instrument has one rule named WATCHED at 101, which only a tick at
102 crosses; all others stand at least 3% away or wait for more than ever happens, but each is evaluated.
Belongs here: those bodies and numbers. Keep out: sending (sender.py), what is measured.
"""

from collections.abc import Iterator
from typing import Any

from liquidity_platform.catalog.instruments import INSTRUMENTS

FED = tuple(line for line in INSTRUMENTS.values() if line.feed_symbol)  # what the stand-in can send: twelve
EXTRA = ("SPY", "QQQ", "IWM")  # watched, with rules, but no feed carries them
WATCHED = "bench: crossed"
BASE, CROSSED, BEYOND = 100.0, 101.0, 102.0
_CHANGE = {"rule_type": "rate_of_change", "mode": "abs"}


def price(number: int, fires: bool) -> float:
    """The price of tick `number`."""
    return BEYOND if fires else BASE + (number // len(FED) % 3 - 1) * 0.01


def rules_of(count: int, traded: bool = True) -> Iterator[dict[str, Any]]:
    """Bodies of `count` rules for one instrument, the watched one first; all kinds, most of them levels.

    `traded` False: without those that need a volume, which an index has not.
    """
    yield {"rule_type": "cross_level", "direction": "up", "level": CROSSED, "name": WATCHED,
           "cooldown_s": 1, "dedupe_window_s": 0}  # fmt: skip
    for number in range(1, count):
        away, side = 3.0 + number / 10, ("above", "below")[number % 2]
        kind = _KINDS[number % len(_KINDS)]
        made = kind if traded or kind is not _volume else _level
        yield made(BASE + (away if side == "above" else -away), side, number)


def _level(level: float, side: str, number: int) -> dict[str, Any]:
    return {"rule_type": "threshold", "condition": side, "threshold": level}


def _crossing(level: float, side: str, number: int) -> dict[str, Any]:
    return {"rule_type": "cross_level", "direction": "either", "level": level}


def _change(level: float, side: str, number: int) -> dict[str, Any]:
    return {**_CHANGE, "condition": side, "threshold": level - BASE, "window_s": 60 + number % 3 * 60}


def _average(level: float, side: str, number: int) -> dict[str, Any]:
    return {"rule_type": "cross_average", "direction": "up", "average": {"n": 20 + number % 3, "interval_s": 60}}


def _volume(level: float, side: str, number: int) -> dict[str, Any]:
    return {"rule_type": "volume_spike", "interval_s": 300, "k": 1000.0 + number}


def _extreme(level: float, side: str, number: int) -> dict[str, Any]:
    return {"rule_type": "session_break", "side": "high" if side == "above" else "low"}


def _composite(level: float, side: str, number: int) -> dict[str, Any]:
    fast = {**_CHANGE, "condition": side, "threshold": (level - BASE) / 2, "window_s": 300}
    return {"rule_type": "composite", "when": {"all": [_level(level, side, number), fast], "within_s": 60}}


_KINDS = (_level, _crossing, _level, _change, _level, _crossing, _average, _composite, _volume, _extreme)
