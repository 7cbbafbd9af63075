"""How a metric reads its inputs: which dates of an input belong to a date of the metric, and how old they may be.

Every alignment is a span of dates, oldest and newest included, for each date of the metric; what is read is always what
was known at the step of knowledge that is computed, never what is known now. There is no unlimited fill.

| alignment | reads | column |
|---|---|---|
| `at_period(s)` | the same date | a number |
| `last_within(s, business_days= or calendar_days=)` | the newest number up to the date, within that age | a number |
| `newest_weekly(s, weekday=, calendar_days=)` | the same; PROVISIONAL while the newest weekday is not out | a number |
| `lagged(s, days=, calendar_days=)` | the last date on or before (date - days) | a number |
| `business_day_before(s)` | the US federal business day before | a number |
| `window(s, days=, least=)` | all numbers of [date - days, date); `with_current=True`: date too | a list |
| `average(s, days=, least=)` | the mean of [date - days, date] | a number |
| `average_of_week(s, least=)` | the mean of the seven days that end on the date | a number |
| `average_of_month(s, least=)` | the mean of the date's calendar month, all of its days | a number |

`optional(leg)` lets a metric have a value without that leg.
Belongs here: `Input`, its constructors, arithmetic on days. Keep out: metrics (declare.py), reading (reading.py).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from liquidity_platform.catalog.calendars import Days, business_days

WEEK = 6  # days before the last day of a week


class Align(StrEnum):
    """Which periods of an input a metric's period may read."""

    AT_PERIOD = "at_period"  # the same date, nothing else
    LAST_ON_OR_BEFORE = "last_on_or_before"  # the newest value not after the date, within the max age
    LAG = "lag"  # the last date on or before (date - lag_days), within the max age of that day
    WINDOW = "window"  # all numbers of a span of days, as a list
    AVERAGE = "average"  # their mean
    MONTH = "month"  # the mean of a calendar month


SPANS = (Align.WINDOW, Align.AVERAGE, Align.MONTH)


@dataclass(frozen=True, slots=True)
class Input:
    """One leg. `source` is a series id, closes (`close.yahoo.etf.spy`) or the id of another metric; ages are inclusive.

    Made by the functions of this module, not by hand. Units are those of the source: dollars, percent as published.
    `business_days` counts US federal business days, `calendar_days` days; exactly one of them is set for the
    alignments that look back for one number. For a span of days either is optional, and then the newest number within
    it may not be older. `provisional_weekday`: the leg is dated on that weekday (Monday is 0), and reading an older one
    than the newest such day makes the metric PROVISIONAL rather than CARRIED.
    """

    source: str
    align: Align = Align.AT_PERIOD
    business_days: int | None = None
    calendar_days: int | None = None
    lag_days: int = 0
    provisional_weekday: int | None = None
    span_days: int = 0  # how far a window or average reaches back
    least: int = 1  # numbers that must be there for a window or average
    rows: int | None = None  # the last so many numbers of a window at most
    with_current: bool = True  # whether a window holds the date itself
    optional: bool = False

    @property
    def reads_many(self) -> bool:
        """True when the leg reads every number of a span of days."""
        return self.align in SPANS

    def newest(self, periods: Days) -> Days:
        """The newest period that may be read for each metric period."""
        if self.align is Align.MONTH:
            return (periods.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
        return periods - np.timedelta64(self.lag_days if self.with_current else 1, "D")

    def oldest(self, periods: Days) -> Days:
        """The oldest period that may be read for each metric period."""
        if self.align is Align.MONTH:
            return periods.astype("datetime64[M]").astype("datetime64[D]")
        if self.reads_many:
            return periods - np.timedelta64(self.span_days, "D")
        return self._within_age(periods - np.timedelta64(self.lag_days, "D"))

    def freshest(self, periods: Days) -> Days:
        """The oldest period that the newest number of a span may have for each metric period."""
        limited = self.business_days is not None or self.calendar_days is not None
        return self._within_age(self.newest(periods)) if limited else self.oldest(periods)

    def _within_age(self, target: Days) -> Days:
        if self.business_days is not None:
            return np.busday_offset(target, -self.business_days, roll="backward", busdaycal=business_days("us_federal"))
        return target - np.timedelta64(self.calendar_days or 0, "D")


def at_period(source: str) -> Input:
    """The value of the very same date."""
    return Input(source)


def last_within(source: str, *, business_days: int | None = None, calendar_days: int | None = None) -> Input:
    """The newest value on or before the date, not older than the given age."""
    return Input(source, Align.LAST_ON_OR_BEFORE, business_days, calendar_days)


def newest_weekly(source: str, *, weekday: int, calendar_days: int) -> Input:
    """The newest weekly value; an older one than the newest such weekday makes the result PROVISIONAL."""
    return Input(source, Align.LAST_ON_OR_BEFORE, None, calendar_days, provisional_weekday=weekday)


def lagged(source: str, *, days: int, calendar_days: int) -> Input:
    """The value of the last date on or before `days` calendar days earlier, at most `calendar_days` older still."""
    return Input(source, Align.LAG, None, calendar_days, days)


def business_day_before(source: str) -> Input:
    """The newest value before the date that is not older than the US federal business day before it."""
    return Input(source, Align.LAG, 0, None, 1)


def window(
    source: str, *, days: int, least: int, with_current: bool = False, rows: int | None = None,
    calendar_days: int | None = None,
) -> Input:  # fmt: skip
    """All numbers of the `days` calendar days before the date (of the date too `with_current`), as a list.

    Oldest first, blanks left out, the last `rows` of them at most. Fewer than `least`: MISSING_INPUT. With
    `calendar_days` the newest of them may not be older than that, else STALE_INPUT. A day's own value is judged by
    `with_current=False` windows: it is no part of what it is compared with.
    """
    return Input(source, Align.WINDOW, None, calendar_days, span_days=days, least=least, rows=rows,
                 with_current=with_current)  # fmt: skip


def average(source: str, *, days: int, least: int, calendar_days: int | None = None) -> Input:
    """The mean of the numbers of [date - days, date]; `least` and `calendar_days` as those of a window."""
    return Input(source, Align.AVERAGE, None, calendar_days, span_days=days, least=least)


def average_of_week(source: str, *, least: int) -> Input:
    """The mean of the seven days that end on the date."""
    return average(source, days=WEEK, least=least)


def average_of_month(source: str, *, least: int) -> Input:
    """The mean of the calendar month of the date, its days after the date included: for metrics dated by month.

    A month that is not over is averaged as far as it is known, and each further day is a step of knowledge.
    """
    return Input(source, Align.MONTH, least=least)


def optional(leg: Input) -> Input:
    """The same leg, without which the metric may have a value: its column is NULL where it is missing or stale."""
    return replace(leg, optional=True)


def newest_weekday(periods: Days, weekday: int) -> Days:
    """The newest `weekday` (Monday is 0) on or before each day."""
    back = ((periods.astype("datetime64[D]").astype(int) + 3) % 7 - weekday) % 7
    found: Days = periods - back.astype("timedelta64[D]")
    return found
