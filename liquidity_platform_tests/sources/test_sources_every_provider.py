"""What every provider promises, found by walking the registry: a new module is held to it without a line here.

A recorded body is named in `publishers/recorded.py`; a provider that has none says `verified=False`. A provider has
series, bars of instruments, or both: what is asked of either is asked of each.
"""

import codecs
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import SourceChanged, SourceError
from liquidity_platform.core.facts import PARSED, PARSED_ACTIONS, PARSED_BARS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.contract import Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.http import Asker, HttpSession, Limits
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS
from liquidity_platform.sources.sessions import around
from liquidity_platform.sources.sheets import SECTIONS, sheet_of
from liquidity_platform_tests.publishers.recorded import RECORDED, RECORDED_BARS
from liquidity_platform_tests.publishers.serving import Reply, Served

MADE_HERE = {"sample", "ohlcv"}  # nobody publishes it: made up, or files of the user's own
ANSWERS = [(name, file, series) for name, answers in RECORDED.items() for file, series in answers]
CHARTS = [(name, file, listing) for name, answers in RECORDED_BARS.items() for file, listing in answers]
ON_THE_NET = [name for name in PROVIDERS if name not in MADE_HERE]
Subject = Series | Listing
KEY, BELOW = "k3y0123456789abcdef0123456789abcd", "/below/here"


def ids(value: object) -> str:
    return value.code if isinstance(value, Series | Listing) else Path(str(value)).name


@pytest.mark.parametrize("name", PROVIDERS)
def test_it_opens_with_its_whole_data_sheet(name: str) -> None:
    sheet = sheet_of(PROVIDERS[name])
    assert [section for section in SECTIONS if not sheet.get(section)] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_it_says_where_it_stands(name: str) -> None:
    provider = PROVIDERS[name]
    for url in (provider.base_url, provider.keyed_base_url or provider.base_url):
        assert url.startswith("https://")
        assert not url.endswith("/")
    assert provider.rate_limit > 0
    assert provider.title
    assert provider.licence
    assert provider.terms
    assert provider.key_param or not provider.needs_key
    assert (provider.vintages is None) == (provider.parse_vintages is None) == (provider.vintage_mark is None)


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_called_verified_was_recorded(name: str) -> None:
    if PROVIDERS[name].verified:
        assert name in RECORDED or name in RECORDED_BARS or name in MADE_HERE


@pytest.mark.parametrize(("name", "file", "series"), ANSWERS, ids=ids)
def test_a_recorded_answer_is_read_sorted_and_once(recorded: Path, name: str, file: str, series: Series) -> None:
    body = (recorded / file).read_bytes()
    frame = PROVIDERS[name].parse(body, series)
    assert dict(frame.schema) == PARSED
    assert frame.height > 0
    assert frame["period"].is_sorted()
    assert frame["period"].is_unique().all()
    assert frame["period"].null_count() == 0
    assert frame["value"].drop_nulls().is_finite().all()
    assert frame["value"].null_count() < frame.height
    assert PROVIDERS[name].parse(body, series).equals(frame)


@pytest.mark.parametrize(("name", "file", "listing"), CHARTS, ids=ids)
def test_recorded_bars_are_read_sorted_and_once(recorded: Path, name: str, file: str, listing: Listing) -> None:
    body = (recorded / file).read_bytes()
    quotes = read(PROVIDERS[name], body, listing)
    assert isinstance(quotes, Quotes)
    assert (dict(quotes.bars.schema), dict(quotes.actions.schema)) == (PARSED_BARS, PARSED_ACTIONS)
    assert quotes.bars.height > 1
    assert quotes.bars["bar_start"].is_sorted()
    assert quotes.bars["bar_start"].is_unique().all()
    assert quotes.bars["close"].drop_nulls().is_finite().all()
    assert quotes.bars["close"].null_count() < quotes.bars.height


