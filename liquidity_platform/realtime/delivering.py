"""Sending what the ledger says is due, channel by channel, until each delivery has come to its end.

What was pending when the process died is found in the ledger at the start, and sent. A channel that is slow or down
delays only its own deliveries.
Belongs here: the loop of each channel. Keep out: how a channel sends (channels/), the states (alerts.ledger).
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.channels.contract import Channel, Outcome
from liquidity_platform.realtime.journal import reading
from liquidity_platform.realtime.journal.opening import connect
from liquidity_platform.realtime.journal.writing import Writer


def now_us() -> int:
    """The wall clock, microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


class Deliverer:
    """Runs a task a channel. `hint` makes them look at once; otherwise they look when the next try is due."""

    def __init__(
        self, path: Path, writer: Writer, channels: Sequence[Channel], *,
        look_s: float = 1.0, clock: Callable[[], int] = now_us,
    ) -> None:  # fmt: skip
        """`look_s`: how long a channel rests when nothing told it to look."""
        self.channels = {channel.name: channel for channel in channels}
        self._path, self._writer, self._look_s, self._clock = path, writer, look_s, clock
        self.troubles: dict[str, str] = {}  # channel -> what its last try met, until one succeeds
        self.counts = {"sent": 0, "failed": 0, "dead": 0}  # tries, by what came of them
        self._wake = {name: asyncio.Event() for name in self.channels}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Deliverer":
        self._tasks = [
            asyncio.create_task(self._serve(channel), name=f"channel {channel.name}")
            for channel in self.channels.values()
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self.channels.values():
            await channel.close()

    def hint(self) -> None:
        """Something new is pending."""
        for event in self._wake.values():
            event.set()

    async def _serve(self, channel: Channel) -> None:
        reader = connect(self._path)
        with contextlib.closing(reader):
            while True:
                self._wake[channel.name].clear()
                if channel.ready() and (due := ledger.due_now(reader, channel.name, self._clock(), channel.parallel)):
                    await asyncio.gather(*(self._try(channel, reader, one) for one in due))
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._look_s):  # 3.11's wait_for swallows a cancel that meets a wake
                        await self._wake[channel.name].wait()

    async def _try(self, channel: Channel, reader: sqlite3.Connection, one: ledger.Due) -> None:
        """One try, written down before the next begins."""
        alert = reading.alert(reader, one.alert_id)
        assert alert is not None
        outcome = await _sent(channel, alert, one.key)
        now = self._clock()
        self._judge(channel.name, outcome, one)

        def write(connection: sqlite3.Connection) -> None:
            if outcome.taken:
                ledger.sent(connection, one, now)
            elif outcome.final:
                ledger.refuse(connection, one, now, outcome.reason or "refused")
            else:
                ledger.failed(connection, one, now, outcome.reason or "not taken", outcome.wait_s)

        await asyncio.wrap_future(self._writer.submit(write))

    def _judge(self, name: str, outcome: Outcome, one: ledger.Due) -> None:
        if outcome.taken:
            self.troubles.pop(name, None)
        else:
            self.troubles[name] = f"channel {name}: {outcome.reason or 'not taken'}"
        last = outcome.final or one.attempts + 1 >= ledger.MAX_ATTEMPTS
        self.counts["sent" if outcome.taken else "dead" if last else "failed"] += 1


async def _sent(channel: Channel, alert: Mapping[str, Any], key: str) -> Outcome:
    try:
        return await channel.send(alert, key)
    except Exception as error:  # a channel's own fault must not end its loop; its kind says enough, it may hold secrets
        return Outcome(False, f"the channel failed ({type(error).__name__})")
