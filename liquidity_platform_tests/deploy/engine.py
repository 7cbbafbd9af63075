"""A stand-in for the container engine: it answers as Docker's API does, and a container is a process of this machine.

The process has the command and the environment of the container and nothing else but where the image's programs are.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

IMAGE_S_OWN = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}


class Engine:
    """Containers asked for, and what became of those that were started."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.started: list[subprocess.Popen[bytes]] = []

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and body for one request of docker's own client."""
        what = path.partition("?")[0].split("/")[2:]
        if path.endswith("/version"):
            return 200, {"ApiVersion": "1.44", "MinAPIVersion": "1.24"}
        if what == ["containers", "create"]:
            self.asked.append(body)
            return 201, {"Id": str(len(self.asked) - 1), "Warnings": []}
        if method == "GET" and what[-1] == "json":
            return 200, {"Id": what[1], "State": {"Status": "running"}, "Config": {"Image": "unused"}}
        if what[-1] == "start":
            asked = self.asked[int(what[1])]
            given = dict(pair.split("=", 1) for pair in asked["Env"])
            self.started.append(subprocess.Popen(asked["Cmd"], env={**IMAGE_S_OWN, **given}))
            return 204, None
        return 404, {"message": f"the stand-in knows no {method} {path}"}


@contextmanager
def running() -> Iterator[tuple[Engine, str]]:
    """An engine that listens, and its DOCKER_HOST."""
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, body = engine.answer(self.command, self.path, json.loads(sent) if sent else None)
            self.send_response(status)
            data = b"" if body is None else json.dumps(body).encode()
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield engine, f"tcp://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        for process in engine.started:
            process.kill()
            process.wait()
