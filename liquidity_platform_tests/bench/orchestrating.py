"""What Dagster's users wait for: a day without news, a step, the code location.

Publishers are stand-ins on loopback, asked at the publishers' own pace: what that pace alone takes is counted from the
requests of the slowest one and taken off. Numbers of most series are SIMULATED; how many there are is what matters.
Belongs here: those times. Keep out: `up` and its pages (serving_pages.py), the runs with a step an asset.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS
from liquidity_platform_tests.bench.ageing import age
from liquidity_platform_tests.bench.commands import LIQUIDITY, surroundings, wall
from liquidity_platform_tests.bench.measures import Measure
from liquidity_platform_tests.bench.one_step_an_asset import COUNT
from liquidity_platform_tests.publishers.everybody import BARS, Everybody
from liquidity_platform_tests.publishers.wires import WIRES

DAILY_LIMIT_S, TIMES, LOCATION_LIMIT_S, BARE_LIMIT_S, REPEATS = 45.0, 20.0, 8.0, 4.0, 3
LOCATION = "from liquidity_platform.definitions import defs; defs.get_repository_def()"
WITHOUT_DBT = (
    "import dagster as dg\n"
    "from liquidity_platform.automation.bar_assets import all_bar_assets\n"
    "from liquidity_platform.automation.derived_assets import derived_metrics\n"
    "from liquidity_platform.automation.jobs import LOAD_BARS, LOAD_RAW, COMPUTE_DERIVED\n"
    "from liquidity_platform.automation.raw_assets import all_raw_assets\n"
    "from liquidity_platform.automation.resources import WarehouseResource\n"
    "from liquidity_platform.automation.schedules import all_schedules\n"
    "dg.Definitions([*all_raw_assets(), *all_bar_assets(), derived_metrics], all_schedules(),\n"
    "    jobs=[LOAD_RAW, LOAD_BARS, COMPUTE_DERIVED], resources={'warehouse': WarehouseResource()},\n"
    ").get_repository_def()\n"
    "import sys; sys.exit('dagster_dbt' in sys.modules)"
)


def orchestration_times(folder: Path, data: Path) -> Iterator[Measure]:
    """A day without news over the whole catalog; assets in one step beside a step each; loading the definitions."""
    yield from _daily(folder / "daily", data)
    yield from _steps(folder, data)
    yield from _location(folder)


def _daily(home: Path, data: Path) -> Iterator[Measure]:
    with Everybody(data) as world:
        asked = world.environment()
        wall(LIQUIDITY, "daily", home=home, environment=asked)
        age(home)
        before = {name: len(world.asked(name)) for name in (*WIRES, BARS)}
        took = wall(LIQUIDITY, "daily", home=home, environment=asked)
        requests = {name: len(world.asked(name)) - count for name, count in before.items()}
    least = max((count - 1) / PROVIDERS[name].rate_limit for name, count in requests.items())
    assets = len(SERIES) + len(LISTINGS[BARS])
    yield Measure("daily, nothing new, the whole catalog", took, "s", against=f"{assets} series and instruments")
    told = f"{sum(requests.values())} requests, the slowest publisher's take {least:.0f} s"
    yield Measure("  beyond the publishers' pace", took - least, "s", DAILY_LIMIT_S, told)


def _steps(folder: Path, data: Path) -> Iterator[Measure]:
    each = {}  # the first run loads, the others find nothing new
    for which in ("platform", "platform", "steps"):
        command = [sys.executable, "-m", "liquidity_platform_tests.bench.one_step_an_asset", which]
        environment = {"LIQUIDITY_DATA": str(data), "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            command,
            env=surroundings(folder / f"{which}-home", environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{which}: {['it said nothing', *done.stderr.strip().splitlines()][-1]}")
        each[which] = float(done.stdout.split()[-1])
    yield Measure(f"an asset of {COUNT}, loaded in one step", 1000 * each["platform"], "ms")
    said = f"{each['steps']:.2f} s an asset"
    yield Measure("  against a step an asset, a process a step", each["steps"] / each["platform"], "times",
                  against=said, least=TIMES)  # fmt: skip


def _location(folder: Path) -> Iterator[Measure]:
    for what, code, limit in (
        ("code location", LOCATION, LOCATION_LIMIT_S),
        ("  without dbt's models", WITHOUT_DBT, BARE_LIMIT_S),
    ):
        times = [wall(sys.executable, "-c", code, home=folder / "none") for _ in range(REPEATS)]
        yield Measure(f"{what}, loaded in", statistics.median(times), "s", limit, f"median of {REPEATS}")
