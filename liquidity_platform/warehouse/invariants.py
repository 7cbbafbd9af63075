"""What must be true of the warehouse's rows, as named checks in SQL, and a runner.

Each check is a query with one text a broken row; the runner counts them and keeps the first as an example.
Belongs here: rules that hold across rows and tables, whoever wrote them. Keep out: what the database enforces itself,
judgements of values (quality), the archived bytes (sources), printing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from liquidity_platform.warehouse.rows import FACTS, FactTable, Published

_PAYLOADS, _QUARANTINE = "raw.payloads", "ops.quarantine"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named rule: `broken` is a query with one text column, a row for every breach."""

    name: str
    about: str  # the tables it looks at
    broken: str
    by_clock: bool = False  # compares with the clock: says nothing where that was moved


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: number of breaches, one of them, and why it was not run, if so."""

    name: str
    about: str
    broken: int
    example: str | None = None
    skipped: str | None = None


def _about(tables: Sequence[str]) -> str:
    return ", ".join(tables)


def _row(table: FactTable, *more: str) -> str:
    """SQL text that names a row of `table` (alias f): its fact and the columns `more`."""
    columns = ", ".join(f'f."{column}"' for column in (*table.fact, *more))
    return f"concat_ws(' ', '{table.name}', {columns})"


def _later_than_recorded(columns: Mapping[str, str]) -> str:
    """Rows of tables (name -> column) whose column lies after recorded_at."""
    return " UNION ALL ".join(
        f"SELECT {_named(table, column, 'recorded_at')} FROM {table} f WHERE f.{column} > f.recorded_at"
        for table, column in columns.items()
    )


def _named(table: str, *more: str) -> str:
    if table in FACTS:
        return _row(FACTS[table], *more)
    return f"concat_ws(' ', '{table}', f.payload_id, {', '.join('f.' + column for column in more)})"


def _orphans() -> str:
    parts = []
    for table in FACTS.values():
        nothing = "f.payload_id IS NULL OR " if issubclass(table.model, Published) else "f.payload_id IS NOT NULL AND "
        parts.append(
            f"SELECT {_row(table, 'payload_id')} FROM {table.name} f WHERE {nothing}"
            f"NOT EXISTS (SELECT FROM {_PAYLOADS} p WHERE p.payload_id = f.payload_id)"
        )
    parts.append(
        f"SELECT concat_ws(' ', '{_QUARANTINE}', f.quarantine_id, f.payload_id) FROM {_QUARANTINE} f "
        f"WHERE NOT EXISTS (SELECT FROM {_PAYLOADS} p WHERE p.payload_id = f.payload_id)"
    )
    return " UNION ALL ".join(parts)


def _strangers() -> Iterator[tuple[str, str]]:
    """(table, query): rows whose id is not in the catalog; events may name no instrument."""
    named = {table.name: table.catalog for table in FACTS.values() if table.catalog}
    named["raw.events"] = ("instrument_id", "meta.instruments.instrument_id")
    for table, (own, there) in named.items():
        catalog, column = there.rsplit(".", 1)
        yield (
            table,
            (
                f"SELECT {_row(FACTS[table], own)} FROM {table} f WHERE f.{own} IS NOT NULL "
                f"AND NOT EXISTS (SELECT FROM {catalog} c WHERE c.{column} = f.{own})"
            ),
        )


_OVERLAPS = """
SELECT concat_ws(' ', a.universe_id, a.instrument_id, a.valid_from, 'and', b.valid_from)
FROM meta.universe_as_of() a JOIN meta.universe_as_of() b USING (universe_id, instrument_id)
WHERE a.valid_from < b.valid_from AND (a.valid_to IS NULL OR a.valid_to > b.valid_from)
"""
_HEADS = """
SELECT concat_ws(' ', coalesce(h.series_id, t.series_id), coalesce(h.period, t.period),
    CASE WHEN h.series_id IS NULL THEN 'has no head' WHEN t.series_id IS NULL THEN 'has a head and no row'
    ELSE 'has a head that is not the row known last' END)
FROM raw.observation_heads h FULL JOIN (
    SELECT DISTINCT ON (series_id, period) o.*, min(known_at) OVER (PARTITION BY series_id, period) AS first_known_at
    FROM raw.observations o ORDER BY series_id, period, known_at DESC, recorded_at DESC
) t ON t.series_id = h.series_id AND t.period = h.period
WHERE ROW(h.*) IS DISTINCT FROM ROW(t.*)
"""
_KNOWN = {name: "received_at" if name == "raw.ticks" else "known_at" for name in FACTS}
_PUBLISHED = [name for name, table in FACTS.items() if issubclass(table.model, Published)]
_FETCHED = dict.fromkeys((*_PUBLISHED, _PAYLOADS), "fetched_at")
INVARIANTS = (
    Invariant("known before recorded", _about(list(_KNOWN)), _later_than_recorded(_KNOWN), by_clock=True),
    Invariant("fetched before recorded", _about(list(_FETCHED)), _later_than_recorded(_FETCHED), by_clock=True),
    Invariant("payload is indexed", _about([*FACTS, _QUARANTINE]), _orphans()),
    Invariant(
        "id is in the catalog",
        _about([table for table, _ in _strangers()]),
        " UNION ALL ".join(query for _, query in _strangers()),
    ),
    Invariant("memberships do not overlap", "meta.universe_members", _OVERLAPS),
    Invariant("heads are what is known last", "raw.observation_heads", _HEADS),
)


def examine(connection: psycopg.Connection) -> list[Finding]:
    """Run every check on one snapshot, in a transaction that this begins; reads all facts."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    connection.execute("SET LOCAL work_mem = '256MB'")
    claimed = connection.execute("SELECT value FROM meta.warehouse WHERE key = 'clock'").fetchone()
    moved = claimed is not None and claimed[0] == "moved"
    return [
        Finding(each.name, each.about, 0, skipped="the clock was moved")
        if moved and each.by_clock
        else _look(connection, each)
        for each in INVARIANTS
    ]


def _look(connection: psycopg.Connection, one: Invariant) -> Finding:
    row = connection.execute(f"SELECT count(*), min(b.what) FROM ({one.broken}) b(what)".encode()).fetchone()
    assert row is not None
    return Finding(one.name, one.about, *row)
