"""Level-one fields: their numbers, and the merging of deltas into what is known of a key.

The first message of a key is a full image, later ones hold changed fields only; a trade at the same price has no last
price, only a new volume and time. The cache lives as long as one connection: after a reconnect what it held is old.
Belongs here: numbers of fields, merging. Keep out: frames, whether a price is plausible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.feeds.schwab.frames import Batch
from liquidity_platform.realtime.ticks import TickFlags

_LAST_MS: Final = 4_102_444_800_000  # the year 2100


@dataclass(frozen=True, slots=True)
class Layout:
    """One level-one service: which number is which field."""

    service: str
    numbers: Mapping[str, str]  # field number -> name in `Known`

    @property
    def fields(self) -> str:
        """What SUBS asks for: ascending, 0 included; another order mixes fields up at the server."""
        return ",".join(str(number) for number in sorted({0, *map(int, self.numbers)}))


FUTURES: Final = Layout(
    "LEVELONE_FUTURES",
    {
        "1": "bid", "2": "ask", "3": "price", "8": "volume", "9": "last_size",
        "10": "quote_ms", "11": "trade_ms", "12": "high", "13": "low",
    },
)  # fmt: skip
EQUITIES: Final = Layout(
    "LEVELONE_EQUITIES",
    {
        "1": "bid", "2": "ask", "3": "price", "8": "volume", "9": "last_size",
        "10": "high", "11": "low", "34": "quote_ms", "35": "trade_ms",
    },
)  # fmt: skip
LAYOUTS: Final = {layout.service: layout for layout in (FUTURES, EQUITIES)}
_OF_A_TRADE: Final = frozenset({"price", "volume", "last_size", "trade_ms"})
_INSTANTS: Final = frozenset({"quote_ms", "trade_ms"})


def layout_of(symbol: str) -> Layout:
    """The service that carries a feed symbol: futures begin with a slash."""
    return FUTURES if symbol.startswith("/") else EQUITIES


@dataclass(slots=True)
class Known:
    """What one connection has told of one key so far."""

    instrument: str
    bid: float | None = None
    ask: float | None = None
    price: float | None = None
    volume: float | None = None
    last_size: float | None = None
    high: float | None = None
    low: float | None = None
    quote_ms: int | None = None
    trade_ms: int | None = None
    delayed: bool = False


class LevelOne:
    """Merges batches into updates. `instruments`: feed symbol -> id; keys nobody asked for are counted as bad."""

    def __init__(self, instruments: Mapping[str, str]) -> None:
        self._instruments = instruments
        self._known: dict[str, Known] = {}
        self.bad = 0

    def forget(self) -> None:
        """To be called at every connect: the next message of a key is a full image, and follows a gap."""
        self._known.clear()

    @property
    def seen(self) -> frozenset[str]:
        """Symbols that have answered on this connection."""
        return frozenset(self._known)

    @property
    def delayed(self) -> tuple[str, ...]:
        """Symbols the feed calls delayed."""
        return tuple(sorted(key for key, known in self._known.items() if known.delayed))

    def merge(self, batch: Batch, received_at: int) -> list[RawUpdate]:
        """The updates of one batch, in its order; instants in microseconds UTC."""
        layout = LAYOUTS.get(batch.service)
        if layout is None:
            self.bad += 1
            return []
        updates = []
        for entry in batch.entries:
            if (update := self._merge(layout, entry, batch.at, received_at)) is not None:
                updates.append(update)
        return updates

    def _merge(self, layout: Layout, entry: dict[str, Any], frame_at: int | None, received_at: int) -> RawUpdate | None:
        key = entry["key"]
        known, flags = self._known.get(key), 0
        if known is None:
            if key not in self._instruments:
                self.bad += 1
                return None
            known = self._known[key] = Known(self._instruments[key])
            flags = int(TickFlags.AFTER_GAP)
        changed = self._take(known, layout.numbers, entry)
        if not changed:
            if flags:  # an image of nothing: the gap is still before us
                del self._known[key]
            return None
        if known.delayed:
            flags |= TickFlags.DELAYED
        trade = not changed.isdisjoint(_OF_A_TRADE)
        stamp = known.trade_ms if trade else known.quote_ms
        event_at = stamp * 1000 if stamp is not None else frame_at or received_at
        return RawUpdate(
            known.instrument, event_at, received_at, trade, known.price, None, known.volume,
            known.bid, known.ask, known.high, known.low, flags,
        )  # fmt: skip

    def _take(self, known: Known, numbers: Mapping[str, str], entry: dict[str, Any]) -> set[str]:
        changed = set()
        for number, value in entry.items():
            if (name := numbers.get(number)) is not None:
                if (not _is_instant(value)) if name in _INSTANTS else (type(value) not in (int, float)):
                    self.bad += 1
                    continue
                setattr(known, name, value if name in _INSTANTS else float(value))
                changed.add(name)
            elif number == "delayed":
                known.delayed = value is not False  # anything odd counts as not live
        return changed


def _is_instant(value: object) -> bool:
    return type(value) is int and 0 < value < _LAST_MS
