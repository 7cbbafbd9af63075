"""The one writer of ticks, alerts and deliveries: a thread with a connection of its own.

Ticks are gathered and written in small batches. A job is committed when its answer comes; `submit` puts it before the
ticks that wait, `submit_in_order` behind those that were taken before it: an alert stands in the file with every tick
that led to it. When the file cannot be written (full disk, lock) the writer keeps what it has, says so in `fault`,
tries again, and drops the oldest ticks, counted, before anything else: alerts are never dropped.
Belongs here: that. Keep out: what is written (journal.tables), questions, retention (keeping.py).
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from liquidity_platform.realtime.journal.checkpointing import Checkpointer
from liquidity_platform.realtime.journal.opening import connect
from liquidity_platform.realtime.ticks import Tick

BATCH = 256  # ticks a commit: about a millisecond, which is what an alert may have to wait
_TICKS = "INSERT INTO market_data (instrument_id, event_at, received_at, seq, price, size, bid, ask, flags) VALUES "
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
Result = TypeVar("Result")
Row = tuple[int, int, int, int, float | None, float | None, float | None, float | None, int]
_Asked = tuple[Callable[[sqlite3.Connection], Any], Future[Any]]


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
        self._stream: deque[Tick | _Asked] = deque()  # ticks, and between them the jobs that come in order
        self._keep = keep
        self._jobs: deque[_Asked] = deque()
        self._urgent = False
        self._wake = threading.Condition()
        self._committing: Future[Any] | None = None
        self._withdrawn: set[Future[Any]] = set()
        self._verdict = threading.Lock()  # over the two above
        self._ends = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._checkpoints = Checkpointer(path)

    def __enter__(self) -> "Writer":
        self._connection = connect(self._path, durable=self._durable)
        self._checkpoints.start(self._connection)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ticks(self, ticks: list[Tick]) -> None:
        """Take ticks to be written soon; never blocks."""
        self._stream.extend(ticks)
        if len(self._stream) > self._keep:
            self._drop()
        if len(self._stream) >= BATCH:
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

    def withdraw(self, future: "Future[Any]") -> bool:
        """Do not do that job any more; False when it is done, or being committed: then its answer is near."""
        with self._verdict:
            if future.done() or self._committing is future:
                return False
            self._withdrawn.add(future)
            return True

    def submit_in_order(self, job: Callable[[sqlite3.Connection], Result]) -> "Future[Result]":
        """The same, behind every tick taken so far and before every later one; all of them are written at once."""
        future: Future[Result] = Future()
        with self._wake:
            self._stream.append((job, future))
            self._urgent = True
            self._wake.notify()
        return future

    def close(self, patience_s: float = 10.0) -> None:
        """Write what waits and end; what cannot be written within `patience_s` stays in `health`."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        self._thread.join(patience_s)
        self._checkpoints.close(patience_s)

    def _run(self) -> None:
        pause = 0.05
        while True:
            with self._wake:
                if not (self._jobs or self._urgent or self._ends or len(self._stream) >= BATCH or self.health.fault):
                    self._wake.wait(self._gather_s)
                self._urgent = False
            try:
                self._write_jobs()
                while self._stream:
                    self._write_stream()
                    self._write_jobs()
                    self.health.ticks_waiting = len(self._stream)
                self.health.fault, pause = None, 0.05
            except sqlite3.Error as error:
                self.health.fault = f"the journal {self._path} cannot be written: {error}"
                time.sleep(pause)
                pause = min(pause * 2, 2.0)
                self._again()
            self.health.ticks_waiting = len(self._stream)
            if self._ends and not self._jobs and not self._stream:
                self._connection.close()
                return

    def _write_jobs(self) -> None:
        while self._jobs:
            self._write_job(self._jobs[0])
            self._jobs.popleft()

    def _write_job(self, asked: _Asked) -> None:
        job, future = asked
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            answer = job(self._connection)
            if not self._may_commit(future):
                self._connection.execute("ROLLBACK")
                future.cancel()
                return
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError:
            self._committing = None
            raise  # full, locked, gone: tried again
        except Exception as error:  # whoever asked hears what was wrong with it
            self._connection.execute("ROLLBACK")
            future.set_exception(error)
        else:
            self.health.jobs_written += 1
            future.set_result(answer)

    def _may_commit(self, future: "Future[Any]") -> bool:
        with self._verdict:
            if future in self._withdrawn:
                self._withdrawn.discard(future)
                return False
            self._committing = future
            return True

    def _write_stream(self) -> None:
        """The ticks up to the next job, at most a batch; or that job."""
        if not isinstance(self._stream[0], Tick):
            self._write_job(self._stream[0])
            self._stream.popleft()
            return
        batch: list[Tick] = []
        while self._stream and len(batch) < BATCH and isinstance(tick := self._stream[0], Tick):
            batch.append(tick)
            self._stream.popleft()
        ids = self._ids
        rows = [
            (ids[t.instrument], t.event_at, t.received_at, t.seq, t.price, t.size, t.bid, t.ask, t.flags)
            for t in batch
            if t.instrument in ids
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            _insert(self._connection, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._stream.extendleft(reversed(batch))
            raise
        self.health.ticks_written += len(rows)
        self.health.ticks_dropped += len(batch) - len(rows)  # of instruments nobody declared

    def _drop(self) -> None:
        """Let the oldest ticks go until what waits may stay; jobs stay where they were."""
        jobs: list[_Asked] = []
        while len(self._stream) + len(jobs) > self._keep and self._stream:
            first = self._stream.popleft()
            if isinstance(first, Tick):
                self.health.ticks_dropped += 1
            else:
                jobs.append(first)
        self._stream.extendleft(reversed(jobs))

    def _again(self) -> None:
        """Leave the transaction that failed, so that the next try begins afresh."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """One statement a power of two of rows: after each row of an executemany, the thread would wait for the GIL."""
    place = 0
    while place < len(rows):
        size = 1 << (len(rows) - place).bit_length() - 1
        taken = rows[place : place + size]
        connection.execute(_TICKS + ", ".join([_ROW] * size), [value for row in taken for value in row])
        place += size
