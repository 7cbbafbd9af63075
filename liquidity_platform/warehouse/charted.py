"""Rows that charts are drawn from: a signal's states, and everything held of a revised series' newest years.

Belongs here: those queries. Keep out: drawing (report), which series and signals are drawn (automation).
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.warehouse.staging import pull

STATES = {"period": pl.Date(), "state": pl.String(), "known_at": INSTANT}
REVISED = {
    "series_id": pl.String(), "title": pl.String(), "unit": pl.String(), "period": pl.Date(), "value": pl.Float64(),
    "known_at": INSTANT,
}  # fmt: skip
_UNTIL = "coalesce(%(at)s, 'infinity'::timestamptz)"


def regime_states(connection: psycopg.Connection, signal: str, at: datetime | None = None) -> pl.DataFrame:
    """States of a signal's newest definition known at `at` (None: now), oldest first, STATES columns."""
    return pull(
        connection,
        f"SELECT period, state, known_at FROM derived.signals_as_of({_UNTIL}, ARRAY[%(signal)s::text]) "
        "WHERE definition_version = (SELECT max(definition_version) FROM derived.signals WHERE signal_id = %(signal)s) "
        "ORDER BY period",
        {"at": at, "signal": signal},
        STATES,
    )


def revised_rows(
    connection: psycopg.Connection, series: Sequence[str], years: int, at: datetime | None = None
) -> pl.DataFrame:
    """Every row of `series` known at `at`, of the last `years` before the newest period of each, REVISED columns.

    In the order of `series`; a series of which nothing was ever said twice has no rows.
    """
    return pull(
        connection,
        "SELECT o.series_id, s.title, s.unit, o.period, o.value, o.known_at FROM raw.observations o "
        "JOIN meta.series s USING (series_id) JOIN (SELECT series_id, max(period) AS period FROM raw.observations "
        f"WHERE series_id = ANY (%(series)s) AND known_at <= {_UNTIL} AND value IS NOT NULL GROUP BY series_id "
        ") newest ON newest.series_id = o.series_id "
        f"WHERE o.series_id = ANY (%(series)s) AND o.known_at <= {_UNTIL} "
        "AND o.period > newest.period - make_interval(years => %(years)s) "
        "ORDER BY array_position(%(series)s, o.series_id), o.period, o.known_at, o.recorded_at",
        {"at": at, "series": list(series), "years": years},
        REVISED,
    )
