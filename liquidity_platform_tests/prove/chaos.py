"""A running platform hurt in the middle of its work: what the next ticks bring equals what an undisturbed home holds.

A home is filled on a Wednesday evening and left alone until Saturday; then the real `liquidity up` starts under a
clock that hurries, and its own sensors ask for what was missed, compute and build. While publishers are asked, its
daemon, webserver, code server or database server is killed (-9), the disk of its home is full or nobody is there any
more. Nobody lends a hand: it has to come back by itself, to the same facts, each once, and to a report written of them.
Belongs here: such draws and their judgement. Keep out: the blows (blows.py), publications, stand-ins, starting `up`.
"""

import os
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from liquidity_platform.automation.computing import compute
from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.instants import Clock, iso
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.server.cluster import recall
from liquidity_platform_tests.bench.refreshing import refresh
from liquidity_platform_tests.prove.blows import BLOWS, small_disk, strike
from liquidity_platform_tests.prove.draws import HELD, Contents, contents, differences
from liquidity_platform_tests.prove.publications import plain
from liquidity_platform_tests.prove.weekly_world import LINES, WeeklyWorld
from liquidity_platform_tests.publishers.patience import impatient, unpaced
from liquidity_platform_tests.running import NotReady, Up, platform_up, until

FILLED = datetime(2025, 11, 27, 1, tzinfo=UTC)  # Wednesday evening before Thanksgiving, in New York
BACK = datetime(2025, 11, 29, 14, tzinfo=UTC)  # Saturday morning
RATE = 300  # of the platform's clock: a pause of six hours is over after 72 s
ONCE = tuple(line for line in LINES if not line.revisable)  # known since their release, whenever they are asked for
ANSWER_S, PATIENCE_S = 0.3, 900.0
# a number may have been computed before its last leg came, and again after it: what stands is compared
STANDS = {
    **HELD,
    "derived.metrics": "SELECT DISTINCT ON (metric_id, period, known_at) metric_id, period, known_at, value "
    "FROM derived.metrics ORDER BY metric_id, period, known_at, recorded_at DESC",
}
RUNS = "query { runsOrError(limit: 50) { ... on Runs { results { jobName status } } } }"
OVER = ("SUCCESS", "FAILURE", "CANCELED")


@dataclass(frozen=True, slots=True)
class ChaosDraw:
    """What came of one blow. `wrong` are sentences; none means that the platform came back to the same facts."""

    number: int
    blow: str
    asked: int  # requests before it
    seconds: float  # from the blow until everything was there
    failed: int  # runs that failed on the way
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "; ".join(self.wrong) or "equal"
        return (
            f"chaos draw {self.number:>2}: {self.blow} after {self.asked} requests, back in {self.seconds:.0f} s, "
            f"{self.failed} runs failed on the way: {verdict}"
        )


def chaos_draws(
    count: int, seed: int, folder: Path, blows: Sequence[str] = BLOWS, whole: bool = True
) -> Iterator[ChaosDraw]:
    """`count` blows in turn, each to a platform of its own. `whole`: marts and the report are waited for too."""
    chance = random.Random(seed)
    with _world() as world:
        undisturbed = _undisturbed(world, folder / "chaos-undisturbed", whole)
        for number in range(1, count + 1):
            blow = blows[(number - 1) % len(blows)]
            yield _draw(number, blow, world, folder / f"chaos-{number}", chance, undisturbed, whole)


@contextmanager
def _world() -> Iterator[WeeklyWorld]:
    drawn = plain(date(2025, 11, 24), 7, BACK, [line.id for line in ONCE])
    with WeeklyWorld(drawn, ANSWER_S) as world:
        yield world


def _fill(world: WeeklyWorld, home: Path, moment: datetime, derived: bool = False) -> None:
    """What a load of everything brings at `moment`, and what is computed of it."""
    world.clock = Clock(moment)
    chosen = Settings(_env_file=None, home=home, clock=iso(moment), sources=world.sources())
    with impatient(), open_warehouse(chosen) as warehouse:
        prepare(warehouse)
        providers = unpaced({line.source for line in ONCE})
        outcomes = refresh(warehouse, providers, ONCE, Window.all_until(moment))
        if missing := [one for one in outcomes if not one.published]:
            raise RuntimeError(f"{missing[0].series.id} is missing: {missing[0].failure or missing[0].quarantined}")
        if derived:
            compute(warehouse, Window.current(moment), str(uuid.uuid4()))


