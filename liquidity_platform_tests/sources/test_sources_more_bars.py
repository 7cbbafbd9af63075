"""Providers of bars beside Yahoo, and CoinGecko's prices: recorded answers where there are any, composed ones else."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback_publisher import Answer, Desk, Publisher
from pydantic import SecretStr

from liquidity_platform.catalog.instruments import INSTRUMENTS, Instrument
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core import units as u
from liquidity_platform.core.errors import (
    LiquidityError,
    SourceChanged,
    SourceMissing,
    SourceRejected,
    SourceUnavailable,
)
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.contract import Listing, Quotes
from liquidity_platform.sources.http import Asker, HttpSession
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import PROVIDERS, listings

YEARS = Window(2026, 2026)
DOLLAR_PRICE = u.PublishedUnit("US dollars", u.Unit.USD, 1.0)
COIN = replace(SERIES["cboe.vix"], id="crypto.coin_usd", source="coingecko", code="coin", published=DOLLAR_PRICE)
TETHERED = replace(INSTRUMENTS["crypto.btc"], id="crypto.btc_usdt", symbol="BTC-USDT", currency="USDT")


def listed(name: str, instrument: str | Instrument) -> Listing:
    (listing,) = listings(PROVIDERS[name], [INSTRUMENTS[instrument] if isinstance(instrument, str) else instrument])
    return listing


def parse(name: str, body: bytes, instrument: str | Instrument) -> Quotes:
    feed = PROVIDERS[name].bars
    assert feed is not None
    return feed.parse(body, listed(name, instrument))


@pytest.fixture
def aggregates(recorded: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        (recorded / "api_samples" / "polygon_v2_aggs_AAPL_range_1_day.json").read_text()
    )
    return answer


def test_polygon_s_recorded_answer_is_adjusted_and_is_not_taken_for_prices_as_traded(
    aggregates: dict[str, Any],
) -> None:
    with pytest.raises(SourceChanged, match=r"polygon AAPL .*the prices are adjusted"):
        parse("polygon", json.dumps(aggregates).encode(), "eq.aapl")


def test_polygon_s_days_are_those_of_new_york_on_both_sides_of_summer_time(aggregates: dict[str, Any]) -> None:
    """The recorded rows, said to be as traded: 2005-04-01 before and 2005-04-04 after the clocks changed."""
    bars = parse("polygon", json.dumps({**aggregates, "adjusted": False}).encode(), "eq.aapl").bars
    assert bars.rows() == [
        ("1d", datetime(2005, 4, 1, 5, tzinfo=UTC), 1.5032, 1.5064, 1.4489, 1.4604, 642646396.0),
        ("1d", datetime(2005, 4, 4, 4, tzinfo=UTC), 1.4639, 1.4754, 1.4343, 1.4675, 578172308.0),
    ]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"status": "ERROR"}, SourceChanged, "status 'ERROR'"),
        ({"ticker": "AAP"}, SourceChanged, "for 'AAP'"),
        ({"next_url": "https://api.polygon.io/x?cursor=1"}, SourceChanged, "another page"),
        ({"results": []}, SourceMissing, "no bars there"),
        ({"results": [{"t": 1}]}, SourceChanged, "another shape"),
    ],
)
def test_a_strange_answer_of_polygon_is_an_error_of_its_kind(
    aggregates: dict[str, Any], changes: dict[str, Any], error: type[LiquidityError], says: str
) -> None:
    with pytest.raises(error, match=says):
        parse("polygon", json.dumps({**aggregates, "adjusted": False, **changes}).encode(), "eq.aapl")


def test_alpha_vantage_s_recorded_minutes_are_read_in_new_york_time(recorded: Path) -> None:
    body = (recorded / "api_samples" / "alphavantage_time_series.json").read_bytes()
    bars = parse("alpha_vantage", body, "eq.msft").bars
    said = json.loads(body)["Time Series (1min)"]
    assert bars.height == len(said)
    assert bars["close"].to_list() == [float(said[when]["4. close"]) for when in sorted(said)]
    assert bars["bar_start"].is_sorted()
    assert bars.row(-1) == ("1m", datetime(2017, 12, 18, 19, 56, tzinfo=UTC), 86.49, 86.5, 86.475, 86.5, 10494.0)
    with pytest.raises(SourceChanged, match="its symbol is 'MSFT', not 'AAPL'"):
        parse("alpha_vantage", body, "eq.aapl")


def test_alpha_vantage_s_days_are_days_of_new_york(recorded: Path) -> None:
    """The recorded answer made daily: its form is that of the minutes, its keys are days."""
    answer = json.loads((recorded / "api_samples" / "alphavantage_time_series.json").read_text())
    minutes = answer.pop("Time Series (1min)")
    days = {"2017-12-18": minutes["2017-12-18 14:56:00"], "2017-07-03": minutes["2017-12-18 14:55:00"]}
    bars = parse("alpha_vantage", json.dumps({**answer, "Time Series (Daily)": days}).encode(), "eq.msft").bars
    assert bars["interval"].to_list() == ["1d", "1d"]
    assert bars["bar_start"].to_list() == [datetime(2017, 7, 3, 4, tzinfo=UTC), datetime(2017, 12, 18, 5, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"Note": "Thank you for using SECRETKEY! Our standard API call frequency is 5 calls"}, SourceUnavailable),
        ({"Information": "We have detected your API key as SECRETKEY and our limit is 25"}, SourceUnavailable),
        ({"Error Message": "the parameter apikey SECRETKEY is invalid or missing"}, SourceRejected),
        ({"Error Message": "Invalid API call. Please retry (SECRETKEY)"}, SourceMissing),
        ({"SECRETKEY": {}}, SourceChanged),
        (["SECRETKEY"], SourceChanged),
    ],
)
def test_an_answer_of_alpha_vantage_without_data_is_an_error_of_its_kind_and_never_shows_the_key(
    answer: object, error: type[LiquidityError]
) -> None:
    with pytest.raises(error) as refused:
        parse("alpha_vantage", json.dumps(answer).encode(), "eq.msft")
    assert type(refused.value) is error
    assert "SECRETKEY" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (
            "polygon",
            "/v2/aggs/ticker/AAPL/range/1/day/2003-09-10/20..-..-..?adjusted=false&sort=asc&limit=50000&apiKey=k1",
        ),
        ("alpha_vantage", "/query?function=TIME_SERIES_DAILY&symbol=AAPL&outputsize=compact&apikey=k1"),
    ],
)
def test_a_keyed_provider_asks_with_its_key_and_archives_the_request_without(
    publisher: Publisher, make_settings: Callable[..., Settings], tmp_path: Path, name: str, asked: str
) -> None:
    publisher.answers = [Answer(200, b"{}")]
    provider = PROVIDERS[name]
    assert provider.bars is not None
    given = {name: SourceSettings(base_url=publisher.url, api_key=SecretStr("k1"))}
    with Asker(provider, make_settings(sources=given), sleep=lambda _: None) as asker:
        session = HttpSession(asker, name, FolderArchive(tmp_path / "archive"), Clock())
        (payload,) = provider.bars.fetch(session, listed(name, "eq.aapl"), YEARS)
    assert re.fullmatch(asked.replace("?", r"\?"), publisher.paths[0])
    assert "k1" not in payload.request


def test_coingecko_s_recorded_day_has_one_close_the_last_price_before_midnight(recorded: Path) -> None:
    body = (recorded / "api_samples" / "coingecko_market_chart.json").read_bytes()
    frame = PROVIDERS["coingecko"].parse(body, COIN)
    points = [(datetime.fromtimestamp(stamp / 1000, UTC), price) for stamp, price in json.loads(body)["prices"]]
    before = [price for at, price in points if at <= datetime(2023, 3, 15, tzinfo=UTC)]
    assert points[-1][0] > datetime(2023, 3, 15, tzinfo=UTC)
    assert frame.rows() == [(date(2023, 3, 14), before[-1])]


def test_a_daily_point_of_coingecko_closes_the_day_before_and_today_s_is_no_close() -> None:
    midnight = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp() * 1000)
    prices = [[midnight, 1.5], [midnight + 86_400_000, None], [midnight + 90_000_000, 3.0]]
    frame = PROVIDERS["coingecko"].parse(json.dumps({"prices": prices}).encode(), COIN)
    assert frame.rows() == [(date(2026, 6, 30), 1.5), (date(2026, 7, 1), None)]


@pytest.mark.parametrize(
    "body", [b'{"error": "coin not found"}', b"[]", b'{"prices": [[2, 1], [1, 1]]}', b'{"prices": []}']
)
def test_a_strange_market_chart_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match=r"coingecko coin \(crypto\.coin_usd\): "):
        PROVIDERS["coingecko"].parse(body, COIN)


def kline(day: int, close: str = "4.0") -> list[Any]:
    """A row in the form of the publisher's documentation; composed."""
    start = 1_499_990_400_000 + day * 86_400_000
    return [start, "1.0", "5.0", "0.5", close, "148.9", start + 86_399_999, "2434.1", 308, "1756.8", "28.4", "0"]


