"""Wall time of real commands: `--help`, a first and a second `demo`.

Belongs here: running and timing processes. Keep out: the append (appending.py).
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from liquidity_platform_tests.bench.measures import Measure

HELP_LIMIT_S, DEMO_LIMIT_S, REPEATS = 0.3, 90.0, 7
NOTHING: Mapping[str, str] = MappingProxyType({})
LIQUIDITY = str(Path(sys.executable).with_name("liquidity"))


def surroundings(home: Path, environment: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """The environment of a command for `home`: the shell's without our settings, and `environment`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LIQUIDITY_", "DAGSTER_"))}
    return {**clean, "LIQUIDITY_HOME": str(home), **environment}


def wall(*words: str, home: Path, environment: Mapping[str, str] = NOTHING) -> float:
    """Seconds a command takes. Raises RuntimeError with its last line when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        words, env=surroundings(home, environment), capture_output=True, text=True, cwd=home.parent, check=False
    )
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {['it said nothing', *done.stderr.strip().splitlines()][-1]}")
    return seconds


def help_time(folder: Path) -> Iterator[Measure]:
    """`--help` against an interpreter that does nothing, in turns so that both meet the same machine."""
    pairs = [
        (wall(LIQUIDITY, "--help", home=folder / "none"), wall(sys.executable, "-c", "pass", home=folder / "none"))
        for _ in range(REPEATS)
    ]
    shown, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Measure("liquidity --help", shown, "s", HELP_LIMIT_S, f"median of {REPEATS}")
    yield Measure("  against python -c pass", shown / bare, "times", against=f"which takes {bare:.3f} s")


def demo_time(folder: Path, data: Path) -> Iterator[Measure]:
    """`demo --data` in a fresh home, and again with nothing new."""
    words = (LIQUIDITY, "demo", "--data", str(data))
    first = wall(*words, home=folder / "demo")
    yield Measure("first demo, all files", first, "s", DEMO_LIMIT_S)
    second = wall(*words, home=folder / "demo")
    yield Measure("second demo, nothing new", second, "s")
    yield Measure("  against the first", second / first, "times")
