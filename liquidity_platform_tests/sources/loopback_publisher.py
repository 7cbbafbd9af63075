"""A publisher on loopback, and a provider that asks it: what tests of `sources` name in their signatures."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.sources.archive import Archive
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.fred_csv import parse_fred_csv
from liquidity_platform.sources.http import HttpSession

BY_CODE = {line.code: line for line in SERIES.values()}


@dataclass
class Answer:
    """What the publisher says once. `hold` waits for the test's end before the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False
    hang_up: bool = False


class Publisher:
    """A real HTTP server on a free loopback port; gives `answers` in turn, then the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer(404)]
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.paths.append(self.path)
                publisher.headers.append(dict(self.headers))
                answer = publisher.answers.pop(0) if len(publisher.answers) > 1 else publisher.answers[0]
                if answer.hang_up:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if answer.hold:
                    publisher.released.wait(30)
                try:
                    self.wfile.write(answer.body)
                except OSError:
                    return  # the client hung up, as it should after too much or too long

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def provider_named(name: str = "toy") -> Provider:
    """A provider on nobody's address, fast enough to need no waiting."""
    return Provider(
        name=name, title=name, base_url="https://publisher.invalid", needs_key=False, rate_limit=1e9, licence="",
        terms="", verified=False, fetch=lambda session, line, _: [session.get("/data.csv", {"id": line.code}, line)],
        parse=parse_fred_csv,
    )  # fmt: skip


@dataclass
class Desk:
    """A live session with a publisher, the waits it asked for, and its archive."""

    session: HttpSession
    waits: list[float]
    archive: Archive

    def get(self, code: str = "WALCL") -> bytes:
        return self.session.get("/data.csv", {"id": code}, BY_CODE[code]).body
