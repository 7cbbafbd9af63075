"""A job as Dagster's documentation would have it: an asset a series, a step an asset, a process a step.

It loads what the platform's own job loads in one step a provider, by the same code.
`python -m liquidity_platform_tests.bench.one_step_an_asset steps|platform` prints the seconds an asset took, the
definitions loaded; HOME and the folder of files come from the environment.
Belongs here: both runs. Keep out: comparing them (orchestrating.py).
"""

import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg

from liquidity_platform.automation.instance import enter_dagster
from liquidity_platform.automation.jobs import LOAD_RAW
from liquidity_platform.automation.keys import KNOWLEDGE_YEARS, range_tags, raw_key
from liquidity_platform.automation.loading import load
from liquidity_platform.automation.raw_assets import all_raw_assets, as_events, spec_of
from liquidity_platform.automation.resources import WarehouseResource, prepare
from liquidity_platform.automation.running import QUIET
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings
from liquidity_platform.sources.fetching import absent
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform_tests.bench.measures import timed

COUNT, REFUSED = 40, 2  # of them so many may be held back


def forty() -> list[Series]:
    """The first series of the catalog that FRED publishes and the folder has."""
    fred = [line for line in SERIES.values() if line.source == "fred"]
    missing = absent(fred, settings())
    return [line for line in fred if line not in missing][:COUNT]


def _asset(line: Series) -> dg.AssetsDefinition:
    @dg.multi_asset(name=line.id.replace(".", "_"), specs=[spec_of(line)], partitions_def=KNOWLEDGE_YEARS,
                    backfill_policy=dg.BackfillPolicy.single_run())  # fmt: skip
    def one(warehouse: WarehouseResource) -> Iterator[Any]:
        with warehouse.writing() as opened:
            window = Window.current(opened.settings.clock_now().now())
            (outcome,) = load(PROVIDERS[line.source], [line], window, opened, None, lambda _: None)
        yield next(as_events(outcome))

    return one


def steps() -> dg.JobDefinition:
    """A step an asset, each a process of its own: the executor Dagster chooses by default."""
    job = dg.define_asset_job("steps", selection=dg.AssetSelection.all(), executor_def=dg.multiprocess_executor)
    defs = dg.Definitions([_asset(line) for line in forty()], jobs=[job], resources={"warehouse": WarehouseResource()})
    return defs.resolve_job_def("steps")


def platform() -> dg.JobDefinition:
    """The platform's own job of raw series."""
    defs = dg.Definitions(
        all_raw_assets(), jobs=[LOAD_RAW], resources={"warehouse": WarehouseResource()},
        executor=dg.in_process_executor,
    )  # fmt: skip
    return defs.resolve_job_def(LOAD_RAW.name)


def main(which: str) -> None:
    """Run one of the two for the current year."""
    with open_warehouse(settings()) as warehouse:
        prepare(warehouse)
        enter_dagster(warehouse)
        keys = [raw_key(line) for line in forty()]
        tags = range_tags(Window.current(warehouse.settings.clock_now().now()))
        with dg.DagsterInstance.get() as instance:
            if which == "platform":  # as `liquidity daily` does
                job = platform()
                took, result = timed(
                    lambda: job.execute_in_process(instance=instance, tags=tags, asset_selection=keys, run_config=QUIET)
                )
            else:
                took, result = timed(lambda: dg.execute_job(dg.reconstructable(steps), instance, tags=tags))
            done = {event.asset_key for event in result.all_events if event.is_step_materialization}
    if not result.success or len(done) < COUNT - REFUSED:
        sys.exit(f"{which}: {len(done)} of {COUNT} assets")
    print(took / len(done))


if __name__ == "__main__":
    main(sys.argv[1])
