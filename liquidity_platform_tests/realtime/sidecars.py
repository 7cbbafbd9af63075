"""A sidecar as a process of its own, on a free port, over a journal in a folder.

Belongs here: starting, asking and ending it, a file of ticks to replay. Keep out: what is expected of it.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from liquidity_platform_tests.addresses import free_port

FILE = "instrument,event_at,price,size,bid,ask\n"
OPEN = 1_772_467_200_000_000  # Monday 2026-03-02 11:00 in New York


def ticks(count: int) -> str:
    """ES up and down through 4500: a crossing every 20 ticks, a tick every 250 ms."""
    rows = []
    for n in range(count):
        price = 4495.0 + abs(n % 40 - 20) * 0.5
        rows.append(f"fut.es,{OPEN + n * 250_000},{price},1,,\n")
    return FILE + "".join(rows)


class Running:
    """A running `liquidity stream`."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process, self.port = process, port
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)

    def alerts(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.http.get("/api/alerts", params={"limit": 1000, **query})
        assert answer.status_code == 200
        return answer.json()["alerts"]

    def health(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get("/api/health").json()
        return answer

    def until(self, settled: Any) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if settled():
                return
            time.sleep(0.02)
        raise AssertionError(f"still not so: {self.health()}")


@contextmanager
def streaming(home: Path, end: int = signal.SIGINT, warehouse: str = "", **settings: str) -> Iterator[Running]:
    port = free_port()
    unwanted = ("LIQUIDITY_", "COVERAGE_")  # measured, a sidecar would take twice as long for everything
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    given = {"LIQUIDITY_HOME": str(home), "LIQUIDITY_API__PORT": str(port)}
    given |= {f"LIQUIDITY_STREAM__{name}": value for name, value in settings.items()}
    if warehouse:
        given["LIQUIDITY_WAREHOUSE__URL"] = warehouse
    command = [sys.executable, "-m", "liquidity_platform.cli.main", "stream"]
    process = subprocess.Popen(command, env={**clean, **given}, stderr=subprocess.PIPE, text=True)
    try:
        running = Running(process, port)
        for _ in range(3000):
            try:
                running.http.get("/api/health")
                break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.02)
        yield running
    finally:
        process.send_signal(end)
        _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert process.returncode == (-end if end == signal.SIGKILL else 0), said


def replay(home: Path, speed: str = "0", end: int = signal.SIGINT, warehouse: str = "") -> Any:
    return streaming(
        home, end, warehouse, FEED="replay", REPLAY__FILE=str(home / "ticks.csv"), REPLAY__SPEED=speed,
        JOURNAL=str(home / "j.sqlite"),
    )  # fmt: skip


def held(home: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home / "j.sqlite") as journal:
        return journal.execute(query).fetchall()
