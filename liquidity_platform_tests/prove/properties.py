"""The property tests with many more examples than CI draws: one line a file of properties.

Belongs here: which files, and their runs. Keep out: the properties (beside what they hold), how many (drawing.py).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Drawn:
    """What came of one file."""

    name: str
    said: str
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.said}" + "".join(f"\n  {line}" for line in self.wrong)


def files() -> list[Path]:
    """Every test file that takes its number of examples from drawing.py."""
    return sorted(
        path for path in TESTS.rglob("test_*.py") if "from liquidity_platform_tests.drawing" in path.read_text()
    )


def property_draws(times: int) -> Iterator[Drawn]:
    """Run each file with `times` as many examples as in CI."""
    for path in files():
        done = subprocess.run(
            [sys.executable, "-m", "pytest", str(path), "--no-cov", "-n", "0", "-p", "no:cacheprovider",
             "--timeout", "3600"],
            env={**os.environ, "LIQUIDITY_TEST_DRAWS": str(times)}, capture_output=True, text=True, cwd=TESTS.parent,
        )  # fmt: skip
        lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["nothing was printed"]
        yield Drawn(
            f"{path.relative_to(TESTS)} x{times}", lines[-1], () if done.returncode == 0 else tuple(lines[-40:])
        )
