"""Where a process gets its data is chosen by settings, and never by falling back."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from loopback_publisher import Answer, Publisher, provider_named
from pydantic import SecretStr

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import ConfigError, SourceChanged, SourceMissing, UsageError
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources import fetching
from liquidity_platform.sources.fetching import absent, open_fetcher, publisher_answers
from liquidity_platform.sources.registry import PROVIDERS

Make = Callable[..., Settings]
Pick = Callable[[str], Series]
FRED, TREASURY = PROVIDERS["fred"], PROVIDERS["treasury"]
ALL = Window(2002, 2026)
BODY = b"observation_date,WALCL\n2022-04-13,8965487\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "fred").mkdir(parents=True)
    (tmp_path / "data" / "treasury").mkdir()
    return tmp_path / "data"


def test_a_file_replaces_the_network(make_settings: Make, series: Pick, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv").write_bytes(BODY)
    with open_fetcher(FRED, make_settings(data=str(folder), clock="2023-03-16T20:30:00Z")) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
        assert fetcher.parse(payload, series("WALCL"))["value"].to_list() == [8.965487e12]
    assert (payload.source_id, payload.request) == ("fred", "files fred/WALCL.csv")
    assert payload.fetched_at == datetime(2023, 3, 16, 20, 30, tzinfo=UTC)


def test_a_packed_file_and_the_configured_folder_serve_too(make_settings: Make, series: Pick, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv.gz").write_bytes(gzip.compress(BODY))
    settings = make_settings(sources={"files": SourceSettings(dir=folder)})
    with open_fetcher(FRED, settings) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
    assert (payload.body, payload.request) == (BODY, "files fred/WALCL.csv.gz")


def test_the_dts_stands_under_its_own_name(make_settings: Make, series: Pick, recorded: Path) -> None:
    with open_fetcher(TREASURY, make_settings(data=str(recorded))) as fetcher:
        (payload,) = fetcher.fetch(series("DTS"), ALL)
        assert fetcher.parse(payload, series("DTS"))["period"][-1] == date(2025, 9, 2)
    assert payload.request == "files treasury/dts_operating_cash_balance.csv.gz"


def test_an_absent_file_is_a_missing_series(make_settings: Make, series: Pick, folder: Path) -> None:
    with (
        open_fetcher(FRED, make_settings(data=str(folder))) as fetcher,
        pytest.raises(SourceMissing, match="fred/DGS10"),
    ):
        fetcher.fetch(series("DGS10"), ALL)


def test_a_missing_folder_is_a_usage_error(make_settings: Make, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no such folder"), open_fetcher(FRED, make_settings(data=nowhere)):
        pytest.fail("it opened")


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(BODY)[:-5], b"plain text", gzip.compress(BODY)[:12] + b"\xff" * 9],
    ids=["cut short", "not gzip", "garbled"],  # the bytes hold the time: workers would collect different names
)
def test_a_broken_gzip_file_is_a_change(make_settings: Make, series: Pick, folder: Path, packed: bytes) -> None:
    (folder / "fred" / "WALCL.csv.gz").write_bytes(packed)
    with open_fetcher(FRED, make_settings(data=str(folder))) as fetcher, pytest.raises(SourceChanged, match="gzip"):
        fetcher.fetch(series("WALCL"), ALL)


def test_a_period_far_after_the_fetch_is_refused(make_settings: Make, series: Pick, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv").write_bytes(BODY + b"2039-06-01,1\n")
    with open_fetcher(FRED, make_settings(data=str(folder))) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
        with pytest.raises(SourceChanged, match="far future"):
            fetcher.parse(payload, series("WALCL"))


def test_a_parser_that_breaks_its_promise_is_found_out(make_settings: Make, series: Pick, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv").write_bytes(BODY)
    careless = replace(FRED, parse=lambda body, line: FRED.parse(body, line).rename({"value": "number"}))
    with open_fetcher(careless, make_settings(data=str(folder))) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
        with pytest.raises(SourceChanged, match="parse returned"):
            fetcher.parse(payload, series("WALCL"))


def test_live_asks_the_publisher_that_settings_name(make_settings: Make, series: Pick, publisher: Publisher) -> None:
    publisher.answers = [Answer(body=BODY)]
    settings = make_settings(sources={"fred": SourceSettings(base_url=publisher.url)})
    with open_fetcher(FRED, settings) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
        assert fetcher.parse(payload, series("WALCL")).height == 1
    assert publisher.paths == ["/graph/fredgraph.csv?id=WALCL"]
    assert (settings.home / "archive" / payload.uri).is_file()


def test_a_moved_clock_cannot_ask_live_publishers(make_settings: Make) -> None:
    settings = make_settings(clock="2023-03-16T20:30:00Z")
    with pytest.raises(ConfigError, match=r"^a moved clock cannot ask live publishers: "), open_fetcher(FRED, settings):
        pytest.fail("it opened")


def test_under_a_moved_clock_a_stand_in_on_this_machine_is_asked_and_nobody_else(
    make_settings: Make, series: Pick, publisher: Publisher
) -> None:
    publisher.answers = [Answer(body=BODY)]
    settings = make_settings(clock="2023-03-16T20:30:00Z", sources={"fred": SourceSettings(base_url=publisher.url)})
    with open_fetcher(FRED, settings) as fetcher:
        (payload,) = fetcher.fetch(series("WALCL"), ALL)
    assert payload.fetched_at == datetime(2023, 3, 16, 20, 30, tzinfo=UTC)
    with pytest.raises(ConfigError, match=r"^a moved clock cannot ask treasury: "), open_fetcher(TREASURY, settings):
        pytest.fail("it opened")
    for far in ("http://127.0.0.1.example.org/", "https://fred.stlouisfed.org", "ftp:nowhere"):
        away = make_settings(clock="2023-03-16T20:30:00Z", sources={"fred": SourceSettings(base_url=far)})
        with pytest.raises(ConfigError, match="live publishers"), open_fetcher(FRED, away):
            pytest.fail("it opened")


def test_a_missing_key_is_named(make_settings: Make) -> None:
    keyed = replace(provider_named(), needs_key=True)
    with pytest.raises(ConfigError, match="LIQUIDITY_SOURCES__TOY__API_KEY"), open_fetcher(keyed, make_settings()):
        pytest.fail("it opened")


def test_simulated_data_asks_nobody_and_says_so(make_settings: Make, series: Pick, publisher: Publisher) -> None:
    settings = make_settings(data="sample", sources={"treasury": SourceSettings(base_url=publisher.url)})
    with open_fetcher(TREASURY, settings) as fetcher:
        (payload,) = fetcher.fetch(series("DTS"), ALL)
        assert fetcher.parse(payload, series("DTS")).height > 1000
        with pytest.raises(ConfigError, match="must not ask the network"):
            fetcher.session.get("/", {}, series("DTS"))
    assert (payload.source_id, payload.request) == ("sample", "sample DTS (simulated)")
    assert publisher.paths == []


def test_the_probe_asks_once_and_archives_nothing(make_settings: Make, publisher: Publisher) -> None:
    settings = make_settings(sources={"fred": SourceSettings(base_url=publisher.url)})
    publisher.answers = [Answer(503)]
    assert not publisher_answers(settings)
    assert len(publisher.paths) == 1
    publisher.answers = [Answer(body=b"<html>log in to this hotel's network</html>")]
    assert not publisher_answers(settings)
    publisher.answers = [Answer(body=b"observation_date,JPNASSETS\n2026-01-01,6800000\n")]
    assert publisher_answers(settings)
    assert not settings.home.exists()


def test_the_probe_asks_as_this_process_will(make_settings: Make, publisher: Publisher) -> None:
    """With a key that is the API, whose host knows no graph page."""
    row = '{"realtime_start":"2026-07-22","realtime_end":"2026-07-22","date":"2026-01-01","value":"6800000"}'
    publisher.answers = [Answer(body=f'{{"count":1,"limit":9,"offset":0,"observations":[{row}]}}'.encode())]
    assert publisher_answers(
        make_settings(sources={"fred": SourceSettings(base_url=publisher.url, api_key=SecretStr("k" * 32))})
    )
    assert publisher.paths[0].startswith("/fred/series/observations?series_id=JPNASSETS&file_type=json")


def test_the_probe_gives_up_in_time(make_settings: Make, publisher: Publisher) -> None:
    publisher.answers = [Answer(body=BODY, hold=True)]
    settings = make_settings(sources={"fred": SourceSettings(base_url=publisher.url)})
    assert not publisher_answers(settings, timeout_s=0.2)


def test_the_probe_reports_a_wrong_setting(make_settings: Make) -> None:
    with pytest.raises(ConfigError, match="BASE_URL"):
        publisher_answers(make_settings(sources={"fred": SourceSettings(base_url="nonsense")}))


def test_the_probe_asks_for_a_series_that_fred_has() -> None:
    assert fetching.SERIES[fetching._PROBED].source == "fred"


def test_what_a_stand_in_has_not_got_is_told_before_a_run(tmp_path: Path) -> None:
    lines = [SERIES[name] for name in ("fed.total_assets", "treasury.tga_daily", "fed.treasuries")]
    (tmp_path / "fred").mkdir()
    (tmp_path / "treasury").mkdir()
    (tmp_path / "fred" / "WALCL.csv").touch()
    (tmp_path / "treasury" / "dts_operating_cash_balance.csv.gz").touch()
    folder, sample, live = (Settings(_env_file=None, data=where) for where in (str(tmp_path), "sample", "live"))
    assert [line.code for line in absent(lines, folder)] == ["TREAST"]
    assert [line.code for line in absent(lines, sample)] == ["TREAST"]
    assert absent(lines, live) == []
