"""The expectations of all marts as one asset, run every night: a check a mart, and Data Docs below HOME.

It takes half a minute, most of it Great Expectations', and is no part of `daily`; it runs in a process of its own.
    python -m liquidity_platform.automation.expecting        # the same by hand: writes the pages, prints what failed
Belongs here: the asset, its job and schedule, that process. Keep out: the expectations (quality).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from liquidity_platform.automation.keys import FRESH, mart_key
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.releases import NEW_YORK
from liquidity_platform.core.errors import WarehouseError
from liquidity_platform.quality.expectations import MARTS, URL
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse

DATA_DOCS = dg.AssetKey(["quality", "data_docs"])
PATIENCE_S = 900.0


def expect(warehouse: Warehouse, marts: Iterable[str] = MARTS) -> tuple[Path, list[dict[str, Any]]]:
    """Run the suite of `marts` as the reader; (its first page, what came of each). Raises WarehouseError."""
    folder = warehouse.settings.data_home.absolute() / "reports" / "data_docs"
    url = warehouse.reader_url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    command = [sys.executable, "-m", "liquidity_platform.quality.expectations", str(folder), *marts]
    environment = {**os.environ, URL: url}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, cwd=warehouse.settings.home
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise WarehouseError(f"the expectations could not be asked: {said[-1] if said else 'no reason given'}")
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return folder / "index.html", found


@dg.asset(
    key=DATA_DOCS,
    deps=[mart_key(name) for name in MARTS],
    group_name="quality",
    kinds={"greatexpectations", "html"},
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH),
    owners=["team:liquidity"],
    description="What is expected of every mart, and whether it holds: pages below <HOME>/reports/data_docs.",
    check_specs=[
        dg.AssetCheckSpec(name, asset=DATA_DOCS, description=f"Everything that is expected of marts.{name} holds")
        for name in MARTS
    ],
)
def data_docs(warehouse: WarehouseResource) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """The suite, its pages, and a check a mart."""
    with warehouse.reading() as opened:
        page, found = expect(opened)
    metadata = {"file": dg.MetadataValue.path(str(page)), "expectations": sum(one["expected"] for one in found)}
    yield dg.MaterializeResult(asset_key=DATA_DOCS, metadata=metadata)
    for one in found:
        yield dg.AssetCheckResult(
            asset_key=DATA_DOCS,
            check_name=one["mart"],
            passed=one["passed"],
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(one["failed"]) or f"all {one['expected']} hold",
        )


EXPECT_MARTS = dg.define_asset_job(
    "expect_marts", selection=dg.AssetSelection.assets(DATA_DOCS), description="Great Expectations over the marts"
)
EXPECTATIONS = dg.ScheduleDefinition(
    name="expectations_0230",
    job=EXPECT_MARTS,
    cron_schedule="30 2 * * *",
    execution_timezone=NEW_YORK,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="What is expected of every mart, each night",
)


def main() -> int:
    """Run the suite; 1 when anything does not hold."""
    with open_warehouse(settings()) as warehouse:
        page, found = expect(warehouse)
    for one in found:
        print(f"{one['mart']}: {'; '.join(one['failed']) or 'as expected'}")
    print(page, file=sys.stderr)
    return int(not all(one["passed"] for one in found))


if __name__ == "__main__":
    sys.exit(main())
