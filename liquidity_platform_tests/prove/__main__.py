"""`python -m liquidity_platform_tests.prove [PART ...]`: the long proofs; `--help` names the parts.

kill -9 at random moments loses and doubles nothing; a platform that is hurt comes back by itself; no publisher's fault
touches another's series; a day of ticks makes nothing grow; a week of releases is asked for and held as its calendar
has it; properties hold over many more examples than CI draws.

Exit code 0 when every draw ended as the undisturbed run, 1 on any difference, 2 when the data is missing.
Belongs here: arguments, spreading the moments, the printed lines. Keep out: what a draw is (draws.py).
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from liquidity_platform_tests.prove.appends import AppendDraw, append_draws
from liquidity_platform_tests.prove.backfills import BackfillDraw, backfill_draws
from liquidity_platform_tests.prove.blows import BLOWS
from liquidity_platform_tests.prove.catalogs import CatalogDraw, catalog_draws
from liquidity_platform_tests.prove.chaos import ChaosDraw, chaos_draws
from liquidity_platform_tests.prove.days import A_DAY, Day, day
from liquidity_platform_tests.prove.draws import CLOCK, FEW, DataMissing, Demo, Draw, complete, draw, few_files
from liquidity_platform_tests.prove.fires import FireDraw, fire_draws
from liquidity_platform_tests.prove.properties import Drawn, property_draws
from liquidity_platform_tests.prove.sessions import Session, session_draws
from liquidity_platform_tests.prove.weeks import WEEKS, WeekDraw, week_draws


def prove(
    count: int, seed: int, real: Path | None, folder: Path, names: tuple[str, ...] = FEW, skip: str = ""
) -> Iterator[Draw]:
    """One undisturbed run, then `count` draws whose moments are spread evenly, at random within each part.

    The first one kills while a provider's step runs and holds its slot: the run after it must not wait for that.
    """
    demo = Demo(few_files(real, folder / "data", names), skip)
    duration, undisturbed = complete(folder / "undisturbed", demo)
    sizes = ", ".join(f"{len(lines):,} rows of {table}" for table, lines in undisturbed.items())
    print(f"undisturbed, {len(names)} of the real files under {CLOCK}: {duration:.1f} s, {sizes}", flush=True)
    if not all(undisturbed.values()):
        raise RuntimeError("the undisturbed run recorded nothing: there is nothing to compare")
    chance = random.Random(seed)
    for number in range(1, count + 1):
        drawn = duration * (number - 1 + chance.random()) / count
        moment = None if number == 1 else drawn
        yield draw(number, moment, chance, folder, demo, undisturbed)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of a part."""

    count: int
    seed: int
    share: float
    real: Path | None
    folder: Path


Done = (
    AppendDraw | BackfillDraw | CatalogDraw | ChaosDraw | Day | Draw | Drawn | FireDraw | Session | WeekDraw
)  # fmt: skip
PARTS: Mapping[str, Callable[[Asked], Iterator[Done]]] = {
    "append": lambda asked: append_draws(asked.count, asked.seed, asked.folder),
    "backfill": lambda asked: backfill_draws(asked.count, asked.seed, asked.real, asked.folder),
    "catalog": lambda asked: catalog_draws(asked.real, asked.folder),
    "chaos": lambda asked: chaos_draws(min(asked.count, len(BLOWS)), asked.seed, asked.folder),
    "day": lambda asked: day(round(A_DAY * asked.share), asked.folder),
    "demo": lambda asked: prove(asked.count, asked.seed, asked.real, asked.folder),
    "fire": lambda asked: fire_draws(asked.count, asked.seed, asked.folder),
    "properties": lambda asked: property_draws(asked.count),
    "session": lambda asked: session_draws(asked.count, asked.seed, asked.folder),
    "week": lambda asked: week_draws(min(asked.count, len(WEEKS)), asked.seed, asked.folder),
}


def main(arguments: list[str] | None = None) -> int:
    """Parse, draw, print."""
    parser = argparse.ArgumentParser(prog="prove", description="the long proofs")
    parser.add_argument("what", nargs="*", choices=[[], *PARTS], help=f"{', '.join(PARTS)}; all without any")
    parser.add_argument("--count", type=int, default=20, help="how many kills, or times the examples (default 20)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the moments of an earlier run")
    parser.add_argument("--share", type=float, default=0.05, help="part of a day that day plays (default 0.05; all: 1)")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    real = os.environ.get("LIQUIDITY_TEST_DATA")
    print(f"prove: {chosen.count} draws, --seed {seed}", flush=True)
    equal = wanted = 0
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        asked = Asked(chosen.count, seed, chosen.share, Path(real).absolute() if real else None, Path(folder))
        try:
            for part in chosen.what or PARTS:
                for done in PARTS[part](asked):
                    print(done, flush=True)
                    wanted += 1
                    equal += not done.wrong
        except DataMissing as error:
            print(f"prove: {error}", file=sys.stderr)
            return 2
        except RuntimeError as error:
            print(f"prove: {error}", file=sys.stderr)
            return 1
    print(f"prove: {wanted} draws, {equal} without a difference")
    return 0 if wanted and equal == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
