"""New highs and lows of the session.

A high is known only where the session was seen from its open: after a cold start in mid-session, or a gap longer than
the instrument's stale limit, there is no telling what the high was, and nothing fires until the next session.
Belongs here: the extremes and their breaks. Keep out: sessions' hours.
"""

from collections.abc import Callable
from typing import Any

from liquidity_platform.realtime.rules.firing import Outlet
from liquidity_platform.realtime.rules.leaves import Leaf

_ROUNDING = 1e-9


class Break:
    """Fires on a new extreme; again only after the price came back from the extreme by `back` (of the extreme)."""

    def __init__(self, outlet: Outlet, after_us: int, back: Callable[[float], float], condition: str) -> None:
        self.outlet, self.after_us, self.back, self.condition = outlet, after_us, back, condition
        self.armed = True

    def known(self, known: bool) -> None:
        """Breaks of a rule keep no truth."""

    def broke(self, at_us: int, price: float, before: float, came_back: float, known: bool) -> None:
        """The extreme moved from `before` to `price`; in between the price had come back by `came_back`."""
        if came_back >= self.back(before) - _ROUNDING:
            self.armed = True
        if self.armed:
            self.armed = False
            if known:
                self.outlet.fire(at_us, price, before, self.condition, {})


class BreakLeaf:
    """The same inside a composite: true for the evaluation in which the extreme moved."""

    def __init__(self, leaf: Leaf, after_us: int) -> None:
        self.leaf, self.after_us, self.armed = leaf, after_us, True

    def known(self, known: bool) -> None:
        """Whether the extremes are known."""
        self.leaf.say(False if known else None, None)

    def broke(self, at_us: int, price: float, before: float, came_back: float, known: bool) -> None:
        """See Break."""
        if known:
            self.leaf.pulse_now(price)


class Extremes:
    """The session's high or low (`sign` 1 or -1; prices are kept times `sign`, so that both are highs)."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.waiting: list[Break | BreakLeaf] = []
        self.session, self.opened_us = -1, 0
        self.extreme, self.back_to, self.whole, self.told = 0.0, 0.0, False, False

    def begin(self, session: int, opened_us: int, price: float, whole: bool) -> None:
        """The first price of a session."""
        self.session, self.opened_us, self.whole = session, opened_us, whole
        self.extreme = self.back_to = price * self.sign
        for waiting in self.waiting:
            waiting.armed = True
        self.tell(whole)

    def tell(self, known: bool) -> None:
        """Whether the extreme is known; composites want to hear."""
        if known is not self.told:
            self.told = known
            for waiting in self.waiting:
                waiting.known(known)

    def tick(self, price: float, at_us: int, known: bool) -> None:
        """A price of the session; `known`: the price before it is known."""
        signed = price * self.sign
        if signed <= self.extreme:
            if signed < self.back_to:
                self.back_to = signed
        else:
            before, came_back = self.extreme, self.extreme - self.back_to
            self.extreme = self.back_to = signed
            if self.whole:
                for waiting in self.waiting:
                    if at_us - self.opened_us >= waiting.after_us:
                        waiting.broke(at_us, price, before * self.sign, came_back, known)
        if self.told is not self.whole:
            self.tell(self.whole)

    def fill(self, price: float) -> None:
        """A price of this session from the publisher's history."""
        self.extreme = max(self.extreme, price * self.sign)

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.session, self.opened_us, self.extreme, self.back_to, self.whole, self.told]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.session, self.opened_us, self.extreme, self.back_to, self.whole, self.told = saved
