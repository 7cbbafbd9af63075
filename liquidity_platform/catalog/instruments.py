"""WHAT we watch: every traded thing, one line each. Adding an instrument is adding a line.

Ids read `<class>.<symbol>`: `fut.es`, `etf.spy`. Multiplier: value of one point, in the currency (futures contracts;
1 for what trades by the unit). Sources: finance guide 4.9 for futures, exchanges' contract pages.
Belongs here: the list and the checks made when it is imported. Keep out: sessions' hours, prices, universes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liquidity_platform.core.errors import CatalogError, UsageError


class AssetClass(StrEnum):
    """Kind of instrument."""

    FUTURE = "future"
    INDEX = "index"
    INTERNAL = "internal"  # market internals: TICK, ADD, TRIN
    ETF = "etf"
    EQUITY = "equity"
    CRYPTO = "crypto"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument. `feed_symbol` is the live feed's; `zone` is that of its trading day.

    `yahoo` is Yahoo's symbol where it differs from `symbol`.
    """

    id: str
    symbol: str
    name: str
    asset_class: AssetClass
    exchange: str
    session_calendar: str
    tick_size: Decimal | None
    multiplier: Decimal = Decimal(1)
    currency: str = "USD"
    zone: str = "America/New_York"
    feed_symbol: str | None = None
    yahoo: str | None = None


def index_instruments(lines: Sequence[Instrument]) -> Mapping[str, Instrument]:
    """Instruments by id. Raises CatalogError naming the first line that contradicts itself or another."""
    by_id: dict[str, Instrument] = {}
    feeds: dict[str, str] = {}
    for line in lines:
        if line.id in by_id:
            raise CatalogError(f"instrument {line.id}: declared twice")
        if line.multiplier <= 0 or (line.tick_size is not None and line.tick_size <= 0):
            raise CatalogError(f"instrument {line.id}: multiplier and tick size must be positive")
        try:
            ZoneInfo(line.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise CatalogError(f"instrument {line.id}: unknown zone '{line.zone}'") from None
        if line.feed_symbol in feeds:
            raise CatalogError(f"instrument {line.id}: {line.feed_symbol} already feeds {feeds[line.feed_symbol]}")
        if line.feed_symbol:
            feeds[line.feed_symbol] = line.id
        by_id[line.id] = line
    return by_id


def find_instrument(name: str) -> Instrument:
    """The instrument called `name`, by id, symbol or feed symbol (any case). Raises UsageError."""
    wanted = name.strip().lower()
    for line in INSTRUMENTS.values():
        if wanted in (line.id, line.symbol.lower(), (line.feed_symbol or "").lower()):
            return line
    raise UsageError(f"no instrument '{name}'; ids read like {next(iter(INSTRUMENTS))}")


def _future(symbol: str, name: str, exchange: str, calendar: str, tick: str, point: str) -> Instrument:
    return Instrument(
        f"fut.{symbol.lower()}", symbol, name, AssetClass.FUTURE, exchange, calendar, Decimal(tick), Decimal(point),
        zone="America/Chicago", feed_symbol=f"/{symbol}", yahoo=f"{symbol}=F",
    )  # fmt: skip


def _index(symbol: str, name: str, exchange: str, feed: str | None = None, yahoo: str | None = None) -> Instrument:
    return Instrument(
        f"idx.{symbol.lower()}", symbol, name, AssetClass.INDEX, exchange, "XNYS", Decimal("0.01"), feed_symbol=feed,
        yahoo=yahoo or f"^{symbol}",
    )  # fmt: skip


def _internal(symbol: str, name: str, tick: str) -> Instrument:
    return Instrument(
        f"int.{symbol.lower()}",
        symbol,
        name,
        AssetClass.INTERNAL,
        "NYSE",
        "XNYS",
        Decimal(tick),
        feed_symbol=f"${symbol}",
    )


def _etf(symbol: str, name: str, exchange: str) -> Instrument:
    return Instrument(f"etf.{symbol.lower()}", symbol, name, AssetClass.ETF, exchange, "XNYS", Decimal("0.01"))


def _equity(symbol: str, name: str) -> Instrument:
    return Instrument(f"eq.{symbol.lower()}", symbol, name, AssetClass.EQUITY, "XNAS", "XNYS", Decimal("0.01"))


def _crypto(symbol: str, name: str) -> Instrument:
    short = symbol.split("-", 1)[0].lower()
    return Instrument(
        f"crypto.{short}", symbol, name, AssetClass.CRYPTO, "composite", "24/7", Decimal("0.01"), zone="UTC"
    )


# fmt: off
INSTRUMENTS = index_instruments([
    _future("ES", "E-mini S&P 500", "XCME", "CME_EQ", "0.25", "50"),
    _future("NQ", "E-mini Nasdaq-100", "XCME", "CME_EQ", "0.25", "20"),
    _future("YM", "E-mini Dow", "XCBT", "CME_EQ", "1", "5"),
    _future("CL", "WTI crude oil", "XNYM", "CME_NYM", "0.01", "1000"),
    _future("GC", "Gold", "XCEC", "CME_NYM", "0.1", "100"),
    _index("SPX", "S&P 500", "XCBO", "$SPX", "^GSPC"),
    _index("NDX", "Nasdaq-100", "XNAS", "$NDX"),
    _index("RUT", "Russell 2000", "XCBO", "$RUT"),
    _index("VIX", "Cboe Volatility Index", "XCBO", "$VIX"),
    _index("DXY", "US Dollar Index", "IFUS", yahoo="DX-Y.NYB"),
    _index("MOVE", "ICE BofA MOVE Index", "ICE"),
    _internal("TICK", "NYSE upticks less downticks", "1"),
    _internal("ADD", "NYSE advances less declines", "1"),
    _internal("TRIN", "NYSE Arms index", "0.01"),
    _etf("SPY", "SPDR S&P 500 ETF", "ARCX"),
    _etf("QQQ", "Invesco QQQ", "XNAS"),
    _etf("IWM", "iShares Russell 2000 ETF", "ARCX"),
    _etf("TLT", "iShares 20+ Year Treasury ETF", "XNAS"),
    _etf("SHY", "iShares 1-3 Year Treasury ETF", "XNAS"),
    _etf("HYG", "iShares High Yield Corporate ETF", "ARCX"),
    _etf("LQD", "iShares Investment Grade Corporate ETF", "ARCX"),
    _etf("GLD", "SPDR Gold Shares", "ARCX"),
    _etf("UUP", "Invesco DB US Dollar Bullish", "ARCX"),
    _equity("AAPL", "Apple"),
    _equity("MSFT", "Microsoft"),
    _equity("NVDA", "NVIDIA"),
    _equity("AMZN", "Amazon"),
    _equity("GOOGL", "Alphabet A"),
    _equity("META", "Meta Platforms"),
    _equity("TSLA", "Tesla"),
    _crypto("BTC-USD", "Bitcoin"),
    _crypto("ETH-USD", "Ether"),
])
# fmt: on

# Which provider is asked for whose daily bars: an asset each. A provider without a key is asked by default.
BARS: Mapping[str, Sequence[str]] = {
    "yahoo": [line.id for line in INSTRUMENTS.values() if line.asset_class is not AssetClass.INTERNAL],
    "polygon": ["etf.spy", "etf.qqq", "eq.aapl", "eq.msft", "eq.nvda"],  # with a key: what Yahoo is checked against
}
