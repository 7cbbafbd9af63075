"""What the API asks of the sidecar: instruments, rules, alerts (see api.app.Desk).

Belongs here: answers, and changes in their order: written first, then evaluated. Keep out: routes and shapes (api),
how the sidecar runs (sidecar.py).
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from liquidity_platform.catalog.instruments import find_instrument
from liquidity_platform.core.errors import UsageError
from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.api.errors import ApiError
from liquidity_platform.realtime.api.hub import Hub
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.health import Standing
from liquidity_platform.realtime.journal import reading
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.watching import drop_rule, ensure_instruments, explained, parsed, save_rule

Result = TypeVar("Result")
PATIENCE_S = 5.0


class SidecarDesk:
    """Answers from the journal and the engine. `ids`: catalog id -> the journal's, shared with the sidecar."""

    def __init__(
        self, reader: sqlite3.Connection, writer: Writer, evaluator: Evaluator, ids: dict[str, int], hub: Hub,
        standing: Standing, changed: Callable[[], None], clock: Callable[[], int],
    ) -> None:  # fmt: skip
        """`changed` is called when a rule was taken or dropped."""
        self.hub, self.health, self.metrics = hub, standing.health, standing.metrics
        self._reader, self._writer, self._evaluator, self._ids = reader, writer, evaluator, ids
        self._changed, self._clock = changed, clock
        self._words: dict[int, tuple[int, str]] = {}  # a rule's version in plain words

    async def instruments(self) -> list[dict[str, Any]]:
        """See Desk."""
        return reading.instruments(self._reader)

    async def watch(self, name: str) -> dict[str, Any]:
        """See Desk."""
        try:
            line = find_instrument(name)
        except UsageError as error:
            raise ApiError(422, str(error)) from None
        if line.id not in self._ids:
            self._ids.update(await self._write(lambda connection: ensure_instruments(connection, [line])))
        return next(each for each in reading.instruments(self._reader) if each["instrument"] == line.id)

    @property
    def _names(self) -> dict[int, str]:
        return {number: name for name, number in self._ids.items()}

    async def rules(self) -> list[dict[str, Any]]:
        """See Desk."""
        return [self._shown(row) for row in self._evaluator.rows()]

    async def rule(self, number: int) -> dict[str, Any]:
        """See Desk."""
        row = self._evaluator.row(number)
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
        instrument, now = self._ids.get(rule.instrument), self._clock()
        if instrument is None:
            raise ApiError(422, f"{rule.instrument} is not watched: POST /api/instruments first")
        made = await self._write(lambda connection: save_rule(connection, rule, definition, instrument, now, number))
        row = None if made is None else reading.rule(self._reader, made)
        if made is None or row is None:
            raise ApiError(404, f"no rule {number or made}")
        self._evaluator.take(made, rule, row)
        self._changed()
        return self._shown(row)

    async def drop_rule(self, number: int) -> None:
        """See Desk."""
        now = self._clock()
        if not await self._write(lambda connection: drop_rule(connection, number, now)):
            raise ApiError(404, f"no rule {number}")
        self._evaluator.drop(number)
        self._changed()

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
        """What `job` returns when it is committed; 503, and it will never be done, when the file takes too long."""
        future = self._writer.submit(job)
        done, _ = await asyncio.wait({asyncio.wrap_future(future)}, timeout=PATIENCE_S)
        if not done and self._writer.withdraw(future):
            raise ApiError(503, "the journal cannot be written now; nothing was changed")
        return await asyncio.wrap_future(future)
