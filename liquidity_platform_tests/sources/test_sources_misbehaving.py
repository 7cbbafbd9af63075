"""A publisher's bad day costs bounded time and memory, is one line, and nothing of it is kept."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback_publisher import Desk, Publisher

from liquidity_platform.core.errors import SourceChanged, SourceError, SourceUnavailable
from liquidity_platform.sources.http import Limits
from liquidity_platform_tests import misbehaving as bad
from liquidity_platform_tests.misbehaving import Manner, Misbehaving

Serve = Callable[..., Misbehaving]
CERTIFICATE = Path(__file__).with_name("nobodys_certificate.pem")


@pytest.fixture
def serve() -> Iterator[Serve]:
    served: list[Misbehaving] = []

    def serve_it(manner: Manner, certificate: Path | None = None) -> Misbehaving:
        served.append(Misbehaving(manner, certificate))
        return served[-1]

    yield serve_it
    for server in served:
        server.close()


@pytest.mark.parametrize("manner", [bad.drips_headers, bad.drips_body, bad.drips_gzip])
def test_an_answer_that_drips_in_ends_when_its_time_is_up(
    desk: Callable[..., Desk], serve: Serve, manner: Manner
) -> None:
    server = serve(manner)
    opened = desk(server.url, Limits(total_s=0.3, tries=2))  # no single read is ever silent for read_s
    with pytest.raises(SourceUnavailable, match=r"^toy WALCL: 127.0.0.1 took longer than 0.3 s$"):
        opened.get()
    assert len(server.asked) == 2
    assert not opened.archive.root.exists()


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        (bad.never_ends, "more than 1,000,000 bytes"),
        (bad.bomb, "more than 1,000,000 bytes"),
        (bad.double_bomb, "packed its answer as 'gzip, gzip', unasked"),
        (bad.says(b"x", "200 OK", "Content-Encoding: br"), "packed its answer as 'br', unasked"),
    ],
)
def test_an_answer_without_end_is_cut_off_in_bounded_memory(
    desk: Callable[..., Desk], serve: Serve, manner: Manner, says: str
) -> None:
    server = serve(manner)
    opened = desk(server.url, Limits(size=1_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(SourceChanged, match=says):
            opened.get()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if manner is bad.never_ends:
        assert most < 20 << 20
    assert len(server.asked) == 1
    assert not opened.archive.root.exists()


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        (bad.hangs_up, "the connection to 127.0.0.1 broke off"),
        (bad.breaks_off, "the connection to 127.0.0.1 broke off"),
        (bad.talks_nonsense, "the connection to 127.0.0.1 broke off"),
        (bad.says(b"", "429 Slow Down", "Retry-After: 1"), r"answered 429 \(Slow Down\)"),
    ],
)
def test_half_an_answer_is_none(desk: Callable[..., Desk], serve: Serve, manner: Manner, says: str) -> None:
    server = serve(manner)
    opened = desk(server.url)
    with pytest.raises(SourceUnavailable, match=says):
        opened.get()
    assert len(server.asked) == 4
    assert not opened.archive.root.exists()


def test_a_certificate_that_nobody_vouches_for_is_refused(desk: Callable[..., Desk], serve: Serve) -> None:
    server = serve(bad.says(b"observation_date,WALCL\n2022-04-13,8965487\n"), CERTIFICATE)
    with pytest.raises(SourceUnavailable, match=r"no answer from 127.0.0.1 \(its certificate is not trusted\)"):
        desk(server.url, Limits(tries=1)).get()
    assert server.asked == []


def test_a_server_without_tls_is_not_called_untrusted(desk: Callable[..., Desk], publisher: Publisher) -> None:
    with pytest.raises(SourceUnavailable, match=r"\(it does not speak TLS as it should\)"):
        desk(publisher.url.replace("http:", "https:"), Limits(tries=1)).get()


def test_a_redirect_back_and_forth_ends(desk: Callable[..., Desk], serve: Serve) -> None:
    server = serve(bad.says(b"", "302 Found", "Location: /data.csv?id=WALCL"))
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        desk(server.url).get()
    assert len(server.asked) == 6
