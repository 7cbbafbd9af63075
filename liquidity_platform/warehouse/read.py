"""Reading facts as frames.

Belongs here: the queries rooms above need (inputs of metrics, as-of answers, newest rows, what was asked when).
Keep out: formatting, judgement, writing.
"""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, KNOWN_INPUT
from liquidity_platform.core.window import BEGINNING
from liquidity_platform.warehouse.staging import pull

METRIC = {
    "metric": pl.String(), "period": pl.Date(), "value": pl.Float64(), "status": pl.String(), "known_at": INSTANT,
}  # fmt: skip


def known_observations(connection: psycopg.Connection, series: Sequence[str]) -> pl.DataFrame:
    """Every known row of `series` as KNOWN_INPUT (status NULL): per (series, period, known_at) the last recorded."""
    return pull(
        connection,
        "SELECT DISTINCT ON (series_id, period, known_at) series_id, period, known_at, value, NULL::text "
        "FROM raw.observations WHERE series_id = ANY (%s) ORDER BY series_id, period, known_at, recorded_at DESC",
        [list(series)],
        KNOWN_INPUT,
    )


def known_closes(connection: psycopg.Connection, name: str, source: str, instrument: str) -> pl.DataFrame:
    """Every known daily close of `instrument` by `source` as KNOWN_INPUT under `name`; periods are trading days."""
    return pull(
        connection,
        "SELECT DISTINCT ON (b.bar_start, b.known_at) %s::text AS id, (b.bar_start AT TIME ZONE i.zone)::date, "
        "b.known_at, b.close::float8, NULL::text AS status "
        "FROM raw.bars b JOIN meta.instruments i USING (instrument_id) "
        "WHERE b.instrument_id = %s AND b.source_id = %s AND b.interval = '1d' "
        "ORDER BY b.bar_start, b.known_at, b.recorded_at DESC",
        [name, instrument, source],
        KNOWN_INPUT,
    )


def stored_values(connection: psycopg.Connection, series: str, at: datetime | None = None) -> pl.DataFrame:
    """What is known at `at` (None: now) of one series: period, value (blanks left out)."""
    return pull(
        connection,
        "SELECT period, value FROM raw.observations_as_of(coalesce(%s, 'infinity'::timestamptz), ARRAY[%s]) "
        "WHERE value IS NOT NULL",
        [at, series],
        {"period": pl.Date(), "value": pl.Float64()},
    )


def stored_closes(connection: psycopg.Connection, instrument: str, source: str, interval: str) -> pl.DataFrame:
    """What is known now of an instrument's closes by one source: bar_start, close (blanks left out)."""
    return pull(
        connection,
        "SELECT bar_start, close::float8 FROM raw.bars_as_of('infinity', ARRAY[%s]) "
        "WHERE source_id = %s AND interval = %s AND close IS NOT NULL",
        [instrument, source, interval],
        {"bar_start": INSTANT, "close": pl.Float64()},
    )


def last_asks(connection: psycopg.Connection, series: Sequence[str]) -> dict[str, datetime]:
    """When each series' publisher last gave an accepted answer; a series never loaded from its beginning is absent."""
    rows = connection.execute(
        "SELECT series_id, max(fetched_at) FROM raw.payloads WHERE accepted AND series_id = ANY (%s) "
        "GROUP BY 1 HAVING min(known_from) <= %s",
        [list(series), BEGINNING],
    )
    return dict(rows)


def answered(connection: psycopg.Connection) -> set[str]:
    """Ids of the series of which any answer was ever accepted, whatever it held."""
    rows = connection.execute("SELECT DISTINCT series_id FROM raw.payloads WHERE accepted").fetchall()
    return {row[0] for row in rows}


def pending(connection: psycopg.Connection) -> dict[str, int]:
    """How many answers of each series wait in quarantine; a series without any is absent."""
    asked = "SELECT series_id, count(*) FROM ops.quarantine WHERE status = 'pending' GROUP BY 1"
    return dict(connection.execute(asked).fetchall())


def last_vintage_asks(connection: psycopg.Connection, series: Sequence[str], mark: str) -> dict[str, datetime]:
    """When each series' publisher last told its vintages to a load that wrote all of them; absent without such a load.

    `mark` is what a request for vintages holds. A load of past years alone (its windows end before its fetch) writes
    theirs only.
    """
    rows = connection.execute(
        "SELECT series_id, max(fetched_at) FROM raw.payloads WHERE accepted AND series_id = ANY (%s) "
        "AND known_to > fetched_at AND strpos(request, %s) > 0 GROUP BY 1",
        [list(series), mark],
    )
    return dict(rows)