def test_binance_s_rows_are_utc_days_in_tether_and_never_in_dollars() -> None:
    bars = parse("binance", json.dumps([kline(0), kline(1)]).encode(), TETHERED).bars
    assert bars.row(0) == ("1d", datetime(2017, 7, 14, tzinfo=UTC), 1.0, 5.0, 0.5, 4.0, 148.9)
    assert listings(PROVIDERS["binance"], INSTRUMENTS.values()) == []
    weekly = [*kline(0)[:6], kline(6)[6], *kline(0)[7:]]
    with pytest.raises(SourceChanged, match="not of one day"):
        parse("binance", json.dumps([weekly]).encode(), TETHERED)
    with pytest.raises(SourceChanged, match="not rows of klines"):
        parse("binance", b'{"code": -1121, "msg": "Invalid symbol."}', TETHERED)


def test_binance_is_asked_page_by_page_until_one_is_not_full(publisher: Publisher, desk: Callable[..., Desk]) -> None:
    full = json.dumps([kline(day) for day in range(1000)]).encode()
    feed = PROVIDERS["binance"].bars
    assert feed is not None
    for last, pages in ((json.dumps([kline(1000)]).encode(), 2), (b"[]", 1)):
        publisher.answers, publisher.paths = [Answer(200, full), Answer(200, last)], []
        assert len(feed.fetch(desk(publisher.url).session, listed("binance", TETHERED), YEARS)) == pages
        assert [path.split("startTime=")[1].split("&")[0] for path in publisher.paths] == [
            "1499990400000", str(kline(1000)[0]),
        ]  # fmt: skip


def test_a_provider_of_bars_only_says_that_it_has_no_series(tmp_path: Path) -> None:
    line = replace(SERIES["cboe.vix"], source="yahoo")
    session = Recorder("yahoo", FolderArchive(tmp_path), Clock())
    with pytest.raises(SourceMissing, match="yahoo has bars, no series"):
        PROVIDERS["yahoo"].fetch(session, line, YEARS)
    with pytest.raises(SourceMissing, match="yahoo has bars, no series"):
        PROVIDERS["yahoo"].parse(b"", line)