def _undisturbed(world: WeeklyWorld, home: Path, whole: bool) -> Contents:
    _fill(world, home, FILLED)
    before = contents(home)
    _fill(world, home, BACK, whole)
    held = contents(home, STANDS)
    if not held["raw.observations"] or held["raw.observations"] == before["raw.observations"]:
        raise RuntimeError("the undisturbed home recorded nothing: there is nothing to compare")
    sizes = ", ".join(f"{len(lines):,} rows of {table}" for table, lines in held.items())
    print(f"undisturbed: {sizes}, {len(held['raw.observations']) - len(before['raw.observations'])} news", flush=True)
    return held


def _draw(
    number: int, blow: str, world: WeeklyWorld, home: Path, chance: random.Random, undisturbed: Contents, whole: bool
) -> ChaosDraw:
    began, failed = time.monotonic(), 0
    with ExitStack() as closing:
        if blow == "disk":
            closing.enter_context(small_disk(home))
        _fill(world, home, FILLED)
        begun = len(world.everything)
        world.clock = Clock(BACK, RATE, datetime.now(UTC))
        up = closing.enter_context(platform_up(home, _environment(world)))
        wanted = begun + chance.randint(1, 5)
        try:
            until(lambda: len(world.everything) >= wanted, "the platform to ask by itself", 180)
        except NotReady as error:
            return ChaosDraw(number, blow, 0, 0.0, 0, (str(error),))
        began, asked = time.monotonic(), len(world.everything) - begun
        strike(blow, world, home)
        wrong = _awaited(up, home, undisturbed, whole)
        seconds = time.monotonic() - began
        if not wrong:
            failed = sum(run["status"] == "FAILURE" for run in _runs(up) or [])
            wrong = _twice(home)
    return ChaosDraw(number, blow, asked, seconds, failed, tuple(wrong))


def _environment(world: WeeklyWorld) -> dict[str, str]:
    unwanted = ("LIQUIDITY_", "DAGSTER_", "COVERAGE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**clean, **world.environment(), "LIQUIDITY_CLOCK": str(world.clock)}


def _awaited(up: Up, home: Path, undisturbed: Contents, whole: bool) -> list[str]:
    """Wait until the home holds what it should and nothing is under way; what is wrong when patience is over."""
    expected = {table: undisturbed[table] for table in (STANDS if whole else ["raw.observations"])}

    def settled() -> bool:
        runs = _runs(up)
        if runs is None or any(run["status"] not in OVER for run in runs):
            return False
        # what its daemon asks for once everything is loaded: a load begun before the blow may end without a daemon
        last = "write_report" if whole else "compute_derived"
        followed = any((run["jobName"], run["status"]) == (last, "SUCCESS") for run in runs)
        return followed and _held(home, expected.keys()) == expected

    try:
        until(settled, "the same facts", PATIENCE_S)
    except NotReady:
        held = _held(home, expected.keys())
        told = "; ".join(f"{run['jobName']} {run['status']}" for run in _runs(up) or [])
        said = up.said.read_text().strip().splitlines()[-3:]
        ended = [] if up.process.poll() is None else [f"`up` ended with {up.process.returncode}"]
        found = differences(expected, held) if held else ["the warehouse does not answer"]
        return [*ended, *(found or ["the facts are there, but"]), f"runs: {told or 'none'}", *said]
    return []


def _runs(up: Up) -> list[dict[str, str]] | None:
    """Runs by the webserver; None while it does not answer."""
    try:
        found: list[dict[str, str]] = up.ask(RUNS)["runsOrError"]["results"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _held(home: Path, tables: Sequence[str], queries: Mapping[str, str] = STANDS) -> Contents | None:
    """What the server of `home` holds; None while it does not answer. A lease would start it, which is `up`'s to do."""
    held: Contents = {}
    address = recall(home / "postgres").url("liquidity").replace("+psycopg", "")
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            connection.execute("SET timezone = 'UTC'")
            for table in tables:
                with connection.cursor().copy(f"COPY ({queries[table]}) TO STDOUT") as copy:
                    held[table] = b"".join(bytes(part) for part in copy).splitlines()
    except psycopg.OperationalError:
        return None
    return held


def _twice(home: Path) -> list[str]:
    """Facts that stand more than once."""
    held = _held(home, [*HELD], HELD) or {}
    return [
        f"{table}: {len(rows) - len(set(rows))} rows twice"
        for table, rows in held.items()
        if len(rows) != len(set(rows))
    ]
