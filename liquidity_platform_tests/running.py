"""A whole platform as `liquidity up` starts it, and how a program asks its web server: for tests, bench and proofs.

Belongs here: starting it on free ports and ending it, GraphQL, waiting. Keep out: what is asserted or measured.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from liquidity_platform_tests.addresses import free_port
from liquidity_platform_tests.prove.processes import naming

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class NotReady(AssertionError):
    """What was waited for did not come; the message says what."""


@dataclass(frozen=True)
class Up:
    """`liquidity up` that answers. `said`: the file it prints to; `ready_s`: seconds until the UI answered."""

    process: "subprocess.Popen[str]"
    port: int
    home: Path
    said: Path
    ready_s: float

    @property
    def ui(self) -> str:
        """The UI's address."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL answer. Raises OSError while nobody answers."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.ui}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def memory_mb(self) -> dict[str, float]:
        """Proportional memory of the supervisor's children and theirs, by what they are."""
        found: dict[str, float] = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            words = " ".join(child.cmdline())
            known = [name for name in ("dagster-webserver", "dagster-daemon", "api grpc", "realtime") if name in words]
            name = known[0] if known else "postgres" if "postgres" in words else "other"
            found[name] = found.get(name, 0.0) + child.memory_full_info().pss / 2**20
        return found


def until(found: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """The first truthy answer of `found`. Raises NotReady naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.25)
    raise NotReady(f"waited {seconds:.0f} s for {what}")


def answered(url: str) -> Any:
    """The JSON at `url`; None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


@contextmanager
def platform_up(home: Path, environment: Mapping[str, str], *words: str) -> Iterator[Up]:
    """`liquidity up` for `home` on free ports; whatever is left of it is killed at the end of the block."""
    port, api = free_port(), free_port()
    said = home.parent / f"{home.name}-up.txt"
    started = time.monotonic()
    with said.open("w+") as out:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("liquidity")), "up", "--port", str(port), *words],
            env={**environment, "LIQUIDITY_HOME": str(home), "LIQUIDITY_API__PORT": str(api)},
            stdout=out, stderr=out, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            until(lambda: "Dagster UI: http" in said.read_text() or process.poll() is not None, "the UI")
            if process.poll() is not None:
                raise NotReady(said.read_text())
            yield Up(process, port, home, said, time.monotonic() - started)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
            for pid in naming(home):
                os.kill(pid, signal.SIGKILL)
