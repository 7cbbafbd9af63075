"""The session is patient with what may pass, quick with what may not, and goes nowhere it was not sent."""

import gzip
import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from loopback_publisher import Answer, Desk, Publisher, provider_named

from liquidity_platform.core.errors import (
    ConfigError,
    SourceChanged,
    SourceError,
    SourceMissing,
    SourceRejected,
    SourceUnavailable,
)
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.addresses import Reach, base_url_of, place_of
from liquidity_platform.sources.http import RETRY_AFTER_CAP_S, Limits, retry_after_s

Open = Callable[..., Desk]
BODY = b"observation_date,WALCL\n2022-04-13,8965487\n"


def test_an_answer_is_archived_before_it_is_returned(desk: Open, publisher: Publisher, series: Callable) -> None:
    publisher.answers = [Answer(body=BODY)]
    opened = desk(publisher.url)
    payload = opened.session.get("/data.csv", {"id": "WALCL"}, series("WALCL"))
    assert opened.archive.read(payload.uri, payload.sha256) == payload.body == BODY
    assert (payload.source_id, payload.series_id, payload.request) == (
        "toy",
        "fed.total_assets",
        "GET /data.csv?id=WALCL",
    )
    assert publisher.paths == ["/data.csv?id=WALCL"]
    assert publisher.headers[0]["User-Agent"].startswith("liquidity-platform/")


def test_a_publisher_that_is_down_for_a_moment_is_asked_again(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(503), Answer(body=BODY)]
    opened = desk(publisher.url)
    assert opened.get() == BODY
    assert len(publisher.paths) == 2
    assert len(opened.waits) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_an_overloaded_publisher_is_asked_four_times(desk: Open, publisher: Publisher, status: int) -> None:
    publisher.answers = [Answer(status)]
    opened = desk(publisher.url)
    with pytest.raises(SourceUnavailable, match=f"toy WALCL: 127.0.0.1 answered {status}"):
        opened.get()
    assert len(publisher.paths) == 4
    assert opened.waits == sorted(opened.waits)  # each pause longer than the one before


@pytest.mark.parametrize(
    ("status", "error"), [(400, SourceRejected), (401, SourceRejected), (403, SourceRejected), (404, SourceMissing)]
)
def test_a_wrong_request_is_made_once(desk: Open, publisher: Publisher, status: int, error: type[Exception]) -> None:
    publisher.answers = [Answer(status)]
    with pytest.raises(error, match=str(status)):
        desk(publisher.url).get()
    assert len(publisher.paths) == 1


@pytest.mark.parametrize(("header", "waited"), [("7", 7.0), ("86400", RETRY_AFTER_CAP_S), ("0", None)])
def test_retry_after_in_seconds_is_honoured_up_to_a_cap(
    desk: Open, publisher: Publisher, header: str, waited: float | None
) -> None:
    publisher.answers = [Answer(429, headers={"Retry-After": header}), Answer(body=BODY)]
    opened = desk(publisher.url)
    assert opened.get() == BODY
    assert opened.waits == ([waited] if waited else [])


def test_retry_after_as_a_date_is_honoured() -> None:
    now = datetime(2026, 7, 22, 12, tzinfo=UTC)
    assert retry_after_s(format_datetime(now + timedelta(seconds=30), usegmt=True), now) == 30
    assert retry_after_s(format_datetime(now - timedelta(hours=1), usegmt=True), now) == 0
    assert [retry_after_s(text, now) for text in (None, "", "soon", "-5", "1e3")] == [None] * 5


def test_silence_is_unavailability(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(body=BODY, hold=True)]
    with pytest.raises(SourceUnavailable, match="fell silent"):
        desk(publisher.url, Limits(read_s=0.1, tries=2)).get()
    assert len(publisher.paths) == 2


def test_a_connection_that_breaks_off_is_unavailability(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(hang_up=True), Answer(body=BODY)]
    assert desk(publisher.url).get() == BODY


def test_a_try_has_a_total_time(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(body=BODY)]
    with pytest.raises(SourceUnavailable, match="took longer"):
        desk(publisher.url, Limits(total_s=0.0, tries=1)).get()


@pytest.mark.parametrize("packed", [False, True])
def test_too_much_is_cut_off_and_not_asked_for_again(desk: Open, publisher: Publisher, packed: bool) -> None:
    body = b"0" * 2_000_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    publisher.answers = [Answer(body=gzip.compress(body) if packed else body, headers=headers)]
    opened = desk(publisher.url, Limits(size=100_000))
    with pytest.raises(SourceChanged, match="more than 100,000 bytes"):
        opened.get()
    assert len(publisher.paths) == 1
    assert not opened.archive.root.exists()


def test_a_garbled_encoding_is_a_change(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(body=b"not gzip at all", headers={"Content-Encoding": "gzip"})]
    with pytest.raises(SourceChanged, match="cannot be read"):
        desk(publisher.url).get()


