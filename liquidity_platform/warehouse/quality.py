"""`ops.series_quality`: how each series did on each day it was asked for.

Belongs here: adding those rows, what they need. Keep out: the formula (quality.score), the mart.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import psycopg

from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.payloads import recorded_at

_COLUMNS = ("series", "arrived", "late", "flags", "blocks", "score")


class DayOf(Protocol):
    """A series on a day."""

    @property
    def series(self) -> str: ...
    @property
    def arrived(self) -> bool: ...
    @property
    def late(self) -> bool: ...
    @property
    def flags(self) -> int: ...
    @property
    def blocks(self) -> int: ...
    @property
    def score(self) -> float: ...


def add_days(
    connection: psycopg.Connection, day: date, seen: Sequence[DayOf], clock: Clock, run_id: str | None
) -> None:
    """Add the rows that say something else than the last row of the same series and day."""
    columns = [[getattr(one, name) for one in seen] for name in _COLUMNS]
    connection.execute(
        "INSERT INTO ops.series_quality (series_id, day, arrived, late, flags, blocks, score, run_id, recorded_at) "
        f"SELECT n.series_id, %s, n.arrived, n.late, n.flags, n.blocks, n.score, %s, {recorded_at(clock)} "
        "FROM unnest(%s::text[], %s::boolean[], %s::boolean[], %s::int[], %s::int[], %s::float8[]) "
        "AS n(series_id, arrived, late, flags, blocks, score) LEFT JOIN LATERAL ("
        "SELECT q.arrived, q.late, q.flags, q.blocks FROM ops.series_quality q WHERE q.series_id = n.series_id "
        "AND q.day = %s ORDER BY q.recorded_at DESC LIMIT 1) q ON true "
        "WHERE (n.arrived, n.late, n.flags, n.blocks) IS DISTINCT FROM (q.arrived, q.late, q.flags, q.blocks) "
        "ON CONFLICT DO NOTHING",
        [day, run_id, *columns, day],
    )


def newest_held(connection: psycopg.Connection, series: Sequence[str]) -> dict[str, date]:
    """The newest period with a number of each of these series; one without any is absent."""
    if not series:
        return {}
    rows = connection.execute(
        "SELECT series_id, max(period) FROM raw.observation_heads WHERE series_id = ANY (%s) AND value IS NOT NULL "
        "GROUP BY 1",
        [list(series)],
    )
    return dict(rows.fetchall())


def last_scores(connection: psycopg.Connection) -> dict[str, float]:
    """The score of each series on the last day it was asked for."""
    rows = connection.execute(
        "SELECT DISTINCT ON (series_id) series_id, score FROM ops.series_quality ORDER BY series_id, day DESC, "
        "recorded_at DESC"
    )
    return dict(rows.fetchall())
