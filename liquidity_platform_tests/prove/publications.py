"""A week of publications, written down in plain Python: what is printed of which period at which instant.

Periods and instants come from weekdays, lists of closed days and wall clocks, not from the platform's calendar, which
is what they judge. Most come when they are due; of some, drawn at random, the publisher is late by hours or by days,
leaves one out and adds it later, prints it twice, revises it, or never prints it.
Belongs here: series, their due instants, what goes wrong. Keep out: answering (weekly_world.py), judging (reader.py).
"""

import math
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

NEW_YORK, FRANKFURT = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
DAY, BACK = timedelta(days=1), 75
SATURDAY = 5
DTS, OLD = "treasury.tga_daily", date(2022, 4, 14)
CLOSED = {
    NEW_YORK: {date(2025, 1, 1), date(2025, 1, 20), date(2025, 2, 17), date(2025, 9, 1), date(2025, 10, 13),
               date(2025, 11, 11), date(2025, 11, 27), date(2024, 12, 25)},
    FRANKFURT: {date(2025, 1, 1), date(2024, 12, 25), date(2024, 12, 26)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publication:
    """One series: when it is out (`days` after its period, by the wall clock `at`), and about what it says.

    `weekday`: of weekly periods; None: every open day has one. `open_days`: `days` counts open ones. A day on which the
    place is closed is put off to the next open one.
    """

    code: str
    zone: ZoneInfo
    at: time
    days: int
    level: float
    swing: float
    digits: int
    weekday: int | None = None
    open_days: bool = False
    blank: bool = False  # a closed weekday is printed too, as a blank


PUBLICATIONS: Mapping[str, Publication] = {
    "fed.total_assets": Publication("WALCL", NEW_YORK, time(16, 30), 1, 6_600_000, 40_000, 0, 2),
    "treasury.tga_wednesday": Publication("WDTGAL", NEW_YORK, time(16, 30), 1, 700_000, 60_000, 0, 2),
    "fed.on_rrp": Publication("RRPONTSYD", NEW_YORK, time(13, 15), 0, 140, 30, 3),
    "ust.yield_10y": Publication("DGS10", NEW_YORK, time(16, 15), 1, 4.2, 0.3, 2, open_days=True, blank=True),
    "chicagofed.nfci": Publication("NFCI", NEW_YORK, time(8, 30), 5, -0.5, 0.1, 5, 4),
    "dol.initial_claims": Publication("ICSA", NEW_YORK, time(8, 30), 5, 220_000, 9_000, 0, SATURDAY),
    "ecb.total_assets": Publication("ECBASSETSW", FRANKFURT, time(15, 0), 2, 6_200_000, 50_000, 0, 4, open_days=True),
    DTS: Publication("DTS", NEW_YORK, time(16, 0), 1, 690_000, 60_000, 0, open_days=True),
    "nyfed.sofr_direct": Publication("sofr.rate", NEW_YORK, time(8, 0), 1, 4.3, 0.2, 2, open_days=True),
    "nyfed.effr_direct": Publication("effr.rate", NEW_YORK, time(9, 0), 1, 4.1, 0.2, 2, open_days=True),
    "ecb.usd_per_eur": Publication("EXR.D.USD.EUR.SP00.A", FRANKFURT, time(16, 0), 0, 1.1, 0.05, 4),
}


class Manner(StrEnum):
    """How one period comes out."""

    HOURS_LATE = "late by hours"
    DAYS_LATE = "late by days"
    LEFT_OUT = "left out, then added"
    TWICE = "printed twice"
    NEVER = "never"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Print:
    """From `at` on the publisher shows `text` (None: a blank) for the period; `due`: when the period was due."""

    series: str
    period: date
    due: datetime
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Week:
    """Everything printed from long before `start` (midnight in New York) until `days` later, oldest first.

    `due`: when each period of each series is due, printed or not. `odd`: what goes wrong, for people.
    """

    start: datetime
    days: int
    prints: tuple[Print, ...]
    due: Mapping[str, Mapping[date, datetime]]
    odd: tuple[str, ...]

    @property
    def end(self) -> datetime:
        """Midnight in New York after the last day."""
        return midnight(self.start.astimezone(NEW_YORK).date() + self.days * DAY)


def midnight(day: date) -> datetime:
    """When `day` begins in New York."""
    return _instant(day, time(0), NEW_YORK)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """In UTC: hours are then added as hours, also over the night in which the clocks are changed."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def due_of(name: str, first: date, last: date) -> dict[date, datetime]:
    """The periods from `first` to `last` of a series, blanks included, and when each is due."""
    told = PUBLICATIONS[name]
    closed, found = CLOSED[told.zone], {}
    for number in range((last - first).days + 1):
        period = first + number * DAY
        own = period.weekday() == told.weekday if told.weekday is not None else period.weekday() < SATURDAY
        if own and (told.weekday is not None or told.blank or period not in closed):
            found[period] = _instant(_out_on(told, period, closed), told.at, told.zone)
    return found


def _out_on(told: Publication, period: date, closed: set[date]) -> date:
    day, left = period, told.days
    while left:
        day += DAY
        left -= not told.open_days or _open(day, closed)
    while not _open(day, closed):
        day += DAY
    return day


def _open(day: date, closed: set[date]) -> bool:
    return day.weekday() < SATURDAY and day not in closed


def text_of(name: str, period: date) -> str | None:
    """What is printed first: a slow wave; a blank for a closed day."""
    told = PUBLICATIONS[name]
    if told.weekday is None and period in CLOSED[told.zone]:
        return None
    return f"{told.level + told.swing * math.sin(period.toordinal() / 23):.{told.digits}f}"


def week(first: date, days: int, chance: random.Random, names: Collection[str] = tuple(PUBLICATIONS)) -> Week:
    """The `days` from `first` on of the series `names`, with something of each manner in them."""
    start, end = midnight(first), midnight(first + days * DAY)
    due = {name: due_of(name, first - BACK * DAY, first + days * DAY) for name in names}
    prints = [
        Print(name, period, moment, moment, text_of(name, period))
        for name, periods in due.items()
        for period, moment in periods.items()
        if moment < end
    ]
    # the Treasury is asked for the days before April 2022 by a request of its own, whose answer is never empty
    if DTS in names:
        prints.append(Print(DTS, OLD, midnight(OLD + DAY), midnight(OLD + DAY), text_of(DTS, OLD)))
    odd: list[str] = []
    spoilt = _spoilt(prints, start, end, chance, odd)
    return Week(start, days, tuple(sorted(spoilt, key=lambda one: (one.at, one.series, one.period))), due, tuple(odd))


def plain(first: date, days: int, until: datetime, names: Collection[str]) -> Week:
    """A week in which nothing goes wrong, and nothing is printed after `until`."""
    whole = week(first, days, random.Random(0), names)
    on_time = [
        Print(name, period, moment, moment, text_of(name, period))
        for name, due in whole.due.items()
        for period, moment in due.items()
        if moment <= until
    ]
    old = [one for one in whole.prints if one.period == OLD]
    return replace(whole, prints=tuple(sorted([*old, *on_time], key=lambda one: one.at)), odd=())


def _spoilt(
    prints: list[Print], start: datetime, end: datetime, chance: random.Random, odd: list[str]
) -> Iterator[Print]:
    """`prints`, each manner applied to a series of its own."""
    told = {one.series: PUBLICATIONS[one.series] for one in prints}
    weekly = [name for name, each in told.items() if each.weekday is not None]
    daily = [name for name, each in told.items() if each.weekday is None and not each.blank]
    chance.shuffle(weekly)
    chance.shuffle(daily)
    left, by_series = list(prints), {Manner.HOURS_LATE: weekly, Manner.NEVER: weekly}
    for manner in Manner:
        names = by_series.get(manner, daily if manner in (Manner.DAYS_LATE, Manner.LEFT_OUT) else [*daily, *weekly])
        chosen = next(filter(None, (_chosen(manner, name, left, start, end) for name in names)), None)
        if chosen is None:
            continue
        taken, given, said = chosen
        for pool in (weekly, daily):
            pool[:] = [name for name in pool if name != (taken or given)[0].series]
        left = [one for one in left if one not in taken] + given
        odd.append(f"{PUBLICATIONS[(taken or given)[0].series].code} {said}")
    yield from left


Change = tuple[list[Print], list[Print], str]  # what is not printed as it was, what is printed instead, for people


def _chosen(manner: Manner, name: str, prints: list[Print], start: datetime, end: datetime) -> Change | None:
    """`manner` for a period of the series that is due in time for it; None when there is none."""
    told = PUBLICATIONS[name]
    own = [one for one in prints if one.series == name and start + DAY / 6 <= one.due < end]
    before = [one for one in prints if one.series == name and one.due < start and one.text]
    match manner:
        case Manner.HOURS_LATE | Manner.NEVER:
            # the last retry of the evening comes 320 minutes after the clock
            if not own:
                return None
            late = [replace(own[0], at=own[0].due + timedelta(hours=2, minutes=17))]
            return own[:1], late if manner is Manner.HOURS_LATE else [], f"of {own[0].period} {manner}"
        case Manner.DAYS_LATE:
            back = _back(own[0].due, 2) if own else end
            held = [one for one in own if one.due < back]
            if back >= end - DAY / 2:
                return None
            return held, [replace(one, at=back) for one in held], f"of {held[0].period} and on {manner}"
        case Manner.LEFT_OUT:
            # shown by the first noon after the next one came, when gaps of two days are looked for
            pair = next(((a, b) for a, b in pairwise(own) if b.due - a.due < 2 * DAY), None)
            if pair is None:
                return None
            added = _back(pair[1].due, 0)
            added = added if added > pair[1].due else added + DAY
            if added >= end - DAY / 2:
                return None
            return [pair[0]], [replace(pair[0], at=added)], f"of {pair[0].period} {manner}"
        case Manner.TWICE:
            if not own or own[0].text is None:
                return None
            moment, text = own[0].due + timedelta(hours=1, minutes=7), own[0].text + ("0" if told.digits else ".0")
            return [], [replace(own[0], at=moment, text=text)], f"of {own[0].period} {manner}"
        case Manner.REVISED:
            moment = _morning(start)
            text = f"{float(before[-2].text or 0) + told.swing / 10:.{told.digits}f}"
            return [], [replace(before[-2], at=moment, text=text)], f"of {before[-2].period} {manner}"


def _back(moment: datetime, days: int) -> datetime:
    """11:07 in New York so many days after the day of `moment`, wherever it was."""
    return _instant(moment.astimezone(NEW_YORK).date() + days * DAY, time(11, 7), NEW_YORK)


def _morning(start: datetime) -> datetime:
    """03:07 in New York on the first weekday after the first day."""
    day = start.astimezone(NEW_YORK).date() + DAY
    while day.weekday() >= SATURDAY:
        day += DAY
    return _instant(day, time(3, 7), NEW_YORK)
