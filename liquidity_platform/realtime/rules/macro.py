"""What is known of derived.metrics and derived.signals, for composites that read them.

A row counts from its `known_at` on, never before: a replay does not know tomorrow's print. The newest period wins,
then what was known last. Belongs here: the rows known and the truth of a macro leaf. Keep out: reading the warehouse.
"""

from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from liquidity_platform.realtime.rules.leaves import Leaf
from liquidity_platform.realtime.rules.model import Macro

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a metric (value, status) or a signal (state). `known_at` in microseconds UTC, `period` as ordinal."""

    period: int
    known_at: int
    value: float | None
    status: str | None
    state: str | None


class MacroLeaf(Leaf):
    """A macro row compared; unknown without a row, with a NULL one, or past its max age.

    A value counts beside any status: a metric has one beside STALE_INPUT only when the absent leg is optional.
    """

    __slots__ = ("macro",)

    def __init__(self, tree: Any, macro: Macro) -> None:
        super().__init__(tree)
        self.macro = macro

    def look(self, row: Row | None, at_us: int) -> None:
        """Judges `row` on the UTC day of `at_us`."""
        age = None if row is None else _EPOCH_DAY + at_us // _DAY_US - row.period
        if row is None or age is None or age > self.macro.max_age_days:
            self.say(None, None)
        elif self.macro.is_ is not None:
            self.say(None if row.state is None else row.state == self.macro.is_, row.value)
        elif row.value is None or self.macro.threshold is None:
            self.say(None, None)
        else:
            above = self.macro.condition == "above"
            met = row.value >= self.macro.threshold if above else row.value <= self.macro.threshold
            self.say(met, row.value)

    def stale_at(self, row: Row) -> int:
        """The first instant at which `row` is too old."""
        return (row.period + self.macro.max_age_days + 1 - _EPOCH_DAY) * _DAY_US


class MacroBook:
    """The rows known, one an id, and the leaves that read them."""

    def __init__(self) -> None:
        self._turns = count()
        self.known: dict[str, Row] = {}
        self._waiting: dict[tuple[str, Row], None] = {}  # given to us before they are known, in the order given
        self._heap: list[tuple[int, int, str, Row]] = []  # the same by known_at, then in the order given
        self.leaves: dict[str, list[MacroLeaf]] = {}

    def offer(self, macro: str, row: Row, at_us: int) -> bool:
        """Takes a row; False when it must wait for its `known_at`. A row given again is the same row."""
        if row.known_at > at_us:
            if (macro, row) not in self._waiting:
                self._waiting[macro, row] = None
                heappush(self._heap, (row.known_at, next(self._turns), macro, row))
            return False
        old = self.known.get(macro)
        if old is None or (row.period, row.known_at) >= (old.period, old.known_at):
            self.known[macro] = row
        return True

    def wake(self, at_us: int) -> None:
        """Rows that are known by now count, and every leaf looks again."""
        while self._heap and self._heap[0][0] <= at_us:
            _, _, macro, row = heappop(self._heap)
            del self._waiting[macro, row]
            self.offer(macro, row, at_us)
        for macro, leaves in self.leaves.items():
            for leaf in leaves:
                leaf.look(self.known.get(macro), at_us)

    def due(self, at_us: int) -> int | None:
        """The next instant at which a leaf must look again."""
        ages = [
            leaf.stale_at(self.known[macro])
            for macro, leaves in self.leaves.items()
            if macro in self.known
            for leaf in leaves
        ]
        instants = [*ages, *(known_at for known_at, *_ in self._heap[:1])]
        return min((instant for instant in instants if instant > at_us), default=None)

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {
            "known": {macro: list(astuple(row)) for macro, row in self.known.items()},
            "ahead": [[macro, list(astuple(row))] for macro, row in self._waiting],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Puts back what `state` gave."""
        self.known = {macro: Row(*row) for macro, row in saved["known"].items()}
        self._waiting, self._heap = {}, []
        for macro, row in saved["ahead"]:
            self.offer(macro, Row(*row), 0)


def instant(at: datetime | int) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime; an int is taken for that already."""
    if isinstance(at, int):
        return at
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
