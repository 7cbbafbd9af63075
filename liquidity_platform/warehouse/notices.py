"""`ops.notices`: what each channel was told of, and when it last took nothing.

Belongs here: reading and adding its rows. Keep out: what is a problem, how it is told (publish, automation).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Notice:
    """A problem as it is told. `topic` tells it from others; those of one `subject` are told together, by `name`."""

    topic: str
    subject: str
    name: str
    said: str
    link: str = ""


def standing(connection: psycopg.Connection, channel: str) -> dict[str, Notice]:
    """What the channel was told of and not yet of its end, by topic."""
    rows = connection.execute(
        "SELECT topic, subject, name, said, link FROM (SELECT DISTINCT ON (topic) * FROM ops.notices "
        "WHERE channel = %s AND state <> 'failed' ORDER BY topic, notice_id DESC) n WHERE state = 'open'",
        [channel],
    )
    return {row[0]: Notice(*row) for row in rows.fetchall()}


def standing_topics(connection: psycopg.Connection) -> set[str]:
    """Topics that any channel was told of and not yet of their end."""
    rows = connection.execute(
        "SELECT DISTINCT topic FROM (SELECT DISTINCT ON (channel, topic) topic, state FROM ops.notices "
        "WHERE state <> 'failed' ORDER BY channel, topic, notice_id DESC) n WHERE state = 'open'"
    )
    return {row[0] for row in rows.fetchall()}


def failures(connection: psycopg.Connection, channel: str) -> tuple[int, datetime | None]:
    """How often in a row the channel took nothing, and when last."""
    row = connection.execute(
        "SELECT count(*), max(recorded_at) FROM ops.notices WHERE channel = %s AND state = 'failed' AND notice_id > "
        "(SELECT coalesce(max(notice_id), 0) FROM ops.notices WHERE channel = %s AND state <> 'failed')",
        [channel, channel],
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def add(connection: psycopg.Connection, channel: str, state: str, notices: Iterable[Notice]) -> None:
    """Write down in the caller's transaction that the channel was told (`open`, `closed`), or took nothing."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops.notices (channel, topic, state, subject, name, said, link) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(channel, one.topic, state, one.subject, one.name, one.said, one.link) for one in notices],
        )
