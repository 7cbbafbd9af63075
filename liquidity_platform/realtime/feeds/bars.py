"""A bar as the four updates it stands for, in a fixed order: the same bar always gives the same updates.

Open at the bar's start, then high and low (low first when the bar closed higher, as the way is then shorter), close
just before its end. The bar's volume goes with the close: the last thing known to have been traded.
Belongs here: that rule. Keep out: reading files or answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from liquidity_platform.realtime.feeds.contract import RawUpdate


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `at` is its start, microseconds UTC; `volume` None where unknown (0 for an index)."""

    at: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None


def updates_of(bar: Bar, length_us: int, instrument: str, received_at: int | None, flags: int) -> Iterator[RawUpdate]:
    """The bar's four updates. `received_at` None: as they happened, on the bar's own clock."""
    way = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    prices = (bar.open, *way, bar.close)
    offsets = (0, length_us // 3, 2 * length_us // 3, length_us - 1)
    for price, offset in zip(prices, offsets, strict=True):
        at = bar.at + offset
        size = bar.volume if offset == length_us - 1 and bar.volume else None
        yield RawUpdate(instrument, at, received_at or at, True, price, size, flags=flags)
