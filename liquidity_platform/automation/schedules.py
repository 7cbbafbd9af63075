"""Schedules from the release calendar, in the publisher's zone, and the desk's morning run.

Cron cannot know holidays: a release schedule ticks on weekdays and skips days on which nothing is due.
Belongs here: when runs are asked for. Keep out: what they do, lateness.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from liquidity_platform.automation.jobs import LOAD_BARS, LOAD_RAW, current_range
from liquidity_platform.automation.keys import bar_key, raw_key
from liquidity_platform.catalog.releases import NEW_YORK, RELEASES, Release
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.settings import settings
from liquidity_platform.sources.bar_fetching import usual_listings

AFTER = timedelta(minutes=5)  # publishers stamp their files minutes after the hour


def due_on(release: Release, lines: list[Series], moment: datetime) -> list[Series]:
    """The series of `release` that have a period released on the local day of `moment`."""
    today = moment.astimezone(ZoneInfo(release.zone)).date()
    return [
        line
        for line in lines
        if any(
            release.known_at_one(period).astimezone(ZoneInfo(release.zone)).date() == today
            for period in release.periods_before(line.frequency, moment)
        )
    ]


def _release_schedule(release: Release, lines: list[Series]) -> dg.ScheduleDefinition:
    assert release.clock is not None
    at = datetime(2000, 1, 1, release.clock.hour, release.clock.minute) + AFTER

    @dg.schedule(
        name=f"release_{release.id}",
        job=LOAD_RAW,
        cron_schedule=f"{at.minute} {at.hour} * * 1-5",
        execution_timezone=release.zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{release.title}: on the days it is published, five minutes after its clock",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        moment = context.scheduled_execution_time
        due = due_on(release, lines, moment)
        if not due:
            return dg.SkipReason(f"nothing of {release.title} is due on {moment:%Y-%m-%d}")
        return dg.RunRequest(
            run_key=f"{release.id}-{moment:%Y-%m-%d}",
            asset_selection=[raw_key(line) for line in due],
            tags=current_range(),
        )

    return tick


def _desk() -> dg.ScheduleDefinition:
    @dg.schedule(
        name="desk_0500",
        job=LOAD_RAW,
        cron_schedule="0 5 * * 1-5",
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Everything, before the desk opens",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=f"desk-{context.scheduled_execution_time:%Y-%m-%d}", tags=current_range())

    return tick


def _bars() -> dg.ScheduleDefinition:
    @dg.schedule(
        name="bars_0430",
        job=LOAD_BARS,
        cron_schedule="30 4 * * 2-6",
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The bars of the day before, when every session of it is over",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        asked = usual_listings(settings())
        if not asked:
            return dg.SkipReason("no bars are asked for under these settings")
        return dg.RunRequest(
            run_key=f"bars-{context.scheduled_execution_time:%Y-%m-%d}",
            asset_selection=[bar_key(listing) for listing in asked],
            tags=current_range(),
        )

    return tick


def all_schedules() -> list[dg.ScheduleDefinition]:
    """One schedule a release that has a clock and a living series, the desk's, and that of the bars."""
    living: dict[str, list[Series]] = {}
    for line in SERIES.values():
        if not line.ended:
            living.setdefault(line.release_id, []).append(line)
    clocked = [release for release in RELEASES.values() if release.clock and release.id in living]
    return [*(_release_schedule(release, living[release.id]) for release in clocked), _desk(), _bars()]
