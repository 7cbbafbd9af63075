"""Rates of change: the price now against the last price at or before so long ago.

Prices are kept as runs (first instant, last instant, price): equal prices that follow within a quarter of a second
are one run, and no tolerance may be shorter, so that nothing is lost by it. Each rate holds its place in the runs and
only ever moves forward: constant time a tick.
Belongs here: the runs, the rates as features. Keep out: which rates a rule wants.
"""

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import partial
from math import log

from liquidity_platform.realtime.rules.bars import Bars
from liquidity_platform.realtime.rules.feature import Feature

JOIN_US = 250_000
_TRIM = 8_192


class History:
    """Runs of equal prices, oldest first."""

    def __init__(self) -> None:
        self.first, self.last, self.price = array("q"), array("q"), array("d")

    def add(self, at_us: int, price: float) -> None:
        """A price at `at_us`, not before the newest."""
        if self.price and self.price[-1] == price and at_us - self.last[-1] <= JOIN_US:
            self.last[-1] = at_us
        else:
            self.first.append(at_us)
            self.last.append(at_us)
            self.price.append(price)

    def trim(self, rates: "Iterable[Rate]") -> None:
        """Drops the runs that none of `rates`, all that read it, will read again."""
        count = min(rate.place for rate in rates)
        if count > _TRIM:
            del self.first[:count], self.last[:count], self.price[:count]
            for rate in rates:
                rate.place -= count

    def forget(self) -> None:
        """No price is known any more."""
        self.first, self.last, self.price = array("q"), array("q"), array("d")

    def state(self, since_us: int) -> list[str]:
        """The runs that matter from `since_us` on, as base64 of machine words: there may be a hundred thousand."""
        keep = max(bisect_left(self.last, since_us) - 1, 0)
        return [b64encode(column[keep:].tobytes()).decode() for column in (self.first, self.last, self.price)]

    def restore(self, saved: list[str]) -> None:
        """Puts back what `state` gave."""
        first, last, price = (b64decode(text) for text in saved)
        self.first, self.last, self.price = array("q", first), array("q", last), array("d", price)


class Rate:
    """One rate of change of one instrument; `bars` are of its window's length, for sigma."""

    def __init__(
        self, history: History, window_us: int, tolerance_us: int, mode: str, tick: float, bars: Bars | None, n: int
    ) -> None:
        self.history, self.window_us, self.tolerance_us = history, window_us, tolerance_us
        self.bars, self.n = bars, n
        self.feature = Feature(f"rate {mode}")
        self.place = -1  # the newest run that began at or before the window's start
        self._turn, self._ends, self._reference = 0, 0, 0.0
        self._sigma: tuple[int, float | None] = (-1, None)
        rates: dict[str, Callable[[float, float], float | None]] = {
            "pct": _percent, "log": _logarithm, "abs": _points, "ticks": partial(_ticks, tick), "sigma": self._sigmas
        }  # fmt: skip
        self._rate = rates[mode]
        if bars is not None:
            bars.keep = max(bars.keep, n + 2)

    def tick(self, price: float, at_us: int, session: int) -> None:
        """A price came, and is in the history already."""
        if at_us >= self._turn:
            self._advance(at_us)
        value = self._rate(price, self._reference) if at_us <= self._ends else None
        feature = self.feature
        if value is None:
            feature.forget(at_us)
        elif feature.low < value < feature.high and feature.session == session and feature.value is not None:
            feature.value = value
        else:
            feature.move(value, at_us, session)

    def _advance(self, at_us: int) -> None:
        """Finds the reference, until when it is one (`_ends`), and from when on to look again (`_turn`)."""
        first, place = self.history.first, self.place
        following, count = place + 1, len(first)
        wanted = at_us - self.window_us
        while following < count and first[following] <= wanted:
            following += 1
        self.place = place = following - 1
        self._turn = first[following] + self.window_us if following < count else 0
        if place < 0:
            self._ends = -1
        else:
            self._reference = self.history.price[place]
            self._ends = self.history.last[place] + self.window_us + self.tolerance_us

    def _sigmas(self, price: float, reference: float) -> float | None:
        assert self.bars is not None
        newest = self.bars.closed[-1].start_us if self.bars.closed else 0
        if self._sigma[0] != newest:
            self._sigma = (newest, self.bars.sigma(self.n))
        sigma = self._sigma[1]
        return (price - reference) / sigma if sigma else None

    def restart(self) -> None:
        """The history is another."""
        self.place, self._turn = -1, 0

    def mended(self) -> None:
        """The bars changed behind its back."""
        self._sigma = (-1, None)


def _percent(price: float, reference: float) -> float | None:
    return (price / reference - 1.0) * 100.0 if reference > 0 else None


def _logarithm(price: float, reference: float) -> float | None:
    return log(price / reference) if reference > 0 and price > 0 else None


def _points(price: float, reference: float) -> float:
    # prices are decimals: what they differ by is brought back to nine places, which `round` does four times slower
    change = (price - reference) * 1e9
    return int(change + 0.5 if change > 0 else change - 0.5) / 1e9


def _ticks(tick: float, price: float, reference: float) -> float:
    change = (price - reference) / tick * 1e6
    return int(change + 0.5 if change > 0 else change - 0.5) / 1e6
