"""Wall time of `dbt build` of all marts with their tests, in a home filled from all files.

Belongs here: that build, and its slowest model. Keep out: filling, which other parts measure.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from liquidity_platform.core.paths import project_file
from liquidity_platform_tests.bench.commands import LIQUIDITY, wall
from liquidity_platform_tests.bench.increments import increment_time
from liquidity_platform_tests.bench.measures import Measure

BUILD_LIMIT_S = 20.0
DBT = (str(Path(LIQUIDITY).with_name("python")), "-m", "liquidity_platform.automation.dbt_command")


def mart_times(folder: Path, data: Path) -> Iterator[Measure]:
    """Fill, build once so that dbt has parsed, build again and time that: a `daily` finds the project parsed."""
    home = folder / "marts"
    wall(LIQUIDITY, "daily", "--data", str(data), home=home)
    wall(*DBT, "build", home=home)
    seconds = wall(*DBT, "build", home=home)
    bare = wall(LIQUIDITY, "warehouse", "check", home=home)
    results = json.loads((home / "dbt" / "by_hand" / "run_results.json").read_text())["results"]
    slowest = max(results, key=lambda result: float(result["execution_time"]))
    models = sum(1 for result in results if result["unique_id"].startswith("model."))
    said = f"{models} models, {len(results) - models} tests, the server's start in it"
    yield Measure("dbt build of all marts", seconds, "s", BUILD_LIMIT_S, said)
    yield Measure("  against `warehouse check`", seconds / bare, "times", against=f"which takes {bare:.1f} s")
    name = slowest["unique_id"].split(".")[2]
    yield Measure("  the slowest of them", float(slowest["execution_time"]), "s", against=name)
    yield from increment_time(home, data)
    assert models == len(list(project_file("dbt_project").glob("models/marts/*.sql")))
