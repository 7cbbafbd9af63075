"""Loading a backup into an empty warehouse.

The empty schemas are set aside under other names and dropped only when what was loaded is what was backed up: any
failure before that leaves the warehouse as it was. The dump is loaded by psql in one transaction; tables are filled
before their triggers exist, so the heads of observations are loaded, not made a second time.
Belongs here: what may be restored where, loading, putting back. Keep out: the file (backup.py), the command (cli).
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import psycopg
from psycopg import sql

from liquidity_platform.core.errors import WarehouseError, WarehouseRefused
from liquidity_platform.warehouse.backup import reading, running, script_of
from liquidity_platform.warehouse.clients import Clients, find_clients
from liquidity_platform.warehouse.connect import Warehouse, allow_logins
from liquidity_platform.warehouse.manifest import Compared, Manifest, compare, fingerprints, tables_in
from liquidity_platform.warehouse.schema import HEAD, SCHEMAS, migrate, migrations_wait

# what every migrated warehouse holds, and what is computed from the rest
_NOT_FACTS = (
    "meta.warehouse", "meta.data_sources", "meta.series", "meta.instruments", "meta.alembic_version", "ops.logins",
)  # fmt: skip
_ASIDE = "before_restore_"
_PREAMBLE_LINES = 60
_SINCE_17 = b"SET transaction_timeout = 0;\n"  # written by programs of any server, refused by servers before 17


class BackupDiffers(WarehouseError):
    """What was loaded is not what was backed up; nothing of it was kept."""

    def __init__(self, file: Path, tables: Sequence[Compared]) -> None:
        self.tables = tables
        wrong = ", ".join(each.table for each in tables if not each.ok)
        super().__init__(f"{file} does not restore to what was backed up ({wrong}); the warehouse was left empty")


def restore(warehouse: Warehouse, file: Path) -> list[Compared]:
    """Load `file` into `warehouse`, compare every table, migrate when it is older; the tables compared.

    Raises WarehouseRefused when the warehouse is not empty, is in use, or the backup is of another kind of data or a
    newer schema; BackupDiffers or WarehouseError when it is damaged. The warehouse is then as it was.
    """
    with reading(file) as (pack, manifest):
        _check_kind(warehouse, manifest)
        clients = find_clients(warehouse, manifest.dumped_by)
        warehouse.engine.dispose()  # no connection of this process holds the tables or remembers them
        with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection, _set_aside(connection):
            with migrations_wait(connection):
                _load(pack, clients, connection.info.server_version // 10_000)
                tables = _compared(connection, manifest)
                if not all(each.ok for each in tables):
                    raise BackupDiffers(file, tables)
                _close_functions(connection, manifest)
            migrate(warehouse.engine)
            allow_logins(warehouse)
            for table in tables_in(connection):
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*table.split(".", 1))))
    return tables


def _check_kind(warehouse: Warehouse, manifest: Manifest) -> None:
    if int(manifest.schema_revision) > int(HEAD):
        raise WarehouseRefused(
            f"the backup has schema {manifest.schema_revision}, this platform knows {HEAD}: use the newer platform"
        )
    simulated = manifest.claims.get("kind") == "simulated"
    if manifest.claims and simulated != warehouse.settings.simulated:
        how = "set LIQUIDITY_DATA=sample" if simulated else "unset LIQUIDITY_DATA"
        raise WarehouseRefused(f"the backup holds {manifest.claims.get('kind')} data: {how} to restore it")


@contextmanager
def _set_aside(connection: psycopg.Connection) -> Iterator[None]:
    """Rename the empty schemas; at the end drop them, on any error put them back."""
    with migrations_wait(connection):
        _rename_empty(connection)
    try:
        yield
    except BaseException:
        with migrations_wait(connection), connection.transaction():
            for schema in SCHEMAS:
                name, aside = sql.Identifier(schema), sql.Identifier(_ASIDE + schema)
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
                connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(aside, name))
        raise
    _drop_aside(connection)


def _rename_empty(connection: psycopg.Connection) -> None:
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '10s'")
            _drop_aside(connection)  # of a restore that was killed: empty, or it would not have begun
            for table in tables_in(connection):
                name = sql.Identifier(*table.split(".", 1))
                connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(name))
                known = table in _NOT_FACTS or table.startswith("marts.")
                if not known and connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
                    raise WarehouseRefused(
                        f"this warehouse is not empty ({table} has rows): restore into another --home or an empty "
                        "database"
                    )
            for schema in SCHEMAS:
                name, aside = sql.Identifier(schema), sql.Identifier(_ASIDE + schema)
                connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(name, aside))
    except psycopg.errors.LockNotAvailable:
        raise WarehouseRefused(
            "somebody is using this warehouse: stop them (`liquidity down`) and restore again"
        ) from None


def _drop_aside(connection: psycopg.Connection) -> None:
    names = sql.SQL(", ").join(sql.Identifier(_ASIDE + schema) for schema in SCHEMAS)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(names))


def _load(pack: ZipFile, clients: Clients, server: int) -> None:
    """Run the dump's script in one transaction, which is committed only after its last word."""
    command = clients.command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
    with running(command, clients, subprocess.PIPE, subprocess.DEVNULL) as psql:
        assert psql.stdin is not None
        with script_of(pack, clients) as script:
            try:
                _pour(script, psql.stdin, server)
            except BrokenPipeError:  # psql has ended and says why; let pg_restore come to its end
                while script.read(1 << 20):
                    pass
        with suppress(BrokenPipeError):
            psql.stdin.write(b"\nCOMMIT;\n")
            psql.stdin.close()


def _pour(script: IO[bytes], sink: IO[bytes], server: int) -> None:
    sink.write(b"BEGIN;\n")
    for _ in range(_PREAMBLE_LINES):
        line = script.readline()
        if server >= 17 or line != _SINCE_17:
            sink.write(line)
    shutil.copyfileobj(script, sink, 1 << 20)
    sink.flush()


def _compared(connection: psycopg.Connection, manifest: Manifest) -> list[Compared]:
    with connection.transaction():
        return compare(manifest.tables, fingerprints(connection))


def _close_functions(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Functions that not everybody may call become so again: grants are not in what was loaded."""
    for function in manifest.private_functions:
        row = connection.execute("SELECT %s::regprocedure::text", [function]).fetchone()
        assert row is not None
        connection.execute(f"REVOKE ALL ON ROUTINE {row[0]} FROM PUBLIC".encode())
