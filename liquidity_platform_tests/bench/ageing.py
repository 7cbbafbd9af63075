"""A home as it is two weeks after its first load, the last run a day ago.

Ten minutes after a first load everything is news: metrics look a day back, `marts.what_changed` seven days. A day
without news is measured in a home that is older than both.
Belongs here: dating back what a home holds. Keep out: filling it, measuring.
"""

from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.addresses import plain

AGE, SINCE_LAST_RUN = timedelta(days=14), timedelta(days=1)
LATELY = """SELECT c.table_schema, c.table_name, array_agg(c.column_name::text)
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema IN ('raw', 'derived', 'ops') AND t.table_type = 'BASE TABLE'
    AND c.data_type = 'timestamp with time zone' GROUP BY 1, 2"""


def age(home: Path) -> None:
    """Date back every instant of today in the warehouse of `home`, as only a superuser can."""
    with lease(home) as held, psycopg.connect(plain(held.cluster.url("liquidity")), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for schema, table, columns in connection.execute(LATELY).fetchall():
            by = SINCE_LAST_RUN if table == "metric_marks" else AGE
            moved = sql.SQL("{0} = CASE WHEN {0} > now() - interval '12 hours' THEN {0} - {1} ELSE {0} END")
            of = sql.Identifier(schema, table)
            changes = sql.SQL(", ").join(moved.format(sql.Identifier(name), sql.Literal(by)) for name in columns)
            connection.execute(sql.SQL("UPDATE {} SET {}").format(of, changes))
            connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(of))
