"""Loading bars: from files and from a publisher on loopback, twice, revised, refused, missing."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from liquidity_platform.automation.bar_loading import BarOutcome, load_bars
from liquidity_platform.automation.computing import compute
from liquidity_platform.automation.derived_assets import agreement
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import metrics_as_of
from liquidity_platform_tests.publishers.serving import Reply, Served

HEADER = "date,open,high,low,close,volume\n"
TWO = HEADER + "2026-06-04,1,2,0.5,1.5,7\n2026-06-05,1.5,2,1,3,7\n"
OPENED = int(datetime(2026, 6, 4, 13, 30, tzinfo=UTC).timestamp())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "ohlcv").mkdir(parents=True)
    return tmp_path / "data"


def load(warehouse: Warehouse, *ids: str, window: Window | None = None, source: str = "yahoo") -> list[BarOutcome]:
    years = window or Window.current(datetime.now(UTC))
    lines = [INSTRUMENTS[one] for one in ids]
    return load_bars(PROVIDERS[source], lines, years, warehouse, "run", lambda _: None)


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.plain_url(reader=True)) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_file_is_loaded_once_its_faults_flagged_and_its_revision_known_since_it_was_read(
    opened: Warehouse, folder: Path
) -> None:
    file = folder / "ohlcv" / "SPY.csv"
    file.write_text(TWO)
    first, missing = load(opened, "etf.spy", "etf.qqq")
    assert (first.bars, first.source, first.newest[1]) == (WriteReport(offered=2, appended=2), "ohlcv", 3.0)
    assert not first.sound.passed
    assert "1 whose high and low do not enclose" in first.sound.reason
    assert missing.failure
    assert "no ohlcv/QQQ.csv[.gz]" in missing.failure
    assert load(opened, "etf.spy")[0].bars == WriteReport(offered=2, unchanged=2)
    file.write_text(TWO.replace(",3,7", ",1.75,7"))
    assert load(opened, "etf.spy")[0].bars == WriteReport(offered=2, appended=1, revised=1, unchanged=1)
    rows = ask(opened, "SELECT source_id, interval, bar_start, close::float8, known_at = fetched_at, known_basis "
                       "FROM raw.bars ORDER BY bar_start, known_at")  # fmt: skip
    assert [row[3] for row in rows] == [1.5, 3.0, 1.75]
    assert {(*row[:2], *row[4:]) for row in rows} == {("ohlcv", "1d", True, "fetched")}
    assert rows[0][2] == datetime(2026, 6, 4, 4, tzinfo=UTC)
    assert ask(opened, "SELECT count(*) FROM raw.bars b JOIN raw.payloads USING (payload_id)") == [(3,)]


def test_a_file_that_cannot_be_read_is_held_back_and_the_others_are_loaded(opened: Warehouse, folder: Path) -> None:
    (folder / "ohlcv" / "SPY.csv").write_text("<html>")
    (folder / "ohlcv" / "QQQ.csv").write_text(TWO)
    bad, good = load(opened, "etf.spy", "etf.qqq")
    assert bad.quarantined == "ohlcv SPY (etf.spy): a web page came instead of data: '<html>'"
    assert good.bars.appended == 2
    assert ask(opened, "SELECT series_id, reason, rows FROM ops.quarantine") == [("etf.spy", bad.quarantined, 0)]


def test_a_load_for_past_years_writes_nothing_and_says_so(opened: Warehouse, folder: Path) -> None:
    (folder / "ohlcv" / "SPY.csv").write_text(TWO)
    (found,) = load(opened, "etf.spy", window=Window(2002, 2020))
    assert found.bars == WriteReport(offered=2, outside=2)
    assert ask(opened, "SELECT count(*) FROM raw.bars") == [(0,)]


@pytest.fixture
def yahoo(open_on: Any) -> Iterator[tuple[Warehouse, dict[str, bytes]]]:
    """A warehouse whose Yahoo and Massive are on loopback, and what they answer by symbol (404 for others)."""
    answers: dict[str, bytes] = {}

    def answer(path: str, query: Mapping[str, str]) -> Reply:
        parts = path.split("/")
        body = answers.get(f"polygon {parts[4]}" if parts[1] == "v2" else parts[-1])
        return Reply(body or b"", 200 if body else 404)

    with Served(answer) as served:
        places = {name: SourceSettings(base_url=served.url, api_key=SecretStr("k1")) for name in ("yahoo", "polygon")}
        warehouse = open_on(data="live", sources=places)
        prepare(warehouse)
        yield warehouse, answers


def chart(symbol: str, closes: list[float], volumes: list[int], **events: object) -> bytes:
    quote: dict[str, object] = {**dict.fromkeys(("open", "high", "low", "close"), closes), "volume": volumes}
    result = {
        "meta": {"symbol": symbol, "currency": "USD", "dataGranularity": "1d",
                 "exchangeTimezoneName": "America/New_York"},
        "timestamp": [OPENED + 86_400 * day for day in range(len(closes))],
        "events": events,
        "indicators": {"quote": [quote]},
    }  # fmt: skip
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def test_a_split_adds_an_action_and_one_bar_and_leaves_history_as_it_was_traded(
    yahoo: tuple[Warehouse, dict[str, bytes]],
) -> None:
    warehouse, answers = yahoo
    answers["AAPL"] = chart("AAPL", [400.0, 404.0], [8, 9])
    assert load(warehouse, "eq.aapl")[0].bars == WriteReport(offered=2, appended=2)
    split = {"x": {"date": OPENED + 86_400 * 2, "numerator": 4, "denominator": 1}}
    answers["AAPL"] = chart("AAPL", [100.0, 101.0, 102.0], [32, 36, 40], splits=split)
    found = load(warehouse, "eq.aapl")[0]
    assert found.bars == WriteReport(offered=3, appended=1, unchanged=2)
    assert found.actions == WriteReport(offered=1, appended=1)
    closes = ask(warehouse, "SELECT close::float8 FROM raw.bars_as_of() ORDER BY bar_start")
    assert closes == [(400.0,), (404.0,), (102.0,)]
    adjusted = ask(warehouse, "SELECT close::float8, status FROM raw.bars_adjusted_as_of() ORDER BY bar_start")
    assert adjusted == [(100.0, "COMPLETE"), (101.0, "COMPLETE"), (102.0, "COMPLETE")]


def test_a_split_that_the_publisher_tells_and_did_not_carry_through_is_held_back(
    yahoo: tuple[Warehouse, dict[str, bytes]],
) -> None:
    warehouse, answers = yahoo
    answers["AAPL"] = chart("AAPL", [400.0, 404.0], [8, 9])
    load(warehouse, "eq.aapl")
    split = {"x": {"date": OPENED + 86_400 * 2, "numerator": 4, "denominator": 1}}
    answers["AAPL"] = chart("AAPL", [400.0, 404.0, 102.0], [8, 9, 40], splits=split)
    bad, missing = load(warehouse, "eq.aapl", "eq.msft")
    assert bad.quarantined
    assert "closes as traded are 4 times the stored ones" in bad.quarantined
    assert ask(warehouse, "SELECT count(*) FROM raw.bars") == [(2,)]
    assert ask(warehouse, "SELECT count(*) FROM raw.corporate_actions") == [(0,)]
    assert missing.failure
    assert "yahoo MSFT: 127.0.0.1 answered 404" in missing.failure


def aggregates(ticker: str, closes: list[float]) -> bytes:
    """Days from 2026-06-04 on as Massive writes them; composed."""
    midnight = int(datetime(2026, 6, 4, 4, tzinfo=UTC).timestamp()) * 1000
    rows = [
        {"t": midnight + 86_400_000 * day, "o": close, "h": close, "l": close, "c": close, "v": 5.0}
        for day, close in enumerate(closes)
    ]
    return json.dumps({"status": "OK", "ticker": ticker, "adjusted": False, "results": rows}).encode()


def test_closes_of_two_publishers_are_kept_apart_and_their_difference_is_a_metric(
    yahoo: tuple[Warehouse, dict[str, bytes]],
) -> None:
    warehouse, answers = yahoo
    metric, now = METRICS["check.close_eq_aapl.difference"], Window.current(datetime.now(UTC))
    answers["AAPL"] = chart("AAPL", [400.0, 404.0], [8, 9])
    load(warehouse, "eq.aapl")
    compute(warehouse, now, "run")
    difference = (
        "SELECT period::text, value, status FROM derived.metrics_as_of() "
        f"WHERE metric_id = '{metric.id}' ORDER BY period"
    )
    assert ask(warehouse, difference) == []  # one publisher alone is no agreement
    answers["polygon AAPL"] = aggregates("AAPL", [400.0, 404.25, 405.0])
    assert load(warehouse, "eq.aapl", source="polygon")[0].bars.appended == 3
    compute(warehouse, now, "run")
    assert ask(warehouse, difference) == [
        ("2026-06-04", 0.0, "COMPLETE"), ("2026-06-05", 0.25, "COMPLETE"), ("2026-06-06", None, "MISSING_INPUT"),
    ]  # fmt: skip
    assert ask(warehouse, "SELECT source_id, count(*) FROM raw.bars GROUP BY 1 ORDER BY 1") == [
        ("polygon", 3), ("yahoo", 2),
    ]  # fmt: skip
    with warehouse.session() as connection:
        known = metrics_as_of(connection, {metric.id: metric.version})
    verdict = agreement(metric, known)
    assert not verdict.passed
    assert "2026-06-05" in verdict.reason
