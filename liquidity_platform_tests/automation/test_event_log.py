"""Dagster's event log: what a run intends is written at once, as the same rows as one by one."""

from collections import Counter

import dagster as dg
import pytest
import sqlalchemy as sa

from liquidity_platform.automation.instance import enter_dagster
from liquidity_platform.warehouse.connect import Warehouse

WINDOWS = dg.StaticPartitionsDefinition(["2002", "2003", "2004"])
CHECKED = dg.AssetKey("checked")


@dg.multi_asset(
    specs=[dg.AssetSpec("plain"), dg.AssetSpec(CHECKED)],
    check_specs=[dg.AssetCheckSpec("fine", asset=CHECKED)],
    partitions_def=WINDOWS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def both(context: dg.AssetExecutionContext):
    yield dg.MaterializeResult("plain")
    yield dg.MaterializeResult(CHECKED)
    yield dg.AssetCheckResult(asset_key=CHECKED, check_name="fine", passed=True)


def run_over_all_windows(instance: dg.DagsterInstance) -> str:
    """Materialize both assets for the three windows by one run; its id."""
    job = dg.Definitions(assets=[both], jobs=[dg.define_asset_job("all_windows", [both])]).resolve_job_def(
        "all_windows"
    )
    tags = {"dagster/asset_partition_range_start": "2002", "dagster/asset_partition_range_end": "2004"}
    done = job.execute_in_process(instance=instance, tags=tags)
    assert done.success
    return done.run_id


def told(instance: dg.DagsterInstance, run_id: str) -> Counter[tuple[str, str, str | None]]:
    """(kind, asset, window) of each event of a run that speaks of an asset."""
    events = (entry.get_dagster_event() for entry in instance.all_logs(run_id) if entry.is_dagster_event)
    return Counter(
        (event.event_type_value, event.asset_key.to_user_string(), event.partition)
        for event in events
        if event.asset_key
    )


def test_what_a_run_intends_is_the_same_at_once_as_one_by_one(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DAGSTER_HOME", "DAGSTER_PG_URL", "DAGSTER_COMPUTE_LOGS", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")  # given back after the test
    enter_dagster(warehouse)
    inserts: list[str] = []

    def see(connection: object, cursor: object, statement: str, parameters: object, *more: object) -> None:
        if statement.startswith("INSERT INTO event_logs") and "'ASSET_MATERIALIZATION_PLANNED'" in str(parameters):
            inserts.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", see)
    try:
        with dg.DagsterInstance.get() as instance:
            at_once = told(instance, run_over_all_windows(instance))
            assert len(inserts) == 1, "two assets and three windows"
            monkeypatch.setenv("DAGSTER_EMIT_PLANNED_EVENTS_INDIVIDUALLY", "1")
            assert at_once == told(instance, run_over_all_windows(instance))
            assert len(inserts) == 1 + 6
            planned = {(asset, window) for kind, asset, window in at_once if kind == "ASSET_MATERIALIZATION_PLANNED"}
            assert planned == {(asset, window) for asset in ("plain", "checked") for window in ("2002", "2003", "2004")}
            monkeypatch.delenv("DAGSTER_EMIT_PLANNED_EVENTS_INDIVIDUALLY")
            newest = run_over_all_windows(instance)
            records = instance.get_asset_records([dg.AssetKey("plain"), CHECKED])
            assert {record.asset_entry.last_run_id for record in records} == {newest}
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", see)
