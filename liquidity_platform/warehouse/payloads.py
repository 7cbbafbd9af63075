"""The index of the archive (`raw.payloads`) and what is held back from the facts (`ops.quarantine`).

Belongs here: writing those two. Keep out: facts (append.py), the archived bytes (sources).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.staging import lock_writers


def recorded_at(clock: Clock) -> str:
    """SQL of the instant a batch is written down; a moved clock stamps its own."""
    return f"timestamptz '{clock.now().isoformat()}'" if clock.moved else "clock_timestamp()"


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
            f"%(accepted)s, %(run_id)s, {recorded_at(clock)})",
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
        f"{recorded_at(clock)} "
        "ON CONFLICT DO NOTHING RETURNING 1",
        {**payload, "reason": reason, "rows": rows},
    )
    return inserted.fetchone() is not None
