"""The pace at which a publisher may be asked, shared by everything that asks it: see `ledger` for how widely.

A turn is taken at once and waited for afterwards, so that turns come in the order they were asked for and a process
that is killed while it waits costs the others its turn and nothing more.
Belongs here: waiting for one's turn. Keep out: retries, HTTP, the numbers (each provider states its own limit).
"""

import threading
import time
from collections.abc import Callable

from liquidity_platform.sources.ledger import Ledger, Record

_QUEUE = 100  # turns that may be taken in advance; further ahead the clock was set back


class Pace:
    """Hands out turns at most `rate` a second."""

    def __init__(self, name: str, rate: float, ledger: Ledger) -> None:
        self._name = f"{name}:pace"
        self._gap_s = 1.0 / rate
        self._ledger = ledger
        self._lock = threading.Lock()

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> float:
        """Return when it is the caller's turn, with that turn in seconds since 1970 by the ledger's clock."""
        with self._lock:
            now, turn = self._ledger.change(self._name, self._take)
        if turn > now:
            sleep(turn - now)
        return turn

    def _take(self, record: Record, now: float) -> tuple[Record, tuple[float, float]]:
        following = float(record.get("next", now))
        turn = max(now, following) if following - now <= _QUEUE * self._gap_s + 60 else now
        return {"next": turn + self._gap_s}, (now, turn)
