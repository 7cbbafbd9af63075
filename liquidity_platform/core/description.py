"""What a publisher says a series is, in its own words, and since when those words are accepted.

Belongs here: that vocabulary. Keep out: where it is read (sources), kept (warehouse) and judged (quality).
"""

from dataclasses import dataclass
from datetime import date

FROM_THE_FIRST = date.min  # `since` of what a publisher said when its first answer was accepted


@dataclass(frozen=True, slots=True)
class Description:
    """A publisher's own words; None for what it does not say."""

    title: str | None = None
    unit: str | None = None  # "Millions of U.S. Dollars"
    frequency: str | None = None  # "Weekly, As of Wednesday"
    seasonal: str | None = None  # "Not Seasonally Adjusted"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Words that answers of the day `since` and later are read by, until others are accepted."""

    since: date
    said: Description


def first_of(accepted: "list[Accepted]") -> Description | None:
    """The words of the first accepted answer; None where none was, or none said any."""
    return next((one.said for one in accepted if one.since == FROM_THE_FIRST), None)


def in_force(accepted: "list[Accepted]", day: date) -> Description | None:
    """The words answers of `day` are read by; of one day's the last in the list. None where none are accepted."""
    known = [one for one in accepted if one.since <= day]
    return max(enumerate(known), key=lambda place: (place[1].since, place[0]))[1].said if known else None
