"""PostgreSQL's client programs: which pg_dump, pg_restore and psql suit a server, and how they log in.

Belongs here: locations, versions, the environment they run in. Keep out: what is dumped (backup.py) or loaded
(restore.py), the server's own programs (server/binaries.py).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.server.binaries import environment, find_binaries, system_folders, wheel_folders

PROGRAMS = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True, slots=True)
class Clients:
    """Client programs of one installation, and the login they use (libpq words, password apart)."""

    folder: Path
    major: int
    conninfo: str
    password: str

    def command(self, program: str, *arguments: str) -> list[str]:
        """Argument list that runs `program` on the warehouse's database; no password is in it."""
        return [str(self.folder / program), "--no-password", f"--dbname={self.conninfo}", *arguments]

    def environment(self) -> dict[str, str]:
        """Its environment: the password, and nothing else that libpq would take from the person's shell."""
        kept = {name: value for name, value in environment().items() if not name.startswith("PG")}
        return kept | {"PGPASSWORD": self.password}


def find_clients(warehouse: Warehouse, at_least: int = 0) -> Clients:
    """The programs for this warehouse's server: those of its major version, else the next newer ones.

    The embedded server is served by its own. `at_least`: the major version that wrote a dump, which older programs
    cannot read. Raises WarehouseUnavailable in one line when none suits.
    """
    with warehouse.session() as connection:
        server = connection.info.server_version // 10_000
    given = warehouse.settings.warehouse.pg_bin
    own = [find_binaries(given).folder] if warehouse.lease else []
    chosen = [given.expanduser().absolute()] if given else []
    found = _suitable(own or [*chosen, *system_folders(), *_on_path(), *wheel_folders()], max(server, at_least))
    if found is None:
        where = str(own[0]) if own else "PATH and /usr/lib/postgresql/*/bin"
        raise WarehouseUnavailable(
            f"no {', '.join(PROGRAMS)} of version {max(server, at_least)} or newer in {where}: "
            f"install postgresql-client-{max(server, at_least)}, or set LIQUIDITY_WAREHOUSE__PG_BIN"
        )
    said = psycopg.conninfo.conninfo_to_dict(warehouse.plain_url())
    words = {name: str(value) for name, value in said.items() if value is not None}
    password = words.pop("password", "")
    words.pop("sslpassword", None)  # it has no variable of its own, and arguments are there for everybody to read
    return Clients(*found, psycopg.conninfo.make_conninfo(**words), password)


def _suitable(folders: Iterable[Path], wanted: int) -> tuple[Path, int] | None:
    """(folder, major) nearest above `wanted`, the first of equals."""
    known = [(folder, major) for folder in folders if (major := _major(folder)) is not None and major >= wanted]
    return min(known, key=lambda each: each[1]) if known else None


def _on_path() -> list[Path]:
    found = shutil.which("pg_dump")
    return [Path(found).parent] if found else []


def _major(folder: Path) -> int | None:
    if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
        return None
    try:
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"PostgreSQL\D* (\d+)", said)
    return int(number[1]) if number else None
