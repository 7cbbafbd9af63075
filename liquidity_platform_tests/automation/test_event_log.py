"""Dagster's event log: what a run intends and does is written in batches, as the same rows as one by one."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster_postgres import PostgresEventLogStorage

from liquidity_platform.automation.event_log import EventLog
from liquidity_platform.automation.keys import told_once
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
    yield told_once(context, dg.MaterializeResult("plain", metadata={"rows": 3}))
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


def told(warehouse: Warehouse, run_id: str) -> dict[str, Counter[tuple[object, ...]]]:
    """What Dagster's tables hold of a run: events of assets, their tags, executions of checks, entries of assets."""
    asked = {
        "events": "SELECT dagster_event_type, step_key, asset_key, partition FROM event_logs WHERE run_id = %s "
        "AND asset_key IS NOT NULL",
        "tags": "SELECT t.asset_key, t.key, e.partition FROM asset_event_tags t JOIN event_logs e ON e.id = t.event_id "
        "WHERE e.run_id = %s",
        "checks": "SELECT c.asset_key, c.check_name, c.partition, c.execution_status FROM asset_check_executions c "
        "JOIN event_logs e ON e.id = c.evaluation_event_storage_id WHERE c.run_id = %s",
        "entries": "SELECT asset_key FROM asset_keys WHERE last_run_id = %s AND last_materialization IS NOT NULL",
    }
    with warehouse.owner_session() as connection:
        connection.execute("SET search_path = dagster")
        return {what: Counter(connection.execute(query.encode(), [run_id]).fetchall()) for what, query in asked.items()}


@pytest.fixture
def inserts() -> Iterator[list[str]]:
    """The kinds of events in every INSERT into the event log."""
    seen: list[str] = []

    def see(connection: object, cursor: object, statement: str, parameters: object, *more: object) -> None:
        if statement.startswith("INSERT INTO event_logs"):
            kinds = ("ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED")
            seen.extend(kind for kind in kinds if f"'{kind}'" in str(parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", see)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", see)


def test_what_a_run_intends_and_does_is_the_same_in_batches_as_one_by_one(
    warehouse: Warehouse, instance: dg.DagsterInstance, inserts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_batches = told(warehouse, run_over_all_windows(instance))
    # what two assets intend for three windows, their check, and what each of them did
    assert Counter(inserts) == {
        "ASSET_MATERIALIZATION_PLANNED": 1, "ASSET_CHECK_EVALUATION_PLANNED": 1, "ASSET_MATERIALIZATION": 2
    }  # fmt: skip
    inserts.clear()
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    monkeypatch.setattr(EventLog, "store_event", PostgresEventLogStorage.store_event)
    assert in_batches == told(warehouse, run_over_all_windows(instance))
    assert Counter(inserts)["ASSET_MATERIALIZATION_PLANNED"] == Counter(inserts)["ASSET_MATERIALIZATION"] == 6
    assert all(in_batches.values())
    assert sum(in_batches["events"].values()) >= 12
    assert {row[1] for row in in_batches["tags"]} >= {"dagster/data_version"}


def judged(warehouse: Warehouse, run_id: str) -> int:
    """How many evaluations of the run the table of events holds."""
    with warehouse.owner_session() as connection:
        (count,) = connection.execute(  # type: ignore[misc]
            "SELECT count(*) FROM dagster.event_logs WHERE run_id = %s AND dagster_event_type = %s",
            [run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION.value],
        ).fetchone()
    return int(count)


def test_what_is_gathered_is_read_in_the_order_in_which_it_was_told(instance: dg.DagsterInstance) -> None:
    run_id = run_over_all_windows(instance)
    events = [entry.dagster_event_type for entry in instance.all_logs(run_id)]
    done, judged = dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_CHECK_EVALUATION
    assert events.index(judged) > events.index(done)
    assert events.index(dg.DagsterEventType.STEP_SUCCESS) > max(
        place for place, kind in enumerate(events) if kind in (done, judged, dg.DagsterEventType.STEP_OUTPUT)
    )
    times = [entry.timestamp for entry in instance.all_logs(run_id)]
    assert times == sorted(times)


def test_an_event_that_cannot_be_stored_takes_no_other_of_its_batch_with_it(instance: dg.DagsterInstance) -> None:
    run_id = run_over_all_windows(instance)
    (whole,) = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    broken = whole._replace(timestamp=float("inf"))  # no instant: PostgreSQL refuses the row
    log = instance.event_log_storage
    log.store_event(whole)
    log.store_event(broken)
    log.store_event(whole)
    with pytest.raises((OverflowError, ValueError, sa.exc.SQLAlchemyError)):
        instance.all_logs(run_id)
    assert len(instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)) == 3


def test_what_was_gathered_is_written_when_the_instance_is_closed(
    warehouse: Warehouse, instance: dg.DagsterInstance
) -> None:
    run_id = run_over_all_windows(instance)
    (event,) = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    instance.event_log_storage.store_event(event)
    assert judged(warehouse, run_id) == 1
    instance.event_log_storage.dispose()
    assert judged(warehouse, run_id) == 2


def test_without_a_server_nothing_that_was_gathered_is_lost(
    warehouse: Warehouse, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = run_over_all_windows(instance)
    (event,) = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)

    def away(*given: object) -> None:
        raise sa.exc.OperationalError("", {}, OSError("the server is away"))

    instance.event_log_storage.store_event(event)
    with monkeypatch.context() as patched:
        patched.setattr(sa.Engine, "connect", away)
        patched.setattr("dagster_postgres.utils.time.sleep", lambda _: None)
        with pytest.raises(Exception, match="too many retries"):
            instance.all_logs(run_id)
    instance.event_log_storage.store_event(event)
    instance.event_log_storage.dispose()
    assert judged(warehouse, run_id) == 3


def test_what_a_run_did_in_all_its_windows_is_told_of_the_newest_one() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_over_all_windows(instance)
        events = instance.fetch_materializations(dg.AssetKey("plain"), limit=10).records
    told = {event.partition_key: {name: each.value for name, each in event.asset_materialization.metadata.items()}
            for event in events}  # fmt: skip
    assert told == {"2002": {}, "2003": {}, "2004": {"rows": 3}}
