"""WHAT we watch: every traded thing, one line each. Adding an instrument is adding a line.

Ids read `<class>.<symbol>`: `fut.es`, `etf.spy`. Multiplier: value of one point, in the currency (futures contracts;
1 for what trades by the unit). Sources: finance guide 4.9 for futures, exchanges' contract pages.
Belongs here: the list and the checks made when it is imported. Keep out: sessions' hours, prices, universes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
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
    """One instrument. `feed_symbol` is the live feed's; `zone` is that of its trading day."""

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


def _d(text: str) -> Decimal:
    return Decimal(text)


_CENT = Decimal("0.01")
_future = partial(Instrument, asset_class=AssetClass.FUTURE, zone="America/Chicago")
_index = partial(Instrument, asset_class=AssetClass.INDEX, session_calendar="XNYS", tick_size=_CENT)
_internal = partial(Instrument, asset_class=AssetClass.INTERNAL, exchange="NYSE", session_calendar="XNYS")
_etf = partial(Instrument, asset_class=AssetClass.ETF, session_calendar="XNYS", tick_size=_CENT)
_equity = partial(
    Instrument, asset_class=AssetClass.EQUITY, exchange="XNAS", session_calendar="XNYS", tick_size=_CENT
)
_crypto = partial(
    Instrument, asset_class=AssetClass.CRYPTO, exchange="composite", session_calendar="24/7", tick_size=_CENT, zone="UTC"
)

# fmt: off
INSTRUMENTS = index_instruments([
    _future("fut.es", "ES", "E-mini S&P 500", exchange="XCME", session_calendar="CME_EQ", tick_size=_d("0.25"), multiplier=_d("50"), feed_symbol="/ES"),
    _future("fut.nq", "NQ", "E-mini Nasdaq-100", exchange="XCME", session_calendar="CME_EQ", tick_size=_d("0.25"), multiplier=_d("20"), feed_symbol="/NQ"),
    _future("fut.ym", "YM", "E-mini Dow", exchange="XCBT", session_calendar="CME_EQ", tick_size=_d("1"), multiplier=_d("5"), feed_symbol="/YM"),
    _future("fut.cl", "CL", "WTI crude oil", exchange="XNYM", session_calendar="CME_NYM", tick_size=_d("0.01"), multiplier=_d("1000"), feed_symbol="/CL"),
    _future("fut.gc", "GC", "Gold", exchange="XCEC", session_calendar="CME_NYM", tick_size=_d("0.1"), multiplier=_d("100"), feed_symbol="/GC"),
    _index("idx.spx", "SPX", "S&P 500", exchange="XCBO", feed_symbol="$SPX"),
    _index("idx.ndx", "NDX", "Nasdaq-100", exchange="XNAS", feed_symbol="$NDX"),
    _index("idx.rut", "RUT", "Russell 2000", exchange="XCBO", feed_symbol="$RUT"),
    _index("idx.vix", "VIX", "Cboe Volatility Index", exchange="XCBO", feed_symbol="$VIX"),
    _index("idx.dxy", "DXY", "US Dollar Index", exchange="IFUS"),
    _index("idx.move", "MOVE", "ICE BofA MOVE Index", exchange="ICE"),
    _internal("int.tick", "TICK", "NYSE upticks less downticks", tick_size=_d("1"), feed_symbol="$TICK"),
    _internal("int.add", "ADD", "NYSE advances less declines", tick_size=_d("1"), feed_symbol="$ADD"),
    _internal("int.trin", "TRIN", "NYSE Arms index", tick_size=_d("0.01"), feed_symbol="$TRIN"),
    _etf("etf.spy", "SPY", "SPDR S&P 500 ETF", exchange="ARCX"),
    _etf("etf.qqq", "QQQ", "Invesco QQQ", exchange="XNAS"),
    _etf("etf.iwm", "IWM", "iShares Russell 2000 ETF", exchange="ARCX"),
    _etf("etf.tlt", "TLT", "iShares 20+ Year Treasury ETF", exchange="XNAS"),
    _etf("etf.shy", "SHY", "iShares 1-3 Year Treasury ETF", exchange="XNAS"),
    _etf("etf.hyg", "HYG", "iShares High Yield Corporate ETF", exchange="ARCX"),
    _etf("etf.lqd", "LQD", "iShares Investment Grade Corporate ETF", exchange="ARCX"),
    _etf("etf.gld", "GLD", "SPDR Gold Shares", exchange="ARCX"),
    _etf("etf.uup", "UUP", "Invesco DB US Dollar Bullish", exchange="ARCX"),
    _equity("eq.aapl", "AAPL", "Apple"),
    _equity("eq.msft", "MSFT", "Microsoft"),
    _equity("eq.nvda", "NVDA", "NVIDIA"),
    _equity("eq.amzn", "AMZN", "Amazon"),
    _equity("eq.googl", "GOOGL", "Alphabet A"),
    _equity("eq.meta", "META", "Meta Platforms"),
    _equity("eq.tsla", "TSLA", "Tesla"),
    _crypto("crypto.btc", "BTC-USD", "Bitcoin"),
    _crypto("crypto.eth", "ETH-USD", "Ether"),
])
# fmt: on
