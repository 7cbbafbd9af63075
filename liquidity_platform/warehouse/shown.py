"""What publishers have shown by now, and when they were last asked: for whoever decides what to ask for.

Belongs here: small answers of that kind, by id. Keep out: frames of facts (read.py), what should be there (catalog).
"""

from datetime import date, datetime

import psycopg


def newest_shown(connection: psycopg.Connection) -> dict[str, date]:
    """The newest period of every series that was ever published, be it blank."""
    rows = connection.execute(
        "SELECT s.series_id, h.period FROM meta.series s CROSS JOIN LATERAL (SELECT period FROM raw.observation_heads "
        "WHERE series_id = s.series_id ORDER BY period DESC LIMIT 1) h"
    )
    return dict(rows.fetchall())


def held_periods(connection: psycopg.Connection, first: date) -> dict[str, list[date]]:
    """The periods from `first` on that were ever published of each series, be they blank."""
    rows = connection.execute(
        "SELECT series_id, array_agg(period) FROM raw.observation_heads WHERE period >= %s GROUP BY 1", [first]
    )
    return dict(rows.fetchall())


def held_sessions(connection: psycopg.Connection, first: date) -> dict[tuple[str, str], list[date]]:
    """The trading days from `first` on of which a daily bar is held, by (provider, instrument)."""
    rows = connection.execute(
        "SELECT source_id, instrument_id, array_agg(DISTINCT (bar_start AT TIME ZONE zone)::date) "
        "FROM raw.bars JOIN meta.instruments USING (instrument_id) "
        "WHERE interval = '1d' AND bar_start >= %s GROUP BY 1, 2",
        [first],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def newest_periods(connection: psycopg.Connection) -> dict[str, date]:
    """The newest non-blank period of every series that has one, as known now."""
    return dict(connection.execute("SELECT series_id, period FROM raw.observations_newest").fetchall())


def first_known(connection: psycopg.Connection, name: str) -> datetime | None:
    """The instant from which anything of the series, metric or signal called `name` is known; None: nothing is held."""
    row = connection.execute(
        "SELECT min(known_at) FROM (SELECT known_at FROM raw.observations WHERE series_id = %(name)s "
        "UNION ALL SELECT known_at FROM derived.metrics WHERE metric_id = %(name)s "
        "UNION ALL SELECT known_at FROM derived.signals WHERE signal_id = %(name)s) held",
        {"name": name},
    ).fetchone()
    return row[0] if row else None


def last_answers(connection: psycopg.Connection) -> dict[str, datetime]:
    """When an answer for each series or instrument was last accepted, whatever its windows."""
    return dict(connection.execute("SELECT series_id, max(fetched_at) FROM raw.payloads WHERE accepted GROUP BY 1"))
