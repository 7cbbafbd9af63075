"""Bars of one instrument and interval, and the averages over them.

Bars start with their exchange session and end with it at the latest; an interval without a trade makes no bar, so an
average carries over it (its firings say so: `carried`). Only closes are kept: nothing here reads more.
Belongs here: closing bars, backfilling them, averages and their crossings as features. Keep out: volume (volume.py),
when a bar is due (market.py).
"""

from bisect import bisect_left
from dataclasses import astuple, dataclass
from itertools import pairwise
from math import fsum
from statistics import stdev
from typing import Any

from liquidity_platform.realtime.rules.feature import Feature
from liquidity_platform.realtime.rules.sessions import Stretch

_EQUAL = 1e-9  # averages of decimal prices are equal up to rounding; one tick over a thousand bars is far more


@dataclass(slots=True)
class Bar:
    """A closed bar: its start, the last trade's instant and price, the key of its session."""

    start_us: int
    at_us: int
    close: float
    session: int


class Bars:
    """Closed bars, oldest first, at least the last `keep`. `end_us`: when the open one closes, None without one."""

    def __init__(self, interval_us: int) -> None:
        self.interval_us = interval_us
        self.keep = 2
        self.closed: list[Bar] = []
        self.features: list[AverageFeature] = []
        self.start_us, self.end_us, self.session = 0, None, 0  # type: int, int | None, int

    def open(self, at_us: int, stretch: Stretch, after_gap: bool) -> None:
        """A trade at `at_us` opens the bar of its interval."""
        self.start_us = at_us - (at_us - stretch.start_us) % self.interval_us
        self.end_us = min(self.start_us + self.interval_us, stretch.end_us)
        self.session = stretch.key

    def close(self, last_at_us: int, price: float, judge: bool) -> None:
        """The open bar ends with `price`, traded at `last_at_us`; crossings on closed bars are judged when asked."""
        assert self.end_us is not None
        end, self.end_us = self.end_us, None
        if self.closed and self.closed[-1].start_us >= self.start_us:
            return  # the clock closed it before a last straggler opened it again
        self.closed.append(Bar(self.start_us, last_at_us, price, self.session))
        if len(self.closed) > 2 * self.keep + 16:
            del self.closed[: -self.keep]
        for feature in self.features:
            feature.count()
            if judge:
                feature.judge(end, self.session)

    def fill(self, at_us: int, price: float, stretch: Stretch) -> None:
        """A trade of the past, from the publisher's history: makes or mends its bar."""
        start = at_us - (at_us - stretch.start_us) % self.interval_us
        if self.end_us is not None and start >= self.start_us:
            return
        place = bisect_left(self.closed, start, key=lambda bar: bar.start_us)
        if place == len(self.closed) or self.closed[place].start_us != start:
            self.closed.insert(place, Bar(start, at_us, price, stretch.key))
        elif self.closed[place].at_us <= at_us:
            self.closed[place].at_us, self.closed[place].close = at_us, price
        for feature in self.features:
            feature.mended()

    def mean(self, n: int) -> float:
        """Mean of the last `n` closes; there must be that many."""
        return fsum(bar.close for bar in self.closed[-n:]) / n

    def sigma(self, n: int) -> float | None:
        """Sample standard deviation of the last `n` changes between closes; None while there are fewer, or it is 0."""
        if len(self.closed) <= n:
            return None
        closes = [bar.close for bar in self.closed[-n - 1 :]]
        return stdev([new - old for old, new in pairwise(closes)]) or None

    def carried(self, n: int) -> bool:
        """Whether an interval within a session has no bar among the last `n`."""
        pairs = pairwise(self.closed[-n:])
        return any(b.session == a.session and b.start_us - a.start_us > self.interval_us for a, b in pairs)

    def forget(self) -> None:
        """No bar is known any more."""
        self.closed.clear()
        self.end_us = None
        for feature in self.features:
            feature.mended()

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        bars = [list(astuple(bar)) for bar in self.closed[-self.keep :]]
        return {"open": [self.start_us, self.end_us, self.session], "closed": bars}

    def restore(self, saved: dict[str, Any]) -> None:
        """Puts back what `state` gave."""
        self.start_us, self.end_us, self.session = saved["open"]
        self.closed = [Bar(*bar) for bar in saved["closed"]]
        for feature in self.features:
            feature.count()


class AverageFeature:
    """The difference whose sign tells a crossing: price (slow None) or fast average, less the slow average.

    On closed bars it moves when a bar closes, on ticks with every price: then the newest price stands for the bar that
    is still open. Known once `n` bars are closed.
    """

    def __init__(self, bars: Bars, fast: int, slow: int | None, ticks: bool) -> None:
        self.bars, self.fast, self.slow, self.ticks = bars, fast, slow, ticks
        self.need = max(fast, slow or 0)
        self.feature = Feature("average", self._shown)
        self._price, self._sums = 0.0, (0.0, 0.0)
        bars.keep = max(bars.keep, self.need + 1)
        bars.features.append(self)

    def judge(self, end_us: int, session: int) -> None:
        """A bar closed at `end_us`, and is counted already."""
        if not self.ticks and len(self.bars.closed) >= self.need:
            value, threshold = self._closed_pair()
            self.feature.context = {"carried": True} if self.bars.carried(self.need) else {}
            self.feature.move(_difference(value, threshold), end_us, session)

    def count(self) -> None:
        """Sums over closed bars, once a bar rather than once a tick."""
        if self.ticks and len(self.bars.closed) >= self.need:
            closes = [bar.close for bar in self.bars.closed[-self.need :]]
            first, second = self.fast - 1, (self.slow or 1) - 1
            self._sums = (fsum(closes[-first:]) if first else 0.0, fsum(closes[-second:]) if second else 0.0)
            self.feature.context = {"carried": True} if self.bars.carried(self.need) else {}

    def tick(self, price: float, at_us: int, session: int) -> None:
        """A price came."""
        if len(self.bars.closed) < self.need:
            return
        self._price = price
        one, two = self._sums
        if self.slow is None:
            difference = price - (one + price) / self.fast
        else:
            difference = (one + price) / self.fast - (two + price) / self.slow
        self.feature.move(0.0 if -_EQUAL < difference < _EQUAL else difference, at_us, session)

    def mended(self) -> None:
        """Bars changed behind its back: what it was before is not known."""
        self.count()
        self.feature.forget(self.feature.at_us)

    def _closed_pair(self) -> tuple[float, float]:
        if self.slow is None:
            return self.bars.closed[-1].close, self.bars.mean(self.fast)
        return self.bars.mean(self.fast), self.bars.mean(self.slow)

    def _shown(self) -> tuple[float, float]:
        if not self.ticks:
            return self._closed_pair()
        one, two = self._sums
        average = (one + self._price) / self.fast
        return (self._price, average) if self.slow is None else (average, (two + self._price) / self.slow)


def _difference(value: float, threshold: float) -> float:
    difference = value - threshold
    return 0.0 if -_EQUAL < difference < _EQUAL else difference
