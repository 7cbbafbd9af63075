"""What rules read of the warehouse, asked again and again and told to the engine.

Belongs here: when to ask, what is new. Keep out: the questions (macros.py), what a row means (rules/macro.py).
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.macros import MacroReader, MacroRow

EVERY_S, RETRY_S = 15.0, 2.0


class Hearing:
    """Metrics and signals as heard. `replayed`: every row there ever was, for a clock that is not ours."""

    def __init__(self, reader: MacroReader, replayed: bool, clock: Callable[[], int]) -> None:
        self.newest: dict[str, MacroRow] = {}
        self.rows: list[MacroRow] = []  # all that a replay heard
        self.fault: str | None = None
        self.wanted = asyncio.Event()  # set it when a rule may read something new
        self._reader, self._replayed, self._clock, self._asking = reader, replayed, clock, asyncio.Lock()

    async def go_on(self, evaluator: Evaluator) -> None:
        """Hear for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):  # 3.11's wait_for swallows a cancel that meets it
                    await self.wanted.wait()
            self.wanted.clear()
            await self.hear(evaluator)

    async def all_heard(self, evaluator: Evaluator) -> None:
        """Wait until the warehouse has answered what rules read."""
        while not await self.hear(evaluator):
            await asyncio.sleep(RETRY_S)

    async def hear(self, evaluator: Evaluator) -> bool:
        """Ask the warehouse for what rules read, and tell the engine what is new; False when it did not answer."""
        ids = evaluator.macros()
        try:
            async with self._asking:
                rows = await asyncio.to_thread(self._asked, ids) if ids else []
        except LiquidityError as error:
            self.fault = str(error)
            return False
        self.fault = None
        self.rows += rows if self._replayed else []
        for row in rows:
            evaluator.on_macro(*row)
        if rows:
            evaluator.keep()  # what was heard is in no journal: it must not be forgotten while its effects stand
        return True

    def _asked(self, ids: set[str]) -> list[MacroRow]:
        if self._replayed:
            fresh = ids - self.newest.keys()
            found = self._reader.all(fresh) if fresh else []
        else:
            at = datetime.fromtimestamp(self._clock() / 1e6, UTC)
            found = [row for row in self._reader.newest(ids, at) if self.newest.get(row[0]) != row]
        self.newest.update({row[0]: row for row in found})
        return found

    async def close(self) -> None:
        """Give the warehouse back."""
        await asyncio.to_thread(self._reader.close)
