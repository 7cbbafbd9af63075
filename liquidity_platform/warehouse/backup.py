"""Backing the warehouse up into one file, and reading such a file.

The file is a zip, stored as it is: `manifest.json`, `warehouse.dump` (pg_dump's custom format) and, on request,
`archive/...`. Manifest and dump are of one snapshot. It is written beside its name and renamed when it was read back.
Belongs here: the file, pg_dump. Keep out: loading it (restore.py), fingerprints (manifest.py), what the archive is.
"""

import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from liquidity_platform.core.errors import UsageError, WarehouseError
from liquidity_platform.core.instants import iso
from liquidity_platform.core.whole import written_whole
from liquidity_platform.warehouse.clients import Clients, find_clients
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.manifest import PASSWORDS, Manifest, fingerprints, private_functions
from liquidity_platform.warehouse.schema import SCHEMAS

MANIFEST, DUMP = "manifest.json", "warehouse.dump"
_CHUNK = 1 << 20


def check_target(file: Path, force: bool) -> None:
    """Raises UsageError when `file` exists (unless `force`), is a folder, or has no folder to be in."""
    if file.is_dir() or (file.exists() and not force):
        raise UsageError(f"{file} exists" + ("" if file.is_dir() else ": choose another name, or --force"))
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent}: no such folder")


def back_up(
    warehouse: Warehouse, file: Path, *, force: bool = False, beside: Iterable[tuple[str, bytes]] = ()
) -> Manifest:
    """Write a verified backup to `file` and return what it holds.

    `beside`: (name in the backup, content) of what is stored with it, read after the dump. Raises UsageError when the
    file exists and not `force`, WarehouseError when the dump fails or is not whole; `file` is as it was then.
    """
    check_target(file, force)
    clients = find_clients(warehouse)
    with written_whole(file, 0o600) as draft:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED, strict_timestamps=False) as pack:
            manifest = _dump(warehouse, clients, pack)
            for name, content in beside:
                pack.writestr(name, content)
        _verify(draft, file, clients)
        check_target(file, force)
    return manifest


@contextmanager
def reading(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The opened backup, every byte of it checked, and its manifest. Raises WarehouseError in one line."""
    if not file.is_file():
        raise UsageError(f"{file}: no such file")
    with file.open("rb") as handle:
        pack, manifest = _checked(handle, file)
        with pack:
            yield pack, manifest


def _checked(handle: IO[bytes], file: Path) -> tuple[zipfile.ZipFile, Manifest]:
    try:
        pack = zipfile.ZipFile(handle)
        pack.getinfo(DUMP)
        if (damaged := pack.testzip()) is not None:
            raise WarehouseError(f"{file} is damaged: {damaged} is not what was written")
        return pack, Manifest.from_json(pack.read(MANIFEST))
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
        raise WarehouseError(f"{file} is not a whole backup of `liquidity warehouse backup`") from None


def _dump(warehouse: Warehouse, clients: Clients, pack: zipfile.ZipFile) -> Manifest:
    """Manifest and dump of one snapshot into `pack`."""
    with psycopg.connect(warehouse.plain_url()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found is not None
        manifest = _describe(connection, clients)
        pack.writestr(MANIFEST, manifest.to_json())
        command = clients.command(
            "pg_dump", "--format=custom", "--strict-names", f"--snapshot={found[0]}", "--lock-wait-timeout=60s",
            *(f"--schema={schema}" for schema in SCHEMAS), f"--exclude-table-data={PASSWORDS}",
        )  # fmt: skip
        with running(command, clients) as process, pack.open(DUMP, "w", force_zip64=True) as member:
            assert process.stdout is not None
            shutil.copyfileobj(process.stdout, member, _CHUNK)
    return manifest


def _describe(connection: psycopg.Connection, clients: Clients) -> Manifest:
    tables = fingerprints(connection)
    revision = connection.execute("SELECT version_num FROM meta.alembic_version").fetchone()
    claims = connection.execute("SELECT key, value FROM meta.warehouse").fetchall()
    version = connection.info.parameter_status("server_version") or ""
    return Manifest(
        iso(datetime.now(UTC)), revision[0] if revision else "", version, clients.major, tables, dict(claims),
        private_functions(connection),
    )  # fmt: skip


def _verify(draft: IO[bytes], file: Path, clients: Clients) -> None:
    """Read everything back: checksums, and that the dump holds as many rows as the manifest."""
    pack, manifest = _checked(draft, file)
    with script_of(pack, clients) as script:
        seen = _count_rows(script)
    if seen != manifest.rows:
        raise WarehouseError(
            f"the dump holds {seen} rows, the warehouse {manifest.rows}: is one of its tables kept by an extension?"
        )


def _count_rows(script: IO[bytes]) -> int:
    rows, inside = 0, False
    for line in script:
        if not inside:
            inside = line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")
        elif line == b"\\.\n":
            inside = False
        else:
            rows += 1
    return rows


@contextmanager
def script_of(pack: zipfile.ZipFile, clients: Clients) -> Iterator[IO[bytes]]:
    """The dump as an SQL script, without owners and grants. Raises WarehouseError at its end if it was not whole."""
    words = ("--no-owner", "--no-privileges", "--no-tablespaces", "--file=-")
    command = [str(clients.folder / "pg_restore"), *words]
    with pack.open(DUMP) as member, running(command, clients, subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = threading.Thread(target=_feed, args=(member, process.stdin), daemon=True)
        feeder.start()
        yield process.stdout
        feeder.join()


def _feed(source: IO[bytes], sink: IO[bytes]) -> None:
    with suppress(BrokenPipeError), sink:  # a program that ended says why by itself
        shutil.copyfileobj(source, sink, _CHUNK)


@contextmanager
def running(
    command: list[str], clients: Clients, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one of the programs for the length of the block; it is killed when the block fails.

    Raises WarehouseError with the program's own reason when it fails.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=said, env=clients.environment())
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if pipe is not None:
                        pipe.close()
            process.wait()
        if process.returncode:
            said.seek(0)
            raise WarehouseError(f"{Path(command[0]).name} failed: {_reason(said.read().decode(errors='replace'))}")


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()] or ["it said nothing"]
    return next((line for line in lines if "ERROR" in line or "error:" in line), lines[-1])