def metrics_as_of(connection: psycopg.Connection, versions: dict[str, int], at: datetime | None = None) -> pl.DataFrame:
    """Rows of the metrics (id -> definition version) known at `at` (None: now), METRIC columns, oldest first."""
    return pull(
        connection,
        "SELECT metric_id, period, value, status, known_at "
        "FROM derived.metrics_as_of(coalesce(%s, 'infinity'::timestamptz), %s) m "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = m.metric_id AND v.version = m.definition_version "
        "ORDER BY metric_id, period",
        [at, list(versions), list(versions), list(versions.values())],
        METRIC,
    )


def known_metrics(connection: psycopg.Connection, versions: dict[str, int]) -> pl.DataFrame:
    """Every step of the metrics (id -> definition version) as KNOWN_INPUT: what was recorded last of each."""
    return pull(
        connection,
        "SELECT DISTINCT ON (metric_id, period, known_at) metric_id, period, known_at, value, status "
        "FROM derived.metrics m "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = m.metric_id AND v.version = m.definition_version "
        "ORDER BY metric_id, period, known_at, recorded_at DESC",
        [list(versions), list(versions.values())],
        KNOWN_INPUT,
    )


SIGNAL = {**METRIC, "confidence": pl.Float64(), "inputs": pl.String()}


def signals_as_of(connection: psycopg.Connection, versions: dict[str, int], at: datetime | None = None) -> pl.DataFrame:
    """Rows of the signals (id -> definition version) known at `at` (None: now), SIGNAL columns, oldest first.

    The score stands as value, the state as status, inputs are JSON.
    """
    return pull(
        connection,
        "SELECT signal_id, period, score, state, known_at, confidence, inputs::text "
        "FROM derived.signals_as_of(coalesce(%s, 'infinity'::timestamptz), %s) s "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = s.signal_id AND v.version = s.definition_version "
        "ORDER BY signal_id, period",
        [at, list(versions), list(versions), list(versions.values())],
        SIGNAL,
    )


def last_recorded(
    connection: psycopg.Connection, metrics: Sequence[str], signals: dict[str, int]
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """When the last row of each metric, and of each signal (id -> definition version), was written down."""
    of_metrics = connection.execute(
        "SELECT metric_id, max(recorded_at) FROM derived.metrics WHERE metric_id = ANY (%s) GROUP BY 1", [list(metrics)]
    ).fetchall()
    of_signals = connection.execute(
        "SELECT signal_id, max(recorded_at) FROM derived.signals s "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = s.signal_id AND v.version = s.definition_version "
        "GROUP BY 1",
        [list(signals), list(signals.values())],
    ).fetchall()
    return dict(of_metrics), dict(of_signals)


NEWEST = {
    "series_id": pl.String(), "period": pl.Date(), "value": pl.Float64(), "known_at": INSTANT,
    "known_basis": pl.String(), "source": pl.String(),
}  # fmt: skip


def newest_observations(connection: psycopg.Connection, at: datetime | None = None) -> pl.DataFrame:
    """The newest non-blank period of every series as known at `at` (None: now), NEWEST columns."""
    return pull(
        connection,
        "SELECT DISTINCT ON (series_id) series_id, period, value, known_at, known_basis, source_id "
        "FROM raw.observations_as_of(coalesce(%s, 'infinity'::timestamptz)) WHERE value IS NOT NULL "
        "ORDER BY series_id, period DESC",
        [at],
        NEWEST,
    )


def newest_period(connection: psycopg.Connection, series: str) -> date | None:
    """The newest non-blank period of one series; None when there is none."""
    row = connection.execute(
        "SELECT max(period) FROM raw.observations WHERE series_id = %s AND value IS NOT NULL", [series]
    ).fetchone()
    return row[0] if row else None


def series_as_of(connection: psycopg.Connection, series: str, at: datetime | None = None) -> pl.DataFrame:
    """Rows of one series known at `at` (None: now) in the METRIC shape, oldest first; status is known_basis."""
    return pull(
        connection,
        "SELECT series_id, period, value, known_basis, known_at "
        "FROM raw.observations_as_of(coalesce(%s, 'infinity'::timestamptz), ARRAY[%s]) ORDER BY period",
        [at, series],
        METRIC,
    )
