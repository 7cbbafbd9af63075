"""The archive of payloads, looked at once a day: is what the warehouse's index names there, and is it what was stored?

Every file is looked for; of a thirtieth of them, another one each day, the bytes are read and compared with their
SHA-256, so that a month reads all. What is missing or altered fails a check that names it. Drafts of writers that were
killed are removed after a day. A payload that the index does not name was archived before its transaction was lost:
it is counted, never removed.
Belongs here: the asset, its check, the daily sensor. Keep out: places of payloads (sources), the index (warehouse).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.releases import NEW_YORK
from liquidity_platform.settings import settings
from liquidity_platform.sources.archive import Archive, ArchiveError, open_archive
from liquidity_platform.warehouse.payloads import archived

ARCHIVE = dg.AssetKey(["upkeep", "archive"])
CHECK = "whole"
PARTS = 30  # so many days read everything
OLD = timedelta(days=1)  # a draft that is still written is younger
_SAID = 20


@dataclass
class Found:
    """What a look at the archive found. `faults` are sentences."""

    payloads: int = 0
    read: int = 0
    unindexed: int = 0
    drafts_removed: int = 0
    faults: list[str] = field(default_factory=list)


def look(archive: Archive, index: Mapping[str, tuple[str, str]], now: datetime) -> Found:
    """Compare the archive with the `index` (uri -> sha256, whose answer it is). Raises ArchiveError."""
    there = set(archive.names())
    found = Found(payloads=len(index), unindexed=len(there - set(index)))
    for uri, (sha256, whose) in sorted(index.items()):
        if uri not in there:
            found.faults.append(f"{whose}: payload {uri} is not there")
        elif int(sha256[:4], 16) % PARTS == now.toordinal() % PARTS:
            found.read += 1
            try:
                archive.read(uri, sha256)
            except ArchiveError as error:
                found.faults.append(f"{whose}: {error}")
    found.drafts_removed = archive.clear_drafts(now - OLD)
    return found


@dg.asset(
    key=ARCHIVE,
    group_name="upkeep",
    kinds={"python"},
    owners=["team:liquidity"],
    description="Publishers' bytes as they came: each payload that the warehouse names is there, and unaltered.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=4)),
    check_specs=[
        dg.AssetCheckSpec(CHECK, asset=ARCHIVE, blocking=False, description="No payload is missing or was altered")
    ],
)
def archive_upkeep(warehouse: WarehouseResource) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Look at the archive; see the module."""
    chosen = settings()
    with warehouse.reading() as opened, opened.session() as connection:
        index = archived(connection)
    found = look(open_archive(chosen), index, chosen.clock_now().now())
    more = len(found.faults) - _SAID
    said = [*found.faults[:_SAID], *([f"and {more} more"] if more > 0 else [])]
    yield dg.MaterializeResult(
        metadata={
            "payloads": found.payloads, "read": found.read, "faults": len(found.faults),
            "unindexed": found.unindexed, "drafts_removed": found.drafts_removed,
        }
    )  # fmt: skip
    yield dg.AssetCheckResult(
        check_name=CHECK,
        passed=not found.faults,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(said) or f"{found.payloads:,} payloads are there, {found.read:,} were read",
    )


UPKEEP = dg.define_asset_job(
    "archive_upkeep", selection=dg.AssetSelection.assets(ARCHIVE), description="Are the archived payloads all there"
)


@dg.sensor(
    name="archive_daily",
    job=UPKEEP,
    minimum_interval_seconds=1800,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at the archive of payloads once a day",
)
def archive_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Once a day, at whatever time this machine is awake; a platform begun today is looked at from tomorrow on."""
    today = f"{settings().clock_now().now().astimezone(ZoneInfo(NEW_YORK)):%Y-%m-%d}"
    if context.cursor == today:
        return dg.SkipReason(f"looked at on {today}")
    if not context.cursor:
        return dg.SensorResult(skip_reason="looks from tomorrow on", cursor=today)
    return dg.SensorResult(run_requests=[dg.RunRequest(f"archive-{today}")], cursor=today)
