"""Dagster's tables stay bounded: old runs go with all that was written about them, what asset pages show stays."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from liquidity_platform.automation import retention
from liquidity_platform.automation.retention import delete_before, delete_old_runs
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse

WINDOWS = dg.StaticPartitionsDefinition(["2002", "2003"])
CHECKED, STREAM = dg.AssetKey("checked"), dg.AssetKey(["stream", "health"])


@dg.multi_asset(
    specs=[dg.AssetSpec(CHECKED, skippable=True), dg.AssetSpec("beside", skippable=True)],
    check_specs=[dg.AssetCheckSpec("fine", asset=CHECKED)],
    partitions_def=WINDOWS,
    can_subset=True,
)
def both(context: dg.AssetExecutionContext):
    context.log.info("a line beside the events")
    if context.run.tags.get("fails"):
        raise dg.Failure("as told")
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(key, metadata={"dagster/row_count": 3}, data_version=dg.DataVersion("1"))
    if CHECKED in context.selected_asset_keys:
        yield dg.AssetCheckResult(asset_key=CHECKED, check_name="fine", passed=True)


DEFS = dg.Definitions(assets=[both], jobs=[dg.define_asset_job("load", [both])])


def run(instance: dg.DagsterInstance, window: str, only: list[dg.AssetKey] | None = None, **tags: str) -> str:
    done = DEFS.resolve_job_def("load").execute_in_process(
        instance=instance, partition_key=window, asset_selection=only, tags=tags, raise_on_error=False
    )
    assert done.success != bool(tags)
    return done.run_id


def rows_of(warehouse: Warehouse, run_id: str) -> dict[str, int]:
    """Rows that Dagster's tables hold of a run."""
    asked = {
        table: f"SELECT count(*) FROM {table} WHERE run_id = %s"
        for table in ("runs", "run_tags", "event_logs", "asset_check_executions")
    }
    asked["asset_event_tags"] = (
        "SELECT count(*) FROM asset_event_tags WHERE event_id NOT IN (SELECT id FROM event_logs) AND %s <> ''"
    )
    with warehouse.owner_session() as connection:
        connection.execute("SET search_path = dagster")
        found = {table: connection.execute(query.encode(), [run_id]).fetchone() for table, query in asked.items()}
    return {table: row[0] for table, row in found.items() if row and row[0]}


def test_old_runs_go_with_all_their_rows_and_what_is_shown_stays(
    instance: dg.DagsterInstance, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)  # three runs go: in two batches
    superseded = [run(instance, "2002"), run(instance, "2003"), run(instance, "2003")]
    first_window = run(instance, "2002")  # nothing loads 2002 again
    one_of_two = run(instance, "2003")  # `checked` is loaded again, `beside` is not
    newer = run(instance, "2003", [CHECKED])
    moment = datetime.now(UTC)
    young = [run(instance, "2003", [CHECKED]), run(instance, "2003", [CHECKED])]
    logs = list((warehouse.settings.data_home / "dagster" / "logs").rglob(f"{superseded[0]}*"))
    assert logs
    assert set(rows_of(warehouse, superseded[0])) == {"runs", "run_tags", "event_logs", "asset_check_executions"}
    said: list[str] = []

    done = delete_before(instance, moment, said.append)

    assert (done.runs, done.kept) == (4, 2)
    assert said == ["2 of 4 runs deleted", "4 of 4 runs deleted"]
    for run_id in (*superseded, newer):
        assert rows_of(warehouse, run_id) == {}
    assert not any(path.exists() for path in logs)
    assert {found.run_id for found in instance.get_runs()} == {first_window, one_of_two, *young}
    # every partition is still materialized, and each asset's newest is what it was
    for key, newest in ((CHECKED, young[-1]), (dg.AssetKey("beside"), one_of_two)):
        assert instance.get_materialized_partitions(key) == {"2002", "2003"}
        event = instance.get_latest_materialization_event(key)
        assert event is not None
        assert event.run_id == newest
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value == 3
    assert delete_before(instance, moment, said.append).runs == 0


def test_the_last_run_of_an_asset_stays_also_when_it_failed_and_a_living_run_is_never_old(
    instance: dg.DagsterInstance,
) -> None:
    waiting = instance.create_run_for_job(DEFS.resolve_job_def("load"), tags={"dagster/partition": "2002"})
    unchecked = [dg.AssetKey("beside")]  # of the other, its check's newest answer holds the run too
    loaded = run(instance, "2002", unchecked)
    forgotten = run(instance, "2002", unchecked, fails="yes")
    last = run(instance, "2002", unchecked, fails="yes")
    done = delete_before(instance, datetime.now(UTC))
    assert (done.runs, done.kept) == (1, 2)
    assert {found.run_id for found in instance.get_runs()} == {loaded, last, waiting.run_id}
    assert not instance.all_logs(forgotten)


def test_of_what_sensors_report_without_a_run_the_newest_stays(instance: dg.DagsterInstance) -> None:
    for number in range(5):
        instance.report_runless_asset_event(dg.AssetObservation(STREAM, metadata={"number": number}))
    instance.report_runless_asset_event(dg.AssetMaterialization(STREAM))
    moment = datetime.now(UTC)
    instance.report_runless_asset_event(dg.AssetMaterialization(STREAM))
    assert delete_before(instance, moment - timedelta(days=1)).runless_events == 0
    assert delete_before(instance, moment).runless_events == 5
    left = instance.fetch_observations(STREAM, limit=10).records
    assert [event.asset_observation.metadata["number"].value for event in left if event.asset_observation] == [4]
    assert len(instance.fetch_materializations(STREAM, limit=10).records) == 1


def test_the_job_deletes_what_is_older_than_the_setting_says(
    instance: dg.DagsterInstance, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young, newest = (run(instance, "2002") for _ in range(3))
    with warehouse.owner_session() as connection:  # as time would have it
        connection.execute("SET search_path = dagster")
        for run_id, days in ((old, 8), (young, 6)):
            connection.execute(
                "UPDATE runs SET update_timestamp = update_timestamp - make_interval(days => %s) WHERE run_id = %s",
                [days, run_id],
            )
    monkeypatch.setenv("LIQUIDITY_DAGSTER__KEEP_DAYS", "7")
    settings.cache_clear()
    done = delete_old_runs.execute_in_process(instance=instance)
    assert done.success
    assert {found.run_id for found in instance.get_runs()} == {young, newest, done.run_id}
