"""Killing the server in the middle of an append: every batch is whole or not there, none that was committed is lost.

Belongs here: one such draw. Keep out: the process that appends (appender.py), the kills of whole demos (draws.py).
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.append import WriteReport, append_facts
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.invariants import examine
from liquidity_platform.warehouse.server.guardian import running
from liquidity_platform_tests.bench.vintages import A_SERIES, EVERYTHING, announce_series, name_of, vintages

SERIES, LONGEST_S, START_LIMIT_S = 2_000, 3.0, 120.0


@dataclass(frozen=True, slots=True)
class AppendDraw:
    """One kill. `wrong` are sentences; none means that nothing was lost and nothing was half there."""

    number: int
    moment: float
    committed: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "; ".join(self.wrong) or "whole"
        return (
            f"append draw {self.number:>2}: server killed {self.moment:4.2f} s on, {self.committed} batches: {verdict}"
        )


def append_draws(count: int, seed: int, folder: Path) -> Iterator[AppendDraw]:
    """`count` kills at random moments in one home, which grows from draw to draw."""
    chance, home, first = random.Random(seed), folder / "appends", 0
    settings = Settings(_env_file=None, home=home, data="live")
    with open_warehouse(settings) as warehouse, warehouse.owner_session() as connection:
        announce_series(connection, SERIES)
    for number in range(1, count + 1):
        moment = chance.uniform(0.0, LONGEST_S)
        committed = _killed(home, first, moment)
        with open_warehouse(settings) as warehouse:
            wrong = _judge(warehouse, committed, first + len(committed))
        yield AppendDraw(number, moment, len(committed), tuple(wrong))
        first += len(committed) + 1


def _killed(home: Path, first: int, moment: float) -> list[int]:
    """Kill the server `moment` seconds after the first commit; the batches that said they were committed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LIQUIDITY_", "COVERAGE_"))}
    command = [sys.executable, "-m", "liquidity_platform_tests.prove.appender", str(home), str(first)]
    with subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline() or -1)]
        time.sleep(moment)
        server = running(str(home / "postgres" / "data"))
        if server is None or said == [-1]:
            raise RuntimeError("the appending process ended before it was to be disturbed")
        os.kill(server.pid, signal.SIGKILL)
        said += [int(line) for line in child.stdout]  # ends with the child, whose connection is gone
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(START_LIMIT_S)
        child.kill()
    return said


def _judge(warehouse: Warehouse, committed: list[int], next_one: int) -> list[str]:
    """What is wrong with the home after a kill; then the next append must complete."""
    with warehouse.session() as connection:
        held = dict(connection.execute("SELECT series_id, count(*) FROM raw.observations GROUP BY 1").fetchall())
    wrong = [f"{series} has {rows} of {A_SERIES} rows" for series, rows in held.items() if rows != A_SERIES]
    wrong += [f"{name_of(n)} was committed and is lost" for n in committed if name_of(n) not in held]
    # the batch under way may have been committed without being able to say so
    with warehouse.session() as connection:
        reports = append_facts(connection, "raw.observations", vintages(next_one, 1), EVERYTHING, Clock())
    done = sum(reports.values(), WriteReport())
    if done.appended + done.unchanged != A_SERIES or done.appended not in (0, A_SERIES):
        wrong.append(f"the next append did {done}")
    with warehouse.session() as connection:
        found = [each for each in examine(connection) if each.broken and each.name != "payload is indexed"]
    wrong += [f"{each.name}: {each.broken} ({each.example})" for each in found]
    return wrong
