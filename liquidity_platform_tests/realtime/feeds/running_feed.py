"""A Schwab feed running against the stand-in, with what it delivered.

Belongs here: starting and stopping a feed, waiting for it. Keep out: the stand-in itself (../schwab), fixtures.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.feeds.schwab.feed import SchwabFeed
from liquidity_platform.realtime.feeds.schwab.timing import Timing
from liquidity_platform.realtime.feeds.settings import SchwabSettings
from liquidity_platform_tests.realtime.schwab.standin import StandIn

QUICK = Timing(
    open_s=30, answer_s=30, http_s=30, silence_s=3600, refresh_again_s=0.02, backoff_first_s=0.01, backoff_cap_s=0.05,
    good_s=3600, denied_s=0.05, yield_s=0.05, yield_cap_s=0.2, login_check_s=0.02, settle_s=0, backfill_gap_s=0,
)  # fmt: skip
LINES = [INSTRUMENTS[name] for name in ("fut.es", "fut.cl", "idx.spx", "int.tick")]


class Running:
    """A feed at work, and what it has delivered."""

    def __init__(self, schwab: StandIn, feed: SchwabFeed) -> None:
        self.schwab, self.feed = schwab, feed
        self.updates: list[RawUpdate] = []
        self._came = asyncio.Event()

    def deliver(self, update: RawUpdate) -> None:
        self.updates.append(update)
        self._came.set()

    async def until(self, condition: Callable[[], object], timeout_s: float = 30.0) -> None:
        """Wait for something about the feed to become true."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def got(self, count: int) -> list[RawUpdate]:
        """The first `count` updates."""
        async with asyncio.timeout(30):
            while len(self.updates) < count:
                self._came.clear()
                await self._came.wait()
        return self.updates[:count]

    async def connected(self) -> None:
        await self.until(lambda: self.feed.health().connected)


def settings_of(schwab: StandIn, token_file: Path) -> SchwabSettings:
    return SchwabSettings.model_validate({
        "base_url": schwab.base_url, "app_key": schwab.app_key, "app_secret": schwab.app_secret,
        "token_file": token_file,
    })  # fmt: skip


def feed_of(schwab: StandIn, token_file: Path, **timing: Any) -> SchwabFeed:
    return SchwabFeed(settings_of(schwab, token_file), LINES, replace(QUICK, **timing))


@asynccontextmanager
async def running(schwab: StandIn, token_file: Path, **timing: Any) -> AsyncIterator[Running]:
    """A feed against `schwab`, with its periods shortened; stopped at the end."""
    feed = Running(schwab, feed_of(schwab, token_file, **timing))
    task = asyncio.create_task(feed.feed.run(feed.deliver))
    try:
        yield feed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
