"""A home as it is two weeks after its first load, the last run a day ago.

Ten minutes after a first load everything is news: metrics look a day back, `marts.what_changed` seven days before the
newest knowledge. A day without news is measured in a home that is older than both and heard something yesterday.
Belongs here: dating back what a home holds. Keep out: filling it, measuring.
"""

from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.addresses import plain

AGE, SINCE_LAST_RUN = timedelta(days=14), timedelta(days=1)
CAME_YESTERDAY = "chicagofed.nfci"
INSTANTS = """SELECT table_schema, table_name,
    array_agg(column_name::text) FILTER (WHERE data_type = 'timestamp with time zone'),
    bool_or(column_name = 'series_id')
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema IN ('raw', 'derived', 'ops') AND table_type = 'BASE TABLE' GROUP BY 1, 2
    HAVING bool_or(data_type = 'timestamp with time zone')"""


def age(home: Path) -> None:
    """Date back every instant of today in the warehouse of `home`, as only a superuser can."""
    with lease(home) as held, psycopg.connect(plain(held.cluster.url("liquidity")), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for schema, table, columns, of_series in connection.execute(INSTANTS).fetchall():
            by = sql.Literal(SINCE_LAST_RUN if table == "metric_marks" else AGE)
            if of_series:
                by = sql.SQL("CASE series_id WHEN {} THEN {} ELSE {} END").format(CAME_YESTERDAY, SINCE_LAST_RUN, by)
            moved = sql.SQL("{0} = CASE WHEN {0} > now() - interval '12 hours' THEN {0} - {1} ELSE {0} END")
            changes = sql.SQL(", ").join(moved.format(sql.Identifier(name), by) for name in columns)
            of = sql.Identifier(schema, table)
            connection.execute(sql.SQL("UPDATE {} SET {}").format(of, changes))
            connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(of))
