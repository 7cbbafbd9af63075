"""`ops.metric_marks`: up to which recorded rows each metric has been computed, and by which definition.

Belongs here: reading and adding marks. Keep out: what a mark means for a computation (automation), metrics themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Mark:
    """`seen_to`: the server's clock before the inputs were read."""

    definition: str
    seen_to: datetime


def server_now(connection: psycopg.Connection) -> datetime:
    """The clock that stamps rows."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def metric_marks(connection: psycopg.Connection) -> dict[str, Mark]:
    """The last mark of every metric that was ever computed whole."""
    rows = connection.execute(
        "SELECT DISTINCT ON (metric_id) metric_id, definition, seen_to FROM ops.metric_marks "
        "ORDER BY metric_id, recorded_at DESC"
    )
    return {row[0]: Mark(row[1], row[2]) for row in rows}


def add_marks(
    connection: psycopg.Connection, definitions: Mapping[str, str], seen_to: datetime, run_id: str | None
) -> None:
    """Say in the caller's transaction that these metrics (id: definition) are computed up to `seen_to`."""
    connection.execute(
        "INSERT INTO ops.metric_marks (metric_id, definition, seen_to, run_id) "
        "SELECT id, definition, %s, %s FROM unnest(%s::text[], %s::text[]) m(id, definition)",
        [seen_to, run_id, list(definitions), list(definitions.values())],
    )
