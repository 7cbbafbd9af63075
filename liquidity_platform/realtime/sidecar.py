"""The sidecar, put together: feed -> normalizer -> rules -> ledger -> channels; `desk` answers the API.

Belongs here: the order in which the parts start, run and end. Keep out: what each part does.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.realtime.api.hub import Hub, health_status
from liquidity_platform.realtime.channels.contract import Channel
from liquidity_platform.realtime.channels.people import Apprise
from liquidity_platform.realtime.channels.webhook import Webhook
from liquidity_platform.realtime.delivering import Deliverer, now_us
from liquidity_platform.realtime.desk import SidecarDesk
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.feeds.choosing import feed_of
from liquidity_platform.realtime.feeds.contract import Feed, RawUpdate
from liquidity_platform.realtime.health import Standing
from liquidity_platform.realtime.hearing import Hearing
from liquidity_platform.realtime.journal import keeping, moving
from liquidity_platform.realtime.journal.opening import claim, connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.macros import MacroReader
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.settings import SidecarSettings
from liquidity_platform.realtime.watching import DEFAULT, ensure_instruments

Result = TypeVar("Result")
TIME_S, HEALTH_S, KEEP_S, BREATH_S = 0.25, 5.0, 300.0, 0.02


class Sidecar:
    """One sidecar over one journal; `async with` starts and ends it."""

    def __init__(
        self, settings: SidecarSettings, path: Path, macros: MacroReader, clock: Callable[[], int] = now_us
    ) -> None:
        self.hub, self.normalizer = Hub(), Normalizer()
        self.replayed = 0
        self._settings, self._path, self._clock = settings, path, clock
        self._feed = feed_of(settings, DEFAULT)
        self._tasks: list[asyncio.Task[None]] = []
        self._faults: dict[str, str] = {}
        self._last_tick: int | None = None
        self._hearing = Hearing(macros, settings.feed == "replay", clock)

    async def __aenter__(self) -> "Sidecar":
        self._claimed = claim(self._path)
        open_journal(self._path).dispose()
        self._loop = asyncio.get_running_loop()
        self._reader = connect(self._path)
        self.ids = ensure_instruments(self._reader, DEFAULT)
        channels = self._channels()
        self.writer = Writer(self._path, self.ids, durable=self._settings.durable).__enter__()
        self.deliverer = Deliverer(self._path, self.writer, channels)
        self.hub.joined = self.deliverer.hint
        self.evaluator = Evaluator(
            self.writer, self.ids, [one.name for one in channels],
            self._recorded, self._clock,
        )  # fmt: skip
        self.replayed = self.evaluator.resume(self._reader)
        standing = Standing(
            self._feed, self.normalizer, self.writer, self.evaluator, self._hearing, self.hub, self.deliverer,
            self._faults, lambda: self._last_tick, self._clock,
        )  # fmt: skip
        self.desk = SidecarDesk(
            self._reader, self.writer, self.evaluator, self.ids, self.hub, standing, self._hearing.wanted.set,
            self._clock,
        )  # fmt: skip
        await self.deliverer.__aenter__()
        self._begin("clock", self._every(TIME_S, self._pass_time))
        self._begin("health", self._every(HEALTH_S, lambda: self.hub.say(health_status(self.desk.health()))))
        self._begin("state", self._every(KEEP_S, self.evaluator.keep))
        self._begin("retention", self._clean())
        self._begin("macros", self._hearing.go_on(self.evaluator))
        if self._feed is not None:
            self._begin("feed", self._run_feed(self._feed))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        patience_s = 2.0 if self.writer.health.fault else 10.0
        with contextlib.suppress(TimeoutError):  # the file cannot be written: the ticks in it are evaluated again
            async with asyncio.timeout(patience_s):
                await asyncio.wrap_future(self.evaluator.keep())
        await self.deliverer.__aexit__()
        await asyncio.to_thread(self.writer.close, patience_s)
        await self._hearing.close()
        self._reader.close()
        self._claimed.close()
        if self.writer.health.fault:
            lost = f"{self.writer.health.ticks_waiting:,} ticks and alerts are not written"
            raise LiquidityError(f"{lost}: {self.writer.health.fault}")

    def _recorded(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: what is pending is sent at the next start
            self._loop.call_soon_threadsafe(self.deliverer.hint)

    def _channels(self) -> list[Channel]:
        hooks = [Webhook(name, url.get_secret_value()) for name, url in self._settings.webhooks.items()]
        people = [Apprise(name, url.get_secret_value()) for name, url in self._settings.apprise.items()]
        return [self.hub, *hooks, *people]

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        async def watched() -> None:
            try:
                await work
            except LiquidityError as error:
                self._faults[name] = str(error)
            except Exception as error:  # the rest runs on, health says which part does not
                self._faults[name] = f"{name} ended: {type(error).__name__}: {error}"

        self._tasks.append(asyncio.create_task(watched(), name=name))

    async def _every(self, seconds: float, work: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            work()

    def _deliver(self, raw: RawUpdate) -> None:
        for tick in self.normalizer.ticks(raw):
            if self._last_tick is None and self._settings.feed == "replay":
                self._look_back(tick.event_at)
            self._last_tick = tick.event_at
            self.evaluator.tick(tick)
            if tick.instrument in self.ids:
                self.hub.tick(tick, self.ids[tick.instrument])

    def _look_back(self, began: int) -> None:
        """A file played again, or after a live clock, finds an engine that is ahead of it."""
        if began < self.evaluator.engine.now:
            self.evaluator.begin_anew(self._hearing.rows)

    def _pass_time(self) -> None:
        if self._settings.feed != "replay":  # a replayed file has a clock of its own: its ticks
            self.evaluator.on_time(self._clock())

    async def _run_feed(self, feed: Feed) -> None:
        """A replay waits for what its rules read: the same file gives the same alerts, whenever the warehouse comes."""
        if self._settings.feed == "replay":
            await self._hearing.all_heard(self.evaluator)
        await feed.run(self._deliver)

    async def _clean(self) -> None:
        """Delete what is old in steps, as many as it takes; ticks and alerts are written between two of them."""
        policy = keeping.Retention(self._settings.ticks_days, self._settings.alerts_days)
        while True:
            await asyncio.sleep(self._settings.clean_s)
            gone = keeping.STEP
            while gone >= keeping.STEP // 2:
                step = partial(_cleaned, policy=policy, now=self._clock())
                gone = await asyncio.wrap_future(self.writer.submit(step))
                await asyncio.sleep(BREATH_S)


def _cleaned(connection: sqlite3.Connection, policy: keeping.Retention, now: int) -> int:
    return keeping.clean_step(connection, policy, now, moving.moved(connection))
