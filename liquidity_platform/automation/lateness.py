"""Lateness judged while nothing is loaded: a publisher that does not answer must not leave a green check behind.

A load judges what it brings. Between loads, and while loads fail, a series whose grace has passed would keep the
verdict of its last good load: this sensor writes the verdict into Dagster, without a run, when it became worse. The
next load that brings the period writes the better one. What was written last is read from Dagster: no cursor.
Belongs here: the sensor. Keep out: the judgement (quality), the verdicts of loads (raw_assets.py), telling anybody.
"""

from collections.abc import Mapping

import dagster as dg

from liquidity_platform.automation.keys import raw_key
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.quality.lateness import Lateness, judge_lateness
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.shown import newest_periods

NOT_LATE = "not_late"


def late_now(warehouse: Warehouse) -> dict[str, Lateness]:
    """Series that hold something and are late or old by the process clock, as `liquidity status --late` has them."""
    with warehouse.session() as connection:
        newest = newest_periods(connection)
    now = warehouse.settings.clock_now().now()
    judged = {name: judge_lateness(SERIES[name], period, now) for name, period in newest.items() if name in SERIES}
    return {name: found for name, found in judged.items() if not found.verdict.passed}


def unsaid(instance: dg.DagsterInstance, late: Mapping[str, Lateness]) -> list[Series]:
    """Those of `late` whose check does not say yet which period is missing."""
    keys = {name: dg.AssetCheckKey(raw_key(SERIES[name]), NOT_LATE) for name in late}
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key([*keys.values()])
    found = []
    for name, key in keys.items():
        record = records.get(key)
        told = record.event.dagster_event if record and record.event else None
        said = told.event_specific_data if told else None
        if not isinstance(said, dg.AssetCheckEvaluation) or _missing(said) != _missing_of(late[name]):
            found.append(SERIES[name])
    return found


def _missing(said: dg.AssetCheckEvaluation) -> str:
    return (said.description or "").rpartition(": ")[2]


def _missing_of(found: Lateness) -> str:
    return found.verdict.reason.rpartition(": ")[2]


@dg.sensor(
    name="lateness",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks series late in their checks when no load does, because nothing came",
)
def lateness(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Never asks for a run."""
    with open_warehouse(settings()) as warehouse:
        late = late_now(warehouse)
    fresh = unsaid(context.instance, late)
    for line in fresh:
        context.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=raw_key(line), check_name=NOT_LATE, passed=False, severity=dg.AssetCheckSeverity.WARN,
                description=late[line.id].verdict.reason,
            )
        )  # fmt: skip
    return dg.SkipReason(f"{len(late)} series are late, {len(fresh)} of them marked now")
