"""A number that moves with the ticks, and the levels that somebody waits for on it.

A boundary at x is `at least x` (rising through it makes it true) or `at most x`. Each feature keeps both kinds
sorted; a move touches only the boundaries between the old and the new value, and most moves touch none: that is one
comparison against the nearest boundary on either side. Boundaries that become false are told before those that become
true, so that a rule that re-arms and fires in one jump does both.
Belongs here: the level index. Keep out: what a rule does at its boundary (leaves.py), how the number is computed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, Protocol

INFINITY = float("inf")


class Waiting(Protocol):
    """What waits at boundaries of a feature."""

    def begin(self, feature: "Feature") -> None:
        """The value is known again, or for the first time: what it was before is not."""

    def lost(self, at_us: int) -> None:
        """The value is not known any more."""

    def passed(self, role: int, holds: bool, feature: "Feature") -> None:
        """The boundary that was given `role` now holds, or does so no more."""


Boundary = tuple[Waiting, int]


class Feature:
    """One number of one instrument: price, a difference to an average, a rate of change.

    `value` is None while unknown. `at_us` and `gap_cross` describe the newest move: its event time, and whether the
    value before belonged to another session. `shows` gives what to tell people instead of (value, level): price and
    average rather than their difference; `context` goes into every firing.
    Between `low` and `high`, both excluded, no move touches anything: who moves it often may set `value` there by
    itself, within one session.
    """

    __slots__ = (
        "at_least", "at_most", "at_us", "context", "everyone", "gap_cross", "high", "low", "name", "session", "shows",
        "value",
    )  # fmt: skip

    def __init__(self, name: str, shows: Callable[[], tuple[float, float | None]] | None = None) -> None:
        self.name, self.shows = name, shows
        self.context: dict[str, Any] = {}
        self.value: float | None = None
        self.at_us = 0
        self.session = 0
        self.gap_cross = False
        self.everyone: list[Waiting] = []
        self.at_least: tuple[list[float], list[Boundary]] = ([], [])
        self.at_most: tuple[list[float], list[Boundary]] = ([], [])
        self.low, self.high = INFINITY, -INFINITY  # open interval around the value without a boundary; empty: look

    def wait(self, waiting: Waiting, at_least: dict[int, float], at_most: dict[int, float]) -> None:
        """Adds boundaries, by role. A known value counts as the first evaluation: it begins at once."""
        for (levels, entries), wanted in ((self.at_least, at_least), (self.at_most, at_most)):
            for role, level in wanted.items():
                place = bisect_right(levels, level)
                levels.insert(place, level)
                entries.insert(place, (waiting, role))
        self.everyone.append(waiting)
        self.low, self.high = INFINITY, -INFINITY
        if self.value is not None:
            waiting.begin(self)

    def leave(self, waiting: Waiting) -> None:
        """Takes out every boundary of `waiting`."""
        for levels, entries in (self.at_least, self.at_most):
            kept = [place for place, entry in enumerate(entries) if entry[0] is not waiting]
            levels[:] = [levels[place] for place in kept]
            entries[:] = [entries[place] for place in kept]
        self.everyone.remove(waiting)
        self.low, self.high = INFINITY, -INFINITY

    def move(self, value: float, at_us: int, session: int) -> None:
        """The value is `value` since `at_us`, in the session with the key `session`."""
        old = self.value
        self.value, self.at_us = value, at_us
        if old is None:
            self.session, self.gap_cross = session, False
            self.low, self.high = INFINITY, -INFINITY
            for waiting in self.everyone:
                waiting.begin(self)
            return
        self.gap_cross = session != self.session
        self.session = session
        if self.low < value < self.high:
            return
        self._tell(old, value)

    def forget(self, at_us: int) -> None:
        """What the value is, is not known from `at_us` on; the next one begins anew."""
        if self.value is not None:
            self.value = None
            for waiting in self.everyone:
                waiting.lost(at_us)

    def _tell(self, old: float, new: float) -> None:
        least, least_entries = self.at_least
        most, most_entries = self.at_most
        least_old, least_new = bisect_right(least, old), bisect_right(least, new)
        most_old, most_new = bisect_left(most, old), bisect_left(most, new)
        self.low = max(least[least_new - 1] if least_new else -INFINITY, most[most_new - 1] if most_new else -INFINITY)
        self.high = min(
            least[least_new] if least_new < len(least) else INFINITY,
            most[most_new] if most_new < len(most) else INFINITY,
        )
        if new > old:
            self._each(most_entries[most_old:most_new], False)
            self._each(least_entries[least_old:least_new], True)
        else:
            self._each(least_entries[least_new:least_old], False)
            self._each(most_entries[most_new:most_old], True)

    def _each(self, entries: list[Boundary], holds: bool) -> None:
        for waiting, role in entries:
            waiting.passed(role, holds, self)

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.value, self.at_us, self.session]

    def restore(self, saved: list[Any]) -> None:
        """Puts the value back without telling anybody: those waiting restore themselves."""
        self.value, self.at_us, self.session = saved
