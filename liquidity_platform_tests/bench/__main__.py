"""`python -m liquidity_platform_tests.bench`: measured speed, as ratios within one run.

Exit code 0 when every stated limit is kept, 1 when one is missed, 2 when the data is missing.
Belongs here: order, the closing table. Keep out: what is measured.
"""

import os
import sys
import tempfile
from pathlib import Path

from liquidity_platform_tests.bench.appending import append_rates
from liquidity_platform_tests.bench.commands import demo_time, help_time
from liquidity_platform_tests.bench.measures import Measure, table


def main() -> int:
    """Measure everything, print the table."""
    data = Path(os.environ.get("LIQUIDITY_TEST_DATA") or "missing").absolute()
    if not (data / "fred").is_dir():
        print(f"bench: no real data in {data}: set LIQUIDITY_TEST_DATA", file=sys.stderr)
        return 2
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        for part in (help_time(folder), append_rates(folder), demo_time(folder, data)):
            for measure in part:
                print(f"measured: {measure.what.strip()}", file=sys.stderr, flush=True)
                measures.append(measure)
    print(table(measures))
    missed = [measure.what for measure in measures if measure.missed]
    print(f"bench: {'missed: ' + ', '.join(missed) if missed else 'every limit is kept'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
