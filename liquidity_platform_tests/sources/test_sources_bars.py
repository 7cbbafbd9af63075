"""Bars: what a folder's files and Yahoo's charts say, and what is proposed about it."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loopback_publisher import Answer, Desk, Publisher

from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass, Instrument
from liquidity_platform.core.errors import CatalogError, SourceChanged, SourceMissing, SourceRejected
from liquidity_platform.core.facts import PARSED_ACTIONS, PARSED_BARS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.bar_fetching import open_bar_fetcher, usual_listings
from liquidity_platform.sources.bars import propose_bars
from liquidity_platform.sources.contract import BarFeed, Listing, Quotes
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import PROVIDERS, check_bars, check_sources, listings

KOREAN = Instrument(
    "etf.411060", "411060", "KRX gold", AssetClass.ETF, "XKRX", "XKRX", None, currency="KRW", zone="Asia/Seoul",
    yahoo="411060.KS",
)  # fmt: skip
HEADER = "date,open,high,low,close,volume\n"
YEARS = Window(2026, 2026)


def feed(name: str) -> BarFeed:
    found = PROVIDERS[name].bars
    assert found is not None
    return found


def listed(name: str, instrument: str | Instrument) -> Listing:
    line = INSTRUMENTS[instrument] if isinstance(instrument, str) else instrument
    (listing,) = listings(PROVIDERS[name], [line])
    return listing


def from_file(text: str, instrument: str = "etf.spy") -> Quotes:
    return feed("ohlcv").parse(text.encode(), listed("ohlcv", instrument))


def chart(**changes: Any) -> bytes:
    """Apple around its split of 2020-08-31 (four for one) and its dividend of 0.82 on 2020-08-07, as Yahoo writes it
    afterwards: prices and the dividend divided by four, volumes multiplied. Composed, not recorded."""
    days = [date(2020, 8, 6), date(2020, 8, 7), date(2020, 8, 28), date(2020, 8, 31)]
    stamps = [int(datetime(day.year, day.month, day.day, 13, 30, tzinfo=UTC).timestamp()) for day in days]
    # closes of 455.61, 444.45 and 499.23 before the split, as numbers of 32 bits
    closes = [113.90249633789062, 111.11250305175781, 124.80750274658203, 129.0399932861328]
    result = {
        "meta": {"symbol": "AAPL", "currency": "USD", "dataGranularity": "1d",
                 "exchangeTimezoneName": "America/New_York"},
        "timestamp": stamps,
        "events": {"splits": {str(stamps[3]): {"date": stamps[3], "numerator": 4, "denominator": 1}},
                   "dividends": {str(stamps[1]): {"date": stamps[1], "amount": 0.205}}},
        "indicators": {"quote": [dict.fromkeys(("open", "high", "low", "close"), closes)
                                 | {"volume": [202428800, 198045600, 187151600, 225702700]}]},
    }  # fmt: skip
    for name, value in changes.items():
        result["meta" if name in result["meta"] else name] = (  # type: ignore[index]
            {**result["meta"], name: value} if name in result["meta"] else value  # type: ignore[dict-item, operator]
        )
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def test_every_recorded_file_is_read_whole_and_nothing_is_invented(recorded: Path) -> None:
    read = 0
    for listing in listings(PROVIDERS["ohlcv"], INSTRUMENTS.values()):
        path = recorded / "ohlcv" / f"{listing.code}.csv"
        if not path.exists():
            continue
        quotes = feed("ohlcv").parse(path.read_bytes(), listing)
        lines = list(csv.DictReader(path.read_text().splitlines()))
        assert quotes.bars.schema == pl.Schema(PARSED_BARS)
        assert quotes.actions.equals(pl.DataFrame(schema=PARSED_ACTIONS))
        assert [bar["close"] for bar in quotes.bars.to_dicts()] == [float(line["close"]) for line in lines]
        days = quotes.bars["bar_start"].dt.convert_time_zone(listing.instrument.zone)
        assert [day.isoformat()[:19] for day in days] == [f"{line['date']}T00:00:00" for line in lines]
        read += 1
    assert read == 23


def test_an_index_has_no_volume_and_a_share_may_have_one_of_zero() -> None:
    rows = HEADER + "2026-06-04,1,1,1,1,0\n2026-06-05,1,1,1,1,7\n"
    assert from_file(rows, "idx.vix").bars["volume"].to_list() == [None, 7.0]
    assert from_file(rows).bars["volume"].to_list() == [0.0, 7.0]


def test_a_close_alone_leaves_the_other_prices_null_and_a_row_without_price_is_no_bar() -> None:
    quotes = from_file("date,close\n2026-06-04,120.21\n2026-06-05,\n", "idx.move")
    assert quotes.bars.drop("bar_start").rows() == [("1d", None, None, None, 120.21, None)]
    assert quotes.blanks == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("<html>sign in</html>", "web page"),
        ("day,price\n2026-06-05,1\n", "first line"),
        (HEADER, "no bars"),
        (HEADER + "2026-06-05,1,1,1,x,1\n", "no day and 5 numbers"),
        (HEADER + "06/05/2026,1,1,1,1,1\n", "no day and 5 numbers"),
        (HEADER + "2026-06-05,1,1,1,1,-1\n", "volume is negative"),
        (HEADER + "2026-06-05,1,inf,1,1,1\n", "no number"),
        (HEADER + "2026-06-05,1,1,1,1,1\n2026-06-05,2,2,2,2,1\n", "more than once"),
        (HEADER + "2099-06-05,1,1,1,1,1\n", "outside"),
    ],
)
def test_a_strange_file_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(SourceChanged, match=says) as refused:
        from_file(text)
    assert str(refused.value).startswith("ohlcv SPY (etf.spy): ")


def test_a_recorded_chart_of_yahoo_is_read_day_by_day(recorded: Path) -> None:
    body = (recorded / "api_samples" / "yahoo_chart_v8_411060.KS_daily.json").read_bytes()
    quotes = feed("yahoo").parse(body, listed("yahoo", KOREAN))
    quoted = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0]
    assert quotes.blanks == 21
    assert quotes.bars["close"].to_list() == [close for close in quoted["close"] if close is not None]
    assert quotes.bars["volume"].sum() == sum(volume for volume in quoted["volume"] if volume is not None)
    first, last = quotes.bars.row(0, named=True), quotes.bars.row(-1, named=True)
    assert (first["bar_start"], first["open"], first["high"]) == (datetime(2021, 12, 22, 15, tzinfo=UTC), 10030, 10110)
    assert (last["bar_start"], last["close"]) == (datetime(2026, 5, 26, 15, tzinfo=UTC), 29705)


@pytest.mark.parametrize(("name", "instrument"), [("GC_F", "fut.gc"), ("DX-Y.NYB", "idx.dxy")])
def test_a_recorded_chart_in_months_is_not_taken_for_days(recorded: Path, name: str, instrument: str) -> None:
    body = (recorded / "api_samples" / f"yahoo_chart_v8_{name}_monthly_max.json").read_bytes()
    with pytest.raises(SourceChanged, match=r"its dataGranularity is '\d?\dmo', not '1d'"):
        feed("yahoo").parse(body, listed("yahoo", instrument))


def test_what_yahoo_adjusts_for_splits_is_undone() -> None:
    quotes = feed("yahoo").parse(chart(), listed("yahoo", "eq.aapl"))
    assert quotes.bars["close"].to_list() == [455.61, 444.45, 499.23, 129.04]
    assert quotes.bars["volume"].to_list() == [50607200, 49511400, 46787900, 225702700]
    assert quotes.actions.rows() == [
        ("dividend", date(2020, 8, 7), None, 0.82, "USD"), ("split", date(2020, 8, 31), 4.0, None, None),
    ]  # fmt: skip


def test_the_same_days_before_and_after_a_split_are_the_same_bars() -> None:
    after = feed("yahoo").parse(chart(), listed("yahoo", "eq.aapl")).bars.head(3)
    quote = {
        name: [455.6099853515625, 444.45001220703125, 499.2300109863281] for name in ("open", "high", "low", "close")
    }
    before = json.loads(chart())["chart"]["result"][0]
    body = chart(
        events={}, timestamp=before["timestamp"][:3],
        indicators={"quote": [quote | {"volume": [50607200, 49511400, 46787900]}]},
    )  # fmt: skip
    assert feed("yahoo").parse(body, listed("yahoo", "eq.aapl")).bars.equals(after)


def test_a_running_day_that_is_there_twice_counts_once_with_its_later_word() -> None:
    stamps = json.loads(chart())["chart"]["result"][0]["timestamp"]
    bars = feed("yahoo").parse(chart(timestamp=[*stamps[:3], stamps[2] + 60]), listed("yahoo", "eq.aapl")).bars
    assert bars.height == 3
    assert bars["close"].to_list() == [455.61, 444.45, 516.16]  # the event of the day that is no more is still to come


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"chart": {"result": null, "error": {"code": "Not Found"}}}', "not a chart"),
        (b'{"finance": {}}', "not a chart"),
        (b"<!DOCTYPE html>consent", "web page"),
        (chart(symbol="AAPL.MX"), "its symbol is 'AAPL.MX', not 'AAPL'"),
        (chart(currency="MXN"), "its currency is 'MXN', not 'USD'"),
        (chart(timestamp=[1, 2]), "differ in length"),
        (chart(exchangeTimezoneName="Mars/Olympus"), "another shape"),
        (chart(indicators={"quote": []}), "another shape"),
        (chart(events={"splits": {"1": {"date": 1, "numerator": 0, "denominator": 1}}}), "a split by"),
        (chart(events={"splits": {"1": {"date": 1, "numerator": 1, "denominator": 0}}}), "another shape"),
        (chart()[:200], "not a chart"),
    ],
)
def test_a_strange_chart_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=says):
        feed("yahoo").parse(body, listed("yahoo", "eq.aapl"))


def test_yahoo_is_asked_for_days_since_1900_with_the_symbol_escaped(
    publisher: Publisher, desk: Callable[..., Desk]
) -> None:
    publisher.answers = [Answer(200, chart())]
    (payload,) = feed("yahoo").fetch(desk(publisher.url).session, listed("yahoo", "idx.spx"), YEARS)
    assert payload.series_id == "idx.spx"
    assert publisher.paths[0].startswith("/v8/finance/chart/%5EGSPC?interval=1d&period1=-2208988800&period2=")
    assert publisher.paths[0].endswith("&events=div%2Csplits")


def proposed(tmp_path: Path, quotes: Quotes, listing: Listing, clock: Clock, adjusted: bool = False) -> Any:
    payload = Recorder(listing.source, FolderArchive(tmp_path), clock).record(b"x", listing, "test")
    return propose_bars(listing, quotes, payload, "run", clock, adjusted), payload


def test_bars_are_known_since_their_fetch_and_one_that_is_not_over_is_left_out(tmp_path: Path) -> None:
    """At 16:30 in New York the session is closed, but the day's bar is still being put right."""
    moment = datetime(2026, 6, 5, 20, 30, tzinfo=UTC)
    quotes = from_file(HEADER + "2026-06-04,1,2,0.5,1.5,7\n2026-06-05,1.5,2,1,1.123456789,7\n")
    found, payload = proposed(tmp_path, quotes, listed("ohlcv", "etf.spy"), Clock(moment))
    assert found.unfinished == 1
    assert found.bars.select("bar_start", "close", "known_basis", "source_id").rows() == [
        (datetime(2026, 6, 4, 4, tzinfo=UTC), Decimal("1.50000000"), "fetched", "ohlcv")
    ]
    assert (found.bars["known_at"] == payload.fetched_at).all()
    later, _ = proposed(tmp_path, quotes, listed("ohlcv", "etf.spy"), Clock(datetime(2026, 6, 6, 4, tzinfo=UTC)))
    assert later.unfinished == 0
    assert later.bars["close"].to_list() == [Decimal("1.50000000"), Decimal("1.12345679")]


