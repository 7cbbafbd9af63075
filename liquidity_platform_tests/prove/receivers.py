"""Where the sidecar's alerts arrive while it is killed: an HTTP server and a web-socket client, both on loopback.

The client does what the API asks of one: after a lost connection it comes back with its last alert's id.
Belongs here: taking and remembering alerts. Keep out: kills, judgement (fires.py).
"""

import contextlib
import json
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from liquidity_platform_tests.answering import answering

MANNERS = ("at once", "slowly", "refusing")
SLOW_S, REFUSED = 0.04, 0.3


class Hook:
    """What came: a line a request. `manner` may be changed at any time; `taken` is what was answered with 200."""

    def __init__(self, seed: int) -> None:
        self.manner = MANNERS[0]
        self.came: list[tuple[str, int, str]] = []  # uid, id, idempotency key
        self.taken: set[str] = set()
        self.faults: list[str] = []
        self._chance, self._lock, self._rest = random.Random(seed), threading.Lock(), threading.Event()

    def answer(self, uid: str, number: int, key: str) -> int:
        """Remember one request; the status to answer with. A refusal is rare enough that no alert dies of them."""
        if self.manner == "slowly":
            self._rest.wait(SLOW_S)
        with self._lock:
            self.came.append((uid, number, key))
            tries = sum(each[0] == uid for each in self.came)
            if self.manner == "refusing" and tries < 4 and self._chance.random() < REFUSED:
                return 503
            self.taken.add(uid)
            return 200


@contextmanager
def hooking(hook: Hook) -> Iterator[str]:
    """The address at which `hook` listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            if len(text) < int(self.headers["Content-Length"]):
                return  # whoever asked was killed in the middle
            body = json.loads(text)
            status = hook.answer(body["uid"], body["id"], self.headers["Idempotency-Key"])
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status == 503:
                self.send_header("Retry-After", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what came is in `hook`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            if not isinstance(error := sys.exc_info()[1], ConnectionError):  # whoever asked was killed meanwhile
                hook.faults.append(f"the receiver failed: {error!r}")

    with answering(Server(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/hook"


class Ear:
    """Every alert a web-socket client heard, uid -> the ids it came with."""

    def __init__(self) -> None:
        self.heard: dict[str, set[int]] = {}
        self.last = 0

    def take(self, text: str | bytes) -> None:
        """One message."""
        message = json.loads(text)
        if message["type"] == "alert_fired":
            self.heard.setdefault(message["uid"], set()).add(message["alert_id"])
            self.last = max(self.last, message["alert_id"])


@contextmanager
def listening(ear: Ear, port: int) -> Iterator[None]:
    """Hear what the sidecar on `port` says, until it is gone or this ends; go on after the last alert heard."""
    ends = threading.Event()

    def listen() -> None:
        while not ends.is_set():
            try:
                with connect(f"ws://127.0.0.1:{port}/ws/realtime?last_alert_id={ear.last}") as client:
                    while not ends.is_set():
                        with contextlib.suppress(TimeoutError):
                            ear.take(client.recv(timeout=0.1))
            except (OSError, ConnectionClosed, InvalidHandshake):
                ends.wait(0.05)  # it was killed, or cut us off: come back

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
