"""Knowledge windows: the years in which something became known.

The first window, `2002`, holds everything known before 2003. Windows are the platform's only partitions.
Belongs here: window arithmetic. Keep out: Dagster, observation periods.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

FIRST_YEAR = 2002
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Knowledge from the year `first` to the year `last`, both whole and included, in UTC."""

    first: int
    last: int

    @property
    def start(self) -> datetime:
        """First instant that belongs to the window."""
        return BEGINNING if self.first <= FIRST_YEAR else datetime(self.first, 1, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """First instant that no longer belongs to it."""
        return datetime(self.last + 1, 1, 1, tzinfo=UTC)

    @property
    def keys(self) -> list[str]:
        """The partition keys, oldest first."""
        return [str(year) for year in range(self.first, self.last + 1)]

    def holds_year_of(self, moment: datetime) -> bool:
        """True when `moment` falls in the window."""
        return self.start <= moment < self.end

    @classmethod
    def all_until(cls, now: datetime) -> "Window":
        """Every window there is at `now`."""
        return cls(FIRST_YEAR, max(FIRST_YEAR, now.year))

    @classmethod
    def current(cls, now: datetime) -> "Window":
        """The window that `now` falls in."""
        return cls(max(FIRST_YEAR, now.year), max(FIRST_YEAR, now.year))

    @classmethod
    def covering(cls, start: date, end: date, now: datetime) -> "Window":
        """The whole windows that knowledge dates `start`..`end` touch, never beyond `now`."""
        last = min(max(end.year, FIRST_YEAR), now.year)
        return cls(min(max(start.year, FIRST_YEAR), last), last)
