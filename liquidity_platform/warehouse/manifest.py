"""What a backup says of its content, and how that is compared with a database.

A table's fingerprint is its number of rows and the sum of a hash of every row's text: it depends on neither the order
of rows on disk nor on the session's settings.
Belongs here: fingerprints, the manifest and its JSON, comparing. Keep out: files and programs (backup.py, restore.py).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import psycopg
from psycopg import sql

from liquidity_platform.core.errors import WarehouseError
from liquidity_platform.warehouse.schema import SCHEMAS

PASSWORDS = "ops.logins"  # made anew by whoever restores
FORMAT = 1  # of the backup file; a number this code does not know is refused
_PLAIN = {"timezone": "UTC", "datestyle": "ISO, MDY", "intervalstyle": "postgres", "extra_float_digits": "1",
          "bytea_output": "hex", "search_path": ""}  # fmt: skip
_TABLES = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1, 2
"""
_PRIVATE = """
SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY (%s) AND NOT has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY 1
"""


class Fingerprint(NamedTuple):
    """Content of a table: number of rows, sum of their hashes as decimal text."""

    rows: int
    hash: str


class Compared(NamedTuple):
    """One table of a backup beside what a database holds; None where there is no such table."""

    table: str
    wanted: Fingerprint | None
    found: Fingerprint | None

    @property
    def ok(self) -> bool:
        """True when both are the same."""
        return self.wanted == self.found


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `made_at` is an ISO instant, `claims` the rows of meta.warehouse."""

    made_at: str
    schema_revision: str
    server_version: str
    dumped_by: int  # major version of pg_dump: older programs cannot read the dump
    tables: Mapping[str, Fingerprint]
    claims: Mapping[str, str] = field(default_factory=dict)
    private_functions: tuple[str, ...] = ()  # not everybody may call these; other grants are not restored
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(each.rows for each in self.tables.values())

    def to_json(self) -> str:
        """As it stands in the backup."""
        return json.dumps(asdict(self) | {"tables": {k: v._asdict() for k, v in self.tables.items()}}, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Manifest":
        """Raises WarehouseError when it is of a later format, ValueError, KeyError or TypeError when it is damaged."""
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise WarehouseError(f"format {said['format']} of this backup is unknown: use the newer platform")
        tables = {str(k): Fingerprint(int(v["rows"]), str(v["hash"])) for k, v in said.pop("tables").items()}
        private = tuple(str(each) for each in said.pop("private_functions"))
        int(said["schema_revision"])
        return cls(**said, tables=tables, private_functions=private)


def tables_in(connection: psycopg.Connection, schemas: tuple[str, ...] = SCHEMAS) -> list[str]:
    """Tables of `schemas` as `schema.table`; a partitioned one counts once."""
    return [f"{schema}.{table}" for schema, table in connection.execute(_TABLES, [list(schemas)])]


def fingerprints(connection: psycopg.Connection) -> dict[str, Fingerprint]:
    """The fingerprint of every table of our schemas but the passwords, which no backup holds; reads them all.

    Changes the transaction's settings.
    """
    for name, value in _PLAIN.items():
        connection.execute("SELECT set_config(%s, %s, true)", [name, value])
    found = {}
    for table in tables_in(connection):
        if table == PASSWORDS:
            continue
        row = connection.execute(
            sql.SQL(
                "SELECT count(*), coalesce(sum(hashtextextended((x.*)::text, 0)::numeric), 0)::text FROM {} x"
            ).format(sql.Identifier(*table.split(".", 1)))
        ).fetchone()
        assert row is not None
        found[table] = Fingerprint(*row)
    return found


def private_functions(connection: psycopg.Connection) -> tuple[str, ...]:
    """Our functions that not everybody may call, with schema and types. Wants an empty search_path."""
    return tuple(row[0] for row in connection.execute(_PRIVATE, [list(SCHEMAS)]))


def compare(wanted: Mapping[str, Fingerprint], found: Mapping[str, Fingerprint]) -> list[Compared]:
    """Every table of either side, by name."""
    return [Compared(name, wanted.get(name), found.get(name)) for name in sorted({*wanted, *found})]
