"""The sidecar, put together: feed -> normalizer -> rules -> ledger -> channels, and the desk the API asks.

Belongs here: the order in which the parts start, run and end. Keep out: what each part does.
"""

import asyncio
import contextlib
import dataclasses
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from liquidity_platform.catalog.instruments import INSTRUMENTS, find_instrument
from liquidity_platform.core.errors import LiquidityError, UsageError
from liquidity_platform.core.instants import iso
from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.api.errors import ApiError
from liquidity_platform.realtime.api.hub import Hub, health_status
from liquidity_platform.realtime.channels.contract import Channel
from liquidity_platform.realtime.channels.people import Apprise
from liquidity_platform.realtime.channels.webhook import Webhook
from liquidity_platform.realtime.delivering import Deliverer, now_us
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.feeds.choosing import feed_of
from liquidity_platform.realtime.feeds.contract import Feed, FeedHealth, RawUpdate
from liquidity_platform.realtime.journal import keeping, moving, reading
from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.macros import MacroReader, MacroRow
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.settings import SidecarSettings
from liquidity_platform.realtime.watching import DEFAULT, drop_rule, ensure_instruments, explained, parsed, save_rule

Result = TypeVar("Result")
TIME_S, HEALTH_S, KEEP_S, MACRO_S, RETRY_S, BREATH_S = 0.25, 5.0, 300.0, 15.0, 2.0, 0.02


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
        self._macros, self._wanted, self._asking = macros, asyncio.Event(), asyncio.Lock()
        self._heard: dict[str, MacroRow] = {}
        self._words: dict[int, tuple[int, str]] = {}  # a rule's version in plain words
        self._rows: list[MacroRow] = []  # all that a replay heard

    async def __aenter__(self) -> "Sidecar":
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
        await self.deliverer.__aenter__()
        self._begin("clock", self._every(TIME_S, self._pass_time))
        self._begin("health", self._every(HEALTH_S, lambda: self.hub.say(health_status(self.health()))))
        self._begin("state", self._every(KEEP_S, self.evaluator.keep))
        self._begin("retention", self._clean())
        self._begin("macros", self._keep_hearing())
        if self._feed is not None:
            self._begin("feed", self._run_feed(self._feed))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(asyncio.wrap_future(self.evaluator.keep()), 10)
        await self.deliverer.__aexit__()
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self._macros.close)
        self._reader.close()

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
            self.evaluator.begin_anew(self._rows)

    def _pass_time(self) -> None:
        if self._settings.feed != "replay":  # a replayed file has a clock of its own: its ticks
            self.evaluator.on_time(self._clock())

    async def _run_feed(self, feed: Feed) -> None:
        """A replay waits for what its rules read: the same file gives the same alerts, whenever the warehouse comes."""
        while self._settings.feed == "replay" and not await self._hear():
            await asyncio.sleep(RETRY_S)
        await feed.run(self._deliver)

    async def _keep_hearing(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), MACRO_S)
            self._wanted.clear()
            await self._hear()

    async def _hear(self) -> bool:
        """Ask the warehouse for what rules read, and tell the engine what is new; False when it did not answer."""
        ids = self.evaluator.macros()
        try:
            async with self._asking:
                rows = await asyncio.to_thread(self._asked, ids) if ids else []
        except LiquidityError as error:
            self._faults["macros"] = str(error)
            return False
        self._faults.pop("macros", None)
        self._rows += rows if self._settings.feed == "replay" else []
        for row in rows:
            self.evaluator.on_macro(*row)
        if rows:
            self.evaluator.keep()  # what was heard is in no journal: it must not be forgotten while its effects stand
        return True

    def _asked(self, ids: set[str]) -> list[MacroRow]:
        if self._settings.feed == "replay":
            fresh = ids - self._heard.keys()
            found = self._macros.all(fresh) if fresh else []
        else:
            at = datetime.fromtimestamp(self._clock() / 1e6, UTC)
            found = [row for row in self._macros.newest(ids, at) if self._heard.get(row[0]) != row]
        self._heard.update({row[0]: row for row in found})
        return found

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

    # the desk

    async def instruments(self) -> list[dict[str, Any]]:
        """See Desk."""
        return reading.instruments(self._reader)

    async def watch(self, name: str) -> dict[str, Any]:
        """See Desk."""
        try:
            line = find_instrument(name)
        except UsageError as error:
            raise ApiError(422, str(error)) from None
        if line.id not in self.ids:
            self.ids.update(await self._write(lambda connection: ensure_instruments(connection, [line])))
        return next(each for each in reading.instruments(self._reader) if each["instrument"] == line.id)

    @property
    def _names(self) -> dict[int, str]:
        return {number: name for name, number in self.ids.items()}

    async def rules(self) -> list[dict[str, Any]]:
        """See Desk."""
        return [self._shown(row) for row in self.evaluator.rows()]

    async def rule(self, number: int) -> dict[str, Any]:
        """See Desk."""
        row = self.evaluator.row(number)
        if row is None:
            raise ApiError(404, f"no rule {number}")
        return self._shown(row)

    def _shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        version, words = self._words.get(row["id"], (0, ""))
        if version != row["version"]:
            words = explained(row, self._names)
            self._words[row["id"]] = (row["version"], words)
        return {**row, "explanation": words}

    async def add_rule(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """See Desk."""
        return await self._save(definition, None)

    async def change_rule(self, number: int, definition: Mapping[str, Any]) -> dict[str, Any]:
        """See Desk."""
        await self.rule(number)
        return await self._save(definition, number)

    async def _save(self, definition: Mapping[str, Any], number: int | None) -> dict[str, Any]:
        try:
            rule = parsed(definition, self._names)
        except UsageError as error:
            raise ApiError(422, str(error)) from None
        instrument, now = self.ids.get(rule.instrument), self._clock()
        if instrument is None:
            raise ApiError(422, f"{rule.instrument} is not watched: POST /api/instruments first")
        made = await self._write(lambda connection: save_rule(connection, rule, definition, instrument, now, number))
        row = None if made is None else reading.rule(self._reader, made)
        if made is None or row is None:
            raise ApiError(404, f"no rule {number or made}")
        self.evaluator.take(made, rule, row)
        self._wanted.set()
        return self._shown(row)

    async def drop_rule(self, number: int) -> None:
        """See Desk."""
        now = self._clock()
        if not await self._write(lambda connection: drop_rule(connection, number, now)):
            raise ApiError(404, f"no rule {number}")
        self.evaluator.drop(number)

    async def alerts(self, limit: int, offset: int, suppressed: bool) -> tuple[list[dict[str, Any]], int]:
        """See Desk."""
        return reading.alerts(self._reader, limit, offset, suppressed=suppressed)

    async def missed(self, after: int, limit: int) -> list[dict[str, Any]]:
        """See Desk."""
        return reading.alerts_after(self._reader, after, limit)

    async def acknowledge(self, number: int) -> None:
        """See Desk."""
        now = self._clock()
        if not await self._write(lambda connection: ledger.acknowledge(connection, number, now)):
            raise ApiError(404, f"no alert {number}")

    async def _write(self, job: Callable[[sqlite3.Connection], Result]) -> Result:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.writer.submit(job))), 5)
        raise ApiError(503, self.writer.health.fault or "the journal does not answer")

    def health(self) -> dict[str, Any]:
        """See Desk."""
        feed = self._feed.health() if self._feed else FeedHealth("off", False)
        reasons = [*self._faults.values(), *feed.warnings, *filter(None, [feed.reason, self.writer.health.fault])]
        silent = [each.instrument for each in self.normalizer.missing(list(INSTRUMENTS), self._clock())]
        if silent and feed.connected and self._settings.feed == "schwab":
            reasons.append(f"no tick for too long: {', '.join(silent)}")
        return {
            "status": "degraded" if reasons else "ok", "reasons": reasons, "ingestion_active": feed.connected,
            "last_tick": reading.text_of(self._last_tick), "api_connected": feed.connected,
            "simulated": self._settings.feed == "sim", "feed": dataclasses.asdict(feed),
            "journal": dataclasses.asdict(self.writer.health), "rules": self.evaluator.rules,
            "clients": len(self.hub.clients),
            "macros": {
                name: {"period": period.isoformat(), "value": value, "status": status, "state": state,
                       "known_at": iso(known_at)}
                for name, period, value, status, state, known_at in self._heard.values()
            },
        }  # fmt: skip

    def metrics(self) -> bytes:
        """See Desk."""
        health, counts = self.writer.health, self.normalizer.counts
        values = {
            "ticks_total": counts["ticks"], "ticks_late_total": counts["late"],
            "ticks_duplicate_total": counts["duplicates"], "journal_ticks_total": health.ticks_written,
            "journal_ticks_dropped_total": health.ticks_dropped, "alerts_fired_total": self.evaluator.fired,
            "alerts_suppressed_total": self.evaluator.suppressed, "rules": self.evaluator.rules,
            "clients": len(self.hub.clients), "clients_cut_off_total": self.hub.cut_off,
        }  # fmt: skip
        kinds = {name: "counter" if name.endswith("_total") else "gauge" for name in values}
        lines = (f"# TYPE liquidity_{name} {kinds[name]}\nliquidity_{name} {value}\n" for name, value in values.items())
        return "".join(lines).encode()


def _cleaned(connection: sqlite3.Connection, policy: keeping.Retention, now: int) -> int:
    return keeping.clean_step(connection, policy, now, moving.moved(connection))
