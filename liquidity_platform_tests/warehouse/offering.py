"""Offers to a warehouse and answers from it, in one line each.

Belongs here: what tests of the append rules share. Keep out: assertions.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import WriteReport, append_observations

SERIES = "fed.total_assets"
EVERYTHING = Window(2002, 2030)
REAL = Clock()
Row = tuple[date, float | None, datetime, str]  # period, value, known_at, basis


def instant(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


@dataclass
class Publisher:
    """Answers of one publisher for one series, offered on a connection."""

    connection: psycopg.Connection
    series: str = SERIES
    source: str = "fred"
    window: Window = EVERYTHING
    clock: Clock = REAL

    def offers(self, rows: Iterable[Row], fetched_at: datetime, pages: int = 1) -> WriteReport:
        """Append what one ask at `fetched_at` brought, spread over `pages` payloads."""
        ids = [str(uuid.uuid4()) for _ in range(pages)]
        listed = list(rows)
        frame = pl.DataFrame(
            [
                (self.series, period, known_at, value, basis, self.source, fetched_at, ids[place % pages], "run")
                for place, (period, value, known_at, basis) in enumerate(listed)
            ],
            schema={**OFFERED, "known_at": INSTANT, "fetched_at": INSTANT}, orient="row",
        )  # fmt: skip
        payloads = [payload(self.series, self.source, fetched_at, each) for each in ids]
        found = append_observations(self.connection, frame, payloads, self.window, self.clock)
        return found.get(self.series, WriteReport())

    def says(self, value: float | None, fetched_at: datetime, period: date, released: datetime) -> WriteReport:
        """One value, proposed as known since its release (or since the fetch when that is earlier)."""
        early = fetched_at < released
        return self.offers(
            [(period, value, min(released, fetched_at), "fetched" if early else "release_rule")], fetched_at
        )

    def silent(self, fetched_at: datetime) -> None:
        """An accepted answer without any row."""
        append_observations(
            self.connection,
            pl.DataFrame(schema=OFFERED),
            [payload(self.series, self.source, fetched_at)],
            self.window,
            self.clock,
        )

    def as_of(self, at: datetime, period: date) -> float | None:
        found = self.connection.execute(
            "SELECT value FROM raw.observations_as_of(%s, %s) WHERE period = %s", [at, [self.series], period]
        ).fetchall()
        assert len(found) == 1, f"{len(found)} rows for {period} as of {at}"
        return found[0][0]

    def history(self) -> list[tuple[Any, ...]]:
        """Every row: value, known_at, known_basis, in order of knowledge."""
        return self.connection.execute(
            "SELECT value, known_at, known_basis FROM raw.observations WHERE series_id = %s "
            "ORDER BY period, known_at, recorded_at", [self.series],
        ).fetchall()  # fmt: skip


def payload(series: str, source: str, fetched_at: datetime, payload_id: str | None = None) -> dict[str, Any]:
    """A row for raw.payloads."""
    return {
        "payload_id": payload_id or str(uuid.uuid4()), "sha256": "0" * 64, "bytes": 1, "source_id": source,
        "series_id": series, "request": "test", "fetched_at": fetched_at, "uri": "00/0.gz", "accepted": True,
        "run_id": "run",
    }  # fmt: skip
