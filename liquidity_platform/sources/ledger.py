"""Small records that everything asking a publisher shares: whose turn it is, what is counted, who is not to be asked.

A ledger changes one record at a time, all or nothing, whoever else is changing it: in this process (`MemoryLedger`),
on this machine (`FileLedger`, an SQLite file below HOME), or wherever Redis is reached (redis_ledger.py). A process
that is killed leaves no lock behind: SQLite's ends with it, Redis's are never held.
Belongs here: keeping records, and which ledger keeps what. Keep out: what records mean (pace, breaker, quota).
"""

import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from liquidity_platform.settings import Settings

Record = dict[str, Any]  # what JSON carries
Answer = TypeVar("Answer")
Change = Callable[[Record, float], tuple[Record, Answer]]  # (record, seconds since 1970) -> (new record, answer)

FILE = "asking.sqlite"
_BUSY_S = 10.0
_LOG = logging.getLogger(__name__)


class Ledger(Protocol):
    """Records by name; one never written is empty."""

    @property
    def where(self) -> str:
        """For people: who shares it."""

    @property
    def fault(self) -> str | None:
        """Why it is kept elsewhere than settings ask for; None when it is not."""

    def change(self, name: str, change: Change[Answer]) -> Answer:
        """Replace the record by what `change` makes of it, and return its answer. `change` may be called again."""

    def read(self, name: str) -> tuple[Record, float]:
        """The record, and the ledger's clock in seconds since 1970."""


class MemoryLedger:
    """Records of this process."""

    where = "in each process by itself"
    fault: str | None = None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._lock = threading.Lock()

    def change(self, name: str, change: Change[Answer]) -> Answer:
        """See Ledger."""
        with self._lock:
            self._records[name], answer = change(self._records.get(name, {}), self._clock())
            return answer

    def read(self, name: str) -> tuple[Record, float]:
        """See Ledger."""
        return self._records.get(name, {}), self._clock()


class FileLedger:
    """Records of this machine, in an SQLite file. Without a usable file: of this process, said once."""

    where = "by all processes of this HOME"
    fault: str | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._instead: MemoryLedger | None = None

    def change(self, name: str, change: Change[Answer]) -> Answer:
        """See Ledger."""
        with self._lock:
            if self._instead is None:
                try:
                    return self._changed(self._connection(), name, change)
                except (sqlite3.Error, OSError) as error:
                    self.fault = f"{self._path} cannot be used: {error}"
                    _LOG.warning("%s; limits hold within this process only", self.fault)
                    self._instead = MemoryLedger()
        return self._instead.change(name, change)

    def read(self, name: str) -> tuple[Record, float]:
        """See Ledger. A file that is not there is not made."""
        record: Record = {}
        with self._lock:
            try:
                if self._path.is_file():
                    record = _found(self._connection(), name)
            except (sqlite3.Error, OSError) as error:
                self.fault = f"{self._path} cannot be used: {error}"
        return record, time.time()

    def _changed(self, connection: sqlite3.Connection, name: str, change: Change[Answer]) -> Answer:
        connection.execute("BEGIN IMMEDIATE")
        try:
            before = _found(connection, name)
            after, answer = change(before, time.time())
            if after != before:
                connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (name, json.dumps(after)))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return answer

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None or self._opened[0] != os.getpid():  # a forked process must not use its parent's
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, _BUSY_S, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, record TEXT NOT NULL)")
            self._opened = os.getpid(), connection
        return self._opened[1]


def _found(connection: sqlite3.Connection, name: str) -> Record:
    row = connection.execute("SELECT record FROM records WHERE name = ?", (name,)).fetchone()
    record: Record = json.loads(row[0]) if row else {}
    return record


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Where the records of a process are kept."""

    breakers: Ledger
    counts: Ledger  # turns and quotas


def in_memory() -> Ledgers:
    """Ledgers that leave no trace."""
    return Ledgers(MemoryLedger(), MemoryLedger())


def ledgers_of(settings: Settings) -> Ledgers:
    """Those of this process: in Redis when `redis.url` names one; else breakers in memory, counts below HOME."""
    url = settings.redis.url
    return _ledgers(url.get_secret_value() if url else None, settings.home / FILE)


@lru_cache(maxsize=8)
def _ledgers(url: str | None, file: Path) -> Ledgers:
    own = Ledgers(MemoryLedger(), FileLedger(file))
    if url is None:
        return own
    from liquidity_platform.sources.redis_ledger import in_redis

    return in_redis(url, own)
