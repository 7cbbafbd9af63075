"""`python -m liquidity_platform_tests.bench [--full] [PART...]`: measured speed, as ratios within one run or in units.

Exit code 0 when every stated limit is kept, 1 when one is missed, 2 when the data is missing.
Belongs here: order, the closing table. Keep out: what is measured.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform_tests.bench.answering import answer_times
from liquidity_platform_tests.bench.appending import append_rates
from liquidity_platform_tests.bench.commands import demo_time, help_time
from liquidity_platform_tests.bench.marts import mart_times
from liquidity_platform_tests.bench.measures import Measure, table
from liquidity_platform_tests.bench.metrics import metric_times
from liquidity_platform_tests.bench.orchestrating import orchestration_times
from liquidity_platform_tests.bench.realtime.alerting import alert_times
from liquidity_platform_tests.bench.realtime.asking import api_times
from liquidity_platform_tests.bench.realtime.evaluating import ALL, SOME, evaluation_times, memory
from liquidity_platform_tests.bench.refreshing import refresh_time
from liquidity_platform_tests.bench.serving_pages import serving_times
from liquidity_platform_tests.bench.sources import parse_rates
from liquidity_platform_tests.bench.vintages import announce_series


def _warehouse(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    with open_warehouse(Settings(home=folder / "warehouse", data=str(folder))) as warehouse:
        with warehouse.owner_session() as connection:
            announce_series(connection, 250)
        yield from append_rates(warehouse)
        yield from answer_times(warehouse)


def _commands(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from help_time(folder)
    yield from demo_time(folder, data)


def _realtime(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from alert_times(folder)
    yield from evaluation_times()
    yield from api_times(folder)
    yield from memory(folder / "memory", ALL if full else SOME)


def _sources(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from parse_rates()


def _metrics(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from metric_times(data)


def _refresh(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from refresh_time(folder, data)


def _marts(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from mart_times(folder, data)


def _orchestration(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    yield from orchestration_times(folder, data)
    yield from serving_times(folder, data, full)


PARTS: Mapping[str, Callable[[Path, Path, bool], Iterator[Measure]]] = {
    "commands": _commands, "marts": _marts, "warehouse": _warehouse, "refresh": _refresh, "sources": _sources,
    "metrics": _metrics, "orchestration": _orchestration, "realtime": _realtime,
}  # fmt: skip


def main() -> int:
    """Measure the parts that are asked for, all without any; print the table."""
    parser = argparse.ArgumentParser(prog="bench", description="measured speed, as ratios within one run")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help=f"of {', '.join(PARTS)}; all without any")
    parser.add_argument(
        "--full", action="store_true", help="the long ones: ten million ticks for the sidecar's memory, an hour of `up`"
    )
    options = parser.parse_args()
    chosen = options.part or list(PARTS)
    data = Path(os.environ.get("LIQUIDITY_TEST_DATA") or "missing").absolute()
    if not (data / "fred").is_dir():
        print(f"bench: no real data in {data}: set LIQUIDITY_TEST_DATA", file=sys.stderr)
        return 2
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for part in chosen:
            for measure in PARTS[part](Path(name), data, options.full):
                print(f"measured: {measure.what.strip()}", file=sys.stderr, flush=True)
                measures.append(measure)
    print(table(measures))
    missed = [measure.what.strip() for measure in measures if measure.missed]
    print(f"bench: {'missed: ' + ', '.join(missed) if missed else 'every limit is kept'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
