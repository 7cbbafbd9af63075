"""FRED's vintages: windows cut, clipped by the publisher and joined again tell exactly what was published when."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_publisher import BY_CODE
from pydantic import SecretStr

from liquidity_platform.catalog.series import Series
from liquidity_platform.core import units as u
from liquidity_platform.core.errors import SourceChanged, SourceRejected
from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.contract import Payload
from liquidity_platform.sources.fetching import Fetcher, open_fetcher
from liquidity_platform.sources.fred_vintages import multiplier, parse_fred_vintages, windows_of
from liquidity_platform.sources.http import Asker, HttpSession
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.sources.sessions import around
from liquidity_platform_tests.publishers.fred import DAY, EVER, FOREVER, KEY, History, Snapshot, StandInFred
from liquidity_platform_tests.publishers.serving import Served

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

FRED = PROVIDERS["fred"]
INDPRO = BY_CODE["INDPRO"]  # an index: printed as it is stored
BEGINNING = date(2020, 1, 1)
Events = list[tuple[date, date, float | None]]


def truth_of(history: History, scale: float = 1.0, since: date = EVER) -> Events:
    """(period, day, value) of every change, found by looking at the whole series on every vintage day."""
    told: Events = []
    seen: dict[date, float | None] = {}
    for day in history.days:
        now = history.on(day)
        for period in sorted({*seen, *now}):
            text = now.get(period, ".")
            value = None if text == "." else float(text) * scale
            if period not in seen or seen[period] != value:
                seen[period] = value
                told.append((period, day, value))
    return sorted((event for event in told if event[1] >= since), key=lambda event: event[:2])


def events(frame: pl.DataFrame) -> Events:
    return frame.select("period", "known_on", "value").rows()


def bodies_of(history: History, windows: list[tuple[date, date]], page_rows: int = 100_000) -> list[bytes]:
    """The stand-in's answers for `windows`, every page."""
    fred = StandInFred({"INDPRO": history}, page_rows)
    answers = []
    for start, end in windows:
        offset, count = 0, 1
        while offset < count:
            asked = {"realtime_start": str(start), "realtime_end": str(end), "offset": str(offset)}
            reply = fred("/fred/series/observations", {"series_id": "INDPRO", "api_key": KEY, **asked})
            answers.append(reply.body)
            count, offset = json.loads(reply.body)["count"], offset + page_rows
    return answers


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Series whose values come, change, go blank, vanish and come back; some vintages change nothing."""
    days = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=12)))
    periods = draw(st.integers(1, 4))
    texts = st.sampled_from([".", "1", "2", "2.0", "-3.5", None])
    snapshots: dict[date, Snapshot] = {}
    for day in days:
        drawn = {date(2019, 1, place + 1): draw(texts) for place in range(periods)}
        snapshots[BEGINNING + timedelta(days=day)] = {p: text for p, text in drawn.items() if text is not None}
    return History.of_snapshots(snapshots)


@given(history=histories(), most=st.integers(1, 6), page_rows=st.integers(1, 5), shuffled=st.randoms())
def test_any_history_cut_into_any_windows_is_told_exactly(
    history: History, most: int, page_rows: int, shuffled: object
) -> None:
    windows = windows_of(history.days, most)
    assert all(sum(start <= day <= end for day in history.days) <= most for start, end in windows)
    bodies = bodies_of(history, windows, page_rows)
    shuffled.shuffle(bodies)  # type: ignore[attr-defined]
    assert events(parse_fred_vintages(bodies, INDPRO)) == truth_of(history)


@given(history=histories(), place=st.integers(0, 11), most=st.integers(1, 6))
def test_asking_since_a_day_tells_what_changed_since_then(history: History, place: int, most: int) -> None:
    days = history.days[min(place, len(history.days) - 1) :]
    told = events(parse_fred_vintages(bodies_of(history, windows_of(days, most)), INDPRO))
    due = truth_of(history, since=days[0])
    assert [event for event in told if event in due] == due
    # what had vanished before and comes back as a blank looks like the first blank of its period: NULL once more
    again = [event for event in told if event not in due]
    assert all(value is None and period not in history.on(days[0] - DAY) for period, _, value in again)


def test_each_row_names_the_answer_it_came_from() -> None:
    days = [BEGINNING, BEGINNING + 3 * DAY, BEGINNING + 5 * DAY]
    history = History.of_snapshots({day: {date(2019, 1, 1): str(place)} for place, day in enumerate(days)})
    told = parse_fred_vintages([b'{"vintage_dates":[]}', *bodies_of(history, windows_of(days, 2))], INDPRO)
    assert told.select("known_on", "answer").rows() == [(days[0], 1), (days[1], 2), (days[2], 2)]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda bodies: bodies[:1] + bodies[2:], "were not told"),
        (lambda bodies: bodies[:-1], "were not told"),
        (lambda bodies: [*bodies, bodies[0]], "were due"),
        (lambda bodies: [bodies[0].replace(b'"count": 1', b'"count": 2'), *bodies[1:]], "were due"),
        (lambda bodies: [bodies[0][:-9], *bodies[1:]], "not whole JSON"),
        (lambda bodies: [bodies[0].replace(b'"0"', b'"nought"'), *bodies[1:]], "a vintage row with"),
        (lambda bodies: [bodies[0].replace(b"2019-01-01", b"2019-01-32"), *bodies[1:]], "a vintage row with"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(spoil: Callable[[list[bytes]], list[bytes]], says: str) -> None:
    days = [BEGINNING + place * DAY for place in range(1, 7)]
    history = History.of_snapshots({day: {date(2019, 1, 1): str(place)} for place, day in enumerate(days)})
    bodies = bodies_of(history, windows_of(days, 2))
    assert len(bodies) == 4
    with pytest.raises(SourceChanged, match=says) as caught:
        parse_fred_vintages(spoil(bodies), INDPRO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("units", "factor"),
    [("Billions of U.S. Dollars", 1e9), ("Millions of Dollars", 1e6), ("100 Million Yen", 1e8), ("Percent", 1.0),
     ("Index 2017=100", 1.0), ("Level in Thousands", 1e3), ("Billions of Chained 2017 Dollars", 1e9)],
)  # fmt: skip
def test_a_unit_s_words_multiply(units: str, factor: float) -> None:
    assert multiplier(units) == factor


@pytest.fixture
def asking(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Callable[..., Fetcher]]:
    """asking(url): FRED as it is asked live with a key, at its own pace of nobody (the pace is tested elsewhere)."""
    opened: list[Asker] = []

    def open_it(url: str, key: str | None = KEY) -> Fetcher:
        quick = replace(FRED, name="quick_fred", rate_limit=1e9)
        source = SourceSettings(base_url=url, api_key=SecretStr(key) if key else None)
        settings = make_settings(sources={"quick_fred": source})
        opened.append(Asker(quick, settings))
        session = HttpSession(opened[-1], "fred", FolderArchive(tmp_path / "archive"), Clock())
        return Fetcher(quick, around(session, quick, settings))

    yield open_it
    for asker in opened:
        asker.__exit__()


def told_by(fetcher: Fetcher, series: Series, since: date | None = None) -> tuple[list[Payload], Events]:
    payloads = fetcher.vintages(series, since)
    frames = fetcher.parse_vintages(payloads, series)
    return payloads, sorted(events(pl.concat(frames)), key=lambda event: event[:2])


@pytest.mark.parametrize("code", ["PAYEMS", "UNRATE", "INDPRO", "CPIAUCSL", "M2SL"])
def test_real_vintages_come_back_as_they_were(recorded: Path, asking: Callable[..., Fetcher], code: str) -> None:
    history = History.of_alfred(recorded / "alfred" / f"{code}_fredmd_vintages.csv.gz")
    series = BY_CODE[code]
    with Served(StandInFred({code: history}, page_rows=5_000)) as fred:
        payloads, told = told_by(asking(fred.url), series)
    wanted = truth_of(history)
    assert len(told) == len(wanted) > 900
    assert [event[:2] for event in told] == [event[:2] for event in wanted]
    for (_, _, value), (_, _, printed) in zip(told, wanted, strict=True):
        assert value == (None if printed is None else pytest.approx(printed * series.published.scale, rel=1e-12))
    assert not any(KEY in payload.request for payload in payloads)
    assert all(str(FRED.vintage_mark) in payload.request for payload in payloads)
    assert all(query["api_key"] == KEY for _, query in fred.asked)


def test_more_vintages_than_fit_into_a_call_come_in_several(asking: Callable[..., Fetcher]) -> None:
    days = [BEGINNING + place * DAY for place in range(4_500)]
    history = History.of_snapshots(
        {day: {date(2019, 1, 1): str(place // 3), date(2019, 2, 1): "7"} for place, day in enumerate(days)}
    )
    with Served(StandInFred({"INDPRO": history})) as fred:
        fetcher = asking(fred.url)
        payloads, told = told_by(fetcher, INDPRO)
        whole = {"series_id": "INDPRO", "realtime_start": str(EVER), "realtime_end": str(FOREVER)}
        with pytest.raises(SourceRejected, match="400"):
            fetcher.session.get("/fred/series/observations", whole, INDPRO)
        recent, since = told_by(fetcher, INDPRO, days[-4])
    assert told == truth_of(history)
    assert since == truth_of(history, since=days[-4])
    assert len([1 for payload in payloads if "/observations?" in payload.request]) == 3
    assert len(recent) == 3  # the days, the description, one window


@pytest.mark.parametrize("code", ["WTREGEN", "WRESBAL"])
def test_a_vintage_is_read_in_the_unit_of_its_day(asking: Callable[..., Fetcher], code: str) -> None:
    """Billions to millions: the same amount is no news, a revision of that day is."""
    first, changed_on = date(2024, 6, 6), date(2025, 9, 4)
    one, two, three = date(2024, 5, 29), date(2024, 6, 5), date(2025, 8, 27)
    history = History.of_snapshots(
        {
            first: {one: "659.235", two: "720.5"},
            date(2025, 8, 28): {one: "659.235", two: "720.5", three: "591.001"},
            changed_on: {one: "659235", two: "720600", three: "591001.0"},
        }
    )
    history.units = [(first, "Billions of U.S. Dollars"), (changed_on, "Millions of U.S. Dollars")]
    with Served(StandInFred({code: history})) as fred:
        _, told = told_by(asking(fred.url), BY_CODE[code])
    assert told == [
        (one, first, 659_235_000_000.0),
        (two, first, 720_500_000_000.0),
        (two, changed_on, 720_600_000_000.0),
        (three, date(2025, 8, 28), 591_001_000_000.0),
    ]


def test_a_unit_that_is_no_longer_the_catalog_s_is_refused(asking: Callable[..., Fetcher]) -> None:
    history = History.of_snapshots({BEGINNING: {date(2019, 1, 1): "1.5"}})
    history.units = [(EVER, "Trillions of U.S. Dollars")]
    with (
        Served(StandInFred({"WTREGEN": history})) as fred,
        pytest.raises(SourceChanged, match=r"unit is now 'Trillions of U\.S\. Dollars', the catalog says millions"),
    ):
        told_by(asking(fred.url), BY_CODE["WTREGEN"])


def test_only_a_key_and_a_revised_series_have_vintages(asking: Callable[..., Fetcher]) -> None:
    with Served(StandInFred({})) as fred:
        assert asking(fred.url, key=None).vintages(INDPRO, None) == []
        assert asking(fred.url).vintages(BY_CODE["WALCL"], None) == []
        assert fred.asked == []


def test_a_series_that_is_not_in_the_archive_has_no_vintages(asking: Callable[..., Fetcher]) -> None:
    """Its vintage dates are refused with the 400 of a wrong key; the key is asked about once, and is right."""
    with Served(StandInFred({})) as fred:
        fetcher = asking(fred.url)
        assert (fetcher.vintages(INDPRO, None), fetcher.vintages(BY_CODE["NFCI"], None)) == ([], [])
        assert [path for path, _ in fred.asked].count("/fred/source") == 1


def test_a_wrong_key_is_named_masked_and_asked_about_once(asking: Callable[..., Fetcher]) -> None:
    wrong = "0123456789abcdef0123456789abcd42"
    with Served(StandInFred({"INDPRO": History.of_snapshots({})})) as fred:
        fetcher = asking(fred.url, wrong)
        for _ in range(3):
            with pytest.raises(SourceRejected) as caught:
                fetcher.provider.fetch(fetcher.session, INDPRO, None)
            said = str(caught.value)
            assert "the key ****42 is refused" in said
            assert "__API_KEY" in said
            assert wrong not in said
            assert "\n" not in said
        assert [path for path, _ in fred.asked] == ["/fred/series/observations", "/fred/source"]


def test_levels_with_a_key_come_from_the_api_page_by_page(asking: Callable[..., Fetcher]) -> None:
    rows = {date(2019, 1, 1) + place * DAY: f"{place}.5000000000" for place in range(25)}
    with Served(StandInFred({"INDPRO": History.of_snapshots({BEGINNING: rows})}, page_rows=10)) as fred:
        fetcher = asking(fred.url)
        payloads = fetcher.provider.fetch(fetcher.session, INDPRO, None)
        parsed = pl.concat(fetcher.provider.parse(payload.body, INDPRO) for payload in payloads)
    assert len(payloads) == 3
    assert dict(parsed.rows()) == {day: float(text) for day, text in rows.items()}


def test_a_key_changes_the_host_and_a_setting_names_both(make_settings: Callable[..., Settings]) -> None:
    from liquidity_platform.sources.addresses import base_url_of

    def asked(**source: object) -> str:
        return base_url_of(FRED, make_settings(sources={"fred": SourceSettings(**source)}))

    assert asked() == "https://fred.stlouisfed.org"
    assert asked(api_key=SecretStr(KEY)) == "https://api.stlouisfed.org"
    assert (
        asked(api_key=SecretStr(KEY), base_url="http://here:1") == "http://here:1" == asked(base_url="http://here:1/")
    )


def test_a_live_fetcher_asks_with_the_key_and_archives_without_it(make_settings: Callable[..., Settings]) -> None:
    history = History.of_snapshots({BEGINNING: {date(2019, 1, 1): "1.5"}})
    with Served(StandInFred({"INDPRO": history})) as fred:
        settings = make_settings(sources={"fred": SourceSettings(base_url=fred.url, api_key=SecretStr(KEY))})
        with open_fetcher(FRED, settings) as fetcher:
            (payload,) = fetcher.fetch(INDPRO, None)
            assert fetcher.parse(payload, INDPRO)["value"].to_list() == [1.5]
    assert fred.asked[0][1]["api_key"] == KEY
    assert (payload.source_id, payload.request.split("?")[0]) == ("fred", "GET /fred/series/observations")
    assert KEY not in payload.request


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"observations":{}}', b'{"observations":[{"date":"2026-07-15"}]}', b'{"observations":[]}',
     b'{"observations":[{"realtime_start":"","realtime_end":"","date":"2026-07-15","value":4.5}]}',
     b'{"count":2,"limit":9,"offset":0,"observations":[]}', b'{"error_code":400}'],
)  # fmt: skip
def test_a_strange_answer_of_the_api_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match=r"^fred INDPRO"):
        FRED.parse(body, INDPRO)


RECORDED: Mapping[str, tuple[date, float | None, int]] = {
    "DGS10_asof_2026-07-16": (date(2026, 7, 3), None, 60),
    "DGS10_asof_2026-08-06_trailing_zeros": (date(2026, 8, 5), 4.63, 60),
    "WALCL_asof_2026-07-16": (date(2026, 7, 15), 6.743028e12, 60),
    "WTREGEN_asof_2026-07-16": (date(2026, 7, 15), 7.56218e11, 60),
    "RRPONTSYD_asof_2026-07-16": (date(2026, 7, 16), 1.25e8, 60),
    "M2SL_asof_2026-07-28_trailing_zeros": (date(2026, 6, 1), 2.31552e13, 60),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_of_the_api_give_the_known_numbers(recorded: Path, name: str) -> None:
    body = (recorded / "api_samples" / f"fred_series_observations_{name}.json").read_bytes()
    day, value, rows = RECORDED[name]
    frame = FRED.parse(body, BY_CODE[name.split("_")[0]])
    assert frame.height == rows
    assert dict(frame.rows())[day] == value
    assert frame["period"].is_sorted()


def test_the_catalog_s_units_of_the_rescaled_series_are_millions() -> None:
    assert {BY_CODE[code].published for code in ("WTREGEN", "WRESBAL")} == {u.MN_USD}
