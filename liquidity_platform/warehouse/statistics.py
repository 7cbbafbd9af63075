"""Keeping the planner's statistics in step with bulk appends.

Autovacuum looks once a minute; the step after a first load comes sooner, and a plan made for an empty table takes
seconds where the right one takes milliseconds.
Belongs here: when to ANALYZE. Keep out: queries.
"""

import psycopg

FACTS = ("raw.payloads", "raw.observations", "raw.observation_heads", "raw.bars", "derived.metrics")

_GROWN = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.oid = ANY (%s::regclass[]) AND pg_relation_size(c.oid) / current_setting('block_size')::int
    > greatest(c.relpages, 8) * 1.2
"""


def refresh_statistics(connection: psycopg.Connection) -> list[str]:
    """ANALYZE the fact tables that grew by more than a fifth since it was last done; their names."""
    grown = [row[0] for row in connection.execute(_GROWN, [list(FACTS)])]
    for table in grown:
        connection.execute(f"ANALYZE {table}")
    return grown
