"""Moving what is committed from the WAL into the file, on a thread of its own: it waits for the disk, alerts must not.

Belongs here: when that happens. Keep out: writing (writing.py).
"""

import contextlib
import sqlite3
import threading
from pathlib import Path

from liquidity_platform.realtime.journal.opening import connect

EVERY_S = 2.0
LARGEST_WAL = 8_000  # pages (32 MB): a WAL that readers or a flood keep from beginning anew is moved by the writer


class Checkpointer:
    """Runs from `start` to `close`."""

    def __init__(self, path: Path, every_s: float = EVERY_S) -> None:
        self._path, self._every_s = path, every_s
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)

    def start(self, writing: sqlite3.Connection) -> None:
        """From now on `writing` leaves the moving to this thread."""
        writing.execute(f"PRAGMA wal_autocheckpoint = {LARGEST_WAL}")
        self._thread.start()

    def close(self, patience_s: float) -> None:
        """End it."""
        self._ends.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        with contextlib.closing(connect(self._path)) as connection:
            while not self._ends.wait(self._every_s):
                with contextlib.suppress(sqlite3.Error):  # full or gone: the writer meets it too, and says so
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
