"""Every row of a fact, in the order it became known.

Belongs here: the queries that show rows one after the other, each with the payload it was read from.
Keep out: answers as of an instant (read.py), what changed since one (changes.py), the archived bytes (sources),
formatting.
"""

from datetime import date, datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.warehouse.staging import pull

VINTAGES = {
    "series": pl.String(), "period": pl.Date(), "value": pl.Float64(), "unit": pl.String(), "known_at": INSTANT,
    "known_basis": pl.String(), "recorded_at": INSTANT, "source": pl.String(), "sha256": pl.String(),
    "run": pl.String(), "payload_id": pl.String(), "fetched_at": INSTANT, "request": pl.String(), "uri": pl.String(),
}  # fmt: skip
STEPS = {
    "metric": pl.String(), "period": pl.Date(), "value": pl.Float64(), "status": pl.String(), "known_at": INSTANT,
    "recorded_at": INSTANT, "definition_version": pl.Int32(), "inputs_hash": pl.String(), "run": pl.String(),
}  # fmt: skip
_KNOWN = "known_at <= coalesce(%s, 'infinity'::timestamptz)"
_OF_PERIOD = "(%s::date IS NULL OR period = %s::date)"


def series_history(
    connection: psycopg.Connection, series: str, period: date | None, at: datetime | None
) -> pl.DataFrame:
    """Every row of one series (of one period) known at `at` (None: now), VINTAGES columns, in order of knowledge.

    A row whose payload is not in the index has no sha256, request and uri: that is for the caller to report.
    """
    return pull(
        connection,
        "SELECT o.series_id, o.period, o.value, s.unit, o.known_at, o.known_basis, o.recorded_at, o.source_id, "
        "p.sha256, o.run_id, o.payload_id::text, o.fetched_at, p.request, p.uri "
        f"FROM (SELECT * FROM raw.observations WHERE series_id = %s AND {_OF_PERIOD} AND {_KNOWN}) o "
        "LEFT JOIN raw.payloads p USING (payload_id) LEFT JOIN meta.series s ON s.series_id = o.series_id "
        "ORDER BY o.period, o.known_at, o.recorded_at",
        [series, period, period, at],
        VINTAGES,
    )


def close_history(
    connection: psycopg.Connection, name: str, source: str, instrument: str, period: date | None, at: datetime | None
) -> pl.DataFrame:
    """The same of an instrument's daily closes by one provider, called `name`; `period` is the trading day."""
    day = "(b.bar_start AT TIME ZONE i.zone)::date"
    return pull(
        connection,
        f"SELECT %s::text, {day}, b.close::float8, i.currency, b.known_at, b.known_basis, b.recorded_at, b.source_id, "
        "p.sha256, b.run_id, b.payload_id::text, b.fetched_at, p.request, p.uri "
        "FROM raw.bars b JOIN meta.instruments i USING (instrument_id) LEFT JOIN raw.payloads p USING (payload_id) "
        "WHERE b.instrument_id = %s AND b.source_id = %s AND b.\"interval\" = '1d' "
        f"AND (%s::date IS NULL OR {day} = %s::date) AND {_KNOWN} ORDER BY b.bar_start, b.known_at, b.recorded_at",
        [name, instrument, source, period, period, at],
        VINTAGES,
    )


def metric_history(
    connection: psycopg.Connection, metric: str, period: date | None, at: datetime | None
) -> pl.DataFrame:
    """Every step of one metric (of one period), whatever its definition's version, STEPS columns."""
    return pull(
        connection,
        "SELECT metric_id, period, value, status, known_at, recorded_at, definition_version, inputs_hash, run_id "
        f"FROM derived.metrics WHERE metric_id = %s AND {_OF_PERIOD} AND {_KNOWN} "
        "ORDER BY period, known_at, recorded_at, definition_version",
        [metric, period, period, at],
        STEPS,
    )


def signal_history(
    connection: psycopg.Connection, signal: str, period: date | None, at: datetime | None
) -> pl.DataFrame:
    """Every step of one signal in the shape of a metric's: the score as value, the state as status, STEPS columns."""
    return pull(
        connection,
        "SELECT signal_id, period, score, state, known_at, recorded_at, definition_version, md5(inputs::text), run_id "
        f"FROM derived.signals WHERE signal_id = %s AND {_OF_PERIOD} AND {_KNOWN} "
        "ORDER BY period, known_at, recorded_at, definition_version",
        [signal, period, period, at],
        STEPS,
    )


def nearest_periods(connection: psycopg.Connection, name: str, period: date) -> list[date]:
    """The periods held on either side of `period`, of the series, metric or signal called `name`; at most two."""
    row = connection.execute(
        "SELECT max(period) FILTER (WHERE period <= %(day)s), min(period) FILTER (WHERE period > %(day)s) "
        "FROM (SELECT period FROM raw.observations WHERE series_id = %(name)s "
        "UNION ALL SELECT period FROM derived.metrics WHERE metric_id = %(name)s "
        "UNION ALL SELECT period FROM derived.signals WHERE signal_id = %(name)s) held",
        {"name": name, "day": period},
    ).fetchone()
    return [held for held in row or () if held is not None]
