"""One draw of a backfill: kill the real `liquidity backfill`, run it again, compare with an undisturbed one.

Odd draws ask stand-ins for the publishers, which count what they are asked: nothing is downloaded twice, except the
one answer that was on its way at the kill. Even draws read files under a clock that stands still, as live publishers
may not be asked under one. The years are past, so that what became known in them is the same for every run.
Belongs here: such draws and their judgement. Keep out: stand-ins (publishers), kills of `demo` (draws.py).
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from liquidity_platform_tests.prove.draws import (
    CLOCK,
    FEW,
    GRACE_S,
    HELD,
    RUN_LIMIT_S,
    Contents,
    contents,
    differences,
    few_files,
)
from liquidity_platform_tests.prove.processes import gone_within
from liquidity_platform_tests.publishers.everybody import Everybody

KEYS = "WALCL,WDTGAL,RRPONTSYD,DGS10,DGS2,DGS3MO,sofr.rate,sofr.p99,effr.rate"
DOWNLOADS = {
    **HELD,
    "raw.payloads": "SELECT series_id, request, sha256, known_from, known_to, accepted FROM raw.payloads "
    "ORDER BY 1, 2, 3, 4, 5",
}
# under the clock that stands still every instant is the same too
STAMPED = {
    **HELD,
    "raw.observations": "SELECT series_id, period, known_at, value, known_basis, fetched_at, recorded_at "
    "FROM raw.observations ORDER BY 1, 2, 3, 4",
}
Request = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BackfillDraw:
    """What happened in one draw. `wrong` are sentences; none means equal, and nothing asked for twice."""

    number: int
    moment: float
    killed: bool
    before: int  # requests until the kill
    after: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        what = "kill -9" if self.killed else "no kill (it had ended)"
        return (
            f"backfill draw {self.number:>2}: {what} at {self.moment:4.1f} s, {self.before} requests before it and "
            f"{self.after} after: {'; '.join(self.wrong) or 'equal'}"
        )


@dataclass(frozen=True, slots=True)
class _World:
    """Where numbers come from: the command's words and environment, and what was asked so far."""

    everybody: Everybody
    keys: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    compared: Mapping[str, str]

    def asked(self) -> list[Request]:
        """Every request, in order."""
        return [(path, str(sorted(query.items()))) for path, query in self.everybody.everything]


def backfill_draws(count: int, seed: int, real: Path | None, folder: Path, keys: str = KEYS) -> Iterator[BackfillDraw]:
    """`count` kills at random moments, the first one while publishers are asked. Raises DataMissing."""
    chance, data = random.Random(seed), few_files(real, folder / "files", FEW)
    with Everybody(real) as everybody:
        worlds = [
            _World(everybody, keys, (), everybody.environment(), DOWNLOADS),
            _World(everybody, keys, ("--data", str(data)), {"LIQUIDITY_CLOCK": CLOCK}, STAMPED),
        ]
        undisturbed: dict[int, tuple[float, Contents]] = {}
        for number in range(1, count + 1):
            place = (number - 1) % 2
            world = worlds[place]
            if place not in undisturbed:
                undisturbed[place] = _undisturbed(world, folder / f"backfill-undisturbed-{place}")
            yield _draw(number, world, folder / f"backfill-{number:03}", chance, undisturbed[place])


def _undisturbed(world: _World, home: Path) -> tuple[float, Contents]:
    started = time.monotonic()
    _complete(world, home)
    seconds, held = time.monotonic() - started, contents(home, world.compared)
    if not all(held.values()):
        raise RuntimeError("the undisturbed backfill recorded nothing: there is nothing to compare")
    sizes = ", ".join(f"{len(lines):,} rows of {table}" for table, lines in held.items())
    print(f"undisturbed backfill: {seconds:.1f} s, {len(world.asked())} requests so far, {sizes}", flush=True)
    return seconds, held


def _draw(
    number: int, world: _World, home: Path, chance: random.Random, undisturbed: tuple[float, Contents]
) -> BackfillDraw:
    begun = len(world.asked())
    requests = chance.randint(2, 4) if number == 1 else None
    started = time.monotonic()
    killed = _killed(world, home, chance.uniform(0, undisturbed[0]), requests)
    moment, before = time.monotonic() - started, world.asked()[begun:]
    wrong = [f"left after the kill: {line}" for line in gone_within(home, GRACE_S).values()]
    try:
        _complete(world, home)
        wrong += differences(undisturbed[1], contents(home, world.compared))
    except RuntimeError as error:
        wrong.append(str(error))
    after = world.asked()[begun + len(before) :]
    wrong += asked_twice(before, after)
    return BackfillDraw(number, moment, killed, len(before), len(after), tuple(wrong))


def asked_twice(before: list[Request], after: list[Request]) -> list[str]:
    """Sentences on requests repeated; the last one before the kill may not have been answered."""
    often = Counter([*before[:-1], *after])
    return [f"asked {times} times: {path} {query}" for (path, query), times in often.items() if times > 1]


def _begin(world: _World, home: Path) -> "subprocess.Popen[bytes]":
    unwanted = ("LIQUIDITY_", "DAGSTER_", "COVERAGE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    command = [
        str(Path(sys.executable).with_name("liquidity")), "backfill", "--from", "2019-03-01", "--to", "2020-03-01",
        "--select", world.keys, "--skip", "marts", "--home", str(home), *world.words,
    ]  # fmt: skip
    with home.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            command, env={**clean, **world.environment}, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            cwd=home.parent,
        )  # fmt: skip


def _complete(world: _World, home: Path) -> None:
    """Run the command to its end. Raises RuntimeError when it fails."""
    code = _begin(world, home).wait(timeout=RUN_LIMIT_S)
    if code:
        said = home.with_suffix(".log").read_text(errors="replace").strip().splitlines()
        raise RuntimeError(f"backfill ended with {code}: {said[-1] if said else 'it said nothing'}")


def _killed(world: _World, home: Path, moment: float, requests: int | None) -> bool:
    """kill -9 at `moment` seconds, or once so many `requests` were asked; False when it had ended by itself."""
    wanted = len(world.asked()) + requests if requests else None
    process = _begin(world, home)
    deadline = time.monotonic() + (RUN_LIMIT_S if wanted else moment)
    while time.monotonic() < deadline and process.poll() is None and not (wanted and len(world.asked()) >= wanted):
        time.sleep(0.02)
    killed = process.poll() is None
    process.kill()
    process.wait(timeout=10)
    return killed
