"""`meta.series_contracts`: what each publisher said its series are, as accepted and as held back.

Belongs here: reading and adding those rows. Keep out: comparing them (quality.terms).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from liquidity_platform.core.description import FROM_THE_FIRST, Accepted, Description
from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.payloads import recorded_at

_WORDS = "title, unit, frequency, seasonal"


@dataclass(frozen=True, slots=True)
class Told:
    """Words to be kept: of which series, in which answer, by which run."""

    series_id: str
    said: Description
    payload_id: str | None
    run_id: str | None


def accepted_terms(connection: psycopg.Connection, series: str, by: datetime | None = None) -> list[Accepted]:
    """What is accepted of one series, in the order in which it was; empty where nothing ever was.

    `by`: as an answer written down then was read, which is with the first words and those accepted by then.
    """
    rows = connection.execute(
        f"SELECT accepted_from, {_WORDS} FROM meta.series_contracts WHERE series_id = %s AND accepted_from IS NOT NULL "
        "AND (accepted_from = %s OR recorded_at <= coalesce(%s, 'infinity'::timestamptz)) ORDER BY contract_id",
        [series, FROM_THE_FIRST, by],
    )
    return [Accepted(since, Description(*words)) for since, *words in rows]


def held_back_terms(connection: psycopg.Connection, series: str) -> Told | None:
    """The last words of a publisher that nobody has accepted; None where the last words were."""
    row = connection.execute(
        f"SELECT accepted_from, payload_id::text, run_id, {_WORDS} FROM meta.series_contracts WHERE series_id = %s "
        "ORDER BY contract_id DESC LIMIT 1",
        [series],
    ).fetchone()
    if row is None or row[0] is not None:
        return None
    return Told(series, Description(*row[3:]), row[1], row[2])


def accept_first(connection: psycopg.Connection, told: Iterable[Told], clock: Clock) -> None:
    """Accept the first words of series of which none are accepted; the others are left alone."""
    for one in told:
        if not accepted_terms(connection, one.series_id):
            accept(connection, one, FROM_THE_FIRST, clock)


def accept(connection: psycopg.Connection, told: Told, since: date, clock: Clock) -> None:
    """Read answers of `since` and later by these words."""
    _add(connection, told, since, clock)


def hold_back(connection: psycopg.Connection, told: Told, clock: Clock) -> None:
    """Keep words that differ from the accepted ones, for a person to accept; the same words once."""
    waiting = held_back_terms(connection, told.series_id)
    if waiting is None or waiting.said != told.said:
        _add(connection, told, None, clock)


def _add(connection: psycopg.Connection, told: Told, since: date | None, clock: Clock) -> None:
    said = told.said
    connection.execute(
        f"INSERT INTO meta.series_contracts (series_id, accepted_from, {_WORDS}, payload_id, run_id, recorded_at) "
        f"VALUES (%s, %s, %s, %s, %s, %s, %s, %s, {recorded_at(clock)})",
        [told.series_id, since, said.title, said.unit, said.frequency, said.seasonal, told.payload_id, told.run_id],
    )
