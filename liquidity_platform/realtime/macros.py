"""What the warehouse knows of the metrics and signals that rules read, for the engine.

A live sidecar hears the newest row of each; a replayed file, which runs on its own clock, all of them in the order in
which they became known, and the engine counts each from its `known_at` on. Without a warehouse the rules that read it
stay unknown and health says why. Belongs here: asking. Keep out: what a row means to a rule (rules/macro.py).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import psycopg

from liquidity_platform.core.errors import LiquidityError, WarehouseUnavailable
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse

MacroRow = tuple[str, date, float | None, str | None, str | None, datetime]  # id, period, value, status, state, known
_METRIC = "metric_id, period, value, status, NULL::text, known_at"
_SIGNAL = "signal_id, period, score, NULL::text, state, known_at"
_NEWEST = f"""
    SELECT DISTINCT ON (1) {_METRIC} FROM derived.metrics_as_of(%(at)s, %(ids)s) ORDER BY metric_id, period DESC;
    SELECT DISTINCT ON (1) {_SIGNAL} FROM derived.signals_as_of(%(at)s, %(ids)s) ORDER BY signal_id, period DESC"""
_ALL = f"""
    SELECT {_METRIC} FROM derived.metrics WHERE metric_id = ANY(%(ids)s) ORDER BY known_at, recorded_at, period;
    SELECT {_SIGNAL} FROM derived.signals WHERE signal_id = ANY(%(ids)s) ORDER BY known_at, recorded_at, period"""


class MacroReader:
    """Rows of one warehouse. It blocks: call it on a thread of its own, one call at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._warehouse: Warehouse | None = None

    def newest(self, ids: Iterable[str], at: datetime) -> list[MacroRow]:
        """The newest period of each id as known at `at`. Raises LiquidityError."""
        return self._rows(_NEWEST, {"ids": sorted(ids), "at": at})

    def all(self, ids: Iterable[str]) -> list[MacroRow]:
        """Every row of each id, in the order in which they became known. Raises LiquidityError."""
        return self._rows(_ALL, {"ids": sorted(ids)})

    def close(self) -> None:
        """Give the warehouse back."""
        if self._warehouse is not None:
            self._warehouse.close()
            self._warehouse = None

    def _rows(self, statements: str, given: dict[str, Any]) -> list[MacroRow]:
        try:
            url = self._open().plain_url(reader=True)
            with psycopg.connect(url, options="-c timezone=UTC", connect_timeout=5) as connection:
                found: list[MacroRow] = []
                for statement in statements.split(";"):
                    found += connection.execute(statement, given).fetchall()
                return found
        except psycopg.Error as error:
            self.close()
            said = (error.diag.message_primary or str(error)).strip().splitlines()
            raise WarehouseUnavailable(f"rules that read metrics wait for the warehouse: {said[-1]}") from None

    def _open(self) -> Warehouse:
        if self._warehouse is None:
            found = self._settings
            if found.warehouse.url is None and not (found.data_home / "postgres").exists():
                raise LiquidityError("rules that read metrics wait for a warehouse: run `liquidity demo`")
            self._warehouse = open_warehouse(found)
        return self._warehouse
