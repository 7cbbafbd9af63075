"""Which days lack a number that the calendar says was out?

Belongs here: that judgement, of series by release calendar and of bars by session. Keep out: what is done about it.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import polars as pl

from liquidity_platform.catalog.calendars import trades_on
from liquidity_platform.catalog.instruments import Instrument
from liquidity_platform.catalog.series import Series


def missing_periods(series: Series, held: Collection[date], since: datetime, now: datetime) -> list[date]:
    """Periods released from `since` on between those `held` (be they blank) that are not among them, oldest first.

    What is newer than everything held is late, no gap. An ended series has no gaps.
    """
    if series.ended or not held:
        return []
    count = (now - since).days + 15
    periods = pl.Series("period", series.release.periods_before(series.frequency, now, count), dtype=pl.Date)
    released = series.release.known_at(periods)
    out = periods.filter((released >= since) & (released <= now - series.release.grace)).to_list()
    first, newest, known = min(held), max(held), set(held)
    return [period for period in out if period not in known and first < period < newest]


def missing_sessions(instrument: Instrument, held: Collection[date], first: date, last: date) -> list[date]:
    """Days from `first` to `last` on which the instrument trades and that are not among `held`, oldest first."""
    days = (first + timedelta(days=more) for more in range((last - first).days + 1))
    known = set(held)
    return [day for day in days if day not in known and trades_on(day, instrument.session_calendar)]
