"""`ops.quarantine` as people read it: what waits, of what kind, and what was decided.

Belongs here: those queries. Keep out: adding to it (payloads.py, findings.py), deciding (automation).
"""

from dataclasses import dataclass

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT

ENTRIES = {
    "id": pl.Int64(), "series": pl.String(), "what": pl.String(), "rows": pl.Int64(), "since": INSTANT,
    "status": pl.String(), "decided": INSTANT, "reason": pl.String(),
}  # fmt: skip
_HELD = "EXISTS (SELECT FROM ops.held_rows h WHERE h.quarantine_id = q.quarantine_id)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits or waited. `held`: rows behind the gate, else an answer that was refused whole."""

    number: int
    series: str
    source: str
    payload_id: str
    sha256: str
    status: str
    rows: int
    held: bool
    reason: str


def entries(connection: psycopg.Connection, decided: bool) -> pl.DataFrame:
    """ENTRIES, oldest first; without `decided` only what waits."""
    rows = connection.execute(
        f"SELECT q.quarantine_id, q.series_id, CASE WHEN {_HELD} THEN 'rows' ELSE 'answer' END, q.rows, q.recorded_at, "
        "q.status, (SELECT max(d.decided_at) FROM ops.quarantine_decisions d WHERE d.quarantine_id = q.quarantine_id), "
        "q.reason FROM ops.quarantine q WHERE %(decided)s OR q.status = 'pending' ORDER BY 1",
        {"decided": decided},
    ).fetchall()
    return pl.DataFrame(rows, schema=ENTRIES, orient="row")


def entry(connection: psycopg.Connection, number: int) -> Entry | None:
    """What has this number; None where nothing has."""
    row = connection.execute(
        "SELECT q.quarantine_id, q.series_id, q.source_id, q.payload_id::text, q.sha256, q.status, q.rows, "
        f"{_HELD}, q.reason FROM ops.quarantine q WHERE q.quarantine_id = %s",
        [number],
    ).fetchone()
    return Entry(*row) if row else None
