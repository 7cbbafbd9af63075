"""Business-day calendars of the places that publish.

Belongs here: which days are business days where, and vectorised arithmetic on them.
Keep out: release rules (releases.py), exchange sessions.
"""

from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
FIRST, LAST = 1946, 2040  # a catalog series reaches back to 1947; holidays are cheap to list


@cache
def _closed(name: str) -> Days:
    import holidays  # here: importing the catalog stays fast, and many commands ask for no calendar

    years = range(FIRST, LAST)
    known: dict[str, Callable[[], object]] = {
        # Saturday holidays are observed on Friday by the Board and the Treasury; on those days nothing is published.
        "us_federal": lambda: holidays.country_holidays("US", years=years, observed=True),
        # what trades in New York also rests on Good Friday; most publishers then print a blank
        "us_market": lambda: [*holidays.country_holidays("US", years=years), *_good_fridays(years)],
        "nyse": lambda: holidays.financial_holidays("NYSE", years=years),
        "target": lambda: holidays.financial_holidays("ECB", years=range(1999, LAST)),
        "japan": lambda: holidays.country_holidays("JP", years=range(1949, LAST)),
    }
    days = sorted(known[name]())  # type: ignore[call-overload]
    return np.array(days, dtype="datetime64[D]")


def _good_fridays(years: range) -> list[date]:
    import holidays

    return [day for day, name in holidays.financial_holidays("NYSE", years=years).items() if "Good Friday" in name]


@cache
def business_days(name: str) -> np.busdaycalendar:
    """Monday to Friday less the holidays of `us_federal`, `us_market`, `nyse`, `target` or `japan`."""
    return np.busdaycalendar(holidays=_closed(name))


def add_business_days(days: Days, count: int, calendar: str) -> Days:
    """Each day moved on by `count` business days; a weekend or holiday counts from the business day before it.

    With `count` 0 a day that is none moves to the next one: a result never precedes its day.
    """
    return np.busday_offset(days, count, roll="backward" if count else "forward", busdaycal=business_days(calendar))


def next_business_day(days: Days, calendar: str) -> Days:
    """Each day itself when it is a business day, else the first one after it."""
    return np.busday_offset(days, 0, roll="forward", busdaycal=business_days(calendar))


def business_day_before(days: Days, calendar: str) -> Days:
    """Each day itself when it is a business day, else the last one before it."""
    return np.busday_offset(days, 0, roll="backward", busdaycal=business_days(calendar))


def trades_on(day: date, sessions: str) -> bool:
    """Whether a market with these sessions (`XNYS`, `CME_EQ`, `CME_NYM`, `24/7`) trades on `day`, be it half of it.

    A day that closes early is a session like any other: its daily bar is over at midnight. Globex trades on weekdays;
    its few closed days are not listed here.
    """
    if sessions == "24/7":
        return True
    known = business_days("nyse") if sessions == "XNYS" else np.busdaycalendar()
    return bool(np.is_busday(np.datetime64(day), busdaycal=known))


def is_holiday(days: Days, calendar: str) -> npt.NDArray[np.bool_]:
    """True where the day is a weekday on which the place is closed."""
    weekday = np.is_busday(days)
    return np.asarray(weekday & ~np.is_busday(days, busdaycal=business_days(calendar)))


def business_days_between(start: date, end: date, calendar: str) -> int:
    """Business days from `start` to `end`: 0 on the same day, 1 on the next business day."""
    return int(np.busday_count(np.datetime64(start), np.datetime64(end), busdaycal=business_days(calendar)))
