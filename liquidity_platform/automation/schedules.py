"""Schedules from the release calendar, in the publisher's zone, and the desk's morning run.

Cron cannot know holidays: a release schedule ticks on weekdays and skips days on which nothing is due. Bars are asked
for in the morning, when every session of the day before is over, also one that closed early; on the morning after a
holiday only for what traded. A tick that comes too late, because the machine slept, asks for nothing: asking.py asks
for all that was missed, once.
Belongs here: when runs are asked for. Keep out: what they do, asking again (asking.py), lateness.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from liquidity_platform.automation.due import AFTER, DESK, missed
from liquidity_platform.automation.jobs import LOAD_BARS, LOAD_RAW, current_range
from liquidity_platform.automation.keys import DAILY_TAG, bar_key, raw_key
from liquidity_platform.catalog.calendars import trades_on
from liquidity_platform.catalog.releases import NEW_YORK, RELEASES, Release
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.settings import settings
from liquidity_platform.sources.bar_fetching import usual_listings
from liquidity_platform.sources.contract import Listing

BARS = time(4, 30)
_SLEPT = "the tick was missed: the sensor late_releases asks for what fell due meanwhile"


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


def bars_due(tick: datetime) -> list[Listing]:
    """Whose bars are asked for at `tick`: of what traded on the day before, in New York."""
    before = tick.astimezone(ZoneInfo(NEW_YORK)).date() - timedelta(days=1)
    return [one for one in usual_listings(settings()) if trades_on(before, one.instrument.session_calendar)]


def bars_tick(now: datetime) -> datetime:
    """The newest instant, not after `now`, at which bars are asked for."""
    zone = ZoneInfo(NEW_YORK)
    today = datetime.combine(now.astimezone(zone).date(), BARS, zone)
    return today if today <= now else datetime.combine(today.date() - timedelta(days=1), BARS, zone)


def _slept(moment: datetime) -> bool:
    return missed(moment, settings().clock_now().now())


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
        if _slept(moment):
            return dg.SkipReason(_SLEPT)
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
        cron_schedule=f"{DESK.minute} {DESK.hour} * * 1-5",
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Everything, before the desk opens",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        moment = context.scheduled_execution_time
        if _slept(moment):
            return dg.SkipReason(_SLEPT)
        day = f"{moment:%Y-%m-%d}"
        return dg.RunRequest(run_key=f"desk-{day}", tags={**current_range(), DAILY_TAG: day})

    return tick


def _bars() -> dg.ScheduleDefinition:
    @dg.schedule(
        name="bars_0430",
        job=LOAD_BARS,
        cron_schedule=f"{BARS.minute} {BARS.hour} * * *",
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The bars of the day before, of what traded on it, when every session of it is over",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        moment = context.scheduled_execution_time
        if _slept(moment):
            return dg.SkipReason(_SLEPT)
        asked = bars_due(moment)
        if not asked:
            return dg.SkipReason("no bars of the day before are asked for under these settings")
        return dg.RunRequest(
            run_key=f"bars-{moment:%Y-%m-%d}",
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
