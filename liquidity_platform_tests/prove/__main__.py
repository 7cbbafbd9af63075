"""`python -m liquidity_platform_tests.prove [append|demo|fire|properties ...]`: the long proofs.

kill -9 at random moments loses and doubles nothing; properties hold over many more examples than CI draws.

Exit code 0 when every draw ended as the undisturbed run, 1 on any difference, 2 when the data is missing.
Belongs here: arguments, spreading the moments, the printed lines. Keep out: what a draw is (draws.py).
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from liquidity_platform_tests.prove.appends import AppendDraw, append_draws
from liquidity_platform_tests.prove.draws import CLOCK, FEW, DataMissing, Draw, complete, draw, few_files
from liquidity_platform_tests.prove.fires import FireDraw, fire_draws
from liquidity_platform_tests.prove.properties import Drawn, property_draws


def prove(count: int, seed: int, real: Path | None, folder: Path, names: tuple[str, ...] = FEW) -> Iterator[Draw]:
    """One undisturbed run, then `count` draws whose moments are spread evenly, at random within each part."""
    data = few_files(real, folder / "data", names)
    duration, undisturbed = complete(folder / "undisturbed", data)
    sizes = ", ".join(f"{len(lines):,} rows of {table}" for table, lines in undisturbed.items())
    print(f"undisturbed, {len(names)} of the real files under {CLOCK}: {duration:.1f} s, {sizes}", flush=True)
    if not all(undisturbed.values()):
        raise RuntimeError("the undisturbed run recorded nothing: there is nothing to compare")
    chance = random.Random(seed)
    for number in range(1, count + 1):
        moment = duration * (number - 1 + chance.random()) / count
        yield draw(number, moment, chance, folder, data, undisturbed)


def _properties(count: int, seed: int, real: Path | None, folder: Path) -> Iterator[Drawn]:
    return property_draws(count)


def _appends(count: int, seed: int, real: Path | None, folder: Path) -> Iterator[AppendDraw]:
    return append_draws(count, seed, folder)


def _fires(count: int, seed: int, real: Path | None, folder: Path) -> Iterator[FireDraw]:
    return fire_draws(count, seed, folder)


PARTS: Mapping[str, Callable[[int, int, Path | None, Path], Iterator[AppendDraw | Draw | Drawn | FireDraw]]] = {
    "append": _appends,
    "demo": prove,
    "fire": _fires,
    "properties": _properties,
}


def main(arguments: list[str] | None = None) -> int:
    """Parse, draw, print."""
    parser = argparse.ArgumentParser(prog="prove", description="the long proofs")
    parser.add_argument("what", nargs="*", choices=[[], *PARTS], help="append, demo, fire, properties; all without any")
    parser.add_argument("--count", type=int, default=20, help="how many kills, or times the examples (default 20)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the moments of an earlier run")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    real = os.environ.get("LIQUIDITY_TEST_DATA")
    print(f"prove: {chosen.count} draws, --seed {seed}", flush=True)
    equal = wanted = 0
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        try:
            for part in chosen.what or PARTS:
                for done in PARTS[part](chosen.count, seed, Path(real).absolute() if real else None, Path(folder)):
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
