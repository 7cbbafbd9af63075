"""What every feed is: the update it delivers, the health it shows, the two things it can be asked.

A feed says what it was told and nothing more; the normalizer judges it. Instants are microseconds since 1970-01-01 UTC.
Belongs here: types the feeds and their readers share. Keep out: any feed's protocol, judgement, pacing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class RawUpdate:
    """One change as a feed told it, merged with what the feed had told before. Missing is None; numbers may be absurd.

    `volume` is the running total of the session, where the feed has one; `size` the trade's own size, where the feed
    knows it. `price`, `high` and `low` (of the session) are the last known ones, also when only the quote changed:
    `trade` says whether this update is about a trade. `event_at` is the trade's time for a trade, else the quote's.
    `flags` are TickFlags the feed alone can know: DELAYED, SIMULATED, REPLAYED, AFTER_GAP, BACKFILLED.
    """

    instrument: str  # the catalog's id
    event_at: int
    received_at: int
    trade: bool = True
    price: float | None = None
    size: float | None = None
    volume: float | None = None
    bid: float | None = None
    ask: float | None = None
    high: float | None = None
    low: float | None = None
    flags: int = 0


Deliver = Callable[[RawUpdate], None]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a feed fares at one moment. Instants are microseconds UTC, None for never; symbols are the feed's own."""

    feed: str  # schwab, sim, replay
    connected: bool
    since: int | None = None  # of the present state, connected or not
    last_frame: int | None = None  # anything at all, heartbeats included
    last_tick: int | None = None  # market data
    reconnects: int = 0
    gaps: int = 0
    last_gap: tuple[int, int] | None = None
    login_age_s: float | None = None  # of the refresh token, counted from the login in the browser
    warnings: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()  # the feed says their data is not live
    refused: tuple[str, ...] = ()  # the feed will not serve them
    silent: tuple[str, ...] = ()  # asked for, never answered
    bad_frames: int = 0  # unreadable, counted and skipped
    bad_values: int = 0  # fields and entries inside readable frames
    conflated: int = 0  # quotes replaced by newer ones because the reader was behind
    dropped: int = 0  # trades lost because the reader was far behind; their instruments were marked AFTER_GAP
    reason: str | None = None  # why it is off, in one line


class Feed(Protocol):
    """A source of updates."""

    async def run(self, deliver: Deliver) -> None:
        """Hand every update to `deliver`, in order, until cancelled; a feed with an end (replay) returns there.

        `deliver` must not block. Raises ConfigError for what only a person can mend before the feed can start; what
        time or a new login can mend is waited for and shown in `health`.
        """

    def health(self) -> FeedHealth:
        """How it fares now; cheap, callable at any time from the feed's own loop."""


def now_us() -> int:
    """The real clock, in microseconds UTC."""
    return time.time_ns() // 1000
