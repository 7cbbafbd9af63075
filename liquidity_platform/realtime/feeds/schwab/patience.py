"""How long to stay away after each kind of end.

Belongs here: that table and its counters. Keep out: sleeping, connecting (feed.py).
"""

import random

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.realtime.feeds.schwab.backoff import Backoff
from liquidity_platform.realtime.feeds.schwab.frames import CLOSE_CONNECTION, LOGIN_DENIED
from liquidity_platform.realtime.feeds.schwab.streamer import Severed
from liquidity_platform.realtime.feeds.schwab.timing import Timing
from liquidity_platform.realtime.feeds.schwab.tokens import NotNow


class Patience:
    """Waits in seconds, by what ended and by how long things had been good."""

    def __init__(self, timing: Timing, draw: random.Random | None = None) -> None:
        self._timing = timing
        self._backoff = Backoff(timing.backoff_first_s, timing.backoff_cap_s, draw)
        self._yields = Backoff(timing.yield_s, timing.yield_cap_s, draw, factor=3.0)
        self._denials = 0

    def wait_s(self, end: LiquidityError, good_s: float) -> float:
        """The wait after `end`; `good_s`: how long this connection had carried data, 0 for never."""
        if good_s >= self._timing.good_s:
            self._backoff.reset()
        if good_s >= self._timing.held_s:  # a taken stream is then a new matter, not the same quarrel
            self._yields.reset()
        code = end.code if isinstance(end, Severed) else None
        self._denials = self._denials + 1 if code == LOGIN_DENIED else 0
        if code == CLOSE_CONNECTION:
            return self._yields.next()
        if self._denials >= 3:
            return self._timing.denied_s
        asked = end.wait_s if isinstance(end, NotNow) else None
        return max(self._backoff.next(), asked or 0.0)
