"""The list of instruments and the universes made of them: what is refused, what is there, what Yahoo calls it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass, find_instrument, index_instruments
from liquidity_platform.catalog.universes import FIRST, MEMBERS, Member, index_members
from liquidity_platform.core.errors import CatalogError

SPY = INSTRUMENTS["etf.spy"]


def members(universe: str) -> list[str]:
    return [member.instrument for member in MEMBERS if member.universe == universe]


def test_the_watch_list_is_there() -> None:
    assert len(INSTRUMENTS) >= 150
    sizes = {name: len(members(name)) for name in {member.universe for member in MEMBERS}}
    assert (sizes["etf_core"], sizes["us_large_30"], sizes["crypto_10"]) == (30, 30, 10)
    assert {"quantum", "defence", "consumer", "ai_infrastructure", "data_centre_warehouse_reits", "fusion_energy"} <= {
        *sizes
    }
    assert {INSTRUMENTS[name].asset_class for name in members("us_large_30")} == {AssetClass.EQUITY}
    feeds = [INSTRUMENTS[name].feed_symbol for name in members("sidecar")]
    assert feeds == "/ES /NQ /YM /CL /GC $SPX $NDX $RUT $VIX $TICK $ADD $TRIN".split()  # noqa: SIM905


def test_a_symbol_names_one_instrument_and_finds_it() -> None:
    symbols = [line.symbol for line in INSTRUMENTS.values()]
    assert len(set(symbols)) == len(symbols)
    assert find_instrument("brk.b").id == "eq.brk_b"
    assert find_instrument("$SPX").id == "idx.spx"


@pytest.mark.parametrize(
    ("name", "yahoo"),
    [
        ("fut.es", "ES=F"), ("idx.spx", "^GSPC"), ("idx.vix", "^VIX"), ("idx.dxy", "DX-Y.NYB"), ("idx.move", "^MOVE"),
        ("etf.spy", "SPY"), ("eq.aapl", "AAPL"), ("eq.brk_b", "BRK-B"), ("crypto.btc", "BTC-USD"), ("int.tick", None),
    ],
)  # fmt: skip
def test_yahoo_has_names_of_its_own_and_no_market_internals(name: str, yahoo: str | None) -> None:
    assert INSTRUMENTS[name].yahoo_symbol == yahoo


def test_no_index_is_asked_for_under_a_stock_s_ticker() -> None:
    """The plain ticker MOVE is a stock."""
    for line in INSTRUMENTS.values():
        if line.asset_class is AssetClass.INDEX:
            assert line.yahoo_symbol is not None
            assert line.yahoo_symbol.startswith("^") or line.yahoo_symbol == "DX-Y.NYB", line.id


def test_two_instruments_under_one_name_at_yahoo_stop_and_are_named() -> None:
    with pytest.raises(CatalogError, match=r"instrument etf\.again: SPY is etf\.spy at Yahoo"):
        index_instruments([SPY, replace(SPY, id="etf.again")])


def test_nothing_is_claimed_before_the_day_of_its_declaration() -> None:
    assert {member.since for member in MEMBERS} == {date(2026, 11, 21)}
    assert {member.known_from for member in MEMBERS} == {FIRST}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"instrument": "etf.nope"}, "universe test etf.nope: no such instrument"),
        ({"since": date(2020, 1, 1)}, "universe test etf.spy: backdated, 2020-01-01 lies before 2026-11-21"),
        ({"until": date(2026, 11, 20)}, "universe test etf.spy: ends 2026-11-20, before it begins"),
    ],
)
def test_a_claim_that_contradicts_itself_stops_with_its_name(wrong: dict[str, object], says: str) -> None:
    good = Member("test", "etf.spy", date(2026, 11, 21), FIRST)
    with pytest.raises(CatalogError) as error:
        index_members([replace(good, **wrong)])  # type: ignore[arg-type]
    assert str(error.value) == says


def test_a_member_that_leaves_gets_a_second_line_and_no_third_like_it() -> None:
    joined = Member("test", "etf.spy", date(2026, 11, 21), FIRST)
    left = replace(joined, known_from=FIRST + timedelta(days=90), until=date(2027, 2, 19))
    assert index_members([joined, left]) == (joined, left)
    with pytest.raises(CatalogError, match="declared twice"):
        index_members([joined, left, left])


def test_a_later_line_without_a_first_one_is_backdated() -> None:
    late = Member("test", "etf.spy", date(2026, 11, 21), datetime(2027, 2, 19, tzinfo=UTC), date(2027, 2, 19))
    with pytest.raises(CatalogError, match="backdated"):
        index_members([late])
