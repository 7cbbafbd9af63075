"""The simulated feed: a seeded random walk of each instrument. Every update says SIMULATED.

Belongs here: the walk. Keep out: files (replay.py), anything that could be mistaken for a market.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence

from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass, Instrument
from liquidity_platform.realtime.feeds.contract import Deliver, FeedHealth, RawUpdate, now_us
from liquidity_platform.realtime.ticks import TickFlags

_SIMULATED, _AFTER_GAP = int(TickFlags.SIMULATED), int(TickFlags.AFTER_GAP)
_STARTS = {
    "fut.es": 4500.0, "fut.nq": 15_500.0, "fut.ym": 35_000.0, "fut.cl": 80.0, "fut.gc": 1950.0, "idx.spx": 4490.0,
    "idx.ndx": 15_450.0, "idx.rut": 1900.0, "idx.vix": 15.0, "int.tick": 0.0, "int.add": 0.0, "int.trin": 1.0,
}  # fmt: skip
_SLICE = 256


class SimulatedFeed:
    """Updates of `instruments` in turn, `rate` a second in all (0: unpaced), from one seed.

    `start` (us UTC) sets the first event; None is now. With `count` it ends after so many, else never. Same seed,
    start, rate and instruments: same updates. Unpaced, events are a millisecond apart.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument] = tuple(line for line in INSTRUMENTS.values() if line.feed_symbol),
        seed: int = 1,
        rate: float = 20.0,
        start: int | None = None,
        count: int | None = None,
    ) -> None:
        self._lines, self._seed, self._rate, self._start, self._count = instruments, seed, rate, start, count
        self._since: int | None = None
        self._last: int | None = None
        self._running = False

    def updates(self) -> Iterator[RawUpdate]:
        """The updates, unpaced, on their own clock."""
        draw = random.Random(self._seed)
        start = self._start if self._start is not None else now_us()
        step = 1_000_000 / self._rate if self._rate else 1_000.0
        prices, volumes = {line.id: _first(line) for line in self._lines}, dict[str, float]()
        for number in itertools.count() if self._count is None else range(self._count):
            line = self._lines[number % len(self._lines)]
            price = prices[line.id] = _next(line, prices[line.id], draw)
            flags = _SIMULATED if line.id in volumes else _SIMULATED | _AFTER_GAP
            traded = draw.randint(1, 9) if line.asset_class not in (AssetClass.INDEX, AssetClass.INTERNAL) else 0
            volumes[line.id] = volumes.get(line.id, 0.0) + traded
            at, tick = start + round(number * step), float(line.tick_size or 0)
            bid, ask = (price - tick, price + tick) if traded else (None, None)
            yield RawUpdate(line.id, at, at, True, price, None, volumes[line.id], bid, ask, flags=flags)

    async def run(self, deliver: Deliver) -> None:
        """See Feed."""
        self._since, self._running, started = now_us(), True, time.monotonic()
        try:
            for number, update in enumerate(self.updates()):
                if self._rate and (wait := started + number / self._rate - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
                self._last = update.event_at
                deliver(update)
        finally:
            self._since, self._running = now_us(), False

    def health(self) -> FeedHealth:
        """See Feed."""
        return FeedHealth(
            feed="sim", connected=self._running, since=self._since, last_frame=self._last, last_tick=self._last,
            warnings=("the data is simulated",), reason=None if self._running else "stopped",
        )  # fmt: skip


def _first(line: Instrument) -> float:
    return _STARTS.get(line.id, 100.0)


def _next(line: Instrument, price: float, draw: random.Random) -> float:
    """One step of the walk, on the instrument's own grid; internals are pulled back to their middle."""
    tick = float(line.tick_size or 0.01)
    if line.asset_class is AssetClass.INTERNAL:
        middle, width = (1.0, 0.02) if line.symbol == "TRIN" else (0.0, 40.0)
        moved = middle + (price - middle) * 0.98 + draw.gauss(0, width)
        return max(tick, round(moved / tick) * tick) if middle else round(moved / tick) * tick
    steps = draw.choice((-2, -1, -1, 0, 0, 0, 1, 1, 2))
    return round(max(tick, price + steps * tick), 10)
