"""What should be asked for at an instant, by the release calendar, what is held and what was last asked.

A release whose due period is not there yet is asked for again at growing pauses counted from its clock: 10, 20, 40, 80,
160, 320 minutes, then every six hours, until the period comes or the next release is due, from which the pauses are
counted anew. The instants depend on the calendar alone: whoever asks late asks once, for the newest of them.
A series more than three periods behind is no late one but one that ended or moved; the desk's daily run asks for it.
Belongs here: those instants, and which releases are half out. Keep out: Dagster, what is asked for at its clock
(schedules.py), whether something is late (quality).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from liquidity_platform.catalog.releases import NEW_YORK
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.frequency import Frequency

AFTER = timedelta(minutes=5)  # publishers stamp their files minutes after the hour
MISSED = timedelta(minutes=30)  # a tick older than this was missed: the machine slept
DESK = time(5, 0)
FIRST, LONGEST = timedelta(minutes=10), timedelta(hours=6)
BEHIND = 3  # periods
LEGS = timedelta(hours=1)  # so long the quicker legs of a release wait for its slower ones, at most


@dataclass(frozen=True, slots=True)
class Due:
    """The newest periods of a release that are out by its calendar, oldest first, and when the last one came out."""

    periods: tuple[date, ...]
    released: datetime

    def behind(self, newest: date | None) -> int:
        """How many of them are newer than `newest`."""
        return sum(1 for period in self.periods if newest is None or period > newest)


class Calendar:
    """What is due at one instant; each release is worked out once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._due: dict[tuple[str, Frequency], Due | None] = {}

    def due(self, line: Series) -> Due | None:
        """None for an ended series, and for a release that has no clock on file or was never out."""
        if line.ended or line.release.clock is None:
            return None
        key = (line.release_id, line.frequency)
        if key not in self._due:
            self._due[key] = self._work_out(line)
        return self._due[key]

    def _work_out(self, line: Series) -> Due | None:
        release = line.release
        periods = pl.Series("period", release.periods_before(line.frequency, self.now), dtype=pl.Date)
        known = release.known_at(periods)
        out = periods.filter(known <= self.now)
        if out.is_empty():
            return None
        return Due(tuple(out.to_list()), release.known_at_one(out.max()))  # type: ignore[arg-type]


def retry_at(released: datetime, now: datetime) -> datetime | None:
    """The newest instant, not after `now`, at which a release that came out at `released` is asked for again."""
    pause, at = FIRST, None
    moment = released + FIRST
    while moment <= now:
        at = moment
        if pause >= LONGEST:
            return at + (now - at) // LONGEST * LONGEST
        moment, pause = at + pause, pause * 2
    return at


def overdue(lines: Iterable[Series], shown: Mapping[str, date], now: datetime) -> dict[str, tuple[Series, datetime]]:
    """Series that were loaded once and lack the newest due period: id -> (line, when to ask again).

    `shown`: the newest period of each series that the publisher has shown, be it blank.
    """
    calendar, found = Calendar(now), {}
    for line in lines:
        due = calendar.due(line)
        if due is None or line.id not in shown or not 0 < due.behind(shown[line.id]) <= BEHIND:
            continue
        at = retry_at(due.released, now)
        if at is not None:
            found[line.id] = (line, at)
    return found


def half_out(lines: Iterable[Series], shown: Mapping[str, date], now: datetime) -> list[str]:
    """Releases of which some series show the newest period and others, which showed the one before, do not yet.

    A release older than its grace, or than LEGS, is as far out as it gets.
    """
    calendar = Calendar(now)
    there: set[str] = set()
    missing: set[str] = set()
    for line in lines:
        due = calendar.due(line)
        if due is None or line.id not in shown or now - due.released > min(line.release.grace, LEGS):
            continue
        behind = due.behind(shown[line.id])
        if behind <= 1:
            (missing if behind else there).add(line.release_id)
    return sorted(there & missing)


def desk_tick(now: datetime) -> datetime:
    """The newest instant, not after `now`, at which the desk's run asks for everything: weekdays, New York."""
    zone = ZoneInfo(NEW_YORK)
    day = now.astimezone(zone).date()
    while True:
        tick = datetime.combine(day, DESK, zone)
        if day.weekday() < 5 and tick <= now:
            return tick
        day -= timedelta(days=1)


def missed(tick: datetime, now: datetime) -> bool:
    """Whether a tick that is evaluated now is too old: `asking.py` asks for all that was missed, once."""
    return now - tick > MISSED
