"""Dagster's own tables kept bounded: old runs go with all that was written about them, a batch at a time.

A run stays, however old, while it holds what the asset pages show: the newest materialization or observation of an
asset's partition, the newest answer of a check, an asset's last run. So no partition loses its colour. Facts stay in
any case: they are the warehouse's, and their `run_id` says which run wrote them also when that run has gone.
Belongs here: what is old enough to go, the job and its schedule. Keep out: ticks (dagster.yaml), payloads, facts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance import RUNLESS_RUN_ID
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)

from liquidity_platform.settings import settings

Item = TypeVar("Item")
BATCH = 50  # runs; a run of a day has some hundred events, a first load ten thousand
RUNLESS_BATCH = 5_000  # events
_EVENT, _CHECK = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c
_SHOWN = (dg.DagsterEventType.ASSET_MATERIALIZATION.value, dg.DagsterEventType.ASSET_OBSERVATION.value)


@dataclass(frozen=True)
class Deleted:
    """Runs and events without a run that have gone, and old runs that stay because something is shown from them."""

    runs: int
    kept: int
    runless_events: int


def delete_before(instance: dg.DagsterInstance, before: datetime, say: Callable[[str], None] = print) -> Deleted:
    """Delete runs that ended before `before`, and events of that age without a run; what is shown stays.

    Stopped at any moment it has lost nothing that is shown, and the next call goes on: a run's own row is last to go.
    """
    log = instance.event_log_storage
    assert isinstance(log, SqlEventLogStorage)
    old = instance.get_run_ids(dg.RunsFilter(statuses=FINISHED_STATUSES, updated_before=before))
    shown = _holders(log) if old else set()
    going = [run_id for run_id in reversed(old) if run_id not in shown]  # the oldest first
    for done, batch in _batches(going, BATCH):
        for run_id in batch:
            log.delete_events(run_id)
        with log.index_connection() as connection:  # Dagster leaves these behind
            connection.execute(sa.delete(AssetCheckExecutionsTable).where(_CHECK.run_id.in_(batch)))
        for run_id in batch:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
        say(f"{done} of {len(going)} runs deleted")
    return Deleted(len(going), len(old) - len(going), _delete_runless(log, before))


def _holders(log: SqlEventLogStorage) -> set[str]:
    """Runs that something is shown from. Read before anything goes: later events only free more."""
    newest_events = (
        sa.select(sa.func.max(_EVENT.id))
        .where(_EVENT.dagster_event_type.in_(_SHOWN), _EVENT.asset_key.is_not(None))
        .group_by(_EVENT.asset_key, _EVENT.dagster_event_type, _EVENT.partition)
    )
    newest_checks = sa.select(sa.func.max(_CHECK.id)).group_by(
        # what a check said last, and the run that died before it could say anything
        _CHECK.asset_key, _CHECK.check_name, _CHECK.partition, _CHECK.execution_status == "PLANNED",
    )  # fmt: skip
    asked = sa.union(
        sa.select(_EVENT.run_id).where(_EVENT.id.in_(newest_events)),
        sa.select(_CHECK.run_id).where(_CHECK.id.in_(newest_checks)),
        sa.select(AssetKeyTable.c.last_run_id),
    )
    with log.index_connection() as connection:
        return {row[0] for row in connection.execute(asked)}


def _delete_runless(log: SqlEventLogStorage, before: datetime) -> int:
    """What sensors report of external assets has no run to go with; the newest of each kind stays. How many went."""
    runless = (_EVENT.run_id == RUNLESS_RUN_ID, _EVENT.dagster_event_type.is_not(None))
    newest = (
        sa.select(sa.func.max(_EVENT.id))
        .where(*runless)
        .group_by(_EVENT.asset_key, _EVENT.dagster_event_type, _EVENT.partition)
    )
    old = sa.select(_EVENT.id).where(
        *runless, _EVENT.timestamp < before.astimezone(UTC).replace(tzinfo=None), _EVENT.id.not_in(newest)
    )
    with log.index_connection() as connection:
        going = [row[0] for row in connection.execute(old.order_by(_EVENT.id))]
    for _, batch in _batches(going, RUNLESS_BATCH):
        with log.index_connection() as connection:
            connection.execute(sa.delete(AssetEventTagsTable).where(AssetEventTagsTable.c.event_id.in_(batch)))
            connection.execute(sa.delete(SqlEventLogStorageTable).where(_EVENT.id.in_(batch)))
    return len(going)


def _batches(items: Sequence[Item], size: int) -> Iterator[tuple[int, Sequence[Item]]]:
    """Batches of `items`, each with how many there are up to its end."""
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        yield start + len(batch), batch


@dg.op(description="Deletes runs older than LIQUIDITY_DAGSTER__KEEP_DAYS with their events")
def delete_old_runs_and_events(context: dg.OpExecutionContext) -> None:
    """The job's one step."""
    before = datetime.now(UTC) - timedelta(days=settings().dagster.keep_days)  # Dagster's clock is never moved
    done = delete_before(context.instance, before, context.log.info)
    context.log.info(
        f"before {before:%Y-%m-%d}: {done.runs} runs and {done.runless_events} events without a run deleted, "
        f"{done.kept} runs kept for what is shown from them"
    )


@dg.job(description="Keeps Dagster's tables bounded: old runs go, what asset pages show stays")
def delete_old_runs() -> None:
    """The job."""
    delete_old_runs_and_events()


DELETE_OLD_RUNS = dg.ScheduleDefinition(
    name="delete_old_runs_0320",
    job=delete_old_runs,
    cron_schedule="20 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: runs older than LIQUIDITY_DAGSTER__KEEP_DAYS",
)
