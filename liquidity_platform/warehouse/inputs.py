"""The rows that one input of a metric had at an instant: the newest of the days that may be read, or all of them.

Belongs here: those queries, for series, closes and metrics. Keep out: which days may be read (derived), formatting.
A series' blank is passed over, as the engine does; a metric's NULL is an answer, and so is a row that the gate holds.
"""

from datetime import date, datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT

READ = {
    "source": pl.String(), "period": pl.Date(), "value": pl.Float64(), "unit": pl.String(), "known_at": INSTANT,
    "status": pl.String(), "sha256": pl.String(),
}  # fmt: skip
_NEWEST = "ORDER BY period DESC LIMIT %s"  # NULL is no limit
Days = tuple[date, date]  # the oldest and the newest


def _read(connection: psycopg.Connection, query: str, parameters: list[object]) -> pl.DataFrame:
    """Few rows, newest first: over the connection that is open, where `pull` would open another."""
    rows = connection.execute(query.encode(), parameters).fetchall()
    return pl.DataFrame(rows, schema=READ, orient="row")


def series_read(
    connection: psycopg.Connection, series: str, days: Days, at: datetime, most: int | None = 1
) -> pl.DataFrame:
    """READ columns, `most` rows (None: all), newest first; status is the row's known_basis, or held_back."""
    return _read(
        connection,
        "SELECT o.series_id, o.period, t.value, s.unit, t.known_at, t.known_basis, p.sha256 "
        "FROM raw.observations_as_of(%s, ARRAY[%s]) o JOIN meta.series s USING (series_id) "
        "JOIN raw.observations_gated_as_of(%s, ARRAY[%s]) t USING (series_id, period) "
        "LEFT JOIN raw.payloads p ON p.payload_id = o.payload_id "
        f"WHERE o.value IS NOT NULL AND o.period BETWEEN %s AND %s {_NEWEST}",
        [at, series, at, series, *days, most],
    )


def metric_read(
    connection: psycopg.Connection, metric: str, version: int, days: Days, at: datetime, most: int | None = 1
) -> pl.DataFrame:
    """The same of a metric, which has no payload of its own; its unit is NULL."""
    return _read(
        connection,
        "SELECT metric_id, period, value, NULL::text AS unit, known_at, status, NULL::text AS sha256 "
        "FROM derived.metrics_as_of(%s, ARRAY[%s]) "
        f"WHERE definition_version = %s AND period BETWEEN %s AND %s {_NEWEST}",
        [at, metric, version, *days, most],
    )


def close_read(
    connection: psycopg.Connection, name: str, source: str, instrument: str, days: Days, at: datetime,
    most: int | None = 1,
) -> pl.DataFrame:  # fmt: skip
    """The same of an instrument's daily closes by one provider, called `name`."""
    return _read(
        connection,
        "SELECT %s::text AS source, (b.bar_start AT TIME ZONE i.zone)::date AS period, b.close::float8, i.currency, "
        "b.known_at, b.known_basis, p.sha256 FROM raw.bars_as_of(%s, ARRAY[%s]) b "
        "JOIN meta.instruments i USING (instrument_id) LEFT JOIN raw.payloads p USING (payload_id) "
        "WHERE b.source_id = %s AND b.\"interval\" = '1d' AND b.close IS NOT NULL "
        f"AND (b.bar_start AT TIME ZONE i.zone)::date BETWEEN %s AND %s {_NEWEST}",
        [name, at, instrument, source, *days, most],
    )
