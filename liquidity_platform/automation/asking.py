"""Asking again for late releases, and once for everything that fell due while the machine slept.

Dagster's scheduler runs the newest missed tick of each schedule after a gap: two dozen runs, and none for a release
whose day was not the newest. So a schedule's tick that comes too late asks for nothing, and this sensor looks at the
calendar and at what was last asked instead: one run for all of it. A daily run that was missed asks for every series
not asked for since, and each hour for those of which it left no trace, as when it was killed; a release whose due
period is not held is asked for again at growing pauses (due.py).
The cursor keeps when each release was last asked for here, because a publisher that does not answer leaves no trace
in the warehouse; without a cursor the archive's index says when, and at worst a release is asked for once more.
Belongs here: the sensor and its cursor. Keep out: the instants (due.py), schedules, telling anybody (telling.py).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import dagster as dg

from liquidity_platform.automation.due import DESK, desk_tick, missed, overdue
from liquidity_platform.automation.jobs import LOAD_BARS, LOAD_RAW, current_range
from liquidity_platform.automation.keys import DAILY_TAG, bar_key, raw_key
from liquidity_platform.automation.runs import at_it, seen
from liquidity_platform.automation.schedules import bars_due, bars_tick
from liquidity_platform.catalog.releases import RELEASES
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.instants import EPOCH_OF_KNOWLEDGE
from liquidity_platform.settings import settings
from liquidity_platform.sources.contract import Listing
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.read import last_asks
from liquidity_platform.warehouse.shown import last_answers, newest_shown

IN_VAIN = timedelta(hours=1)  # whatever was asked for after a missed daily run and left no trace is asked for again
_EVERYTHING, _BARS = "everything", "bars"  # in the cursor, beside releases


@dataclass
class Cursor:
    """When each release, everything and the bars were last asked for by this sensor."""

    asked: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """What an earlier tick wrote; empty for none, and for what cannot be read."""
        try:
            return cls({name: datetime.fromisoformat(at) for name, at in json.loads(text or "{}").items()})
        except (ValueError, AttributeError, TypeError):
            return cls()

    def written(self) -> str:
        """The cursor as Dagster keeps it."""
        return json.dumps({name: at.isoformat() for name, at in sorted(self.asked.items())})

    def of(self, name: str) -> datetime:
        """When `name` was last asked for; long ago when it never was."""
        return self.asked.get(name, EPOCH_OF_KNOWLEDGE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be asked for now. `why`: for people; `desk`: a daily run was missed; `daily`: its day, made up for."""

    lines: tuple[Series, ...] = ()
    listings: tuple[Listing, ...] = ()
    why: tuple[str, ...] = ()
    desk: bool = False
    daily: str | None = None


def wanted_now(warehouse: Warehouse, cursor: Cursor, now: datetime) -> Wanted:
    """Everything missed or overdue at `now` that was not asked for since; nothing before the first load."""
    with warehouse.session() as connection:
        asked = last_asks(connection, list(SERIES))
        shown = newest_shown(connection)
        quoted = last_answers(connection)
    if not asked:
        return Wanted()
    loaded = [line for line in SERIES.values() if line.id in asked]
    desk, why, lines = desk_tick(now), [], dict[str, Series]()
    last = cursor.of(_EVERYTHING)
    if missed(desk, now) and (last < desk or now - last >= IN_VAIN):
        lines = {line.id: line for line in loaded if asked[line.id] < desk}
    if lines:
        why.append(f"{len(lines)} series not asked for since {DESK:%H:%M} of {desk:%Y-%m-%d}")
    late = {
        line.id: line
        for line, at in overdue(loaded, shown, now).values()
        if at > max(asked[line.id], cursor.of(line.release_id))
    }
    if late:
        why.append(f"overdue: {', '.join(_titles(late.values()))}")
    listings = _bars_missed(quoted, cursor, now)
    if listings:
        why.append(f"bars of {len(listings)} instruments not asked for since {bars_tick(now):%Y-%m-%d %H:%M}")
    daily = f"{desk:%Y-%m-%d}" if len(lines) * 2 > len(loaded) else None
    return Wanted(tuple({**lines, **late}.values()), tuple(listings), tuple(why), bool(lines), daily)


def _bars_missed(answered: dict[str, datetime], cursor: Cursor, now: datetime) -> list[Listing]:
    tick = bars_tick(now)
    if not missed(tick, now) or cursor.of(_BARS) >= tick:
        return []
    return [one for one in bars_due(tick) if one.id in answered and answered[one.id] < tick]


def _titles(lines: Iterable[Series]) -> list[str]:
    return [RELEASES[name].title.split(",")[0] for name in sorted({line.release_id for line in lines})]


def requests(wanted: Wanted, cursor: Cursor, now: datetime) -> tuple[list[dg.RunRequest], Cursor]:
    """At most one run of series and one of bars; the cursor after it. The same wishes give the same run keys."""
    asked, found = dict(cursor.asked), []
    tags = {**current_range(), "liquidity/why": "; ".join(wanted.why)[:250]}
    if wanted.lines:
        named = sorted(line.id for line in wanted.lines)
        daily = {DAILY_TAG: wanted.daily} if wanted.daily else {}
        keys = [raw_key(line) for line in wanted.lines]
        asked |= {line.release_id: now for line in wanted.lines} | ({_EVERYTHING: now} if wanted.desk else {})
        found.append(
            dg.RunRequest(_run_key(named, cursor), job_name=LOAD_RAW.name, asset_selection=keys, tags={**tags, **daily})
        )
    if wanted.listings:
        named = sorted(f"{one.source}:{one.id}" for one in wanted.listings)
        asked[_BARS] = now
        keys = [bar_key(one) for one in wanted.listings]
        found.append(dg.RunRequest(_run_key(named, cursor), job_name=LOAD_BARS.name, asset_selection=keys, tags=tags))
    return found, Cursor(asked)


def _run_key(named: list[str], cursor: Cursor) -> str:
    """What is asked for after which state: a tick that is done again asks for nothing new."""
    return hashlib.sha256(json.dumps([named, cursor.written()]).encode()).hexdigest()[:32]


@dg.sensor(
    name="late_releases",
    jobs=[LOAD_RAW, LOAD_BARS],
    minimum_interval_seconds=120,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks again for releases that did not come, and once for what was missed while nothing ran",
)
def late_releases(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run at a time; see the module."""
    if (running := at_it(seen(context.instance, ["raw", "bars"]), "raw", "bars")) is not None:
        return dg.SkipReason(f"run {running.run_id[:8]} is loading")
    chosen = settings()
    now = chosen.clock_now().now()
    cursor = Cursor.read(context.cursor)
    with open_warehouse(chosen) as warehouse:
        wanted = wanted_now(warehouse, cursor, now)
    found, after = requests(wanted, cursor, now)
    if not found:
        return dg.SkipReason("nothing was missed, and what is overdue was asked for a while ago")
    return dg.SensorResult(run_requests=found, cursor=after.written())
