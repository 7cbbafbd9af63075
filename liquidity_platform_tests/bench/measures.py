"""A measured thing, and the table of them.

Belongs here: `Measure`, its printing. Keep out: what is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: a value, and where one is promised the limit it must keep."""

    what: str
    value: float
    unit: str
    limit: float | None = None  # the value may not be greater
    against: str = ""  # what it is compared with, in words

    @property
    def missed(self) -> bool:
        """True when a stated limit is exceeded."""
        return self.limit is not None and self.value > self.limit


def table(measures: Sequence[Measure]) -> str:
    """The measures, one a line."""
    width = max(len(measure.what) for measure in measures)
    lines = []
    for measure in measures:
        number = f"{measure.value:,.0f}" if measure.value >= 1000 else f"{measure.value:.2f}"
        limit = "" if measure.limit is None else f"limit {measure.limit:g} {'MISSED' if measure.missed else 'kept'}"
        lines.append(f"{measure.what:<{width}}  {number:>9} {measure.unit:<7} {limit:<16} {measure.against}".rstrip())
    return "\n".join(lines)