def test_nobody_there_is_one_clear_line_and_costs_patience_once(desk: Open) -> None:
    with socket.socket() as taken:  # a port that nobody listens on
        taken.bind(("127.0.0.1", 0))
        opened = desk(f"http://127.0.0.1:{taken.getsockname()[1]}")
        says = r"^toy: no answer from 127.0.0.1 \(connection refused\); check the network or use --data DIR$"
        with pytest.raises(SourceUnavailable, match=says):
            opened.get()
        assert len(opened.waits) == 3
        with pytest.raises(SourceUnavailable, match=says):
            opened.get("DGS10")
        assert len(opened.waits) == 3


def test_a_name_that_does_not_resolve_is_said(desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceUnavailable, match=r"no answer from publisher.invalid \(name resolution failed\)"):
        desk("https://publisher.invalid", Limits(tries=1)).get()


def test_a_redirect_on_the_same_host_is_followed(desk: Open, publisher: Publisher) -> None:
    publisher.answers = [Answer(302, headers={"Location": "/new?id=WALCL"}), Answer(body=BODY)]
    assert desk(publisher.url).get() == BODY
    assert publisher.paths == ["/data.csv?id=WALCL", "/new?id=WALCL"]


def test_a_redirect_to_a_private_address_is_not_followed(
    desk: Open, publisher: Publisher, second_publisher: Publisher
) -> None:
    targets = [
        second_publisher.url, f"http://localhost:{second_publisher.port}/", "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "//192.168.0.1/x", "http://[::ffff:127.0.0.1]/",
    ]  # fmt: skip
    for target in targets:
        publisher.answers = [Answer(302, headers={"Location": target})]
        with pytest.raises(SourceRejected, match="not followed"):
            desk(publisher.url).get()
    assert second_publisher.paths == []
    assert len(publisher.paths) == len(targets)


def test_a_redirect_to_a_host_named_in_settings_is_followed(
    desk: Open, publisher: Publisher, second_publisher: Publisher
) -> None:
    publisher.answers = [Answer(301, headers={"Location": second_publisher.url + "/there"})]
    second_publisher.answers = [Answer(body=BODY)]
    assert desk(publisher.url, named=(second_publisher.url,)).get() == BODY


@pytest.mark.parametrize("location", ["/again", "http://[broken", "http://host:port/"])
def test_a_redirect_that_leads_nowhere_ends(desk: Open, publisher: Publisher, location: str) -> None:
    publisher.answers = [Answer(302, headers={"Location": location})]
    with pytest.raises(SourceError):
        desk(publisher.url).get()


@pytest.mark.parametrize(
    ("url", "addresses", "objection"),
    [
        ("https://research.stlouisfed.org/x", ["23.1.2.3"], None),
        ("https://fred.stlouisfed.org:8443/x", ["23.1.2.3"], None),
        ("https://research.stlouisfed.org/x", ["23.1.2.3", "10.0.0.1"], "not a public address"),
        ("https://research.stlouisfed.org/x", ["::ffff:10.0.0.1"], "not a public address"),
        ("https://research.stlouisfed.org/x", [], "not a public address"),
        ("http://research.stlouisfed.org/x", ["23.1.2.3"], "not encrypted"),
        ("https://evilstlouisfed.org/x", ["23.1.2.3"], "not one of its hosts"),
        ("https://example.org/x", ["23.1.2.3"], "not one of its hosts"),
        ("ftp://fred.stlouisfed.org/x", ["23.1.2.3"], "no web address"),
    ],
)
def test_only_the_publishers_own_public_hosts_are_followed(
    url: str, addresses: list[str], objection: str | None
) -> None:
    base = "https://fred.stlouisfed.org"
    place = place_of(base)
    assert place
    said = Reach(base, frozenset([place]), lambda _: addresses).objection(url)
    assert (said is None) if objection is None else (said is not None and objection in said)


def test_a_secret_in_the_address_is_never_shown(
    desk: Open, publisher: Publisher, caplog: pytest.LogCaptureFixture, series: Callable
) -> None:
    caplog.set_level(logging.INFO)
    url = publisher.url.replace("http://", "http://user:hunter2@")
    publisher.answers = [Answer(400), Answer(body=BODY)]
    opened = desk(url)
    with pytest.raises(SourceRejected) as caught:
        opened.get()
    payload = opened.session.get("/data.csv", {"id": "WALCL"}, series("WALCL"))
    assert "hunter2" not in str(caught.value) + payload.request + payload.uri + caplog.text


@pytest.mark.parametrize("url", ["fred.example", "ftp://hunter2@host", "http://", "https://host:port"])
def test_a_malformed_base_url_names_its_variable_not_its_value(
    make_settings: Callable[..., Settings], url: str
) -> None:
    with pytest.raises(ConfigError, match="LIQUIDITY_SOURCES__TOY__BASE_URL") as caught:
        base_url_of(provider_named(), make_settings(sources={"toy": SourceSettings(base_url=url)}))
    assert url not in str(caught.value)
