"""How often a quantity is observed. Belongs here: the enum and its pace. Keep out: release calendars."""

from enum import StrEnum


class Frequency(StrEnum):
    """Pace of observation of a series."""

    DAILY = "daily"  # business days
    EVERY_DAY = "every_day"  # seven days a week
    WEEKLY = "weekly"
    MONTHLY = "monthly"  # dated on the first day of the month
    QUARTERLY = "quarterly"  # dated on the first day of the quarter
    YEARLY = "yearly"  # dated on the first day of the year

    @property
    def days(self) -> int:
        """Longest ordinary distance between two periods, in calendar days."""
        return {"daily": 4, "every_day": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}[self.value]
