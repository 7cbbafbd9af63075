"""Appending facts: section 2 of the design, set-based, one transaction a batch.

`parse` proposes, append decides:
- a `vintage` row is skipped when its (series, period, known_at, value) exists, blank equal to blank;
- any other row is compared with what is known now: equal is skipped, different is appended as `fetched`, known at
  its fetch; a first value keeps its proposed `known_at` unless the same publisher had already been asked after that
  instant without showing it, then it is `fetched`;
- only rows known within the run's windows are written.
Doing it twice appends nothing. Belongs here: observations, metrics, quarantine, the payload index.
Keep out: fetching, judging whether a payload may be appended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import METRIC_ROWS, OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.staging import lock_writers, stage


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What an append did, in rows. offered = appended + unchanged + outside; revised is part of appended."""

    offered: int = 0
    appended: int = 0
    revised: int = 0
    unchanged: int = 0
    quarantined: int = 0
    outside: int = 0  # known outside the run's windows: not written by this run

    def __add__(self, other: "WriteReport") -> "WriteReport":
        return WriteReport(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def _recorded_at(clock: Clock) -> str:
    """SQL of the instant a batch is written down; a moved clock stamps its own."""
    return f"timestamptz '{clock.now().isoformat()}'" if clock.moved else "clock_timestamp()"


_DECIDE = """
CREATE TEMP TABLE decided ON COMMIT DROP AS
SELECT o.series_id, o.period, o.value, o.source_id, o.fetched_at, o.payload_id, o.run_id, l.found IS NOT NULL AS found,
    CASE
        WHEN o.known_basis = 'vintage' THEN EXISTS (
            SELECT FROM raw.observations f WHERE f.series_id = o.series_id AND f.period = o.period
            AND f.known_at = o.known_at AND f.value IS NOT DISTINCT FROM o.value)
        ELSE l.found IS NOT NULL AND l.value IS NOT DISTINCT FROM o.value
    END AS unchanged,
    o.known_basis = 'fetched' OR (o.known_basis <> 'vintage' AND (l.found IS NOT NULL OR EXISTS (
        SELECT FROM raw.payloads p WHERE p.accepted AND p.series_id = o.series_id AND p.source_id = o.source_id
        AND p.fetched_at >= o.known_at AND p.known_from <= o.known_at AND o.known_at < p.known_to
        AND p.payload_id <> o.payload_id::uuid))) AS late,
    o.known_at, o.known_basis
FROM offered o LEFT JOIN LATERAL (
    SELECT f.value, true AS found FROM raw.observations f WHERE f.series_id = o.series_id AND f.period = o.period
    ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1) l ON true;
UPDATE decided SET known_at = fetched_at, known_basis = 'fetched' WHERE late;
"""

_INSERT = """
INSERT INTO raw.observations
    (series_id, period, known_at, value, known_basis, source_id, fetched_at, payload_id, run_id, recorded_at)
SELECT d.series_id, d.period, d.known_at, d.value, d.known_basis, d.source_id, d.fetched_at, d.payload_id::uuid,
    d.run_id, greatest(stamp.at, (
        SELECT max(f.recorded_at) + interval '1 microsecond' FROM raw.observations f
        WHERE f.series_id = d.series_id AND f.period = d.period AND f.known_at = d.known_at))
FROM decided d, (SELECT {recorded_at} AS at) stamp
WHERE NOT d.unchanged AND d.known_at >= %(start)s AND d.known_at < %(end)s
ORDER BY d.series_id, d.period, d.known_at
"""

_REPORT = """
SELECT series_id, count(*), count(*) FILTER (WHERE NOT unchanged AND inside),
    count(*) FILTER (WHERE NOT unchanged AND inside AND found), count(*) FILTER (WHERE unchanged),
    count(*) FILTER (WHERE NOT unchanged AND NOT inside)
FROM (SELECT *, known_at >= %(start)s AND known_at < %(end)s AS inside FROM decided) d GROUP BY series_id
"""


def append_observations(
    connection: psycopg.Connection,
    offered: pl.DataFrame,
    payloads: Iterable[Mapping[str, Any]],
    window: Window,
    clock: Clock,
) -> dict[str, WriteReport]:
    """Append `offered` (columns and dtypes of core.facts.OFFERED) and index `payloads`, in the caller's transaction.

    Returns one report a series. Raises CatalogError when a series id is not in meta.series.
    """
    assert dict(offered.schema) == OFFERED, f"offered frame has the wrong shape: {offered.schema}"
    lock_writers(connection, "raw.observations")
    if offered.is_empty():
        index_payloads(connection, payloads, window, clock)
        return {}
    stage(connection, "offered", offered)
    unknown = connection.execute(
        "SELECT DISTINCT series_id FROM offered WHERE series_id NOT IN (SELECT series_id FROM meta.series)"
    ).fetchall()
    if unknown:
        raise CatalogError(f"not in the catalog: {', '.join(sorted(row[0] for row in unknown))}")
    connection.execute(_DECIDE)
    index_payloads(connection, payloads, window, clock)  # now: pages of one answer are no earlier asks of each other
    # everything known before the first window's end belongs to it
    limits = {"start": window.start, "end": window.end}
    connection.execute(_INSERT.format(recorded_at=_recorded_at(clock)), limits)
    rows = connection.execute(_REPORT, limits).fetchall()
    connection.execute("DROP TABLE offered, decided")
    return {row[0]: WriteReport(row[1], row[2], row[3], row[4], 0, row[5]) for row in rows}


def index_payloads(
    connection: psycopg.Connection, payloads: Iterable[Mapping[str, Any]], window: Window, clock: Clock
) -> None:
    """One row of raw.payloads for each answer; mappings need the columns of that table up to `accepted`, and run_id."""
    limits = {"known_from": window.start, "known_to": window.end}
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO raw.payloads (payload_id, sha256, bytes, source_id, series_id, request, fetched_at, uri, "
            "known_from, known_to, accepted, run_id, recorded_at) VALUES (%(payload_id)s, %(sha256)s, %(bytes)s, "
            "%(source_id)s, %(series_id)s, %(request)s, %(fetched_at)s, %(uri)s, %(known_from)s, %(known_to)s, "
            f"%(accepted)s, %(run_id)s, {_recorded_at(clock)})",
            [{**payload, **limits} for payload in payloads],
        )


def quarantine(
    connection: psycopg.Connection, payload: Mapping[str, Any], reason: str, rows: int, window: Window, clock: Clock
) -> bool:
    """Index a refused payload and hold its rows back with a sentence; False when this very answer already waits."""
    lock_writers(connection, "raw.observations")
    index_payloads(connection, [{**payload, "accepted": False}], window, clock)
    inserted = connection.execute(
        "INSERT INTO ops.quarantine (series_id, source_id, payload_id, sha256, reason, rows, run_id, recorded_at) "
        "SELECT %(series_id)s, %(source_id)s, %(payload_id)s, %(sha256)s, %(reason)s, %(rows)s, %(run_id)s, "
        f"{_recorded_at(clock)} "
        "ON CONFLICT DO NOTHING RETURNING 1",
        {**payload, "reason": reason, "rows": rows},
    )
    return inserted.fetchone() is not None


_APPEND_METRICS = """
INSERT INTO derived.metrics
    (metric_id, definition_version, period, known_at, value, status, inputs_hash, run_id, recorded_at)
SELECT o.metric_id, o.definition_version, o.period, o.known_at, o.value, o.status, o.inputs_hash, %(run)s,
    greatest(stamp.at, l.recorded_at + interval '1 microsecond')
FROM offered o CROSS JOIN (SELECT {recorded_at} AS at) stamp LEFT JOIN LATERAL (
    SELECT f.value, f.status, f.recorded_at FROM derived.metrics f WHERE f.metric_id = o.metric_id
    AND f.definition_version = o.definition_version AND f.period = o.period AND f.known_at = o.known_at
    ORDER BY f.recorded_at DESC LIMIT 1) l ON true
WHERE (l.status IS NULL OR (l.value, l.status) IS DISTINCT FROM (o.value, o.status))
    AND o.known_at >= %(start)s AND o.known_at < %(end)s
ORDER BY o.metric_id, o.definition_version, o.period, o.known_at
RETURNING metric_id
"""


def append_metrics(
    connection: psycopg.Connection, computed: pl.DataFrame, window: Window, clock: Clock, run_id: str | None
) -> dict[str, WriteReport]:
    """Append metric rows (core.facts.METRIC_ROWS); a step that stands with the same value and status is skipped."""
    assert dict(computed.schema) == METRIC_ROWS, f"metric frame has the wrong shape: {computed.schema}"
    lock_writers(connection, "derived.metrics")
    stage(connection, "offered", computed)
    limits = {"start": window.start, "end": window.end, "run": run_id}
    sql = "WITH appended AS (" + _APPEND_METRICS.format(recorded_at=_recorded_at(clock)) + ") "
    rows = connection.execute(sql + "SELECT metric_id, count(*) FROM appended GROUP BY 1", limits).fetchall()
    connection.execute("DROP TABLE offered")
    appended = {row[0]: row[1] for row in rows}
    inside = computed.filter((pl.col("known_at") >= window.start) & (pl.col("known_at") < window.end))
    report = {}
    for (metric,), group in computed.group_by("metric_id"):
        kept = inside.filter(pl.col("metric_id") == metric).height
        new = appended.get(str(metric), 0)
        report[str(metric)] = WriteReport(group.height, new, 0, kept - new, 0, group.height - kept)
    return report
