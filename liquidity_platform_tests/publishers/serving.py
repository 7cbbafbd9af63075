"""A real HTTP server on loopback that speaks for a publisher, well or badly.

Belongs here: sockets, counting, and what a bad day looks like on the wire. Keep out: what a publisher says.
"""

import sys
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """What is answered once. `drip_s` between any two bytes; `endless`: the body again and again."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    endless: bool = False


Answering = Callable[[str, Mapping[str, str]], Reply]


class Fault(StrEnum):
    """A publisher's bad day."""

    DOWN = "down"
    RATE_LIMITED = "rate-limited"
    LOGIN_PAGE = "login page"
    TRUNCATED = "truncated"
    CHARSET = "wrong charset"
    DRIP = "drip-fed"
    BOMB = "gzip bomb"
    ENDLESS = "endless"
    REDIRECT = "redirect to a private address"


class _Quiet(ThreadingHTTPServer):
    """A client that hangs up in the middle of an answer has had enough, as it should: nothing to print."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Served:
    """Answers GET by `answering(path, query)` on `port` (0: a free one) until closed, each after `delay_s`.

    `asked`: paths and queries, in order.
    """

    def __init__(self, answering: Answering, delay_s: float = 0.0, port: int = 0) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._closed = threading.Event()
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                served.asked.append((parts.path, query))
                reply = answering(parts.path, query)
                time.sleep(delay_s)
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.endless:
                    self.close_connection = True
                else:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                try:
                    served._write(self, reply)
                except OSError:
                    self.close_connection = True  # the client has had enough, as it should

            def log_message(self, *_: object) -> None:
                return

        self._server = _Quiet(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.drip_s:
            for place in range(len(reply.body)):
                handler.wfile.write(reply.body[place : place + 1])
                if self._closed.wait(reply.drip_s):
                    return
        handler.wfile.write(reply.body)
        while reply.endless and not self._closed.is_set():
            handler.wfile.write(reply.body)


def spoilt(reply: Reply, fault: Fault) -> Reply:
    """`reply` as it comes on a bad day."""
    page = b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"
    match fault:
        case Fault.DOWN:
            return Reply(b"down for maintenance", 503, "text/plain")
        case Fault.RATE_LIMITED:
            return Reply(b"slow down", 429, "text/plain", {"Retry-After": "1"})
        case Fault.LOGIN_PAGE:
            return Reply(page, 200, "text/html")
        case Fault.TRUNCATED:
            return replace(reply, body=reply.body[: max(1, len(reply.body) // 2)])
        case Fault.CHARSET:
            return replace(reply, body=reply.body.decode().encode("utf-16"))
        case Fault.DRIP:
            return replace(reply, drip_s=0.05)
        case Fault.BOMB:
            return replace(reply, body=_bomb(), headers={"Content-Encoding": "gzip"})
        case Fault.ENDLESS:
            return replace(reply, body=reply.body * (1 + 2**20 // max(1, len(reply.body))), endless=True)
        case Fault.REDIRECT:
            return Reply(b"", 302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


@cache
def _bomb() -> bytes:
    """Some kilobytes that unpack to 32 MiB."""
    packing = zlib.compressobj(1, wbits=31)
    return b"".join(packing.compress(bytes(2**20)) for _ in range(32)) + packing.flush()
