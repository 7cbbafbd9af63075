"""Relative volume by time of day.

A bucket is one interval of the session; its volume so far is compared with the median of the same bucket in the last
sessions. A bucket that was not seen whole (cold start, gap) is no history; one without any trade neither.
Belongs here: buckets, medians, the feature. Keep out: when a bucket is due (market.py).
"""

from dataclasses import dataclass
from statistics import median
from typing import Any

from liquidity_platform.realtime.rules.feature import Feature
from liquidity_platform.realtime.rules.sessions import Stretch

_KEEP = 60  # sessions; the most a rule may ask for


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much volume is a spike: `k` times the median of `sessions` sessions, and at least `min_size`."""

    k: float
    sessions: int
    min_size: float


class Spike:
    """The feature: volume of the bucket so far less the volume that would be a spike."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.need: float | None = None
        self.total = 0.0
        self.feature = Feature("volume", lambda: (self.total, self.need))

    def begin(self, past: list[float], at_us: int, session: int, whole: bool) -> None:
        """A bucket begins with volume 0; what is needed stands for all of it."""
        self.total, self.need = 0.0, self._need(past)
        if self.need is None:
            self.feature.forget(at_us)
        elif whole:
            self.feature.move(-self.need, at_us, session)

    def _need(self, past: list[float]) -> float | None:
        if len(past) < self.wanted.sessions:
            return None
        usual = median(past[-self.wanted.sessions :])
        return max(self.wanted.k * usual, self.wanted.min_size) if usual > 0 else None

    def add(self, total: float, at_us: int, session: int) -> None:
        """The bucket's volume so far is `total`."""
        self.total = total
        if self.need is not None:
            self.feature.move(total - self.need, at_us, session)


class Volumes:
    """Buckets of one instrument and interval. `end_us`: when the open bucket closes, None without one."""

    def __init__(self, interval_us: int) -> None:
        self.interval_us = interval_us
        self.past: dict[int, list[float]] = {}
        self.spikes: list[Spike] = []
        self.bucket, self.total, self.whole = 0, 0.0, False
        self.end_us: int | None = None
        self.session = 0

    def open(self, at_us: int, stretch: Stretch, after_gap: bool) -> None:
        """A trade at `at_us` opens its bucket."""
        self.bucket = (at_us - stretch.start_us) // self.interval_us
        self.end_us = min(stretch.start_us + (self.bucket + 1) * self.interval_us, stretch.end_us)
        self.total, self.whole, self.session = 0.0, not after_gap, stretch.key
        for spike in self.spikes:
            spike.begin(self.past.get(self.bucket, []), at_us, stretch.key, self.whole)

    def gap(self) -> None:
        """Trades were missed: the open bucket is not whole."""
        self.whole = False

    def add(self, size: float, at_us: int) -> None:
        """`size` traded in the open bucket."""
        self.total += size
        for spike in self.spikes:
            spike.add(self.total, at_us, self.session)

    def close(self, last_at_us: int, price: float, judge: bool) -> None:
        """The open bucket ends: it becomes history, and no spike holds any more."""
        assert self.end_us is not None
        end, self.end_us = self.end_us, None
        if self.whole:
            past = self.past.setdefault(self.bucket, [])
            past.append(self.total)
            del past[:-_KEEP]
        for spike in self.spikes:
            if spike.feature.value is not None:
                spike.feature.move(-1.0, end, self.session)

    def forget(self) -> None:
        """The open bucket is not known any more; past sessions stay."""
        self.end_us = None
        self.gap()

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        past = {str(bucket): totals for bucket, totals in sorted(self.past.items())}
        return {"open": [self.bucket, self.total, self.whole, self.end_us, self.session], "past": past}

    def restore(self, saved: dict[str, Any]) -> None:
        """Puts back what `state` gave."""
        self.bucket, self.total, self.whole, self.end_us, self.session = saved["open"]
        self.past = {int(bucket): totals for bucket, totals in saved["past"].items()}
