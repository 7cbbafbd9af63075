"""The index of the archive (`raw.payloads`) and what is held back from the facts (`ops.quarantine`).

Belongs here: writing those two and decisions, reading the index. Keep out: facts (append.py), the archived bytes
(sources).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.staging import lock_writers, pull


def recorded_at(clock: Clock) -> str:
    """SQL of the instant a batch is written down; a moved clock stamps its own."""
    return f"timestamptz '{clock.now().isoformat()}'" if clock.moved else "clock_timestamp()"


def index_payloads(
    connection: psycopg.Connection, payloads: Iterable[Mapping[str, Any]], window: Window, clock: Clock
) -> None:
    """One row of raw.payloads for each answer; mappings need the columns of that table up to `accepted`, and run_id.

    An answer that is indexed already, under its own id, stays as it is: a load that was killed read it before.
    """
    limits = {"known_from": window.start, "known_to": window.end}
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO raw.payloads (payload_id, sha256, bytes, source_id, series_id, request, fetched_at, uri, "
            "known_from, known_to, accepted, run_id, recorded_at) VALUES (%(payload_id)s, %(sha256)s, %(bytes)s, "
            "%(source_id)s, %(series_id)s, %(request)s, %(fetched_at)s, %(uri)s, %(known_from)s, %(known_to)s, "
            f"%(accepted)s, %(run_id)s, {recorded_at(clock)}) ON CONFLICT (payload_id) DO NOTHING",
            [{**payload, **limits} for payload in payloads],
        )


def quarantine(
    connection: psycopg.Connection, payload: Mapping[str, Any], reason: str, rows: int, window: Window, clock: Clock,
    others: Iterable[Mapping[str, Any]] = (),
) -> bool:  # fmt: skip
    """Index a refused payload and hold its rows back with a sentence; False when this very answer already waits.

    `others` are the rest of the same answer: its further pages.
    """
    lock_writers(connection, "raw.observations")
    index_payloads(connection, [{**one, "accepted": False} for one in (payload, *others)], window, clock)
    inserted = connection.execute(
        "INSERT INTO ops.quarantine (series_id, source_id, payload_id, sha256, reason, rows, run_id, recorded_at) "
        "SELECT %(series_id)s, %(source_id)s, %(payload_id)s, %(sha256)s, %(reason)s, %(rows)s, %(run_id)s, "
        f"{recorded_at(clock)} "
        "ON CONFLICT DO NOTHING RETURNING 1",
        {**payload, "reason": reason, "rows": rows},
    )
    return inserted.fetchone() is not None


def waiting(connection: psycopg.Connection) -> dict[str, tuple[int, str]]:
    """How many answers of each series or instrument wait in quarantine, and the newest one's reason."""
    rows = connection.execute(
        "SELECT DISTINCT ON (series_id) series_id, count(*) OVER (PARTITION BY series_id), reason FROM ops.quarantine "
        "WHERE status = 'pending' ORDER BY series_id, quarantine_id DESC"
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def released(connection: psycopg.Connection, series: str, sha256: str, clock: Clock, run_id: str | None) -> None:
    """What was held back of this answer has been appended after all: that is decided, in the caller's transaction.

    Rows of it that the gate holds are another matter, and wait for a decision of their own.
    """
    waiting = connection.execute(
        "SELECT quarantine_id FROM ops.quarantine q WHERE series_id = %s AND sha256 = %s AND status <> 'accepted' "
        "AND NOT EXISTS (SELECT FROM ops.held_rows h WHERE h.quarantine_id = q.quarantine_id)",
        [series, sha256],
    ).fetchall()
    for (number,) in waiting:
        decide(connection, number, "accepted", clock, run_id)


def decided_answers(connection: psycopg.Connection, source: str) -> dict[tuple[str, str], str]:
    """(series, sha256) of the answers of a provider that a person, or a better parser, has decided: the last word."""
    rows = connection.execute(
        "SELECT series_id, sha256, status FROM ops.quarantine q WHERE source_id = %s AND status <> 'pending' "
        "AND NOT EXISTS (SELECT FROM ops.held_rows h WHERE h.quarantine_id = q.quarantine_id)",
        [source],
    ).fetchall()
    return {(series, sha256): status for series, sha256, status in rows}


def decide(connection: psycopg.Connection, number: int, decision: str, clock: Clock, run_id: str | None) -> None:
    """Write down that `number` of ops.quarantine is accepted or rejected, from now on."""
    connection.execute(
        "INSERT INTO ops.quarantine_decisions (quarantine_id, decision, decided_at, run_id, recorded_at) "
        f"VALUES (%s, %s, %s, %s, {recorded_at(clock)})",
        [number, decision, clock.now(), run_id],
    )


def archived(connection: psycopg.Connection) -> dict[str, tuple[str, str]]:
    """Every payload that is said to be archived: uri -> (sha256, who was asked for what first)."""
    rows = connection.execute(
        "SELECT DISTINCT ON (uri) uri, sha256, source_id || ' ' || series_id || ' of ' || fetched_at::date "
        "FROM raw.payloads ORDER BY uri, fetched_at"
    )
    return {row[0]: (row[1], row[2]) for row in rows}


INDEXED = {
    "payload_id": pl.String(), "sha256": pl.String(), "series_id": pl.String(), "request": pl.String(),
    "fetched_at": INSTANT, "uri": pl.String(), "known_from": pl.Int32(), "known_to": pl.Int32(),
    "accepted": pl.Boolean(), "run_id": pl.String(), "recorded_at": INSTANT,
}  # fmt: skip


def indexed_payloads(connection: psycopg.Connection, source: str, since: datetime | None) -> pl.DataFrame:
    """The index of one provider's payloads fetched from `since` on, in order of fetch, INDEXED columns.

    `known_from` and `known_to` are the first and the last year of the windows that were written.
    """
    return pull(
        connection,
        "SELECT payload_id::text, sha256, series_id, request, fetched_at, uri, extract(year FROM known_from)::int, "
        "extract(year FROM known_to)::int - 1, accepted, run_id, recorded_at FROM raw.payloads WHERE source_id = %s "
        "AND fetched_at >= coalesce(%s, '-infinity'::timestamptz) ORDER BY fetched_at, recorded_at",
        [source, since],
        INDEXED,
    )
