"""Observations a second that are read from publishers' bodies, on one core; what it takes to import all providers.

Bodies have the publisher's shape and any number of rows; values are random: only time is measured. What is counted is
processor time of all threads together, so that it is the same on one core as on many; best of several turns.
Belongs here: parsing, importing. Keep out: asking (its pace is the publisher's), appending (appending.py).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import numpy as np

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.sources.fred_vintages import FOREVER, parse_fred_vintages
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform_tests.bench.measures import Measure

ROWS, VINTAGES, TURNS = 60_000, 30, 5
LEAST = 300_000  # observations a second a core, from FRED's JSON
FIRST = date(1860, 1, 1)


IMPORT_S = 0.3  # of the catalog and all provider modules, beyond polars and httpx
IMPORTING = """
import time, polars, httpx
started = time.perf_counter()
import liquidity_platform.sources.registry
print(time.perf_counter() - started)
"""


def import_time() -> Iterator[Measure]:
    """The catalog and every provider, each time in a new process."""
    took = [float(subprocess.check_output([sys.executable, "-c", IMPORTING])) for _ in range(TURNS)]
    yield Measure("import of catalog and providers", min(took), "s", IMPORT_S, "beyond polars and httpx, best of 5")


def parse_rates() -> Iterator[Measure]:
    """FRED's JSON as levels and as vintages, and its CSV beside it."""
    fred, series = PROVIDERS["fred"], SERIES["fed.m2"]
    values = [f"{value:.4f}" for value in np.random.default_rng(5).uniform(10_000, 20_000, ROWS)]
    days = [str(FIRST + timedelta(days=day)) for day in range(ROWS)]
    level = _body([{"realtime_start": "2026-07-28", "realtime_end": "2026-07-28", "date": day, "value": value}
                   for day, value in zip(days, values, strict=True)], "2026-07-28", "2026-07-28")  # fmt: skip
    yield Measure("observations read from FRED's JSON", _rate(lambda: fred.parse(level, series)), "rows/s", least=LEAST)
    starts = [date(2020, 1, 1) + timedelta(days=30 * turn) for turn in range(VINTAGES)]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), FOREVER]
    vintages = _body(
        [{"realtime_start": str(start), "realtime_end": str(end), "date": days[place], "value": values[place + turn]}
         for place in range(ROWS // VINTAGES)
         for turn, (start, end) in enumerate(zip(starts, ends, strict=True))],
        "2019-12-31", str(FOREVER),
    )  # fmt: skip
    joined = _rate(lambda: parse_fred_vintages([vintages], series))
    yield Measure("  as vintages, windows joined", joined, "rows/s", least=LEAST)
    lines = "\n".join(f"{day},{value}" for day, value in zip(days, values, strict=True))
    csv = f"observation_date,{series.code}\n{lines}\n".encode()
    yield Measure("  from its CSV", _rate(lambda: fred.parse(csv, series)), "rows/s")
    yield from import_time()


def _body(rows: list[dict[str, str]], start: str, end: str) -> bytes:
    head = {"realtime_start": start, "realtime_end": end, "count": len(rows), "offset": 0, "limit": 100_000}
    return json.dumps({**head, "observations": rows}, separators=(",", ":")).encode()


def _rate(parse: Callable[[], object]) -> float:
    """Rows a second of processor time, of all threads together."""
    best = float("inf")
    for _ in range(TURNS):
        started = time.process_time()
        parse()
        best = min(best, time.process_time() - started)
    return ROWS / best
