"""Telling a silent feed from a closed market.

Belongs here: that judgement. Keep out: hours and limits (rules/sessions.py holds the one copy both sides use).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from liquidity_platform.realtime.rules.sessions import SessionTimes, stale_limit


@dataclass(frozen=True, slots=True)
class Missing:
    """An instrument that is silent inside its session. `last`: microseconds UTC, None for never heard."""

    instrument: str
    last: int | None
    silent_s: float


def missing(heard: Mapping[str, int | None], instruments: Iterable[str], at: int) -> list[Missing]:
    """Which of `instruments` (ids of the catalog) have been silent beyond their limit inside their session at `at`.

    `heard`: when each last told something. Before the session's start nobody was expected. Instants in microseconds.
    """
    found = []
    for name in instruments:
        stretch = _times(name).at(at)
        if not stretch.is_open:
            continue
        last = heard.get(name)
        silent_us = at - max(last or 0, stretch.start_us)
        if silent_us > stale_limit(name):
            found.append(Missing(name, last, silent_us / 1e6))
    return found


@cache
def _times(instrument: str) -> SessionTimes:
    return SessionTimes(instrument)