def test_a_moved_clock_sees_no_adjusted_bar_and_no_action_after_it(tmp_path: Path) -> None:
    clock = Clock(datetime(2020, 8, 29, 12, tzinfo=UTC))
    with pytest.raises(SourceRejected, match=r"ohlcv SPY \(etf\.spy\): adjusted bars tell of later dividends"):
        proposed(tmp_path, from_file(HEADER + "2020-06-04,1,1,1,1,1\n"), listed("ohlcv", "etf.spy"), clock, True)
    listing = listed("yahoo", "eq.aapl")
    found, _ = proposed(tmp_path, feed("yahoo").parse(chart(), listing), listing, clock)
    assert found.bars.height == 3
    assert found.actions["kind"].to_list() == ["dividend"]


def test_a_folder_is_asked_for_what_it_holds_once_and_nothing_under_a_moved_clock(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    (tmp_path / "ohlcv").mkdir()
    (tmp_path / "ohlcv" / "VIX.csv").write_text("date,close\n2026-06-05,20\n")
    (tmp_path / "ohlcv" / "NOBODY.csv").write_text("date,close\n2026-06-05,20\n")
    assert [each.id for each in usual_listings(make_settings(data=str(tmp_path)))] == ["idx.vix"]
    assert usual_listings(make_settings(data=str(tmp_path), clock="2026-06-06T00:00:00Z")) == []
    assert usual_listings(make_settings(data="sample")) == []
    assert "etf.spy" in {each.id for each in usual_listings(make_settings())}
    with open_bar_fetcher(PROVIDERS["yahoo"], make_settings(data=str(tmp_path))) as fetcher:
        (payload,) = fetcher.fetch(fetcher.listing(INSTRUMENTS["idx.vix"]), YEARS)
        assert (payload.source_id, payload.request) == ("ohlcv", "files ohlcv/VIX.csv")
        with pytest.raises(SourceMissing, match=r"ohlcv SPY \(etf.spy\): no ohlcv/SPY.csv"):
            fetcher.fetch(fetcher.listing(INSTRUMENTS["etf.spy"]), YEARS)
        with pytest.raises(SourceMissing, match="ohlcv has no TICK"):
            fetcher.listing(INSTRUMENTS["int.tick"])


def test_listings_that_contradict_the_providers_are_named() -> None:
    with pytest.raises(CatalogError, match="provider 'fred' has no bars"):
        check_bars({"fred": ["etf.spy"]}, PROVIDERS)
    with pytest.raises(CatalogError, match="bars: no provider 'nowhere'"):
        check_bars({"nowhere": ["etf.spy"]}, PROVIDERS)
    spy = INSTRUMENTS["etf.spy"]
    with pytest.raises(CatalogError, match=r"instrument eq\.spy: yahoo has bars of etf\.spy under the same symbol"):
        listings(PROVIDERS["yahoo"], [spy, replace(spy, id="eq.spy")])
    from liquidity_platform.catalog.series import SERIES

    with pytest.raises(CatalogError, match="provider 'yahoo' has bars, no series"):
        check_sources([replace(SERIES["fed.total_assets"], source="yahoo")], PROVIDERS)
