"""Opening the journal's file: WAL, the newest schema, one line when it cannot be used.

Belongs here: connections and their pragmas, migrating. Keep out: tables (tables.py), what is written or asked.
"""

import fcntl
import os
import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from liquidity_platform.core.errors import LiquidityError

HEAD = "0003"
BUSY_MS = 5_000
CACHE_KB = 8_000  # of each connection: ticks are written and cleaned at the ends of their indexes


class JournalError(LiquidityError):
    """The journal cannot be opened, read or written."""


def connect(path: Path, *, durable: bool = False) -> sqlite3.Connection:
    """A connection of its own to the journal. A commit outlives the process; `durable`: also a power cut."""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    except sqlite3.Error as error:
        raise JournalError(f"the journal {path} cannot be used: {error}") from None
    return connection


def claim(path: Path) -> IO[str]:
    """The journal is this process's alone to feed, until the file is closed or the process ends, however it ends.

    Raises JournalError when another one has it: two engines over one journal would each write over the other's state.
    """
    beside = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = beside.open("a+")
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.strerror or error}") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.seek(0)
        owner = held.read().strip()
        held.close()
        raise JournalError(
            f"another sidecar (process {owner or 'unknown'}) feeds {path}; end it, or set LIQUIDITY_STREAM__JOURNAL"
        ) from None
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def open_journal(path: Path) -> Engine:
    """An engine for reading and small changes; the file is made, or brought to the newest schema, first.

    Raises JournalError in one line: no folder, no right to write, not a journal, one of a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.strerror or error}") from None
    connect(path).close()
    engine = sa.create_engine("sqlite+pysqlite://", creator=lambda: connect(path), poolclass=sa.pool.QueuePool)
    try:
        _migrate(engine, path)
    except sa.exc.DatabaseError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.orig}") from None
    return engine


def _migrate(engine: Engine, path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    with engine.begin() as connection:
        found = None
        if sa.inspect(connection).has_table("alembic_version"):
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise JournalError(f"the journal {path} is of a newer platform (schema {found}, this one knows {HEAD})")
        config = Config()
        config.set_main_option("script_location", str(files("liquidity_platform.realtime.journal") / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
