"""One instrument as the rules see it: its clock, its session, and the features its ticks move.

A tick that is older than the newest, but not late, counts at the newest event time: the clock never runs back. When it
jumps back by more than the watermark, the clock was wrong and nothing before is known. Everything is judged in a fixed
order: closed bars, price, extremes, averages, rates, volume, levels.
Belongs here: what happens to an instrument on a tick, on silence, on a gap. Keep out: rules and composites (engine.py),
which features there are (compiling.py).
"""

from collections.abc import Callable
from typing import Any

from liquidity_platform.realtime.rules.bars import AverageFeature, Bars
from liquidity_platform.realtime.rules.extremes import Extremes
from liquidity_platform.realtime.rules.feature import Feature
from liquidity_platform.realtime.rules.leaves import Level
from liquidity_platform.realtime.rules.sessions import SECOND, SessionTimes, stale_limit
from liquidity_platform.realtime.rules.volume import Spike, Volumes
from liquidity_platform.realtime.rules.windows import History, Rate
from liquidity_platform.realtime.ticks import TickFlags

WATERMARK_US = 2 * SECOND
NEVER = 1 << 62
_AFTER_GAP, _RESET = int(TickFlags.AFTER_GAP), int(TickFlags.VOLUME_RESET)


class Market:
    """The state of one instrument. `unknown`: the price before the next tick is not known.

    `flush(at_us)` is called whenever leaves may have changed at an instant of the past: a bar's end.
    """

    def __init__(self, instrument: str, limit_us: int | None, flush: Callable[[int], None]) -> None:
        self.instrument, self.flush = instrument, flush
        self.times = SessionTimes(instrument)
        self.limit_us = stale_limit(instrument) if limit_us is None else limit_us
        self.clock, self.priced_at = -1, -1
        self.price: float | None = None
        self.unknown, self.resumed = True, False
        self.stretch = self.times.at(0)
        self.due, self.bar_due, self.unopened = 0, NEVER, True
        self.last = Feature("price")
        self.bars: dict[int, Bars] = {}
        self.volumes: dict[int, Volumes] = {}
        self.extremes: dict[str, Extremes] = {}
        self.averages: dict[str, AverageFeature] = {}
        self.on_ticks: list[AverageFeature] = []
        self.history = History()
        self.rates: dict[str, Rate] = {}
        self.spikes: dict[str, Spike] = {}
        self.hot: dict[Level, None] = {}

    def tick(self, at_us: int, price: float | None, size: float | None, flags: int) -> bool:
        """A live tick. True when the instrument was unknown and is known now."""
        if at_us < self.clock:
            if self.clock - at_us > WATERMARK_US:
                self._restart()
            else:
                at_us = self.clock
        if flags & _AFTER_GAP and not self.resumed:
            self.unknown = True
        self.resumed = False
        if self.unknown:
            self._meet(at_us)
        elif at_us >= self.due:
            self.advance(at_us)
        self.clock = at_us
        if price is None:
            return False
        was_unknown, self.unknown = self.unknown, False
        self._evaluate(at_us, price, not was_unknown)
        if size and self.volumes and self.stretch.is_open and not flags & _RESET:
            for volumes in self.volumes.values():
                volumes.add(size, at_us)
        if self.hot:
            for level in list(self.hot):
                level.tick(price, at_us)
        return was_unknown

    def _evaluate(self, at_us: int, price: float, known: bool) -> None:
        stretch, changed = self.stretch, price != self.price or not known
        session = stretch.key
        if self.unopened and stretch.is_open:
            self._open(at_us, not known)
            changed = True
        if changed := changed or session != self.last.session:
            self.last.move(price, at_us, session)
        self.price, self.priced_at = price, at_us
        if stretch.is_open:
            for extremes in self.extremes.values():
                if extremes.session == session:
                    extremes.tick(price, at_us, known)
                else:
                    extremes.begin(session, stretch.start_us, price, at_us - stretch.start_us <= self.limit_us)
        if changed:
            for average in self.on_ticks:
                average.tick(price, at_us, session)
        if self.rates:
            self.history.add(at_us, price)
            for rate in self.rates.values():
                rate.tick(price, at_us, session)
            if len(self.history.price) & 0xFFF == 0:
                self.history.trim(self.rates.values())

    def _meet(self, at_us: int) -> None:
        """The first tick after a gap, or ever: bars that were open end unjudged, what was before is not known."""
        silent = at_us - self.clock > self.limit_us
        self.lost(at_us)
        self.flush(at_us)
        self.close_bars(at_us, judge=False)
        self.advance(at_us)
        if silent:
            for extremes in self.extremes.values():
                extremes.whole = False

    def advance(self, at_us: int) -> None:
        """The clock reaches `at_us`: bars end, the session may change."""
        self.close_bars(at_us)
        if at_us >= self.stretch.end_us or at_us < self.stretch.start_us:
            self.stretch = self.times.at(at_us)
        self.due = min(self.bar_due, self.stretch.end_us)

    def close_bars(self, at_us: int, judge: bool = True) -> None:
        """Bars and buckets that end at or before `at_us` are closed, in the order of their ends."""
        while self.bar_due <= at_us:
            end = self.bar_due
            assert self.price is not None
            for timed in self._timed():
                if timed.end_us == end:
                    timed.close(self.priced_at, self.price, judge)
            self.unopened = True
            self.refresh()
            if judge:
                self.flush(end)

    def _open(self, at_us: int, after_gap: bool) -> None:
        for timed in self._timed():
            if timed.end_us is None:
                timed.open(at_us, self.stretch, after_gap)
        self.unopened = False
        self.refresh()

    def refresh(self) -> None:
        """When the next bar or bucket ends, told anew."""
        self.bar_due = min((one.end_us for one in self._timed() if one.end_us is not None), default=NEVER)
        self.due = min(self.bar_due, self.stretch.end_us)

    def fill(self, at_us: int, price: float) -> None:
        """A trade from the publisher's history: mends bars and extremes, fires nothing."""
        stretch = self.stretch if self.stretch.start_us <= at_us < self.stretch.end_us else self.times.at(at_us)
        if not stretch.is_open:
            return
        for bars in self.bars.values():
            bars.fill(at_us, price, stretch)
        for rate in self.rates.values():
            rate.mended()
        for extremes in self.extremes.values():
            if extremes.session == stretch.key:
                extremes.fill(price)
        self.unopened = True  # what the mended features forgot is evaluated again at the next price

    def lost(self, at_us: int) -> None:
        """What the market does is not known from `at_us` on: a gap, silence, delayed data."""
        self.unknown = True
        self.last.forget(at_us)
        for feature in self.features().values():
            feature.forget(at_us)
        for volumes in self.volumes.values():
            volumes.gap()
        for extremes in self.extremes.values():
            extremes.tell(False)

    def _restart(self) -> None:
        """The clock was wrong: nothing that was dated with it is of use."""
        self.lost(self.clock)
        for timed in self._timed():
            timed.forget()
        self.history.forget()
        for rate in self.rates.values():
            rate.restart()
        for extremes in self.extremes.values():
            extremes.session = -1
        self.clock, self.unopened = -1, True
        self.refresh()

    def _timed(self) -> list[Bars | Volumes]:
        return [*self.bars.values(), *self.volumes.values()]

    def features(self) -> dict[str, Feature]:
        """Every feature but the price, by its key."""
        named: dict[str, AverageFeature | Rate | Spike] = {**self.averages, **self.rates, **self.spikes}
        return {key: one.feature for key, one in named.items()}

    def stale_at(self) -> int:
        """The instant at which silence makes it unknown."""
        return self.times.stale_at(self.clock, self.limit_us)

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        oldest = max((rate.window_us + rate.tolerance_us for rate in self.rates.values()), default=0)
        return {
            "clock": self.clock, "priced_at": self.priced_at, "price": self.price, "unknown": self.unknown,
            "last": self.last.state(),
            "features": {key: feature.state() for key, feature in self.features().items()},
            "bars": {str(key): bars.state() for key, bars in self.bars.items()},
            "volumes": {str(key): volumes.state() for key, volumes in self.volumes.items()},
            "spikes": {key: [spike.need, spike.total] for key, spike in self.spikes.items()},
            "extremes": {key: extremes.state() for key, extremes in self.extremes.items()},
            "history": self.history.state(self.clock - oldest) if self.rates else ["", "", ""],
        }  # fmt: skip

    def restore(self, saved: dict[str, Any]) -> None:
        """Puts back what `state` gave; the caller judges whether it still counts."""
        self.clock, self.priced_at, self.price = saved["clock"], saved["priced_at"], saved["price"]
        self.unknown, self.resumed = saved["unknown"], not saved["unknown"]
        self.last.restore(saved["last"])
        self.history.restore(saved["history"])
        for rate in self.rates.values():
            rate.restart()
        for name in ("bars", "volumes"):
            timed = getattr(self, name)
            for key in timed:
                if str(key) in saved[name]:
                    timed[key].restore(saved[name][str(key)])
        for key, spike in self.spikes.items():
            if key in saved["spikes"]:
                spike.need, spike.total = saved["spikes"][key]
        for side, extremes in self.extremes.items():
            if side in saved["extremes"]:
                extremes.restore(saved["extremes"][side])
        for key, feature in self.features().items():
            if key in saved["features"]:
                feature.restore(saved["features"][key])
        self.stretch = self.times.at(max(self.clock, 0))
        self.unopened = True
        self.refresh()
