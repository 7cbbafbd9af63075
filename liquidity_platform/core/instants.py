"""Instants and days as people type them, and the clock everything reads.

Belongs here: parsing of INSTANT and DATE, `Clock`, formatting of instants. All instants are UTC and aware.
Keep out: calendars, release rules, settings.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from liquidity_platform.core.errors import ConfigError, UsageError

EPOCH_OF_KNOWLEDGE = datetime(1900, 1, 1, tzinfo=UTC)
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_instant(text: str) -> datetime:
    """ISO 8601 with a zone (`2023-03-16T20:30:00Z`) as an aware UTC datetime.

    Raises UsageError for a bare date or a naive time: an instant without a zone is a different instant
    for every reader.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"'{text}' is not an instant: ISO 8601 with a zone, such as 2023-03-16T20:30:00Z") from None
    if _BARE_DATE.fullmatch(text.strip()):
        raise UsageError(f"'{text}' is a day, not an instant: say the time and zone, such as {text}T21:30:00Z")
    if moment.tzinfo is None:
        raise UsageError(f"'{text}' names no time zone: write {text}Z or {text}+00:00")
    return moment.astimezone(UTC)


def parse_day(text: str) -> date:
    """`YYYY-MM-DD` as a date. Raises UsageError for anything else."""
    try:
        if not _BARE_DATE.fullmatch(text.strip()):
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"'{text}' is not a date: write YYYY-MM-DD, such as 2023-03-16") from None


def iso(moment: datetime) -> str:
    """An instant as `2023-03-16T20:30:00Z` (fractions only where there are any)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Clock:
    """What "now" is. `anchor` None is the real clock; else now = anchor + rate x time since `started`.

    The default rate 0 is a clock that stands still, so that two runs under it stamp the same instant.
    """

    anchor: datetime | None = None
    rate: float = 0.0
    started: datetime = EPOCH_OF_KNOWLEDGE

    @property
    def moved(self) -> bool:
        """True when this is not the real clock."""
        return self.anchor is not None

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        real = datetime.now(UTC)
        if self.anchor is None:
            return real
        return self.anchor + timedelta(seconds=(real - self.started).total_seconds() * self.rate)

    def __str__(self) -> str:
        """What `at` reads as this very clock, in any process."""
        if self.anchor is None:
            return ""
        return f"{iso(self.anchor)} {self.rate} {iso(self.started)}" if self.rate else iso(self.anchor)

    @classmethod
    def at(cls, setting: str | None) -> "Clock":
        """The clock named by `LIQUIDITY_CLOCK`: empty, `INSTANT`, `INSTANT RATE` which runs from now on, or
        `INSTANT RATE STARTED`, which has run since that real instant. Raises ConfigError.
        """
        if not setting or not setting.strip():
            return cls()
        words = setting.replace(",", " ").split()
        try:
            rate = float(words[1]) if len(words) > 1 else 0.0
            if len(words) > 3 or not 0 <= rate < math.inf:
                raise ValueError
            return cls(parse_instant(words[0]), rate, parse_instant(words[2]) if words[2:] else datetime.now(UTC))
        except ValueError:
            said = "is not 'INSTANT', 'INSTANT RATE' or 'INSTANT RATE STARTED' (rate >= 0)"
            raise ConfigError(f"LIQUIDITY_CLOCK='{setting}' {said}") from None
        except UsageError as error:
            raise ConfigError(f"LIQUIDITY_CLOCK: {error}") from None
