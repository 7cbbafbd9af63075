"""The one writer of ticks, alerts and deliveries: a thread with a connection of its own.

What is asked with `alert`, `deliver` or `keep_state` is committed before the answer comes; ticks are gathered and
written in small batches between, so that nothing urgent waits for more than one of them. When the file cannot be
written (full disk, lock) the writer keeps what it has, says so in `fault`, tries again, and drops the oldest ticks,
counted, before it drops anything else: alerts are never dropped.
Belongs here: that. Keep out: what is written (journal.tables), questions, retention (keeping.py).
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from liquidity_platform.realtime.journal.opening import connect
from liquidity_platform.realtime.ticks import Tick

BATCH = 256  # ticks a commit: about a millisecond, which is what an alert may have to wait
_TICKS = (
    "INSERT INTO market_data (instrument_id, event_at, received_at, seq, price, size, bid, ask, flags) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
Result = TypeVar("Result")
Job = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class WriterHealth:
    """What the writer did, and why it cannot go on, if so (`fault`, one line)."""

    ticks_written: int = 0
    ticks_waiting: int = 0
    ticks_dropped: int = 0
    jobs_written: int = 0
    fault: str | None = None


class Writer:
    """Start it with `with`; at the end everything that waits is written, or the fault is raised by `close`."""

    def __init__(
        self, path: Path, ids: dict[str, int], *, durable: bool = False, keep: int = 1_000_000, gather_s: float = 0.1
    ) -> None:
        """`ids`: catalog id -> the journal's. `keep`: ticks held in memory while the file cannot be written."""
        self.health = WriterHealth()
        self._path, self._ids, self._durable, self._gather_s = path, ids, durable, gather_s
        self._ticks: deque[Tick] = deque()
        self._keep = keep
        self._jobs: deque[tuple[Job, Future[Any]]] = deque()
        self._wake = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def __enter__(self) -> "Writer":
        self._connection = connect(self._path, durable=self._durable)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ticks(self, ticks: list[Tick]) -> None:
        """Take ticks to be written soon; never blocks."""
        self._ticks.extend(ticks)
        while len(self._ticks) > self._keep:
            self._ticks.popleft()
            self.health.ticks_dropped += 1
        if len(self._ticks) >= BATCH:
            with self._wake:
                self._wake.notify()

    def submit(self, job: Callable[[sqlite3.Connection], Result]) -> "Future[Result]":
        """Run `job` in a transaction of its own, before waiting ticks; the future is done when it is committed.

        While the file cannot be written the job waits and is tried again; a job whose own SQL is refused fails.
        """
        future: Future[Result] = Future()
        with self._wake:
            self._jobs.append((job, future))
            self._wake.notify()
        return future

    def close(self, patience_s: float = 10.0) -> None:
        """Write what waits and end; what cannot be written within `patience_s` stays in `health`."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        self._thread.join(patience_s)

    def _run(self) -> None:
        pause = 0.05
        while True:
            with self._wake:
                if not (self._jobs or self._ends or len(self._ticks) >= BATCH or self.health.fault):
                    self._wake.wait(self._gather_s)
            try:
                self._write_jobs()
                if self._ticks:
                    self._write_ticks()
                self.health.fault, pause = None, 0.05
            except sqlite3.Error as error:
                self.health.fault = f"the journal {self._path} cannot be written: {error}"
                time.sleep(pause)
                pause = min(pause * 2, 2.0)
                self._again()
            self.health.ticks_waiting = len(self._ticks)
            if self._ends and not self._jobs and not self._ticks:
                self._connection.close()
                return

    def _write_jobs(self) -> None:
        while self._jobs:
            job, future = self._jobs[0]
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                answer = job(self._connection)
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError:
                raise  # full, locked, gone: tried again
            except Exception as error:  # whoever asked hears what was wrong with it
                self._connection.execute("ROLLBACK")
                self._jobs.popleft()
                future.set_exception(error)
            else:
                self._jobs.popleft()
                self.health.jobs_written += 1
                future.set_result(answer)

    def _write_ticks(self) -> None:
        """One batch; the loop comes back for the next after looking for jobs."""
        batch: list[Tick] = []
        while self._ticks and len(batch) < BATCH:
            batch.append(self._ticks.popleft())
        ids = self._ids
        rows = [
            (ids[t.instrument], t.event_at, t.received_at, t.seq, t.price, t.size, t.bid, t.ask, t.flags)
            for t in batch
            if t.instrument in ids
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_TICKS, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._ticks.extendleft(reversed(batch))
            raise
        self.health.ticks_written += len(rows)
        self.health.ticks_dropped += len(batch) - len(rows)  # of instruments nobody declared

    def _again(self) -> None:
        """Leave the transaction that failed, so that the next try begins afresh."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
