"""Ticks and alerts of the sidecar as assets, a partition a day, and the sensor that has them moved.

A tick belongs to the UTC day on which it was received, as a number belongs to the year in which it became known. The
sensor's runs bring what is new; a run that a person asks for brings its days again, and what is there is recognised.
Belongs here: assets, job, sensor. Keep out: moving (journal.py), the journal's SQL (realtime.journal).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from liquidity_platform.automation.journal import Moved, move, move_again
from liquidity_platform.automation.keys import RANGE_END, RANGE_START, told_once
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.automation.stream_health import SIDECAR
from liquidity_platform.realtime.journal import moving
from liquidity_platform.realtime.journal.opening import JournalError
from liquidity_platform.realtime.settings import journals_of
from liquidity_platform.settings import settings

FIRST_DAY = date(2026, 1, 1)
DAYS = dg.DailyPartitionsDefinition(start_date=f"{FIRST_DAY}", end_offset=1)
TICKS, ALERTS = dg.AssetKey(["stream", "ticks"]), dg.AssetKey(["stream", "alerts"])
JOURNALS_TAG = "liquidity/journals"  # the sensor's runs: which journals had news
_FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7))  # of a stream that was ever moved
_ALIKE: dict[str, Any] = {
    "group_name": "stream", "deps": [SIDECAR], "kinds": {"sqlite", "postgres"}, "owners": ["team:liquidity"],
    "freshness_policy": _FRESH,
}  # fmt: skip


@dg.multi_asset(
    name="stream_journal",
    specs=[
        dg.AssetSpec(
            TICKS,
            description="Ticks of the sidecar's journal, in raw.ticks",
            metadata={"dagster/table_name": "raw.ticks"},
            **_ALIKE,
        ),
        dg.AssetSpec(
            ALERTS,
            description="Alerts and deliveries, in ops.alert_log",
            metadata={"dagster/table_name": "ops.alert_log"},
            **_ALIKE,
        ),
    ],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def stream_journal(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Everything the journals hold and the warehouse does not; see the module."""
    done, keys = Moved(), sorted(context.partition_keys)
    days = date.fromisoformat(keys[0]), date.fromisoformat(keys[-1])
    with warehouse.writing() as opened:
        for path in journals_of(settings()):
            if JOURNALS_TAG not in context.run.tags:
                done += move_again(path, opened, days, context.run_id)
            done += move(path, opened, context.run_id)
    ticks, alerts = {"appended": done.ticks}, {"appended": done.alerts, "deliveries": done.deliveries}
    yield told_once(context, dg.MaterializeResult(asset_key=TICKS, metadata=ticks))
    yield told_once(context, dg.MaterializeResult(asset_key=ALERTS, metadata=alerts))


MOVE_JOURNAL = dg.define_asset_job(
    "move_journal", selection=dg.AssetSelection.assets(TICKS, ALERTS), partitions_def=DAYS,
    description="Sidecar's journal to warehouse",
)  # fmt: skip
_PATIENCE = timedelta(minutes=10)  # a run that was killed is still called running for a while


@dg.sensor(
    name="journal_to_warehouse",
    job=MOVE_JOURNAL,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Moves ticks and alerts when the sidecar's journal holds new ones",
)
def journal_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run at a time, and only when something is new."""
    try:
        fresh = {path.name: since for path in journals_of(settings()) if (since := _news_since(path)) is not None}
    except JournalError as error:
        return dg.SkipReason(str(error))
    if not fresh:
        return dg.SkipReason("the journal holds nothing new")
    unfinished = dg.RunsFilter(
        job_name=MOVE_JOURNAL.name,
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        created_after=datetime.now(UTC) - _PATIENCE,
    )
    if context.instance.get_runs_count(unfinished):
        return dg.SkipReason("the run before is at it still")
    today = datetime.now(UTC).date()
    first = min(max(min(fresh.values()), FIRST_DAY), today)
    return dg.RunRequest(tags={JOURNALS_TAG: ", ".join(fresh), RANGE_START: f"{first}", RANGE_END: f"{today}"})


def _news_since(path: Path) -> date | None:
    """The UTC day of the first row that was not moved yet; None without one. Of alerts alone: today."""
    with moving.opened(path) as journal:
        marks = moving.moved(journal) or {}
        if not any(newest > marks.get(source, 0) for source, newest in moving.newest(journal).items()):
            return None
        first = moving.first_tick_beyond(journal, marks.get("market_data", 0))
        at = datetime.now(UTC) if first is None else datetime.fromtimestamp(first / 1e6, UTC)
        return at.date()
