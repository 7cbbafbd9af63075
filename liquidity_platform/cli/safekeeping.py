"""What `warehouse backup`, `restore` and `check` do with the warehouse and the archive together.

Belongs here: composing the two, notes on stderr, frames to print. Keep out: options (warehouse.py), dumps and checks
themselves (warehouse), bytes (sources.archive).
"""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import psycopg

from liquidity_platform.cli.reading import print_frame
from liquidity_platform.core.errors import UsageError, WarehouseError
from liquidity_platform.settings import settings
from liquidity_platform.sources.archive import Archive, ArchiveError, open_archive
from liquidity_platform.warehouse.backup import back_up, check_target, reading
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.invariants import Finding, examine
from liquidity_platform.warehouse.manifest import Compared
from liquidity_platform.warehouse.restore import BackupDiffers, restore

_ARCHIVE = "archive/"  # names in a backup: archive/<uri>
_SAY_EVERY = 1000


def write_backup(file: Path, force: bool, with_archive: bool) -> None:
    """Back up to `file` and print one line. Raises UsageError or WarehouseError."""
    check_target(file, force)
    archive = open_archive(settings())
    with open_warehouse(settings()) as warehouse:
        _say("counting, dumping and reading back")
        try:
            manifest = back_up(warehouse, file, force=force, beside=_kept(warehouse, archive) if with_archive else ())
        except OSError as error:
            raise WarehouseError(f"{file} cannot be written: {error.strerror or error}") from None
    if not with_archive:
        _say(f"the archive {archive.place} is not in it: copy it too, or use --with-archive")
    print(f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables, {file.stat().st_size} bytes")


def _kept(warehouse: Warehouse, archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Every payload in the archive, read and compared first, and after them any that the warehouse misses there.

    Raises ArchiveError for the first that is not what was stored. Listed when first asked, once the dump is done:
    every payload it indexes was stored before.
    """
    names = archive.names()
    for uri in names:
        yield _ARCHIVE + uri, archive.packed(uri, _sha256_in(uri))
    with warehouse.session() as connection:
        indexed = {row[0] for row in connection.execute("SELECT DISTINCT uri FROM raw.payloads")}
    if missing := sorted(indexed - set(names)):
        raise ArchiveError(
            f"archive {archive.place}: {len(missing)} indexed payloads are not there, such as {missing[0]}; "
            "`liquidity warehouse check --archive` tells more"
        )


def _sha256_in(uri: str) -> str:
    return Path(uri).stem


def read_backup(file: Path) -> None:
    """Restore `file` and print what was compared. Raises UsageError, WarehouseError or ArchiveError."""
    if not file.is_file():
        raise UsageError(f"{file}: {'a folder, not a backup' if file.is_dir() else 'no such file'}")
    archive = open_archive(settings())
    with open_warehouse(settings()) as warehouse:
        _say("loading and comparing")
        try:
            tables = restore(warehouse, file)
        except BackupDiffers as error:
            _print_compared(error.tables)
            raise
    stored = _unpack(file, archive)
    _print_compared(tables)
    if stored:
        _say(f"{stored} payloads stored in {archive.place}")


def _unpack(file: Path, archive: Archive) -> int:
    """Store the archived payloads of a backup; the archive names them by their own bytes."""
    stored = 0
    with reading(file) as (pack, _):
        for name in pack.namelist():
            if name.startswith(_ARCHIVE):
                try:
                    sha256, _ = archive.store(gzip.decompress(pack.read(name)))
                    if sha256 != _sha256_in(name):
                        raise ArchiveError(f"{file}: {name} holds other bytes than its name says")
                except (EOFError, zlib.error, gzip.BadGzipFile):
                    raise ArchiveError(f"{file}: {name} was damaged when it was backed up") from None
                stored += 1
    return stored


def _print_compared(tables: Sequence[Compared]) -> None:
    rows = [(one.table, one.found.rows if one.found else None, "ok" if one.ok else _difference(one)) for one in tables]
    shape = {"table": pl.String, "rows": pl.Int64, "ok": pl.String}
    frame = pl.DataFrame(rows, schema=shape, orient="row")
    print_frame(frame, "table", "restored", settings().simulated)


def _difference(one: Compared) -> str:
    if one.wanted is None or one.found is None:
        return "not in the backup" if one.wanted is None else "MISSING"
    return f"WRONG: {one.wanted.rows} rows backed up" if one.wanted.rows != one.found.rows else "WRONG: other content"


def check_invariants(with_archive: bool, format: str) -> None:
    """Print every check; raises WarehouseError when one is broken."""
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            findings = examine(connection)
        if with_archive:
            with warehouse.session() as connection:
                findings.append(_read_archive(connection, open_archive(settings())))
    short = format == "table"
    rows = [
        (f.name, _counted(f.about) if short else f.about, None if f.skipped else f.broken, f.example or f.skipped)
        for f in findings
    ]
    shape = {"check": pl.String, "tables": pl.String, "broken": pl.Int64, "example": pl.String}
    frame = pl.DataFrame(rows, schema=shape, orient="row")
    print_frame(frame, format, "invariants", settings().simulated)
    if broken := [f.name for f in findings if f.broken]:
        raise WarehouseError(f"broken: {', '.join(broken)}")


def _counted(tables: str) -> str:
    return f"{tables.count(',') + 1} tables" if "," in tables else tables


def _read_archive(connection: psycopg.Connection, archive: Archive) -> Finding:
    """Read the bytes of every indexed payload."""
    rows = connection.execute("SELECT uri, sha256, count(*) FROM raw.payloads GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    broken, example = 0, None
    for number, (uri, sha256, payloads) in enumerate(rows, 1):
        try:
            archive.read(uri, sha256)
        except ArchiveError as error:
            broken, example = broken + payloads, example or str(error)
        if number % _SAY_EVERY == 0 or number == len(rows):
            _say(f"{number} of {len(rows)} archived files read")
    return Finding("archived bytes are as fetched", "raw.payloads", broken, example)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
