"""Logic between conditions, with three truths: True, False, and None for unknown.

A tree of nodes is judged again only when the truth of one of its leaves changed, or when a window of it ran out.
Belongs here: all, any, not, within, sequence, and the edge of the whole. Keep out: what the leaves are (leaves.py,
macro.py), who wakes a tree up (engine.py).
"""

from collections.abc import Callable, Sequence
from typing import Any

from liquidity_platform.realtime.rules.firing import Outlet
from liquidity_platform.realtime.rules.leaves import Leaf

Truth = bool | None


class Node:
    """Base: remembers when its truth last ended or began. Instants are event time; `step` counts evaluations."""

    def __init__(self, children: "Sequence[Node]" = ()) -> None:
        self.children = list(children)
        self.truth: Truth = None
        self.true_until: int | None = None  # set when it stops being true
        self.unknown_until: int | None = None
        self.rose: tuple[int, int] | None = None  # (instant, step) of the newest False to True
        self.rose_before: tuple[int, int] | None = None  # and of the one before it

    def judge(self, at_us: int, step: int) -> Truth:
        """Judges the children, then itself."""
        for child in self.children:
            child.judge(at_us, step)
        new = self.compute(at_us, step)
        if new is not self.truth:
            if self.truth is True:
                self.true_until = at_us
            elif self.truth is None:
                self.unknown_until = at_us
            elif new is True:
                self.rose_before, self.rose = self.rose, (at_us, step)
            self.truth = new
        return new

    def compute(self, at_us: int, step: int) -> Truth:
        """The truth now, from the children's."""
        raise NotImplementedError

    def due(self, at_us: int) -> int | None:
        """The next instant at which time alone may change the truth of this node or one below."""
        return min((due for child in self.children if (due := child.due(at_us)) is not None), default=None)

    def has_window(self) -> bool:
        """Whether time alone may ever change it."""
        return any(child.has_window() for child in self.children)

    def leaves(self) -> list[Leaf]:
        """The leaves, from left to right."""
        return [leaf for child in self.children for leaf in child.leaves()]

    def state(self) -> list[Any]:
        """What `restore` needs, children included."""
        rises = [list(rise) if rise else None for rise in (self.rose, self.rose_before)]
        return [self.truth, self.true_until, self.unknown_until, rises, [child.state() for child in self.children]]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.truth, self.true_until, self.unknown_until = saved[:3]
        self.rose, self.rose_before = (tuple(rise) if rise else None for rise in saved[3])
        for child, state in zip(self.children, saved[4], strict=True):
            child.restore(state)


class LeafNode(Node):
    """A condition."""

    def __init__(self, leaf: Leaf) -> None:
        super().__init__()
        self.leaf = leaf

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        return self.leaf.truth

    def leaves(self) -> list[Leaf]:
        """See Node."""
        return [self.leaf]

    def state(self) -> list[Any]:
        """See Node."""
        return [*super().state(), self.leaf.state()]

    def restore(self, saved: list[Any]) -> None:
        """See Node."""
        super().restore(saved)
        self.leaf.restore(saved[5])


class AllNode(Node):
    """True when every child is; False when one is false, whatever the others are."""

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        truths = [child.truth for child in self.children]
        return False if False in truths else None if None in truths else True


class AnyNode(Node):
    """True when one child is, whatever the others are; False when every child is false."""

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        truths = [child.truth for child in self.children]
        return True if True in truths else None if None in truths else False


class NotNode(Node):
    """The opposite; unknown stays unknown."""

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        truth = self.children[0].truth
        return None if truth is None else not truth


