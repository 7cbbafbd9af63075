"""A healthy stand-in for FRED's graph page: a real HTTP server on loopback that serves a folder's CSV files.

Belongs here: the server. Keep out: how an unhealthy one behaves (misbehaving.py), what is made of the answers.
"""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class FredStandIn:
    """Answers `GET /graph/fredgraph.csv?id=CODE` after `delay_s`, from `body_of(code)`; None is 404."""

    def __init__(self, body_of: Callable[[str], bytes | None], delay_s: float = 0.0) -> None:
        self.asked: list[tuple[float, str]] = []  # when (monotonic), for which code
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                code = parse_qs(urlsplit(self.path).query).get("id", [""])[0]
                stand_in.asked.append((time.monotonic(), code))
                time.sleep(delay_s)
                body = body_of(code)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def from_folder(folder: Path) -> Callable[[str], bytes | None]:
    """Bodies out of `<folder>/fred/<CODE>.csv`."""

    def body_of(code: str) -> bytes | None:
        path = folder / "fred" / f"{code}.csv"
        return path.read_bytes() if code.isalnum() and path.is_file() else None

    return body_of
