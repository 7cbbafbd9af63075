"""A measured thing, and the table of them.

Belongs here: `Measure`, its printing. Keep out: what is measured.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: a value, and where one is promised the limit it must keep."""

    what: str
    value: float
    unit: str
    limit: float | None = None  # the value may not be greater
    against: str = ""  # what it is compared with, in words
    least: float | None = None  # the value may not be smaller

    @property
    def missed(self) -> bool:
        """True when a stated limit is not kept."""
        above = self.limit is not None and self.value > self.limit
        return above or (self.least is not None and self.value < self.least)

    @property
    def promise(self) -> str:
        """The limit and whether it is kept; empty without one."""
        if self.limit is None and self.least is None:
            return ""
        said = f"at most {self.limit:g}" if self.limit is not None else f"at least {self.least:g}"
        return f"{said} {'MISSED' if self.missed else 'kept'}"


def timed(action: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds `action` takes, and what it returns."""
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def table(measures: Sequence[Measure]) -> str:
    """The measures, one a line."""
    width = max(len(measure.what) for measure in measures)
    lines = []
    for measure in measures:
        number = f"{measure.value:,.0f}" if measure.value >= 1000 else f"{measure.value:.2f}"
        lines.append(
            f"{measure.what:<{width}}  {number:>9} {measure.unit:<7} {measure.promise:<20} {measure.against}".rstrip()
        )
    return "\n".join(lines)
