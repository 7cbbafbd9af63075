"""Named lists of instruments, as bitemporal declarations: a member, its days, and since when that is claimed.

A membership is claimed from the day it is declared and never backdated: what the largest names are today says nothing
about whose prices a backtest may look at in 2020. A member that leaves keeps its line and gets another one, with
`until` and a later `known_from`. Belongs here: the lists and the checks made when they are imported. Keep out: how they
reach the warehouse (automation/universes.py), index constituents of a publisher.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Member:
    """One claim: `instrument` belongs to `universe` from the day `since` until the day before `until` (None: open).

    `known_from` (aware) is the instant of the declaration; `since` never lies before its day.
    """

    universe: str
    instrument: str
    since: date
    known_from: datetime
    until: date | None = None


def index_members(members: Iterable[Member]) -> tuple[Member, ...]:
    """The claims, checked. Raises CatalogError naming the first that contradicts itself or another."""
    said: set[tuple[str, str, date, datetime]] = set()
    kept = tuple(members)
    for member in kept:
        name = f"{member.universe} {member.instrument}"
        if member.instrument not in INSTRUMENTS:
            raise CatalogError(f"universe {name}: no such instrument")
        first = (member.universe, member.instrument, member.since)
        if (*first, member.known_from) in said:
            raise CatalogError(f"universe {name}: declared twice")
        again = any(key[:3] == first and key[3] < member.known_from for key in said)
        if not again and member.since < member.known_from.date():
            raise CatalogError(f"universe {name}: backdated, {member.since} lies before {member.known_from.date()}")
        if member.until is not None and member.until < member.since:
            raise CatalogError(f"universe {name}: ends {member.until}, before it begins")
        said.add((*first, member.known_from))
    return kept


def _declared(universe: str, instruments: Sequence[str], known_from: datetime) -> list[Member]:
    return [Member(universe, name, known_from.date(), known_from) for name in instruments]


def _ids(kind: str, symbols: str) -> list[str]:
    return [f"{kind}.{symbol.lower().replace('.', '_')}" for symbol in symbols.split()]


FIRST = datetime(2026, 11, 21, 18, tzinfo=UTC)

# fmt: off
MEMBERS = index_members([
    *_declared("etf_core", _ids("etf",
        "SPY IVV VOO VTI QQQ VUG VEA IEFA VTV BND AGG GLD IWF VXUS VGT IEMG VWO IJH VIG VO XLK IJR RSP ITOT BNDX SCHD "
        "IWM EFA IBIT IWD"), FIRST),
    *_declared("us_large_30", _ids("eq",
        "NVDA MSFT AAPL AMZN GOOGL META AVGO TSLA BRK.B JPM WMT LLY ORCL V MA XOM NFLX JNJ COST ABBV PLTR HD BAC PG GE "
        "CVX KO UNH CSCO AMD"), FIRST),
    *_declared("quantum", ["etf.qtum", *_ids("eq", "IONQ RGTI QBTS QUBT IBM HON")], FIRST),
    *_declared("defence", ["etf.ita", *_ids("eq", "LMT RTX NOC GD LHX HII BA KTOS AVAV LDOS RKLB")], FIRST),
    *_declared("consumer", _ids("eq",
        "MCD SBUX NKE CMG LULU DECK CELH ELF DIS PEP TGT BKNG ABNB UBER MELI DASH SPOT"), FIRST),
    *_declared("ai_infrastructure", ["etf.smh", *_ids("eq",
        "TSM ASML ARM MU MRVL INTC QCOM TXN AMAT LRCX KLAC SMCI DELL ANET VRT CRWV NBIS APLD SNOW NET CRWD NOW CRM "
        "ADBE GEV CEG VST ETN PWR OKLO SMR CCJ")], FIRST),
    *_declared("data_centre_warehouse_reits", ["etf.srvr", "etf.dtcr", "etf.inds", *_ids("eq",
        "EQIX DLR IRM AMT PLD REXR STAG EGP FR TRNO")], FIRST),
    *_declared("fusion_energy", _ids("etf", "NLR URA URNM NUKZ ICLN TAN XOP XLE"), FIRST),
    *_declared("crypto_10", _ids("crypto", "BTC ETH XRP BNB SOL TRX DOGE ADA LINK BCH"), FIRST),
    *_declared("sidecar", [line.id for line in INSTRUMENTS.values() if line.feed_symbol], FIRST),
])
# fmt: on
