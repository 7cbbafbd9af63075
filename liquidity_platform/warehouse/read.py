"""Reading facts as frames.

Belongs here: the queries rooms above need (inputs of metrics, as-of answers, newest rows, what was asked when).
Keep out: formatting, judgement, writing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, KNOWN_INPUT
from liquidity_platform.core.window import BEGINNING
from liquidity_platform.warehouse.staging import pull

METRIC = {
    "metric": pl.String(), "period": pl.Date(), "value": pl.Float64(), "status": pl.String(), "known_at": INSTANT,
}  # fmt: skip


# KNOWN_INPUT, and whether the row was recorded at an instant or after it
SINCE = {**KNOWN_INPUT, "new": pl.Boolean()}


def known_observations(connection: psycopg.Connection, series: Sequence[str], since: datetime) -> pl.DataFrame:
    """Every known row of `series` (SINCE, status NULL): per (series, period, known_at) the last recorded."""
    return pull(
        connection,
        "SELECT DISTINCT ON (series_id, period, known_at) series_id, period, known_at, value, NULL::text, "
        "recorded_at >= %s "
        "FROM raw.observations WHERE series_id = ANY (%s) ORDER BY series_id, period, known_at, recorded_at DESC",
        [since, list(series)],
        SINCE,
    )


def known_metrics(connection: psycopg.Connection, versions: Mapping[str, int]) -> pl.DataFrame:
    """Every step of the metrics (id -> definition version) as KNOWN_INPUT, the last word on each."""
    return pull(
        connection,
        "SELECT DISTINCT ON (m.metric_id, m.period, m.known_at) m.metric_id, m.period, m.known_at, m.value, m.status "
        "FROM derived.metrics m JOIN unnest(%s::text[], %s::int[]) v(id, version) "
        "ON v.id = m.metric_id AND v.version = m.definition_version "
        "ORDER BY m.metric_id, m.period, m.known_at, m.recorded_at DESC",
        [list(versions), list(versions.values())],
        KNOWN_INPUT,
    )


def known_closes(
    connection: psycopg.Connection, name: str, source: str, instrument: str, since: datetime
) -> pl.DataFrame:
    """Every known daily close of `instrument` by `source` (SINCE) under `name`; periods are trading days."""
    return pull(
        connection,
        "SELECT DISTINCT ON (b.bar_start, b.known_at) %s::text AS id, (b.bar_start AT TIME ZONE i.zone)::date, "
        "b.known_at, b.close::float8, NULL::text AS status, b.recorded_at >= %s "
        "FROM raw.bars b JOIN meta.instruments i USING (instrument_id) "
        "WHERE b.instrument_id = %s AND b.source_id = %s AND b.interval = '1d' "
        "ORDER BY b.bar_start, b.known_at, b.recorded_at DESC",
        [name, since, instrument, source],
        SINCE,
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


def stored_values_of(connection: psycopg.Connection, series: Sequence[str]) -> dict[str, pl.DataFrame]:
    """What is known now of many series, by one query; of each period, value (blanks left out), empty for none."""
    shape = {"series_id": pl.String(), "period": pl.Date(), "value": pl.Float64()}
    rows = pull(
        connection,
        "SELECT series_id, period, value FROM raw.observations_as_of('infinity', %s) WHERE value IS NOT NULL",
        [list(series)],
        shape,
    )
    none = rows.clear().drop("series_id")
    found = {str(name): own for (name,), own in rows.partition_by("series_id", as_dict=True, include_key=False).items()}
    return {name: found.get(name, none) for name in series}


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
    """When each series' publisher last gave an accepted answer to a load of the present; absent if that is not all.

    A load of past years alone (its windows end before its fetch) says nothing of what became known since; a series of
    which the windows between its beginning and that last load were not all written was never loaded whole.
    """
    rows = connection.execute(
        "SELECT series_id, max(fetched_at) FILTER (WHERE known_to > fetched_at) FROM raw.payloads "
        "WHERE accepted AND series_id = ANY (%s) GROUP BY 1 HAVING range_agg(tstzrange(known_from, known_to)) @> "
        "tstzrange(%s, max(fetched_at) FILTER (WHERE known_to > fetched_at), '[]')",
        [list(series), BEGINNING],
    )
    return dict(rows)


def answered(connection: psycopg.Connection) -> set[str]:
    """Ids of the series of which any answer was ever accepted, whatever it held."""
    rows = connection.execute("SELECT DISTINCT series_id FROM raw.payloads WHERE accepted").fetchall()
    return {row[0] for row in rows}


def quoted(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """(provider, instrument) of all bars that are held."""
    return set(connection.execute("SELECT DISTINCT source_id, instrument_id FROM raw.bars").fetchall())


def computed(connection: psycopg.Connection) -> set[str]:
    """Ids of the metrics that have any row."""
    return {row[0] for row in connection.execute("SELECT DISTINCT metric_id FROM derived.metrics").fetchall()}


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


NEWEST_STEP = {
    "metric": pl.String(), "period": pl.Date(), "value": pl.Float64(), "status": pl.String(),
    "inputs_hash": pl.String(),
}  # fmt: skip


def newest_metrics(connection: psycopg.Connection, versions: Mapping[str, int]) -> pl.DataFrame:
    """The newest period of each metric (id -> definition version) as known now, NEWEST_STEP columns."""
    return pull(
        connection,
        "SELECT v.id, m.period, m.value, m.status, m.inputs_hash FROM unnest(%s::text[], %s::int[]) v(id, version) "
        "CROSS JOIN LATERAL (SELECT f.* FROM derived.metrics f WHERE f.metric_id = v.id "
        "AND f.definition_version = v.version ORDER BY f.period DESC, f.known_at DESC, f.recorded_at DESC LIMIT 1) m",
        [list(versions), list(versions.values())],
        NEWEST_STEP,
    )


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


def newest_periods(
    connection: psycopg.Connection, versions: Mapping[str, int], count: int, at: datetime | None = None
) -> pl.DataFrame:
    """As `metrics_as_of`, of the newest `count` periods of each metric alone: the rest is not even looked at."""
    return pull(
        connection,
        "SELECT v.id, m.period, m.value, m.status, m.known_at FROM unnest(%s::text[], %s::int[]) v(id, version) "
        "CROSS JOIN LATERAL (SELECT DISTINCT ON (f.period) f.* FROM derived.metrics f WHERE f.metric_id = v.id "
        "AND f.definition_version = v.version AND f.known_at <= coalesce(%s, 'infinity'::timestamptz) "
        "ORDER BY f.period DESC, f.known_at DESC, f.recorded_at DESC LIMIT %s) m "
        'ORDER BY v.id COLLATE "C", m.period',
        [list(versions), list(versions.values()), at, count],
        METRIC,
    )


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
