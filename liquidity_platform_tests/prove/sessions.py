"""A replayed session under `up`, with the sidecar and the daemon killed on the way: in the warehouse once each.

Belongs here: that draw and what the warehouse must hold afterwards. Keep out: moving itself (automation.journal).
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from liquidity_platform_tests.addresses import free_port
from liquidity_platform_tests.prove.processes import naming
from liquidity_platform_tests.realtime.sidecars import streaming, ticks

LIQUIDITY = str(Path(sys.executable).with_name("liquidity"))
TICKS, ALERTS, PATIENCE_S = 400, 10, 180.0
RULE = {
    "instrument_id": 1, "rule_type": "cross_level", "direction": "up", "level": 4500.0, "cooldown_s": 1,
    "dedupe_window_s": 0,
}  # fmt: skip
COUNTED = (
    "select (select count(*) from raw.ticks) as ticks, "
    "(select count(distinct (instrument_id, event_at)) from raw.ticks) as moments, "
    "(select count(*) from ops.alert_log where suppressed is null) as alerts"
)


@dataclass(frozen=True)
class Session:
    """What the warehouse held after a session."""

    number: int
    killed: tuple[str, ...]
    held: tuple[int, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """Empty when every tick and alert is there once."""
        wanted = (TICKS, TICKS, ALERTS)
        return () if self.held == wanted else (f"(ticks, moments, alerts) = {self.held}, wanted {wanted}",)

    def __str__(self) -> str:
        return f"session {self.number}: killed {', '.join(self.killed)}: " + ("; ".join(self.wrong) or "once each")


def session_draws(count: int, seed: int, folder: Path) -> Iterator[Session]:
    """`count` sessions, each with the sidecar and the daemon killed at random moments."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        home = folder / f"session-{number}"
        home.mkdir()
        yield _session(number, home, chance)


def _session(number: int, home: Path, chance: random.Random) -> Session:
    (home / "ticks.csv").write_text(ticks(TICKS))
    journal = home / "stream" / "replayed.sqlite"
    with streaming(home, JOURNAL=str(journal)) as running:
        assert running.http.post("/api/rules", json=RULE).status_code == 201
    killed = []
    for victim in chance.sample(["stream", "dagster-daemon"], 2):
        with _platform(home):
            time.sleep(chance.uniform(1, 12))
            _kill(home, victim)
            killed.append(victim)
            time.sleep(chance.uniform(1, 4))  # it is started again
    with _platform(home):
        held = _settled(home)
    return Session(number, tuple(killed), held)


def _settled(home: Path) -> tuple[int, ...]:
    """What the warehouse holds once it stays the same, or when patience is over."""
    deadline, before = time.monotonic() + PATIENCE_S, (0, 0, 0)
    while time.monotonic() < deadline:
        found = _held(home)
        if found == before and found[0] >= TICKS and found[2] >= ALERTS:
            return found
        before = found
        time.sleep(3)
    return before


def _held(home: Path) -> tuple[int, ...]:
    done = subprocess.run(
        [LIQUIDITY, "sql", COUNTED, "--format", "csv"], env=_environment(home), capture_output=True, text=True
    )
    if done.returncode:
        return (0, 0, 0)
    return tuple(int(part) for part in done.stdout.splitlines()[1].split(","))


def _kill(home: Path, victim: str) -> None:
    """SIGKILL the process of that name that works for `home`."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for number, command in naming(home).items():
            if command.endswith(f"liquidity {victim}") or f"/{victim} " in command:
                os.kill(number, signal.SIGKILL)
                return
        time.sleep(0.1)
    raise RuntimeError(f"no {victim} works for {home}: {naming(home)}")


@contextmanager
def _platform(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    port = str(free_port())
    with (home / "up.txt").open("wb") as out:
        up = subprocess.Popen(
            [LIQUIDITY, "up", "--port", port], env=_environment(home), stdout=out, stderr=out, cwd=home,
            start_new_session=True,
        )  # fmt: skip
    try:
        _until(lambda: b"Dagster UI: http" in (home / "up.txt").read_bytes() or up.poll() is not None)
        if up.poll() is not None:
            raise RuntimeError(f"up ended: {(home / 'up.txt').read_text()}")
        yield up
    finally:
        with contextlib.suppress(ProcessLookupError):
            up.send_signal(signal.SIGINT)
        up.wait(60)
        for left in naming(home):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(left).kill()


def _environment(home: Path) -> dict[str, str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIQUIDITY_", "DAGSTER_", "COVERAGE_"))
    }
    return clean | {
        "LIQUIDITY_HOME": str(home), "LIQUIDITY_STREAM__FEED": "replay", "LIQUIDITY_STREAM__REPLAY__SPEED": "10",
        "LIQUIDITY_STREAM__REPLAY__FILE": str(home / "ticks.csv"), "LIQUIDITY_API__PORT": str(free_port()),
    }  # fmt: skip


def _until(settled: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not settled():
        if time.monotonic() > deadline:
            raise RuntimeError("the platform did not come up")
        time.sleep(0.1)
