"""The replay feed: a file played on its own clock, at any speed. Same file, same updates, byte for byte.

Three layouts, told apart by the header; `.gz` is unpacked on the way:
    Date,Time,Price,Volume                          trades of one instrument
    timestamp|datetime|..., open,high,low,close[,volume][,symbol]   bars; four updates each (bars.py)
    instrument,event_at,price,size,bid,ask          our own: event_at ISO 8601 with a zone, or microseconds UTC
Stamps without a zone are in the setting's zone, else the instrument's (a column called *_utc is UTC). Received is
event time: a replay has no clock but the file's. A row that cannot be read is counted and skipped.
Belongs here: pacing, health. Keep out: reading rows (tickfiles.py).
"""

import asyncio
import time
from collections.abc import Iterator

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.feeds.contract import Deliver, FeedHealth, RawUpdate, now_us
from liquidity_platform.realtime.feeds.settings import ReplaySettings
from liquidity_platform.realtime.feeds.tickfiles import TickFile

_SLICE = 256  # updates delivered before others on the loop have their turn
_AHEAD_S = 0.002  # a wait shorter than this is not worth one


class ReplayFeed:
    """Plays `settings.file` once; `run` returns at its end. Every run begins anew."""

    def __init__(self, settings: ReplaySettings) -> None:
        """Raises ConfigError when no file is named, there is none, or its layout is unknown."""
        if settings.file is None:
            raise ConfigError("the replay feed needs LIQUIDITY_STREAM__REPLAY__FILE")
        self._speed = settings.speed
        self._file = TickFile(settings.file, settings.instrument, settings.zone)
        self._since: int | None = None
        self._last: int | None = None
        self._running = False
        self._reason: str | None = "not started"

    def updates(self) -> Iterator[RawUpdate]:
        """Everything in the file, unpaced."""
        return self._file.updates()

    async def run(self, deliver: Deliver) -> None:
        """See Feed. Returns at the end of the file. Raises ConfigError when it cannot be read any more."""
        self._since, self._running, self._reason = now_us(), True, None
        try:
            await self._play(deliver)
            self._reason = "the file has ended"
        finally:
            self._since, self._running = now_us(), False
            self._reason = self._reason or "stopped"

    def health(self) -> FeedHealth:
        """See Feed. `last_tick` is on the file's clock."""
        return FeedHealth(
            feed="replay", connected=self._running, since=self._since, last_frame=self._last, last_tick=self._last,
            bad_values=self._file.bad, reason=self._reason,
        )  # fmt: skip

    async def _play(self, deliver: Deliver) -> None:
        started, first = time.monotonic(), None
        for number, update in enumerate(self._file.updates(), 1):
            first = update.event_at if first is None else first
            if self._speed:
                due = started + (update.event_at - first) / 1e6 / self._speed
                if (wait := due - time.monotonic()) > _AHEAD_S:
                    await asyncio.sleep(wait)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
            self._last = update.event_at
            deliver(update)
