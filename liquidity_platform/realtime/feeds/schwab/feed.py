"""The Schwab feed: connects, subscribes, and comes back after every kind of end.

    token refused (400, 401)      wait for a new login; the token file is watched
    3 LOGIN_DENIED                refresh the token, ask the preference again, log in again; patiently after three
    12 CLOSE_CONNECTION           another session took the stream: stay away for minutes, longer each time
    19 REACHED_SYMBOL_LIMIT       subscribe one by one; what is refused is shown
    20, 30, silence, broken line  come back with backoff; begun anew after a minute of good data

Belongs here: those decisions, health. Keep out: one connection's life (streamer.py), tokens, fields.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence

from liquidity_platform.catalog.instruments import INSTRUMENTS, Instrument
from liquidity_platform.core.errors import ConfigError, LiquidityError, SourceError
from liquidity_platform.realtime.feeds.contract import Deliver, FeedHealth, now_us
from liquidity_platform.realtime.feeds.queue import UpdateQueue
from liquidity_platform.realtime.feeds.schwab.asking import Asking, http_client
from liquidity_platform.realtime.feeds.schwab.fields import LevelOne
from liquidity_platform.realtime.feeds.schwab.frames import LOGIN_DENIED, Batch
from liquidity_platform.realtime.feeds.schwab.history import History
from liquidity_platform.realtime.feeds.schwab.patience import Patience
from liquidity_platform.realtime.feeds.schwab.streamer import Connection, Severed
from liquidity_platform.realtime.feeds.schwab.subscribing import Subscriptions
from liquidity_platform.realtime.feeds.schwab.timing import Timing
from liquidity_platform.realtime.feeds.schwab.tokens import LoginNeeded, Tokens
from liquidity_platform.realtime.feeds.settings import SchwabSettings

_LOG = logging.getLogger(__name__)


class SchwabFeed:
    """Level-one data of `instruments` (those with a feed symbol; default all of the catalog's)."""

    def __init__(
        self,
        settings: SchwabSettings,
        instruments: Sequence[Instrument] = tuple(INSTRUMENTS.values()),
        timing: Timing = Timing(),
        draw: random.Random | None = None,
    ) -> None:
        """Raises ConfigError naming missing settings. Nothing is asked before `run`."""
        self._symbols = {line.feed_symbol: line.id for line in instruments if line.feed_symbol}
        self._timing = timing
        self._client = http_client(settings.base_url, timing.http_s)
        self.tokens = Tokens(settings, self._client, timing.refresh_early_s)
        self._asking = Asking(settings.base_url, self.tokens, self._client)
        self._history = History(self._asking)
        self._level_one = LevelOne(self._symbols)
        self._subscriptions = Subscriptions(tuple(self._symbols))
        self._queue = UpdateQueue(timing.queue, timing.queue_trades)
        self._patience = Patience(timing, draw)
        self._connection: Connection | None = None
        self._connected = False  # logged in and subscribed
        self._denied: str | None = None  # the access token the streamer did not take
        self._since = now_us()
        self._reason: str | None = "not started"
        self._gaps = self._bad_frames = self._bad_parts = 0
        self._last_frame: int | None = None
        self._last_tick: int | None = None
        self._good_since: float | None = None  # monotonic, of this connection's first data
        self._covered_until: int | None = None  # the last frame of the last connection that was subscribed
        self._last_gap: tuple[int, int] | None = None
        self._filling: asyncio.Task[None] | None = None

    async def run(self, deliver: Deliver) -> None:
        """See Feed. Waits for whatever is missing; raises only what `deliver` raises."""
        timing, self._reason = self._timing, "connecting"
        tasks = [
            asyncio.create_task(self._connect_for_ever()),
            asyncio.create_task(self._queue.pump(deliver)),
            asyncio.create_task(self.tokens.keep_fresh(timing.refresh_again_s, timing.login_check_s)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:  # none ends by itself but by a fault
                task.result()
        finally:
            tasks += [self._filling] if self._filling else []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._client.aclose()
            self._reason = "stopped"

    def health(self) -> FeedHealth:
        """See Feed."""
        live = self._connection
        answered = self._level_one.seen | self._subscriptions.refused
        settled = self._connected and now_us() - self._since > self._timing.settle_s * 1e6
        return FeedHealth(
            feed="schwab",
            connected=self._connected,
            since=self._since,
            last_frame=(live.last_frame if live else None) or self._last_frame,
            last_tick=self._last_tick,
            reconnects=self._gaps,
            gaps=self._gaps,
            last_gap=self._last_gap,
            login_age_s=self.tokens.age_s(),
            warnings=(*self.tokens.warnings(), *self._subscriptions.warnings, *(live.complaints() if live else ())),
            delayed=self._level_one.delayed,
            refused=tuple(sorted(self._subscriptions.refused)),
            silent=tuple(sorted(set(self._symbols) - answered)) if settled else (),
            bad_frames=self._bad_frames + (live.bad_frames if live else 0),
            bad_values=self._bad_parts + self._level_one.bad + (live.bad_parts if live else 0),
            conflated=self._queue.conflated,
            dropped=self._queue.dropped,
            reason=self._reason,
        )

    async def _connect_for_ever(self) -> None:
        while True:
            try:
                await self._one_connection()
            except (LoginNeeded, ConfigError) as error:
                self._off(str(error))
                await self.tokens.new_login(self._timing.login_check_s)
            except LiquidityError as error:
                good_s = 0.0 if self._good_since is None else time.monotonic() - self._good_since
                wait = self._patience.wait_s(error, good_s)
                self._off(f"{error}; next try in {wait:.0f} s")
                await asyncio.sleep(wait)

    async def _one_connection(self) -> None:
        """From a fresh preference to the end of the connection. Always raises."""
        self._good_since = None
        await self.tokens.access(refused=self._denied)
        preference = await self._asking.preference()
        token = await self.tokens.access()  # the preference may have had it refreshed
        self._level_one.forget()
        try:
            connection = await Connection.open(preference, token, self._timing, self._take)
            self._connection = connection
            try:
                await self._subscriptions.subscribe(connection)
                self._on()
                await connection.serve()
            finally:
                self._lost(connection)
                await connection.close()
        except Severed as end:
            self._denied = token if end.code == LOGIN_DENIED else None
            raise

    def _take(self, batch: Batch, received_at: int) -> None:
        """From the read loop: merge and queue, nothing else."""
        for update in self._level_one.merge(batch, received_at):
            self._last_tick = received_at
            self._queue.put(update)
        if self._good_since is None:
            self._good_since = time.monotonic()

    def _on(self) -> None:
        self._connected, self._reason, self._denied, self._since = True, None, None, now_us()
        if self._covered_until is None:
            return
        self._gaps += 1
        self._last_gap = (self._covered_until, self._since)
        silent_us = self._since - self._covered_until
        _LOG.warning("schwab: connected again; nothing was heard for %.1f s", silent_us / 1e6)
        if silent_us >= self._timing.backfill_gap_s * 1e6:
            if self._filling is not None:
                self._filling.cancel()
            self._filling = asyncio.create_task(self._fill(self._last_gap))

    def _lost(self, connection: Connection) -> None:
        """Keep what the connection leaves behind."""
        self._last_frame = connection.last_frame or self._last_frame
        self._bad_frames += connection.bad_frames
        self._bad_parts += connection.bad_parts
        if self._connected:
            self._covered_until, self._since = self._last_frame, now_us()
        self._connection, self._connected = None, False

    def _off(self, reason: str) -> None:
        self._reason = reason
        _LOG.warning("schwab: %s", reason)

    async def _fill(self, gap: tuple[int, int]) -> None:
        try:
            await self._history.fill(self._symbols, gap, self._queue.put)
        except SourceError as error:
            _LOG.warning("schwab: the gap is not filled: %s", error)
