"""When an instrument trades: sessions as stretches of UTC microseconds.

Hours are those of finance guide 4.9: Globex 18:00-17:00 New York time, named by the day it ends on; cash 09:30-16:00;
VIX its extended hours. Between two sessions lies a closed stretch with a key of its own, so that two ticks are of the
same session exactly when their keys are equal. Not modelled: early closes, and Globex holidays (a quiet holiday
looks like a stale feed).
Belongs here: hours, session keys, the moment silence becomes staleness. Keep out: bars, ticks.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from liquidity_platform.catalog.calendars import business_days
from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass

SECOND = 1_000_000
_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Hours:
    """Trading hours of a trade date, on the clock of `zone`; either end may be on the neighbouring day."""

    zone: ZoneInfo
    opens: time
    closes: time
    from_day_before: bool = False
    to_day_after: bool = False
    weekends: bool = False
    holidays: str | None = None


_GLOBEX = Hours(_NEW_YORK, time(18), time(17), from_day_before=True)
_CASH = Hours(_NEW_YORK, time(9, 30), time(16), holidays="nyse")
_ALWAYS = Hours(ZoneInfo("UTC"), time(0), time(0), to_day_after=True, weekends=True)
_BY_CALENDAR = {"CME_EQ": _GLOBEX, "CME_NYM": _GLOBEX, "XNYS": _CASH, "24/7": _ALWAYS}
_OWN = {"idx.vix": Hours(_NEW_YORK, time(3, 15), time(16, 15), holidays="nyse")}
_STALE_S = {AssetClass.INDEX: 60.0, AssetClass.INTERNAL: 60.0}


def stale_limit(instrument: str) -> int:
    """Silence in session, in microseconds, after which an instrument's feed counts as stale."""
    return int(_STALE_S.get(INSTRUMENTS[instrument].asset_class, 120.0) * SECOND)


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start_us, end_us): one session, or the closed time before it. Keys grow with time."""

    key: int
    start_us: int
    end_us: int
    is_open: bool


class SessionTimes:
    """The sessions of one instrument. Raises KeyError for an instrument that is not in the catalog."""

    def __init__(self, instrument: str) -> None:
        self.hours = _OWN.get(instrument) or _BY_CALENDAR[INSTRUMENTS[instrument].session_calendar]

    def at(self, at_us: int) -> Stretch:
        """The stretch that holds the instant `at_us`."""
        day = (_EPOCH + timedelta(microseconds=at_us)).astimezone(self.hours.zone).date()
        trade = self._trading(day, _ONE_DAY)
        while self._closes(trade) <= at_us:
            trade = self._trading(trade + _ONE_DAY, _ONE_DAY)
        opens, key = self._opens(trade), trade.toordinal() * 2
        if at_us >= opens:
            return Stretch(key + 1, opens, self._closes(trade), True)
        before = self._trading(trade - _ONE_DAY, -_ONE_DAY)
        return Stretch(key, self._closes(before), opens, False)

    def stale_at(self, last_us: int, limit_us: int) -> int:
        """The first instant at which an instrument silent since `last_us` is stale; closed hours do not count."""
        here = self.at(last_us)
        due = last_us + limit_us + 1
        if here.is_open and due < here.end_us:
            return due
        following = self.at(here.end_us)
        while not following.is_open:
            following = self.at(following.end_us)
        return following.start_us + limit_us + 1

    def _trading(self, day: date, step: timedelta) -> date:
        while not self._is_trading(day):
            day += step
        return day

    def _is_trading(self, day: date) -> bool:
        if self.hours.weekends:
            return True
        if self.hours.holidays is None:
            return day.weekday() < 5
        return bool(np.is_busday(np.datetime64(day), busdaycal=business_days(self.hours.holidays)))

    def _opens(self, day: date) -> int:
        return self._instant(day - _ONE_DAY if self.hours.from_day_before else day, self.hours.opens)

    def _closes(self, day: date) -> int:
        return self._instant(day + _ONE_DAY if self.hours.to_day_after else day, self.hours.closes)

    def _instant(self, day: date, clock: time) -> int:
        return int(datetime.combine(day, clock, self.hours.zone).timestamp()) * SECOND
