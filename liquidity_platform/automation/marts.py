"""The dbt project as assets: one asset a model, dbt's tests as asset checks.

Belongs here: the translation of names, the step. Keep out: SQL (dbt_project), dbt's environment (dbt_process.py).
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from liquidity_platform.automation.dbt_apart import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from liquidity_platform.automation.dbt_process import environment
from liquidity_platform.automation.hubs import gathered, hub_events
from liquidity_platform.automation.keys import FRESH, bar_key, mart_key, metric_key, raw_key
from liquidity_platform.automation.manifest import ensure_manifest, parsed_before
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.paths import project_file
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.report.sparks import spark_markdown
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import LISTINGS
from liquidity_platform.warehouse.connect import Warehouse

FOLDER = project_file("dbt_project")
PROJECT = DbtProject(project_dir=FOLDER, profiles_dir=FOLDER)


class _Dbt(DbtCliResource):
    """dbt as a process of its own, nothing else."""

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        """No second dbt within Dagster's process: it takes 3 s to parse all macros, for column metadata nobody asks."""


class _Names(DagsterDbtTranslator):
    """Models are `marts/<model>`; sources keep the asset keys that the generated file names."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] != "model":
            return spec
        reads = {key for words in props["config"]["meta"].get("reads", []) for key in _keys_of(words)}
        named = {dep.asset_key for dep in spec.deps}
        return spec.replace_attributes(
            key=mart_key(props["name"]),
            group_name="marts",
            kinds={"dbt", "postgres"},
            owners=["team:liquidity"],
            deps=[*spec.deps, *sorted(gathered(reads - named))],
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH),
        )


def _keys_of(words: str) -> list[dg.AssetKey]:
    """The assets that a model's `meta: {reads: [...]}` means, for models that ask for more than they can name.

    Where these are most of a group, the model hangs on the group's hub.
    """
    match words:
        case "series":
            return [raw_key(line) for line in SERIES.values()]
        case "monthly series":
            return [raw_key(line) for line in SERIES.values() if line.frequency is Frequency.MONTHLY]
        case "metrics":
            return [metric_key(name) for name in METRICS]
        case "bars":
            return [bar_key(listing) for listings in LISTINGS.values() for listing in listings]
        case "signals":
            return [metric_key(name) for name in SIGNALS]
    return [metric_key(name) for name in METRICS if name == words or name.startswith(f"{words}.")]


MANIFEST = ensure_manifest()
CHARTED = {
    node["name"]: node["config"]["meta"]["chart"]
    for node in json.loads(MANIFEST.read_text())["nodes"].values()
    if node["resource_type"] == "model" and "chart" in node["config"]["meta"]
}


@dbt_assets(manifest=MANIFEST, project=PROJECT, dagster_dbt_translator=_Names(), name="dbt_marts", pool="dbt")
def marts(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[Any]:
    """`dbt build` of the selected models and their tests; beside it, what the hubs hold."""
    # one folder a home: dbt parses again only what changed
    target = parsed_before(settings().data_home / "dbt" / "target")
    with warehouse.writing() as opened:
        os.environ.update(environment(opened))
        dbt = _Dbt(
            project_dir=str(FOLDER),
            profiles_dir=str(FOLDER),
            dbt_executable=str(Path(sys.executable).with_name("liquidity-dbt")),
        )
        building = dbt.cli(["build"], context=context, target_path=target)
        for told in hub_events(opened):  # while dbt starts
            context.log_event(told)
        for event in building.stream():
            yield _with_chart(event, context, opened) if isinstance(event, dg.Output) else event


def _with_chart(event: dg.Output[Any], context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.Output[Any]:
    """The event with the mart's size, newest value and small chart, of the column its `meta: {chart: ...}` names."""
    mart = context.asset_key_for_output(event.output_name).path[-1]
    if mart not in CHARTED:
        return event
    return event.with_metadata({**event.metadata, **charted(warehouse, mart, CHARTED[mart])})


def charted(warehouse: Warehouse, mart: str, column: str) -> dict[str, Any]:
    """Rows of a mart, the newest number of one column, and its small chart, as metadata of an event."""
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.text(f"SELECT period, {column} FROM marts.{mart} ORDER BY period")).all()
    history = [(row[0], row[1]) for row in rows]
    held = [each for each in history if each[1] is not None]
    return {
        "dagster/row_count": len(rows),
        "newest_period": str(held[-1][0]) if held else "none",
        "newest_value": held[-1][1] if held else "none",
        "charted": column,
        "chart": dg.MetadataValue.md(spark_markdown(history)),
    }
