"""Runs whose processes are gone: marked failed and their slots freed, those of living commands and of others left."""

import fcntl
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest

from liquidity_platform.automation.leftovers import RUNNER_TAG, begun_runs, clear_platform, runner_of
from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.server.cluster import Cluster
from liquidity_platform.warehouse.server.lease import Lease

POOL = "source_fred"


@pytest.fixture
def embedded(warehouse: Warehouse) -> Iterator[Warehouse]:
    """The same warehouse as one whose server is this home's own."""
    home = warehouse.settings.data_home
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("a") as users:
        yield replace(warehouse, lease=Lease(Cluster(0, "", home), users))


def add(instance: dg.DagsterInstance, run_id: str, status: dg.DagsterRunStatus, **tags: str) -> None:
    instance.add_run(dg.DagsterRun(job_name="load_raw", run_id=run_id, status=status, tags=tags))


def statuses(instance: dg.DagsterInstance) -> dict[str, str]:
    return {run.run_id: run.status.value for run in instance.get_runs()}


def test_begun_runs_of_a_platform_that_ended_have_failed_and_free_their_slots(
    embedded: Warehouse, instance: dg.DagsterInstance
) -> None:
    instance.event_log_storage.set_concurrency_slots(POOL, 1)
    add(instance, "begun", dg.DagsterRunStatus.STARTED)
    add(instance, "beginning", dg.DagsterRunStatus.STARTING)
    add(instance, "waiting", dg.DagsterRunStatus.NOT_STARTED)  # the daemon queues it
    add(instance, "done", dg.DagsterRunStatus.SUCCESS)
    assert instance.event_log_storage.claim_concurrency_slot(POOL, "begun", "step").is_claimed
    assert begun_runs(embedded) == {"begun", "beginning"}
    assert begun_runs(replace(embedded, lease=None)) == set()
    assert clear_platform(embedded) == 2
    assert begun_runs(embedded) == set()
    wanted = {"begun": "FAILURE", "beginning": "FAILURE", "waiting": "NOT_STARTED", "done": "SUCCESS"}
    assert statuses(instance) == wanted
    assert instance.event_log_storage.claim_concurrency_slot(POOL, "next", "step").is_claimed
    assert clear_platform(embedded) == 0


def test_a_command_s_run_is_dead_only_when_no_command_is_at_it(
    embedded: Warehouse, instance: dg.DagsterInstance
) -> None:
    add(instance, "commanded", dg.DagsterRunStatus.STARTED, **{RUNNER_TAG: runner_of(embedded)})
    assert begun_runs(embedded) == set()
    with (embedded.settings.data_home / "dagster" / "runs.lock").open("a") as command:
        fcntl.flock(command, fcntl.LOCK_EX)
        assert clear_platform(embedded) == 0
    assert clear_platform(embedded) == 1
    assert statuses(instance) == {"commanded": "FAILURE"}


def test_on_a_shared_server_others_look_after_their_runs(warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    add(instance, "somebody's", dg.DagsterRunStatus.STARTED)
    assert clear_platform(warehouse) == 0
    assert statuses(instance) == {"somebody's": "STARTED"}


def test_while_the_server_is_away_it_says_so_in_one_line(
    embedded: Warehouse, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_postgres.utils.time.sleep", lambda _: None)  # it tries again for ten seconds
    monkeypatch.setenv("DAGSTER_PG_URL", "postgresql+psycopg2://nobody@127.0.0.1:1/none")
    with pytest.raises(WarehouseUnavailable, match=r"^Dagster's tables cannot be used: \w+$"):
        clear_platform(embedded)
