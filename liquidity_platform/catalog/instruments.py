"""WHAT we watch: every traded thing, one line each. Adding an instrument is adding a line.

Ids read `<class>.<symbol>`: `fut.es`, `etf.spy`, `eq.aapl`, `crypto.btc`. Multiplier: value of one point, in the
currency (futures contracts; 1 for what trades by the unit). Sources: finance guide 4.9 for futures, exchanges' contract
pages; which names are the largest is general knowledge of November 2026, not a measured ranking. Crypto assets leave
stablecoins out; the composite of many venues has no tick size of its own.
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

    `yahoo` is its symbol at Yahoo where that is another one than `symbol`; ask `yahoo_symbol`.
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

    @property
    def yahoo_symbol(self) -> str | None:
        """The symbol to ask Yahoo for; None for market internals, whose names are those of stocks there."""
        return None if self.asset_class is AssetClass.INTERNAL else self.yahoo or self.symbol


def index_instruments(lines: Sequence[Instrument]) -> Mapping[str, Instrument]:
    """Instruments by id. Raises CatalogError naming the first line that contradicts itself or another."""
    by_id: dict[str, Instrument] = {}
    feeds: dict[str, str] = {}
    at_yahoo: dict[str, str] = {}
    for line in lines:
        if line.id in by_id:
            raise CatalogError(f"instrument {line.id}: declared twice")
        if line.yahoo_symbol and at_yahoo.setdefault(line.yahoo_symbol, line.id) != line.id:
            raise CatalogError(f"instrument {line.id}: {line.yahoo_symbol} is {at_yahoo[line.yahoo_symbol]} at Yahoo")
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


def _index(symbol: str, name: str, exchange: str, yahoo: str, feed: str | None = None) -> Instrument:
    return Instrument(
        f"idx.{symbol.lower()}", symbol, name, AssetClass.INDEX, exchange, "XNYS", Decimal("0.01"), feed_symbol=feed,
        yahoo=yahoo,
    )  # fmt: skip


def _internal(symbol: str, name: str, tick: str) -> Instrument:
    return Instrument(
        f"int.{symbol.lower()}", symbol, name, AssetClass.INTERNAL, "NYSE", "XNYS", Decimal(tick),
        feed_symbol=f"${symbol}",
    )  # fmt: skip


def _etf(symbol: str, name: str, exchange: str) -> Instrument:
    return Instrument(f"etf.{symbol.lower()}", symbol, name, AssetClass.ETF, exchange, "XNYS", Decimal("0.01"))


def _equity(symbol: str, name: str, exchange: str = "XNAS") -> Instrument:
    """A share; a class after a dot (`BRK.B`) is written with a dash at Yahoo and an underscore in the id."""
    return Instrument(
        f"eq.{symbol.lower().replace('.', '_')}", symbol, name, AssetClass.EQUITY, exchange, "XNYS", Decimal("0.01"),
        yahoo=symbol.replace(".", "-") if "." in symbol else None,
    )  # fmt: skip


def _crypto(symbol: str, name: str, tick: str | None = None) -> Instrument:
    return Instrument(
        f"crypto.{symbol.split('-', 1)[0].lower()}", symbol, name, AssetClass.CRYPTO, "composite", "24/7",
        Decimal(tick) if tick else None, zone="UTC",
    )  # fmt: skip


# fmt: off
INSTRUMENTS = index_instruments([
    # what the live feed carries comes first: the sidecar numbers instruments in this order
    _future("ES", "E-mini S&P 500", "XCME", "CME_EQ", "0.25", "50"),
    _future("NQ", "E-mini Nasdaq-100", "XCME", "CME_EQ", "0.25", "20"),
    _future("YM", "E-mini Dow", "XCBT", "CME_EQ", "1", "5"),
    _future("CL", "WTI crude oil", "XNYM", "CME_NYM", "0.01", "1000"),
    _future("GC", "Gold", "XCEC", "CME_NYM", "0.1", "100"),
    _index("SPX", "S&P 500", "XCBO", "^GSPC", "$SPX"),
    _index("NDX", "Nasdaq-100", "XNAS", "^NDX", "$NDX"),
    _index("RUT", "Russell 2000", "XCBO", "^RUT", "$RUT"),
    _index("VIX", "Cboe Volatility Index", "XCBO", "^VIX", "$VIX"),
    _index("DXY", "US Dollar Index", "IFUS", "DX-Y.NYB"),
    _index("MOVE", "ICE BofA MOVE Index", "ICE", "^MOVE"),
    _index("SKEW", "Cboe SKEW Index", "XCBO", "^SKEW"),
    _index("VIX3M", "Cboe 3-Month Volatility Index", "XCBO", "^VIX3M"),
    _internal("TICK", "NYSE upticks less downticks", "1"),
    _internal("ADD", "NYSE advances less declines", "1"),
    _internal("TRIN", "NYSE Arms index", "0.01"),
    # the largest ETFs
    _etf("SPY", "SPDR S&P 500 ETF", "ARCX"),
    _etf("IVV", "iShares Core S&P 500 ETF", "ARCX"),
    _etf("VOO", "Vanguard S&P 500 ETF", "ARCX"),
    _etf("VTI", "Vanguard Total Stock Market ETF", "ARCX"),
    _etf("QQQ", "Invesco QQQ", "XNAS"),
    _etf("VUG", "Vanguard Growth ETF", "ARCX"),
    _etf("VEA", "Vanguard FTSE Developed Markets ETF", "ARCX"),
    _etf("IEFA", "iShares Core MSCI EAFE ETF", "BATS"),
    _etf("VTV", "Vanguard Value ETF", "ARCX"),
    _etf("BND", "Vanguard Total Bond Market ETF", "XNAS"),
    _etf("AGG", "iShares Core US Aggregate Bond ETF", "ARCX"),
    _etf("GLD", "SPDR Gold Shares", "ARCX"),
    _etf("IWF", "iShares Russell 1000 Growth ETF", "ARCX"),
    _etf("VXUS", "Vanguard Total International Stock ETF", "XNAS"),
    _etf("VGT", "Vanguard Information Technology ETF", "ARCX"),
    _etf("IEMG", "iShares Core MSCI Emerging Markets ETF", "ARCX"),
    _etf("VWO", "Vanguard FTSE Emerging Markets ETF", "ARCX"),
    _etf("IJH", "iShares Core S&P Mid-Cap ETF", "ARCX"),
    _etf("VIG", "Vanguard Dividend Appreciation ETF", "ARCX"),
    _etf("VO", "Vanguard Mid-Cap ETF", "ARCX"),
    _etf("XLK", "Technology Select Sector SPDR", "ARCX"),
    _etf("IJR", "iShares Core S&P Small-Cap ETF", "ARCX"),
    _etf("RSP", "Invesco S&P 500 Equal Weight ETF", "ARCX"),
    _etf("ITOT", "iShares Core S&P Total US Stock Market ETF", "ARCX"),
    _etf("BNDX", "Vanguard Total International Bond ETF", "XNAS"),
    _etf("SCHD", "Schwab US Dividend Equity ETF", "ARCX"),
    _etf("IWM", "iShares Russell 2000 ETF", "ARCX"),
    _etf("EFA", "iShares MSCI EAFE ETF", "ARCX"),
    _etf("IBIT", "iShares Bitcoin Trust ETF", "XNAS"),
    _etf("IWD", "iShares Russell 1000 Value ETF", "ARCX"),
    # rates, credit, commodities, currencies
    _etf("TLT", "iShares 20+ Year Treasury ETF", "XNAS"),
    _etf("IEF", "iShares 7-10 Year Treasury ETF", "XNAS"),
    _etf("SHY", "iShares 1-3 Year Treasury ETF", "XNAS"),
    _etf("SGOV", "iShares 0-3 Month Treasury ETF", "ARCX"),
    _etf("TIP", "iShares TIPS Bond ETF", "ARCX"),
    _etf("HYG", "iShares High Yield Corporate ETF", "ARCX"),
    _etf("LQD", "iShares Investment Grade Corporate ETF", "ARCX"),
    _etf("EMB", "iShares J.P. Morgan USD Emerging Markets Bond ETF", "XNAS"),
    _etf("UUP", "Invesco DB US Dollar Bullish", "ARCX"),
    _etf("SLV", "iShares Silver Trust", "ARCX"),
    _etf("USO", "United States Oil Fund", "ARCX"),
    # sectors and countries
    _etf("XLF", "Financial Select Sector SPDR", "ARCX"),
    _etf("XLE", "Energy Select Sector SPDR", "ARCX"),
    _etf("XLI", "Industrial Select Sector SPDR", "ARCX"),
    _etf("XLU", "Utilities Select Sector SPDR", "ARCX"),
    _etf("SMH", "VanEck Semiconductor ETF", "XNAS"),
    _etf("KRE", "SPDR S&P Regional Banking ETF", "ARCX"),
    _etf("ITA", "iShares US Aerospace & Defense ETF", "BATS"),
    _etf("EEM", "iShares MSCI Emerging Markets ETF", "ARCX"),
    # quantum computing, data centres and warehouses, nuclear and energy
    _etf("QTUM", "Defiance Quantum ETF", "XNAS"),
    _etf("SRVR", "Pacer Data & Infrastructure Real Estate ETF", "ARCX"),
    _etf("DTCR", "Global X Data Center & Digital Infrastructure ETF", "XNAS"),
    _etf("INDS", "Pacer Industrial Real Estate ETF", "ARCX"),
    _etf("VNQ", "Vanguard Real Estate ETF", "ARCX"),
    _etf("NLR", "VanEck Uranium and Nuclear ETF", "ARCX"),
    _etf("URA", "Global X Uranium ETF", "ARCX"),
    _etf("URNM", "Sprott Uranium Miners ETF", "ARCX"),
    _etf("NUKZ", "Range Nuclear Renaissance Index ETF", "ARCX"),
    _etf("ICLN", "iShares Global Clean Energy ETF", "XNAS"),
    _etf("TAN", "Invesco Solar ETF", "ARCX"),
    _etf("XOP", "SPDR S&P Oil & Gas Exploration & Production ETF", "ARCX"),
    # the largest US companies
    _equity("NVDA", "NVIDIA"),
    _equity("MSFT", "Microsoft"),
    _equity("AAPL", "Apple"),
    _equity("AMZN", "Amazon"),
    _equity("GOOGL", "Alphabet A"),
    _equity("META", "Meta Platforms"),
    _equity("AVGO", "Broadcom"),
    _equity("TSLA", "Tesla"),
    _equity("BRK.B", "Berkshire Hathaway B", "XNYS"),
    _equity("JPM", "JPMorgan Chase", "XNYS"),
    _equity("WMT", "Walmart"),
    _equity("LLY", "Eli Lilly", "XNYS"),
    _equity("ORCL", "Oracle", "XNYS"),
    _equity("V", "Visa", "XNYS"),
    _equity("MA", "Mastercard", "XNYS"),
    _equity("XOM", "Exxon Mobil", "XNYS"),
    _equity("NFLX", "Netflix"),
    _equity("JNJ", "Johnson & Johnson", "XNYS"),
    _equity("COST", "Costco"),
    _equity("ABBV", "AbbVie", "XNYS"),
    _equity("PLTR", "Palantir"),
    _equity("HD", "Home Depot", "XNYS"),
    _equity("BAC", "Bank of America", "XNYS"),
    _equity("PG", "Procter & Gamble", "XNYS"),
    _equity("GE", "GE Aerospace", "XNYS"),
    _equity("CVX", "Chevron", "XNYS"),
    _equity("KO", "Coca-Cola", "XNYS"),
    _equity("UNH", "UnitedHealth", "XNYS"),
    _equity("CSCO", "Cisco"),
    _equity("AMD", "Advanced Micro Devices"),
    # quantum computing
    _equity("IONQ", "IonQ", "XNYS"),
    _equity("RGTI", "Rigetti Computing"),
    _equity("QBTS", "D-Wave Quantum", "XNYS"),
    _equity("QUBT", "Quantum Computing Inc."),
    _equity("IBM", "IBM", "XNYS"),
    _equity("HON", "Honeywell"),
    # defence and space
    _equity("LMT", "Lockheed Martin", "XNYS"),
    _equity("RTX", "RTX", "XNYS"),
    _equity("NOC", "Northrop Grumman", "XNYS"),
    _equity("GD", "General Dynamics", "XNYS"),
    _equity("LHX", "L3Harris", "XNYS"),
    _equity("HII", "Huntington Ingalls", "XNYS"),
    _equity("BA", "Boeing", "XNYS"),
    _equity("KTOS", "Kratos Defense"),
    _equity("AVAV", "AeroVironment"),
    _equity("LDOS", "Leidos", "XNYS"),
    _equity("RKLB", "Rocket Lab"),
    # consumer
    _equity("MCD", "McDonald's", "XNYS"),
    _equity("SBUX", "Starbucks"),
    _equity("NKE", "Nike", "XNYS"),
    _equity("CMG", "Chipotle", "XNYS"),
    _equity("LULU", "Lululemon"),
    _equity("DECK", "Deckers", "XNYS"),
    _equity("CELH", "Celsius"),
    _equity("ELF", "e.l.f. Beauty", "XNYS"),
    _equity("DIS", "Disney", "XNYS"),
    _equity("PEP", "PepsiCo"),
    _equity("TGT", "Target", "XNYS"),
    _equity("BKNG", "Booking"),
    _equity("ABNB", "Airbnb"),
    _equity("UBER", "Uber", "XNYS"),
    _equity("MELI", "MercadoLibre"),
    _equity("DASH", "DoorDash"),
    _equity("SPOT", "Spotify", "XNYS"),
    # AI infrastructure: chips, machines, networks, software, power
    _equity("TSM", "TSMC, ADR", "XNYS"),
    _equity("ASML", "ASML, New York shares"),
    _equity("ARM", "Arm, ADS"),
    _equity("MU", "Micron"),
    _equity("MRVL", "Marvell"),
    _equity("INTC", "Intel"),
    _equity("QCOM", "Qualcomm"),
    _equity("TXN", "Texas Instruments"),
    _equity("AMAT", "Applied Materials"),
    _equity("LRCX", "Lam Research"),
    _equity("KLAC", "KLA"),
    _equity("SMCI", "Super Micro Computer"),
    _equity("DELL", "Dell", "XNYS"),
    _equity("ANET", "Arista Networks", "XNYS"),
    _equity("VRT", "Vertiv", "XNYS"),
    _equity("CRWV", "CoreWeave"),
    _equity("NBIS", "Nebius"),
    _equity("APLD", "Applied Digital"),
    _equity("SNOW", "Snowflake", "XNYS"),
    _equity("NET", "Cloudflare", "XNYS"),
    _equity("CRWD", "CrowdStrike"),
    _equity("NOW", "ServiceNow", "XNYS"),
    _equity("CRM", "Salesforce", "XNYS"),
    _equity("ADBE", "Adobe"),
    _equity("GEV", "GE Vernova", "XNYS"),
    _equity("CEG", "Constellation Energy"),
    _equity("VST", "Vistra", "XNYS"),
    _equity("ETN", "Eaton", "XNYS"),
    _equity("PWR", "Quanta Services", "XNYS"),
    _equity("OKLO", "Oklo", "XNYS"),
    _equity("SMR", "NuScale Power", "XNYS"),
    _equity("CCJ", "Cameco", "XNYS"),
    # data-centre and warehouse REITs
    _equity("EQIX", "Equinix"),
    _equity("DLR", "Digital Realty", "XNYS"),
    _equity("IRM", "Iron Mountain", "XNYS"),
    _equity("AMT", "American Tower", "XNYS"),
    _equity("PLD", "Prologis", "XNYS"),
    _equity("REXR", "Rexford Industrial", "XNYS"),
    _equity("STAG", "STAG Industrial", "XNYS"),
    _equity("EGP", "EastGroup Properties", "XNYS"),
    _equity("FR", "First Industrial", "XNYS"),
    _equity("TRNO", "Terreno Realty", "XNYS"),
    # crypto companies
    _equity("COIN", "Coinbase"),
    _equity("MSTR", "Strategy"),
    _equity("HOOD", "Robinhood"),
    # crypto assets
    _crypto("BTC-USD", "Bitcoin", "0.01"),
    _crypto("ETH-USD", "Ether", "0.01"),
    _crypto("XRP-USD", "XRP"),
    _crypto("BNB-USD", "BNB"),
    _crypto("SOL-USD", "Solana"),
    _crypto("TRX-USD", "TRON"),
    _crypto("DOGE-USD", "Dogecoin"),
    _crypto("ADA-USD", "Cardano"),
    _crypto("LINK-USD", "Chainlink"),
    _crypto("BCH-USD", "Bitcoin Cash"),
])
# fmt: on

# Which provider is asked for whose daily bars: an asset each. A provider without a key is asked by default.
BARS: Mapping[str, Sequence[str]] = {
    "yahoo": [line.id for line in INSTRUMENTS.values() if line.asset_class is not AssetClass.INTERNAL],
    "polygon": ["etf.spy", "etf.qqq", "eq.aapl", "eq.msft", "eq.nvda"],  # with a key: what Yahoo is checked against
}