def cut_short(body: bytes) -> list[bytes]:
    """`body` without its end, as a connection that broke leaves it; lines of text end within their first field."""
    if body.lstrip()[:1] in b"{[<":
        return [body[: len(body) * part // 10] for part in (2, 5, 9)]
    lines = [place for place in range(len(body)) if body[place : place + 1] == b"\n"]
    return [body[: lines[len(lines) * part // 10] + 6] for part in (2, 5, 9)]


def read(provider: Provider, body: bytes, subject: Subject) -> object:
    """What `parse` makes of it: a frame of a series, quotes of an instrument."""
    if isinstance(subject, Series):
        return provider.parse(body, subject)
    assert provider.bars is not None
    return provider.bars.parse(body, subject)


def refusal(provider: Provider, body: bytes, subject: Subject) -> str | None:
    """What `parse` says to a strange body; None when it reads it."""
    try:
        read(provider, body, subject)
    except SourceChanged as error:
        return str(error)
    return None


@pytest.mark.parametrize(("name", "file", "subject"), [*ANSWERS, *CHARTS], ids=ids)
def test_an_answer_that_is_none_is_refused_in_one_line(recorded: Path, name: str, file: str, subject: Subject) -> None:
    body = (recorded / file).read_bytes()
    text = body.decode("utf-8-sig")
    strange = {
        "empty": b"", "blank": b" \r\n\t", "web page": b"<!DOCTYPE html>\n<html><body>Please log in</body></html>",
        "bare web page": b"<html><body>Please log in</body></html>", "packed": b"\x1f\x8b\x08\x00" + body[:40],
        "wide": codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "other bytes": body[:60] + b"\xe9\xff" + body[60:],
        "zeros": body + b"\x00" * 4, "word": b"maintenance", "other JSON": b'{"status":"ok"}', "list": b"[]",
        **{f"cut {place}": part for place, part in enumerate(cut_short(body))},
    }  # fmt: skip
    for what, refused in strange.items():
        said = refusal(PROVIDERS[name], refused, subject)
        assert said, f"{what} was read"
        assert subject.code in said, what
        assert "\n" not in said, what
        assert len(said) < 300, what


def subject_of(name: str) -> Subject:
    """Something to ask `name` for: what a recorded body answers, else a line of the catalog."""
    known = [subject for other, _, subject in [*ANSWERS, *CHARTS] if other == name]
    known += [line for line in SERIES.values() if line.source == name]
    feed = PROVIDERS[name].bars
    if known or feed is None:
        return known[0]
    return next(iter(LISTINGS.get(name, [])), None) or first_listed(name)


def first_listed(name: str) -> Listing:
    """An instrument of the catalog under the provider's code; one made up where the catalog has none for it."""
    feed = PROVIDERS[name].bars
    assert feed is not None
    tether = replace(INSTRUMENTS["crypto.btc"], id="crypto.btc_usdt", symbol="BTC-USDT", currency="USDT")
    lines = [*INSTRUMENTS.values(), tether]
    return next(Listing(line, name, code) for line in lines if (code := feed.code_of(line)) is not None)


def fetched(provider: Provider, session: Session, subject: Subject) -> list[Payload]:
    """All it asks for `subject`, vintages included."""
    if isinstance(subject, Listing):
        assert provider.bars is not None
        return provider.bars.fetch(session, subject, Window(2026, 2026))
    payloads = provider.fetch(session, subject, Window(2026, 2026))
    assert provider.vintage_mark is None or all(provider.vintage_mark not in one.request for one in payloads)
    if provider.vintages:
        with suppress(SourceChanged):  # the recorded answer is none of vintages; what was asked is what counts
            payloads += provider.vintages(session, replace(subject, revisable=True), None)
    return payloads


@pytest.fixture
def asked_of(recorded: Path, tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Callable[..., object]]:
    """asked_of(provider, url, keyed): the payloads of a fetch, and of its vintages, from a publisher at `url`."""
    opened: list[Asker] = []

    def fetch(provider: Provider, url: str, keyed: bool) -> list[Payload]:
        quick = replace(provider, name=f"quick_{provider.name}", rate_limit=1e9)
        source = SourceSettings(base_url=url, api_key=SecretStr(KEY) if keyed else None)
        settings = make_settings(sources={quick.name: source})
        opened.append(Asker(quick, settings, Limits(tries=1)))
        session = around(
            HttpSession(opened[-1], provider.name, FolderArchive(tmp_path / "a"), Clock()), quick, settings
        )
        return fetched(provider, session, subject_of(provider.name))

    yield fetch
    for asker in opened:
        asker.__exit__()


@pytest.mark.parametrize("keyed", [False, True], ids=["no key", "key"])
@pytest.mark.parametrize("name", ON_THE_NET)
def test_it_asks_only_below_its_base_and_no_payload_shows_the_key(
    recorded: Path, asked_of: Callable[..., list[Payload]], name: str, keyed: bool
) -> None:
    provider = PROVIDERS[name]
    if provider.needs_key and not keyed:
        pytest.skip(f"{name} is not asked without a key")
    files = [file for other, file, _ in [*ANSWERS, *CHARTS] if other == name]
    if not files:
        pytest.skip(f"no recorded body of {name}")
    body = (recorded / files[0]).read_bytes()
    with Served(lambda path, query: Reply(body)) as publisher:
        payloads = asked_of(provider, publisher.url + BELOW, keyed)
    assert payloads
    assert publisher.asked
    assert all(path.startswith(f"{BELOW}/") for path, _ in publisher.asked)
    for _, query in publisher.asked:
        assert {name for name, value in query.items() if value == KEY} == (
            {provider.key_param} if keyed and provider.key_param else set()
        )
    for payload in payloads:
        assert payload.body == body
        assert payload.source_id == name
        assert KEY not in payload.request
        assert payload.request.startswith("GET /")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("name", ON_THE_NET)
def test_a_refusal_is_one_line_without_the_key(asked_of: Callable[..., list[Payload]], name: str, status: int) -> None:
    with (
        Served(lambda path, query: Reply(f"no: {query}".encode(), status)) as publisher,
        pytest.raises(SourceError) as caught,
    ):
        asked_of(PROVIDERS[name], publisher.url, True)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
