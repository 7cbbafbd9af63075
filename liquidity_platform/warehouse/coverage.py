"""What is held of series and universes, counted.

Belongs here: those queries. Keep out: which periods were due (catalog), the page (report).
"""

from datetime import date

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.warehouse.staging import pull

HELD = {
    "series_id": pl.String(), "first_period": pl.Date(), "newest_period": pl.Date(), "periods": pl.Int64(),
    "blanks": pl.Int64(), "longest_gap_days": pl.Int64(), "vintages": pl.Int64(), "later_rows": pl.Int64(),
    "first_known_at": INSTANT, "dated_share": pl.Float64(),
}  # fmt: skip
_HELD = """
SELECT h.series_id, h.first_period, h.newest_period, h.periods, h.blanks, h.longest_gap, r.vintages,
    r.rows - h.periods - h.blanks AS later_rows, r.first_known_at, 100.0::float8 * r.dated / r.rows AS dated_share
FROM (
    SELECT series_id, min(period) FILTER (WHERE value IS NOT NULL) AS first_period,
        max(period) FILTER (WHERE value IS NOT NULL) AS newest_period,
        count(*) FILTER (WHERE value IS NOT NULL) AS periods, count(*) FILTER (WHERE value IS NULL) AS blanks,
        max(gap)::bigint AS longest_gap
    FROM (
        SELECT series_id, period, value,
            CASE WHEN value IS NOT NULL THEN period - max(period) FILTER (WHERE value IS NOT NULL) OVER (
                PARTITION BY series_id ORDER BY period ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS gap
        FROM raw.observation_heads) dated
    GROUP BY series_id) h
JOIN (
    SELECT series_id, count(*) AS rows, count(*) FILTER (WHERE known_basis = 'vintage') AS vintages,
        count(*) FILTER (WHERE known_basis IN ('vintage', 'release_rule')) AS dated, min(known_at) AS first_known_at
    FROM raw.observations GROUP BY series_id) r USING (series_id)
ORDER BY h.series_id
"""
PERIODS = {"series_id": pl.String(), "period": pl.Date()}


def held_of_series(connection: psycopg.Connection) -> pl.DataFrame:
    """One row a series of which anything is held, HELD columns; gaps are days between numbers."""
    return pull(connection, _HELD, [], HELD)


def periods_since(connection: psycopg.Connection, day: date) -> pl.DataFrame:
    """Every period held from `day` on, blanks included, PERIODS columns."""
    return pull(connection, "SELECT series_id, period FROM raw.observation_heads WHERE period >= %s", [day], PERIODS)


def held_of_universes(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """Rows of marts.universe_coverage; none before it was built."""
    there = connection.execute("SELECT to_regclass('marts.universe_coverage')").fetchone()
    if there is None or there[0] is None:
        return []
    return connection.execute(
        "SELECT universe_id, members, covered, missing, bars, first_day, newest_day, first_known_at "
        "FROM marts.universe_coverage ORDER BY universe_id"
    ).fetchall()
