"""The quality of a series on a day it was asked for, as one number from 0 to 100.

    score = 40 arrived + 30 on time + 30 sound

arrived: the publisher's answer was there and accepted. On time: nothing is late, nor old (lateness.py). Sound: 30
less 10 for every flag that stands, 0 for a row that is held back. A series without an answer gets nothing for soundness
that it did not show: at most the 30 for being on time. A provider's score is the mean of its series asked that day.
Belongs here: that formula. Keep out: storing days (warehouse.quality), the mart that shows them (dbt_project).
"""

from dataclasses import dataclass

ARRIVED, ON_TIME, SOUND, FLAG = 40.0, 30.0, 30.0, 10.0


@dataclass(frozen=True, slots=True)
class Day:
    """What was seen of one series on one day."""

    series: str
    arrived: bool
    late: bool
    flags: int
    blocks: int

    @property
    def score(self) -> float:
        """0 to 100."""
        sound = 0.0 if self.blocks or not self.arrived else max(0.0, SOUND - FLAG * self.flags)
        return ARRIVED * self.arrived + ON_TIME * (not self.late) + sound
