"""The pace at which a publisher may be asked, shared by everything in this process that asks it.

Belongs here: waiting for one's turn. Keep out: retries, HTTP, the numbers (each provider states its own limit).
"""

import threading
import time
from collections.abc import Callable


class Pace:
    """Hands out turns at most `rate` a second, in the order they are asked for."""

    def __init__(self, rate: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._gap_s = 1.0 / rate
        self._monotonic = monotonic
        self._next = float("-inf")
        self._lock = threading.Lock()

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Return when it is the caller's turn."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap_s
        if turn > now:
            sleep(turn - now)


_PACES: dict[str, Pace] = {}
_LOCK = threading.Lock()


def pace_of(name: str, rate: float) -> Pace:
    """The one pace of the provider `name` in this process."""
    with _LOCK:
        return _PACES.setdefault(name, Pace(rate))
