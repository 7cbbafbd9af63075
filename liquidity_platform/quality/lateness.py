"""Is a series late against its release calendar?

Belongs here: the judgement and its wording. Keep out: calendars (catalog), queries, freshness policies.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liquidity_platform.catalog.series import Series
from liquidity_platform.quality.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Lateness:
    """A verdict with its facts: the newest period held, the one expected by now, and by how much it is late."""

    verdict: Verdict
    newest: date | None
    expected: date | None
    late_by: timedelta | None


def spoken(span: timedelta) -> str:
    """A duration as `2 h 10 m` or `121 d`."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 48 * 60:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h {minutes % 60:02d} m" if minutes >= 60 else f"{minutes} m"


def judge_lateness(series: Series, newest: date | None, now: datetime) -> Lateness:
    """Judge the newest non-blank period held at `now` (aware).

    Late is: a newer period's release instant plus grace has passed. Late by: since that release instant, of the
    first period that is missing. A release without a clock on file, and an ended series, cannot be late.
    """
    release = series.release
    title = release.title.split(" ", 1)[0] if release.title.startswith(("H.", "G.")) else release.title
    if series.ended and newest:
        return Lateness(Verdict(True, f"ended {series.ended}"), newest, None, None)
    if release.clock is None:
        return Lateness(Verdict(True, f"{title}: no release clock on file, lateness is not judged"), newest, None, None)
    expected = release.newest_due(series.frequency, now - release.grace)
    if newest is None:
        return Lateness(Verdict(False, f"nothing published yet; {expected} is out by {title}"), None, expected, None)
    if expected is None or newest >= expected:
        return Lateness(Verdict(True, f"on time: {newest} is the newest {title} due"), newest, expected, None)
    span = (now.date() - newest).days + 8
    count = span if series.frequency.days <= 7 else span // 28 + 2
    missing = [p for p in release.periods_before(series.frequency, now, count) if p > newest]
    late_by = now - release.known_at_one(missing[0])
    return Lateness(
        Verdict(False, f"late by {spoken(late_by)} against {title}: {missing[0]} is missing"), newest, expected, late_by
    )
