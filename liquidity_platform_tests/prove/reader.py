"""A reader of the calendar: what each day's warehouse must hold, who is late, and when whom to ask, in plain Python.

Nothing here reads the platform's calendar, its due instants or its retries; only the grace of a release is the
catalog's, as that is the platform's own promise.
Belongs here: expectations. Keep out: the publications themselves, running anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter

from liquidity_platform.catalog.series import SERIES
from liquidity_platform_tests.prove.publications import CLOSED, DAY, NEW_YORK, PUBLICATIONS, SATURDAY, Week

MINUTE = timedelta(minutes=1)
AFTER, BEHIND = 5 * MINUTE, 3  # minutes after a release's clock; periods that a late series may be behind
RETRIES = [10, 20, 40, 80, 160, 320, 640]  # minutes after the clock, then every six hours
SIX_HOURS = 360
GAPS_BACK = 2 * DAY


@dataclass
class Held:
    """What a platform that asks as it should has of one series, at an instant of the week."""

    name: str
    asked: datetime  # when the publisher was asked last
    shown: dict[date, str | None] = field(default_factory=dict)
    stood: list[tuple[date, str | None]] = field(default_factory=list)  # every number that ever stood, in order

    def newest(self, blanks: bool) -> date:
        """The newest period shown."""
        return max(period for period, text in self.shown.items() if blanks or text is not None)


class Reader:
    """Asks in thought. `tick` at each instant of the week in order; then `held`, `late`."""

    def __init__(self, week: Week) -> None:
        self.week = week
        self.held = {name: Held(name, week.start) for name in week.due}
        self.again: dict[str, datetime] = {}  # when a release was last asked for again
        self.looked: date | None = None
        for name in self.held:
            self._ask(name, week.start)

    def schedules(self, now: datetime) -> list[str]:
        """Who is asked by the clock at `now`: everybody at 5 on weekdays, a release five minutes after it is due."""
        local = now.astimezone(NEW_YORK)
        if local.time() == time(5) and local.weekday() < SATURDAY:
            names = list(self.held)
        else:
            names = [name for name, due in self.week.due.items() if now - AFTER in due.values()]
        return self._asks(names, now)

    def sensors(self, now: datetime) -> list[str]:
        """Who is asked again at `now`, because it is late or because it left a day out."""
        late = [name for name in self.held if self._again(name, now)]
        for name in late:
            self.again[SERIES[name].release_id] = now
        return self._asks(late, now)

    def gaps(self, now: datetime) -> list[str]:
        """Who is asked at `now`, the first look after noon, because a day of the last two is missing."""
        local = now.astimezone(NEW_YORK)
        if local.time() < time(12) or self.looked == local.date():
            return []
        self.looked = local.date()
        return self._asks([name for name in self.held if self._gap(name, now)], now)

    def late(self, now: datetime) -> set[str]:
        """Series whose grace has passed without the period that is due, by what their publishers said last."""
        found = set()
        for name, held in self.held.items():
            expected = self._due(name, now - SERIES[name].release.grace)
            if expected > held.newest(blanks=False):
                found.add(name)
        return found

    def stands(self) -> dict[str, list[tuple[date, float | None]]]:
        """Every (period, number) that was shown to who asked, by series: periods in order, then as they stood."""
        return {
            name: [(day, None if text is None else float(text)) for day, text in sorted(held.stood, key=itemgetter(0))]
            for name, held in self.held.items()
        }

    def unread(self, now: datetime) -> list[str]:
        """Series of which another number is printed at `now` than whoever asked last was shown."""
        return [
            name
            for name, held in self.held.items()
            for period, text in self._said(name, now)
            if period not in held.shown or not _same(held.shown[period], text)
        ]

    def unknowable(self, name: str, period: date, known_at: datetime, fetched_at: datetime) -> str | None:
        """What is wrong with the instant since which a number of this week counts as known."""
        due = self.week.due[name].get(period)
        own = [one for one in self.week.prints if (one.series, one.period) == (name, period)]
        if due is None or due < self.week.start or not own:
            return None
        told = f"{name} of {period} counts as known at {known_at}"
        if own[0].at > known_at or known_at > fetched_at:
            return f"{told}, printed at {own[0].at}, fetched at {fetched_at}"
        if len(own) == 1 and own[0].at == due != known_at and not SERIES[name].revisable:
            return f"{told}, and was out at {due}"
        return None

    def _asks(self, names: Iterable[str], now: datetime) -> list[str]:
        chosen = sorted(set(names))
        for name in chosen:
            self._ask(name, now)
        return chosen

    def _ask(self, name: str, now: datetime) -> None:
        held = self.held[name]
        held.asked = now
        for period, text in self._said(name, now):
            held.shown[period] = text
            last = [was for day, was in held.stood if day == period]
            if not last or not _same(last[-1], text):
                held.stood.append((period, text))

    def _said(self, name: str, now: datetime) -> Iterator[tuple[date, str | None]]:
        shown: dict[date, str | None] = {}
        for one in self.week.prints:
            if one.series == name and one.at <= now:
                shown[one.period] = one.text
        yield from sorted(shown.items())

    def _due(self, name: str, now: datetime) -> date:
        """The newest period that is due at `now`; closed days are not waited for."""
        return max(period for period, moment in self._clocked(name) if moment <= now)

    def _clocked(self, name: str) -> Sequence[tuple[date, datetime]]:
        closed = _closed(name)
        return [(period, moment) for period, moment in self.week.due[name].items() if period not in closed]

    def _again(self, name: str, now: datetime) -> bool:
        shown = self.held[name].newest(blanks=True)
        missing = [(period, moment) for period, moment in self._clocked(name) if moment <= now and period > shown]
        if not 0 < len(missing) <= BEHIND:
            return False
        newest = max(moment for _, moment in missing)
        passed = _retries(newest, now)
        since = max(self.held[name].asked, self.again.get(SERIES[name].release_id, self.week.start))
        return bool(passed) and passed[-1] > since

    def _gap(self, name: str, now: datetime) -> bool:
        shown, grace = self.held[name].shown, SERIES[name].release.grace
        newest = max(shown)
        return any(
            now - GAPS_BACK <= moment <= now - grace and period < newest and period not in shown
            for period, moment in self._clocked(name)
        )


def _closed(name: str) -> set[date]:
    told = PUBLICATIONS[name]
    return CLOSED[told.zone] if told.weekday is None else set()


def _retries(due: datetime, now: datetime) -> list[datetime]:
    """The instants until `now` at which a release that was due at `due` is asked for again."""
    minutes = [*RETRIES, *range(RETRIES[-1] + SIX_HOURS, 60 * 24 * 30, SIX_HOURS)]
    return [at for at in (due + each * MINUTE for each in minutes) if at <= now]


def _same(one: str | None, other: str | None) -> bool:
    return (one is None) == (other is None) and (one is None or float(one) == float(other or "nan"))
