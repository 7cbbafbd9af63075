"""Is a series late against its release calendar, or old where no release clock is on file?

Belongs here: the judgement and its wording. Keep out: calendars (catalog), queries, freshness policies.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liquidity_platform.catalog.series import Series
from liquidity_platform.quality.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Lateness:
    """A verdict with its facts: the newest period held, the one expected by now, and by how much it is late.

    `old` is said only where lateness cannot be: the release has no clock on file.
    """

    verdict: Verdict
    newest: date | None
    expected: date | None
    late_by: timedelta | None
    old: bool = False


OLD_AFTER = 3  # intervals of the series; its publisher's holidays and delays are not known to us
LEAST_AGE = timedelta(days=7)  # never old before: long weekends, strikes, a shut government


def spoken(span: timedelta) -> str:
    """A duration as `2 h 10 m` or `121 d`."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 48 * 60:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h {minutes % 60:02d} m" if minutes >= 60 else f"{minutes} m"


def judge_lateness(series: Series, newest: date | None, now: datetime) -> Lateness:
    """Judge the newest non-blank period held at `now` (aware).

    Late is: a newer period's release instant plus grace has passed. Late by: since that release instant, of the
    first period that is missing. An ended series cannot be late. Nor can one whose release has no clock on file: it
    is old, and fails, when three of its intervals (a week at least) have passed since its next period should have come.
    """
    release, title = series.release, short_title(series)
    if series.ended and newest:
        return Lateness(Verdict(True, f"ended {series.ended}"), newest, None, None)
    if release.clock is None:
        return _judge_age(series, newest, now)
    expected = release.newest_due(series.frequency, now - release.grace)
    if newest is None:
        return Lateness(Verdict(False, f"nothing published yet; {expected} is out by {title}"), None, expected, None)
    if expected is None or newest >= expected:
        return Lateness(Verdict(True, f"on time: {newest} is the newest {title} due"), newest, expected, None)
    missing = _next_of(series, newest, now) or expected
    late_by = now - release.known_at_one(missing)
    return Lateness(
        Verdict(False, f"late by {spoken(late_by)} against {title}: {missing} is missing"), newest, expected, late_by
    )


def short_title(series: Series) -> str:
    """How its release is called in a sentence: `H.4.1`."""
    title = series.release.title
    return title.split(" ", 1)[0] if title.startswith(("H.", "G.")) else title


def _judge_age(series: Series, newest: date | None, now: datetime) -> Lateness:
    unclocked = f"{short_title(series)}, no release clock on file"
    missing = _next_of(series, newest, now) if newest else None
    if missing is None:
        return Lateness(Verdict(True, f"{unclocked}: nothing that should have come is known"), newest, None, None)
    patience = max(OLD_AFTER * timedelta(days=series.frequency.days), LEAST_AGE)
    if now < series.release.known_at_one(missing) + patience:
        return Lateness(Verdict(True, f"{unclocked}: not old by its pace"), newest, None, None)
    return Lateness(Verdict(False, f"old by its pace; {unclocked}: {missing} is missing"), newest, None, None, old=True)


def _next_of(series: Series, newest: date, now: datetime) -> date | None:
    """The first period after `newest`, if it has begun."""
    span = (now.date() - newest).days + 8
    count = span if series.frequency.days <= 7 else span // 28 + 2
    later = (p for p in series.release.periods_before(series.frequency, now, count) if p > newest)
    return next(later, None)
