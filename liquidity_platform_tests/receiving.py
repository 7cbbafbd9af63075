"""A real HTTP server on loopback that remembers what it was sent, and answers as a test says.

Belongs here: that. Keep out: what the requests mean.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from liquidity_platform_tests.answering import answering


@dataclass
class Receiver:
    """`got`: (method, path, JSON body or None) of each request; `status`: what is answered."""

    port: int = 0
    status: int = 200
    got: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def messages(self) -> list[str]:
        """Title and text of each message that was taken, as apprise's json:// sends them."""
        return [f"{body['title']}\n{body['message']}" for method, _, body in self.got if method == "POST"]


@contextmanager
def receiving(**given: Any) -> Iterator[Receiver]:
    """A receiver that listens for the time of the block."""
    receiver = Receiver(**given)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(size)
            if receiver.status == 200:
                receiver.got.append((self.command, self.path, json.loads(text) if text else None))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET = answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what came is in `got`."""

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as receiver.port:
        yield receiver
