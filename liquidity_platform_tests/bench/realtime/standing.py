"""A sidecar and the sender it hears, both as processes, with the rules in place.

Belongs here: starting and ending them, orders to the sender, counters of the sidecar. Keep out: what is measured.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from liquidity_platform_tests.bench.realtime.load import EXTRA, rules_of
from liquidity_platform_tests.realtime.sidecars import Running, streaming

SENDER = "liquidity_platform_tests.bench.realtime.sender"


@dataclass
class Loaded:
    """A running sidecar with rules, and its sender."""

    running: Running
    sender: "subprocess.Popen[str]"

    def order(self, rate: int, seconds: float, alerts: int = 10) -> None:
        """Have ticks sent; `sent` waits for the end."""
        assert self.sender.stdin
        self.sender.stdin.write(json.dumps({"rate": rate, "seconds": seconds, "alerts": alerts}) + "\n")
        self.sender.stdin.flush()

    def sent(self) -> dict[str, Any]:
        """What the sender says of its last order."""
        assert self.sender.stdout
        return dict(json.loads(self.sender.stdout.readline()))

    def counter(self, name: str) -> int:
        """A number of /metrics."""
        lines = (line.split() for line in self.running.http.get("/metrics").text.splitlines() if line[0] != "#")
        return next(int(value) for key, value in lines if key == f"liquidity_{name}")

    def megabytes(self) -> float:
        """What the sidecar holds in memory."""
        return float(psutil.Process(self.running.process.pid).memory_info().rss / 2**20)


@contextmanager
def loaded(home: Path, rules: int, journal: Path) -> Iterator[Loaded]:
    """A sidecar over `journal` with `rules` rules on fifteen instruments, connected to its sender."""
    home.mkdir(parents=True, exist_ok=True)
    token = home / "token.json"
    sender = subprocess.Popen(
        [sys.executable, "-m", SENDER, str(token)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert sender.stdout
        reach = {f"SCHWAB__{name}": value for name, value in json.loads(sender.stdout.readline()).items()}
        given = {"FEED": "schwab", "JOURNAL": str(journal), "SCHWAB__TOKEN_FILE": str(token), **reach}
        with streaming(home, **given) as running:
            add_rules(running, rules)
            running.until(lambda: running.health()["feed"]["connected"])
            yield Loaded(running, sender)
    finally:
        sender.kill()
        sender.wait()


def add_rules(running: Running, count: int) -> list[float]:
    """Watch the extra instruments and post `count` rules evenly; the seconds each post took."""
    for symbol in EXTRA:
        running.http.post("/api/instruments", json={"symbol": symbol}).raise_for_status()
    watched = running.http.get("/api/instruments").json()
    times = []
    for place, one in enumerate(watched):
        share = count // len(watched) + (place < count % len(watched))
        for body in rules_of(share, one["type"] not in ("index", "internal")):
            began = time.perf_counter()
            running.http.post("/api/rules", json={"instrument_id": one["id"], **body}).raise_for_status()
            times.append(time.perf_counter() - began)
    return times
