"""One draw of the long proof: kill the real `liquidity demo`, run it again, compare with an undisturbed run.

For speed it reads FEW of the real files, through links; the clock stands still: two runs record the same instants.
Belongs here: the data folder, running, killing, reading what a home holds. Keep out: arguments, printing (__main__.py).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from liquidity_platform.warehouse.server.guardian import running
from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.prove.processes import gone_within

CLOCK = "2026-07-22T22:00:00Z"
DTS = "treasury/dts_operating_cash_balance.csv.gz"
_CODES = ("WALCL", "WDTGAL", "RRPONTSYD", "DGS10", "DGS2", "DGS3MO", "SOFR", "IORB", "BAMLH0A0HYM2")
FEW = (*(f"fred/{code}.csv" for code in _CODES), DTS)
STEP_RUNS = b"fred "  # how the line begins that a provider's step says first: it holds the provider's slot then
GRACE_S = 30.0
RUN_LIMIT_S = 600.0
HELD = {
    "raw.observations": "SELECT series_id, period, known_at, value FROM raw.observations ORDER BY 1, 2, 3, 4",
    "derived.metrics": "SELECT metric_id, period, known_at, value FROM derived.metrics ORDER BY 1, 2, 3, 4",
}
Contents = dict[str, list[bytes]]


@dataclass(frozen=True, slots=True)
class Demo:
    """The command that is killed: where its files are, and the layers that it leaves out."""

    data: Path
    skip: str = ""

    @property
    def words(self) -> list[str]:
        """What is typed."""
        return ["demo", "--data", str(self.data), *(["--skip", self.skip] if self.skip else [])]


class DataMissing(Exception):
    """The real files are not where they are expected."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What happened in one draw. `wrong` are sentences; none means equal."""

    number: int
    moment: float
    killed: bool
    with_server: bool
    at_once: bool  # run again at once, else after everything of the killed one has gone
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        what = ("command and server" if self.with_server else "command") if self.killed else "nothing (it had ended)"
        then = "again at once" if self.at_once else "again after a pause"
        verdict = "; ".join(self.wrong) or "equal"
        return f"draw {self.number:>2}: kill -9 {what} at {self.moment:5.1f} s, {then}: {verdict}"


def few_files(real: Path | None, folder: Path, names: tuple[str, ...] = FEW) -> Path:
    """`folder`, filled with links to `names` of the real files. Raises DataMissing."""
    if real is None:
        raise DataMissing("LIQUIDITY_TEST_DATA names no folder of real files")
    for name in names:
        if not (real / name).is_file():
            raise DataMissing(f"{real / name} is missing: set LIQUIDITY_TEST_DATA to the folder of real files")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to((real / name).resolve())
    return folder


def begin(home: Path, demo: Demo) -> "subprocess.Popen[bytes]":
    """Start the command; what it says goes to a file beside the home."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIQUIDITY_", "DAGSTER_", "COVERAGE_"))
    }
    with home.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("liquidity")), *demo.words, "--home", str(home)],
            env={**clean, "LIQUIDITY_CLOCK": CLOCK, "PYTHONFAULTHANDLER": "1"},
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home.parent,
        )  # fmt: skip


def complete(home: Path, demo: Demo) -> tuple[float, Contents]:
    """Run the command to its end: seconds, and what the home then holds. Raises RuntimeError when it fails."""
    started = time.monotonic()
    process = begin(home, demo)
    try:
        code = process.wait(timeout=RUN_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # faulthandler writes every thread's stack to the log
        process.wait(timeout=10)
        log = home.with_suffix(".log")
        raise RuntimeError(f"demo hung for {RUN_LIMIT_S:.0f} s; stacks: {_stacks(log)}") from None
    seconds = time.monotonic() - started
    if code:
        said = home.with_suffix(".log").read_text(errors="replace").strip().splitlines()
        raise RuntimeError(f"demo ended with {code}: {said[-1] if said else 'it said nothing'}")
    return seconds, contents(home)


def _stacks(log: Path) -> str:
    """The innermost frames of each thread, in one line."""
    parts = log.read_text(errors="replace").split("Fatal Python error", 1)[-1].split("hread 0x")[1:]
    return " | ".join(" < ".join(line.strip() for line in part.splitlines()[1:7]) for part in parts) or "none written"


def contents(home: Path, compared: Mapping[str, str] = HELD) -> Contents:
    """What the queries `compared` find in `home`, as lines in order: the compared columns of every fact."""
    held: Contents = {}
    with lease(home) as server, psycopg.connect(server.cluster.url("liquidity").replace("+psycopg", "")) as connection:
        connection.execute("SET timezone = 'UTC'")
        for table, query in compared.items():
            with connection.cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
                held[table] = b"".join(bytes(part) for part in copy).splitlines()
    return held


def draw(
    number: int, moment: float | None, chance: random.Random, folder: Path, demo: Demo, undisturbed: Contents
) -> Draw:
    """Kill a run in a fresh home at `moment` seconds (None: while a provider's step runs), run again, compare."""
    home = folder / f"draw-{number:03}"
    with_server, at_once = chance.random() < 0.4, chance.random() < 0.5
    started = time.monotonic()
    killed = _kill_at(moment, begin(home, demo), home, with_server)
    after = time.monotonic() - started
    found: list[str] = []
    if not at_once:
        found += [f"left after the kill: {line}" for line in gone_within(home, GRACE_S).values()]
    try:
        found += differences(undisturbed, complete(home, demo)[1])
    except (RuntimeError, psycopg.Error) as error:
        found.append(str(error).splitlines()[0])
    found += [f"left running: {line}" for line in gone_within(home, GRACE_S).values()]
    return Draw(number, after, killed, with_server, at_once, tuple(found))


def _kill_at(moment: float | None, process: "subprocess.Popen[bytes]", home: Path, with_server: bool) -> bool:
    """kill -9 of the command's process only, and of the postmaster where drawn. False when it had ended by itself."""
    if _ended_before(moment, process, home):
        return False
    server = running(str(home / "postgres" / "data"))
    process.kill()
    if with_server and server:
        os.kill(server.pid, signal.SIGKILL)
    process.wait(timeout=10)
    return True


def _ended_before(moment: float | None, process: "subprocess.Popen[bytes]", home: Path) -> bool:
    """Wait for the moment, or for the word; True when the process ends before."""
    deadline = time.monotonic() + (RUN_LIMIT_S if moment is None else moment)
    while time.monotonic() < deadline and process.poll() is None:
        said = home.with_suffix(".log").read_bytes()
        if moment is None and any(line.startswith(STEP_RUNS) for line in said.splitlines()):
            return False
        time.sleep(0.02)
    return process.poll() is not None


def differences(expected: Contents, found: Contents) -> list[str]:
    """Sentences, one a table that differs."""
    sentences = []
    for table, lines in expected.items():
        have = found[table]
        if have != lines:
            lost, extra = sorted(set(lines) - set(have)), sorted(set(have) - set(lines))
            example = f", such as {(lost or extra)[0].decode()!r}" if lost or extra else ""
            sentences.append(
                f"{table}: {len(lost)} missing, {len(extra)} unexpected, "
                f"{len(have) - len(set(have)) - (len(lines) - len(set(lines)))} duplicated{example}"
            )
    return sentences
