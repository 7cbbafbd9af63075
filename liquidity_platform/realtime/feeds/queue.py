"""Between reading and delivering: a bounded queue, so that a slow reader of ticks never slows the read loop.

Behind by `limit`, quotes are conflated: of an instrument only the newest waits. Behind by `trade_limit`, trades are
lost too, but never unseen: each is counted and the instrument's next update says AFTER_GAP.
Belongs here: that. Keep out: parsing, judgement.
"""

import asyncio
from collections import deque

from liquidity_platform.realtime.feeds.contract import Deliver, RawUpdate
from liquidity_platform.realtime.ticks import TickFlags

_SLICE = 256  # updates delivered before the read loop has its turn
_AFTER_GAP = int(TickFlags.AFTER_GAP)


class UpdateQueue:
    """First in, first out, on one event loop."""

    def __init__(self, limit: int, trade_limit: int) -> None:
        self._limit, self._trade_limit = limit, max(limit, trade_limit)
        self._waiting: deque[RawUpdate] = deque()
        self._quotes: dict[str, RawUpdate] = {}  # waiting quotes, by instrument, while behind
        self._holed: set[str] = set()
        self._filled = asyncio.Event()
        self.conflated = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, update: RawUpdate) -> None:
        """Queue one update; never waits."""
        behind = len(self._waiting)
        if behind >= self._limit and not self._fits(update, behind):
            return
        if self._holed and update.instrument in self._holed:
            self._holed.discard(update.instrument)
            update.flags |= _AFTER_GAP
        self._waiting.append(update)
        self._filled.set()

    async def pump(self, deliver: Deliver) -> None:
        """Deliver what comes, in slices, until cancelled."""
        while True:
            await self._filled.wait()
            for _ in range(min(_SLICE, len(self._waiting))):
                deliver(self._next())
            if not self._waiting:
                self._filled.clear()
            await asyncio.sleep(0)

    def _next(self) -> RawUpdate:
        update = self._waiting.popleft()
        if self._quotes and self._quotes.get(update.instrument) is update:
            del self._quotes[update.instrument]  # no longer ours to overwrite
        return update

    def _fits(self, update: RawUpdate, behind: int) -> bool:
        """Whether a late queue takes it as an entry of its own."""
        if update.trade:
            self._quotes.pop(update.instrument, None)  # a later quote must not overtake this trade
            if behind < self._trade_limit:
                return True
            self.dropped += 1
            self._holed.add(update.instrument)
            return False
        if (waiting := self._quotes.get(update.instrument)) is not None:
            self.conflated += 1
            _overwrite(waiting, update)
            return False
        if behind >= self._trade_limit:
            self.conflated += 1
            return False
        self._quotes[update.instrument] = update
        return True


def _overwrite(old: RawUpdate, new: RawUpdate) -> None:
    old.event_at, old.received_at = new.event_at, new.received_at
    old.bid, old.ask, old.flags = new.bid, new.ask, old.flags | new.flags
    old.high, old.low, old.volume = new.high, new.low, new.volume
