"""What waits on a feature: the edge with hysteresis, the level, and the leaf of a composite.

Belongs here: their state machines, as finance guide 4.9 words them. Keep out: the levels' index (feature.py),
logic between conditions (composite.py).
"""

from typing import Any, Protocol

from liquidity_platform.realtime.rules.feature import Feature
from liquidity_platform.realtime.rules.firing import Outlet

FIRE, CLEAR = 0, 1


class Edge:
    """Fires when its condition becomes true; again only after it was clear for `rearm_us` without a break.

    Clear is: gone back to `clears_at` or further. Without `clears_at` every false to true fires. A first evaluation
    (cold start, gap, unknown before) fires nothing, and a true one must clear first.
    """

    __slots__ = ("above", "armed", "clear_since", "clears_at", "condition", "context", "level", "outlet", "rearm_us")

    def __init__(
        self,
        outlet: Outlet,
        above: bool,
        level: float,
        clears_at: float | None = None,
        rearm_us: int = 0,
        condition: str = "",
        context: dict[str, Any] | None = None,
    ) -> None:
        self.outlet, self.above, self.level, self.clears_at = outlet, above, level, clears_at
        self.rearm_us, self.condition, self.context = rearm_us, condition, context or {}
        self.armed, self.clear_since = True, None  # type: bool, int | None

    def wait_on(self, feature: Feature) -> None:
        """Puts the boundaries in place."""
        fire, clear = {FIRE: self.level}, {} if self.clears_at is None else {CLEAR: self.clears_at}
        feature.wait(self, fire if self.above else clear, clear if self.above else fire)

    def begin(self, feature: Feature) -> None:
        """See Waiting."""
        self.clear_since = None
        if self.clears_at is None or feature.value is None:
            return
        if feature.value >= self.level if self.above else feature.value <= self.level:
            self.armed = False
        elif feature.value <= self.clears_at if self.above else feature.value >= self.clears_at:
            self._clear(feature.at_us)

    def lost(self, at_us: int) -> None:
        """See Waiting."""
        self.armed = self.armed or self._cleared_long_enough(at_us)
        self.clear_since = None

    def passed(self, role: int, holds: bool, feature: Feature) -> None:
        """See Waiting."""
        if role == CLEAR:
            if holds:
                self._clear(feature.at_us)
            else:
                self.armed = self.armed or self._cleared_long_enough(feature.at_us)
                self.clear_since = None
        elif holds and self.armed:
            self.armed = self.clears_at is None
            context = {**self.context, **feature.context}
            if feature.gap_cross:
                context["gap_cross"] = True
            value, threshold = feature.shows() if feature.shows else (feature.value, self.level)
            if threshold is None:
                threshold = self.level
            self.outlet.fire(feature.at_us, value, threshold, self.condition, context)

    def _clear(self, at_us: int) -> None:
        if not self.armed:
            if self.rearm_us == 0:
                self.armed = True
            else:
                self.clear_since = at_us

    def _cleared_long_enough(self, at_us: int) -> bool:
        return self.clear_since is not None and at_us - self.clear_since >= self.rearm_us

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.armed, self.clear_since]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.armed, self.clear_since = saved


class Level:
    """Fires on a tick on which its condition is true, at most every `repeat_us`.

    `hot` holds the levels that are true, for whoever has the ticks to call `tick`.
    """

    __slots__ = ("above", "condition", "fired_at", "holds", "hot", "level", "outlet", "repeat_us")

    def __init__(
        self, outlet: Outlet, above: bool, level: float, repeat_us: int, condition: str, hot: "dict[Level, None]"
    ) -> None:
        self.outlet, self.above, self.level, self.repeat_us = outlet, above, level, repeat_us
        self.condition, self.hot = condition, hot
        self.fired_at: int | None = None
        self.holds = False

    def wait_on(self, feature: Feature) -> None:
        """Puts the boundary in place."""
        feature.wait(self, {FIRE: self.level} if self.above else {}, {} if self.above else {FIRE: self.level})

    def begin(self, feature: Feature) -> None:
        """See Waiting."""
        if feature.value is not None:
            self._hold(feature.value >= self.level if self.above else feature.value <= self.level)

    def lost(self, at_us: int) -> None:
        """See Waiting."""
        self._hold(False)

    def passed(self, role: int, holds: bool, feature: Feature) -> None:
        """See Waiting."""
        self._hold(holds)

    def _hold(self, holds: bool) -> None:
        self.holds = holds
        if holds:
            self.hot[self] = None
        else:
            self.hot.pop(self, None)

    def tick(self, value: float, at_us: int) -> None:
        """A tick came while the condition is true."""
        if self.fired_at is None or at_us - self.fired_at >= self.repeat_us:
            self.fired_at = at_us
            self.outlet.fire(at_us, value, self.level, self.condition, {})

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.fired_at, self.holds]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.fired_at, holds = saved
        self._hold(holds)


class Tree(Protocol):
    """The composite a leaf belongs to."""

    def touched(self, pulsed: "Leaf | None" = None) -> None:
        """A leaf's truth changed; `pulsed` is true for this evaluation only."""


class Leaf:
    """A condition inside a composite: True, False, or None for unknown. `pulse`: true for one evaluation only."""

    __slots__ = ("above", "level", "pulse", "tree", "truth", "value")

    def __init__(self, tree: Tree, above: bool = True, level: float = 0.0, pulse: bool = False) -> None:
        self.tree, self.above, self.level, self.pulse = tree, above, level, pulse
        self.truth: bool | None = None
        self.value: float | None = None

    def wait_on(self, feature: Feature) -> None:
        """Puts the boundary in place."""
        feature.wait(self, {FIRE: self.level} if self.above else {}, {} if self.above else {FIRE: self.level})

    def begin(self, feature: Feature) -> None:
        """See Waiting."""
        if self.pulse:
            self.say(False, feature.value)
        elif feature.value is not None:
            self.say(feature.value >= self.level if self.above else feature.value <= self.level, feature.value)

    def lost(self, at_us: int) -> None:
        """See Waiting."""
        self.say(None, None)

    def passed(self, role: int, holds: bool, feature: Feature) -> None:
        """See Waiting."""
        if not self.pulse:
            self.say(holds, feature.value)
        elif holds:
            self.pulse_now(feature.value)

    def say(self, truth: bool | None, value: float | None) -> None:
        """The truth is `truth`; `value` is what made it so."""
        self.value = value
        if truth is not self.truth:
            self.truth = truth
            self.tree.touched()

    def pulse_now(self, value: float | None) -> None:
        """True for this evaluation, false right after it."""
        self.truth, self.value = True, value
        self.tree.touched(self)

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.truth, self.value]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.truth, self.value = saved
