"""Jobs: one a layer, because a skipped series would skip every downstream step of its own run.

Belongs here: the jobs and the sensors that run one layer after another. Keep out: schedules, assets.
"""

import itertools
from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from liquidity_platform.automation.keys import KNOWLEDGE_YEARS, range_tags
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings

LOAD_RAW = dg.define_asset_job(
    "load_raw", selection=dg.AssetSelection.key_prefixes(["raw"]), partitions_def=KNOWLEDGE_YEARS,
    description="Ask the publishers and append what became known",
)  # fmt: skip
LOAD_BARS = dg.define_asset_job(
    "load_bars", selection=dg.AssetSelection.key_prefixes(["bars"]), partitions_def=KNOWLEDGE_YEARS,
    description="Ask for instruments' bars and append what is new",
)  # fmt: skip
COMPUTE_DERIVED = dg.define_asset_job(
    "compute_derived", selection=dg.AssetSelection.key_prefixes(["derived"]), partitions_def=KNOWLEDGE_YEARS,
    description="Compute every metric at every step of knowledge",
)  # fmt: skip
BUILD_MARTS = dg.define_asset_job(
    "build_marts", selection=dg.AssetSelection.key_prefixes(["hub"], ["marts"]),
    description="What each group holds, then dbt build: marts and their tests",
)  # fmt: skip
WRITE_REPORT = dg.define_asset_job(
    "write_report", selection=dg.AssetSelection.key_prefixes(["report"]), description="Write the HTML report"
)
LAYERS = [LOAD_RAW, COMPUTE_DERIVED, BUILD_MARTS, WRITE_REPORT]


def current_range() -> dict[str, str]:
    """Run tags of the current knowledge year."""
    return range_tags(Window.current(settings().clock_now().now()))


def _follow(before: UnresolvedAssetJobDefinition, after: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A sensor that runs `after` when a run of `before` succeeded."""

    @dg.run_status_sensor(
        name=f"{after.name}_after_{before.name}",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[before],
        request_job=after,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=15,
        description=f"Runs {after.name} when {before.name} has succeeded",
    )
    def follow(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest]:
        tags = current_range() if after is COMPUTE_DERIVED else {}
        yield dg.RunRequest(run_key=context.dagster_run.run_id, tags=tags)

    return follow


SENSORS = [_follow(before, after) for before, after in itertools.pairwise(LAYERS)]
