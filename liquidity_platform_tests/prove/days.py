"""A day of ticks in fast motion through the real sidecar: memory and files do not grow, retention holds.

The ticks are those of a market at 100 a second. The file ends now, and retention is a tenth of its span: nine tenths
are old when they come and must go again; of the last tenth every tick must stay until its time has come.
Belongs here: that run, its marks, its judgement. Keep out: the market (markets.py), who listens (receivers.py).
"""

import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from liquidity_platform_tests.prove.markets import MIDDLES, RULES, tick_file, walk
from liquidity_platform_tests.prove.receivers import Ear, listening
from liquidity_platform_tests.realtime.sidecars import Running, streaming

A_DAY, RATE, SPEED = 8_640_000, 100, 60
KEPT, WARM, CLEAN_S = 0.1, 0.3, 1.0  # parts of the ticks: what stays, and what comes before memory is compared
MOST_GROWTH, MB = 1.10, 1 << 20
WAL_MB, A_TICK = 40, 120  # checkpointing.LARGEST_WAL and a batch; bytes a journaled tick may take, its index with it
BACKLOG_S = 4  # of what the sidecar takes in: how much that is old may stand in the journal at once
_OLD = "SELECT count(*) FROM market_data WHERE event_at < ?"
_YOUNG = "SELECT count(*) FROM market_data WHERE event_at >= ?"


@dataclass(frozen=True, slots=True)
class Mark:
    """How it stood when `share` of the ticks were journaled. Sizes in MB."""

    share: float
    rss: float
    journal: float
    wal: float

    def __str__(self) -> str:
        return f"{self.share:4.0%}: rss {self.rss:.0f}, journal {self.journal:.1f}, wal {self.wal:.1f} MB"


@dataclass(frozen=True, slots=True)
class Day:
    """One run. `wrong` are sentences; none means that nothing grew."""

    ticks: int
    seconds: float
    alerts: int
    marks: tuple[Mark, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        lines = "".join(f"\n  {mark}" for mark in self.marks)
        return (
            f"day: {self.ticks:,} ticks, {self.ticks / A_DAY:.1%} of a day at {RATE} a second, "
            f"in {self.seconds:.0f} s, {self.alerts} alerts heard: {'; '.join(self.wrong) or 'nothing grew'}{lines}"
        )


def day(ticks: int, folder: Path, kept: float = KEPT) -> Iterator[Day]:
    """Play so many ticks, SPEED times as fast as they happened; the last part, `kept`, is young enough to stay."""
    home, now = folder / "day", time.time_ns() // 1_000
    step = 1_000_000 // RATE
    home.mkdir(parents=True)
    file = tick_file(home / "ticks.csv", walk(ticks, now - ticks * step, step, tuple(MIDDLES)))
    days, ear = ticks / RATE * kept / 86_400, Ear()
    began = time.monotonic()
    _declare(home)
    with _playing(home, file, days) as running, listening(ear, running.port):
        marks = list(_marks(home, running, ticks))
        seconds = time.monotonic() - began
        time.sleep(3 * CLEAN_S)  # what became old at the end goes as well
        wrong = [*_grown(marks, ticks * kept), *_kept(home, file, days)]
    shutil.rmtree(home)
    yield Day(ticks, seconds, len(ear.heard), tuple(marks), tuple(wrong))


def _declare(home: Path) -> None:
    with streaming(home, JOURNAL=str(home / "j.sqlite")) as running:
        for rule in RULES:
            running.http.post("/api/rules", json=rule).raise_for_status()


def _playing(home: Path, file: Path, days: float) -> Any:
    return streaming(
        home, signal.SIGINT, FEED="replay", REPLAY__FILE=str(file), REPLAY__SPEED=str(SPEED),
        JOURNAL=str(home / "j.sqlite"), TICKS_DAYS=str(days), ALERTS_DAYS=str(days), CLEAN_S=str(CLEAN_S),
    )  # fmt: skip


def _marks(home: Path, running: Running, ticks: int) -> Iterator[Mark]:
    """A mark each tenth of the ticks, while they come. Raises RuntimeError when they stop coming."""
    process, journal, passed, seen = psutil.Process(running.process.pid), home / "j.sqlite", 0, (0, time.monotonic())
    while passed < 10:
        written = running.health()["journal"]["ticks_written"]
        if written > seen[0]:
            seen = written, time.monotonic()
        elif time.monotonic() - seen[1] > 60:
            raise RuntimeError(f"no tick is journaled any more after {written:,} of {ticks:,}: {running.health()}")
        while passed < 10 and written >= ticks * (passed + 1) / 10:
            passed += 1
            wal = journal.with_name("j.sqlite-wal")
            sizes = (process.memory_info().rss, journal.stat().st_size, wal.stat().st_size if wal.exists() else 0)
            yield Mark(passed / 10, *(size / MB for size in sizes))
        time.sleep(0.1)


def _grown(marks: list[Mark], stays: float) -> Iterator[str]:
    """Sentences about what grew."""
    warm = max(mark.rss for mark in marks if mark.share <= WARM)
    if marks[-1].rss > warm * MOST_GROWTH:
        yield f"memory grew from {warm:.0f} MB, when warm, to {marks[-1].rss:.0f} MB"
    if (wal := max(mark.wal for mark in marks)) > WAL_MB:
        yield f"the WAL grew to {wal:.0f} MB"
    most = (stays + BACKLOG_S * RATE * SPEED) * A_TICK / MB + 1
    if marks[-1].journal > most:
        yield f"the journal grew to {marks[-1].journal:.0f} MB, where {most:.0f} MB hold what is kept"


def _kept(home: Path, file: Path, days: float) -> Iterator[str]:
    """Sentences about ticks that should have gone or stayed."""
    with closing(sqlite3.connect(home / "j.sqlite")) as journal:
        journal.execute("BEGIN")
        journal.execute(_OLD, (0,)).fetchall()  # what is read stands still from here on, and then `now` is looked at
        edge = time.time_ns() // 1_000 - int(days * 86_400e6)
        ((old,),) = journal.execute(_OLD, (edge - int(5 * CLEAN_S * 1e6),)).fetchall()
        ((young,),) = journal.execute(_YOUNG, (edge,)).fetchall()
    with file.open() as lines:
        next(lines)
        wanted = sum(int(line.split(",", 2)[1]) >= edge for line in lines)
    if old:
        yield f"{old:,} ticks are older than is kept"
    if young != wanted or not wanted:
        yield f"{young:,} of the {wanted:,} ticks that are young enough are there"
