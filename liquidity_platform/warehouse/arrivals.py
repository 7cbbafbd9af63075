"""What arrived in a load, beside what was there: the rows that judgements look at.

Read in the transaction that appended them, so that a row and what holds it back are written together.
Belongs here: those queries. Keep out: judging (quality), what is written of it (findings.py).
"""

from collections.abc import Sequence
from datetime import datetime

import psycopg

Rows = list[tuple[object, ...]]

# newest rows of each series as known now, through the gate: what is held back is no measure for what comes
_RECENT = """
SELECT s.id, r.period, r.known_at, CASE WHEN g.series_id IS NULL OR g.released_at IS NOT NULL THEN r.value END,
    r.payload_id::text, r.payload_id = ANY (%(payloads)s::uuid[])
FROM unnest(%(ids)s::text[]) s(id) CROSS JOIN LATERAL (
    SELECT h.* FROM raw.observation_heads h WHERE h.series_id = s.id ORDER BY h.period DESC LIMIT %(limit)s) r
LEFT JOIN ops.gates() g ON g.series_id = r.series_id AND g.period = r.period AND g.known_at = r.known_at
    AND g.payload_id = r.payload_id
"""
# a correction of what is held back takes the place of what stood before that
_REPLACED = """
WITH held AS MATERIALIZED (SELECT * FROM ops.gates() WHERE released_at IS NULL)
SELECT f.series_id, f.period, f.known_at, f.value, p.value, f.payload_id::text
FROM raw.observations f CROSS JOIN LATERAL (
    SELECT o.value FROM raw.observations o
    WHERE o.series_id = f.series_id AND o.period = f.period
        AND (o.known_at, o.recorded_at) < (f.known_at, f.recorded_at) AND NOT EXISTS (
            SELECT FROM held h WHERE h.series_id = o.series_id AND h.period = o.period AND h.known_at = o.known_at
                AND h.payload_id = o.payload_id)
    ORDER BY o.known_at DESC, o.recorded_at DESC LIMIT 1) p
WHERE f.series_id = ANY (%(ids)s) AND f.payload_id = ANY (%(payloads)s::uuid[]) AND f.known_at >= %(since)s
    AND f.value IS NOT NULL AND p.value IS NOT NULL AND f.value <> p.value
"""
_USUAL = """
SELECT series_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY size), max(n)::bigint FROM (
    SELECT series_id, known_at, abs(value - was) AS size, count(*) OVER (PARTITION BY series_id, known_at) AS n FROM (
        SELECT series_id, known_at, value, payload_id, lag(value) OVER (
            PARTITION BY series_id, period ORDER BY known_at, recorded_at) AS was
        FROM raw.observations WHERE series_id = ANY (%(ids)s)) steps
    WHERE value <> was AND NOT payload_id = ANY (%(payloads)s::uuid[])) revisions
GROUP BY series_id
"""


def recent_rows(connection: psycopg.Connection, ids: Sequence[str], payloads: Sequence[str], limit: int) -> Rows:
    """series_id, period, known_at, value, payload_id, whether it came with `payloads`: the newest `limit` of each."""
    given = {"ids": list(ids), "payloads": list(payloads), "limit": limit}
    return connection.execute(_RECENT, given).fetchall()


def replaced_rows(connection: psycopg.Connection, ids: Sequence[str], payloads: Sequence[str], since: datetime) -> Rows:
    """series_id, period, known_at, value, value before, payload_id of numbers of `payloads`, known at `since` or later,
    that took another number's place."""
    return connection.execute(_REPLACED, {"ids": list(ids), "payloads": list(payloads), "since": since}).fetchall()


def usual_revisions(connection: psycopg.Connection, ids: Sequence[str], payloads: Sequence[str]) -> Rows:
    """series_id, number of revisions that did not come with `payloads`, their median size, most at one instant."""
    return connection.execute(_USUAL, {"ids": list(ids), "payloads": list(payloads)}).fetchall()