class WithinNode(Node):
    """True when every child was true at some moment of the last `within_us`, both ends included.

    A child that was not, but whose truth was unknown at some moment of it, is unknown.
    """

    def __init__(self, children: Sequence[Node], within_us: int) -> None:
        super().__init__(children)
        self.within_us = within_us

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        truths = [self._recent(child, at_us - self.within_us) for child in self.children]
        return False if False in truths else None if None in truths else True

    def has_window(self) -> bool:
        """See Node."""
        return True

    @staticmethod
    def _recent(child: Node, since_us: int) -> Truth:
        if child.truth is True or (child.true_until is not None and child.true_until >= since_us):
            return True
        if child.truth is None or (child.unknown_until is not None and child.unknown_until >= since_us):
            return None
        return False

    def due(self, at_us: int) -> int | None:
        """See Node."""
        ends = [end for child in self.children for end in (child.true_until, child.unknown_until) if end is not None]
        runs_out = [end + self.within_us + 1 for end in ends if end + self.within_us + 1 > at_us]
        below = super().due(at_us)
        return min(runs_out if below is None else [*runs_out, below], default=None)


class SequenceNode(Node):
    """True when the second became true on a later tick than the first did, at most `within_us` after it; true for as
    long as the second is."""

    def __init__(self, children: Sequence[Node], within_us: int) -> None:
        super().__init__(children)
        self.within_us = within_us

    def compute(self, at_us: int, step: int) -> Truth:
        """See Node."""
        first, second = self.children
        if second.truth is True:
            if self.truth is True and second.rose and second.rose[1] != step:
                return True
            began = first.rose if first.rose and first.rose[1] < step else first.rose_before
            if second.rose == (at_us, step) and began and at_us - began[0] <= self.within_us:
                return True
        return None if first.truth is None or second.truth is None else False


class Composite:
    """A composite rule: fires when its tree becomes true after it was false for `rearm_us` since the last firing.

    It appends itself to `dirty` when a leaf changed; whoever empties that calls `judge`. Unknown before fires nothing.
    """

    def __init__(
        self, outlet: Outlet, rearm_us: int, dirty: "dict[Composite, None]", price: Callable[[], float | None]
    ) -> None:
        self.outlet, self.rearm_us, self.dirty, self.price = outlet, rearm_us, dirty, price
        self.root: Node = Node()
        self.armed, self.false_since = True, None  # type: bool, int | None
        self.at_us, self.step = 0, 0
        self._pulsed: list[Leaf] = []
        self._timed = False

    def plant(self, root: Node) -> None:
        """Sets the tree, once its leaves wait."""
        self.root, self._timed = root, root.has_window()

    def touched(self, pulsed: Leaf | None = None) -> None:
        """A leaf changed; see leaves.Tree."""
        self.dirty[self] = None
        if pulsed is not None:
            self._pulsed.append(pulsed)

    def judge(self, at_us: int) -> None:
        """Judges the tree at `at_us`, and once more after its pulses are over."""
        self.at_us = max(self.at_us, at_us)
        self.step += 1
        self._edge(self.root.truth, self.root.judge(self.at_us, self.step))
        if self._pulsed:
            for leaf in self._pulsed:
                if leaf.truth is True:
                    leaf.truth = False
            self._pulsed.clear()
            self.step += 1
            self._edge(self.root.truth, self.root.judge(self.at_us, self.step))

    def _edge(self, before: Truth, now: Truth) -> None:
        if before is now:
            return
        if now is True:
            rested = self.false_since is not None and self.at_us - self.false_since >= self.rearm_us
            if before is False and (self.armed or rested):
                self.outlet.fire(self.at_us, self.price(), None, "composite", self._context())
            self.armed, self.false_since = False, None
        elif now is False:
            self.false_since = self.at_us
        else:
            self.armed = self.armed or (self.false_since is not None and self.at_us - self.false_since >= self.rearm_us)
            self.false_since = None

    def _context(self) -> dict[str, Any]:
        return {"conditions": [{"truth": leaf.truth, "value": leaf.value} for leaf in self.root.leaves()]}

    def due(self) -> int | None:
        """The next instant at which time alone may change it."""
        return self.root.due(self.at_us) if self._timed else None

    def state(self) -> list[Any]:
        """What `restore` needs."""
        return [self.armed, self.false_since, self.at_us, self.step, self.root.state()]

    def restore(self, saved: list[Any]) -> None:
        """Puts back what `state` gave."""
        self.armed, self.false_since, self.at_us, self.step = saved[:4]
        self.root.restore(saved[4])
