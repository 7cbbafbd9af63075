"""The dbt project as assets: one asset a model, dbt's tests as asset checks.

Belongs here: the manifest, the translation of names, the step, dbt's environment. Keep out: SQL (dbt_project).
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from liquidity_platform.automation.dbt_process import PARENT
from liquidity_platform.automation.keys import mart_key, raw_key
from liquidity_platform.automation.manifest import ensure_manifest
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.paths import project_file
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse

FOLDER = project_file("dbt_project")
PROJECT = DbtProject(project_dir=FOLDER, profiles_dir=FOLDER)


class _Dbt(DbtCliResource):
    """dbt as a process of its own, nothing else."""

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """No second dbt within Dagster's process: it takes 3 s to parse all macros, for column metadata nobody asks."""


class _Names(DagsterDbtTranslator):
    """Models are `marts/<model>`; sources keep the asset keys that the generated file names."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] != "model":
            return spec
        deps = [raw_key(line) for line in SERIES.values()] if props["name"] == "series_status" else []
        return spec.replace_attributes(
            key=mart_key(props["name"]),
            group_name="marts",
            kinds={"dbt", "postgres"},
            owners=["team:liquidity"],
            deps=[*spec.deps, *deps],
        )


def environment(warehouse: Warehouse) -> dict[str, str]:
    """What dbt_project/profiles.yml reads, for this warehouse."""
    url = warehouse.url
    return {
        "LIQUIDITY_DBT_HOST": url.host or "127.0.0.1",
        "LIQUIDITY_DBT_PORT": str(url.port or 5432),
        "LIQUIDITY_DBT_USER": url.username or "",
        "LIQUIDITY_DBT_PASSWORD": str(url.password or ""),
        "LIQUIDITY_DBT_DATABASE": url.database or "",
        "LIQUIDITY_DBT_SSLMODE": str(url.query.get("sslmode", "prefer")),
        **{
            f"LIQUIDITY_DBT_{name.upper()}": str(url.query.get(name, ""))
            for name in ("sslrootcert", "sslcert", "sslkey")
        },
        PARENT: str(os.getpid()),
        "DBT_LOG_PATH": str(warehouse.settings.data_home / "dbt" / "logs"),
    }


@dbt_assets(manifest=ensure_manifest(), project=PROJECT, dagster_dbt_translator=_Names(), name="dbt_marts", pool="dbt")
def marts(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[Any]:
    """`dbt build` of the selected models and their tests."""
    # one folder a home: dbt parses again only what changed, as long as the warehouse's address stays the same
    target = settings().data_home / "dbt" / "target"
    with warehouse.writing() as opened:
        os.environ.update(environment(opened))
        dbt = _Dbt(
            project_dir=str(FOLDER),
            profiles_dir=str(FOLDER),
            dbt_executable=str(Path(sys.executable).with_name("liquidity-dbt")),
        )
        yield from dbt.cli(["build"], context=context, target_path=target).stream()
