"""Filling a gap from the publisher's one-minute bars, where it serves them.

Whether futures are served is unknown: an empty answer may mean "not here" or "closed then", so the next gap is asked
about again. Bars are taken only when they lie whole inside the gap.
Belongs here: asking for bars, their shape. Keep out: turning bars into updates (bars.py), when there was a gap.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from liquidity_platform.core.errors import SourceChanged, SourceMissing
from liquidity_platform.realtime.feeds.bars import Bar, updates_of
from liquidity_platform.realtime.feeds.contract import RawUpdate, now_us
from liquidity_platform.realtime.feeds.schwab.asking import Asking
from liquidity_platform.realtime.ticks import TickFlags

MINUTE_US = 60_000_000


class History:
    """Backfills symbols (feed symbol -> instrument id)."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.without: set[str] = set()  # symbols that had nothing for the last gap
        self.filled = 0  # bars

    async def fill(self, symbols: dict[str, str], gap: tuple[int, int], put: Callable[[RawUpdate], None]) -> None:
        """The whole minutes of `gap` (microseconds UTC) of every symbol. Raises SourceError when the API is ill."""
        self.without = set()
        for symbol, instrument in symbols.items():
            try:
                bars = list(
                    self._bars(await self._asking.get("/marketdata/v1/pricehistory", _params(symbol, gap)), gap)
                )
            except (SourceMissing, SourceChanged):
                bars = []
            if not bars:
                self.without.add(symbol)
                continue
            self.filled += len(bars)
            for bar in bars:
                for update in updates_of(bar, MINUTE_US, instrument, now_us(), int(TickFlags.BACKFILLED)):
                    put(update)

    def _bars(self, tree: Any, gap: tuple[int, int]) -> Iterator[Bar]:
        candles = tree.get("candles") if isinstance(tree, dict) else None
        if not isinstance(candles, list):
            raise SourceChanged("Schwab's price history holds no candles")
        for candle in candles:
            bar = _bar(candle)
            if bar is not None and gap[0] <= bar.at and bar.at + MINUTE_US <= gap[1]:
                yield bar


def _bar(candle: Any) -> Bar | None:
    names = ("datetime", "open", "high", "low", "close", "volume")
    values = [candle.get(name) for name in names] if isinstance(candle, dict) else []
    numbers = [value for value in values if isinstance(value, int | float) and math.isfinite(value)]
    if len(numbers) != len(names):
        return None
    opened, high, low, close, volume = (float(number) for number in numbers[1:])
    return Bar(int(numbers[0]) * 1000, opened, high, low, close, volume)


def _params(symbol: str, gap: tuple[int, int]) -> dict[str, str]:
    return {
        "symbol": symbol,
        "periodType": "day",
        "frequencyType": "minute",
        "frequency": "1",
        "startDate": str(gap[0] // 1000),
        "endDate": str(gap[1] // 1000),
        "needExtendedHoursData": "true",
        "needPreviousClose": "false",
    }
