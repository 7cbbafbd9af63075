"""What a running platform is hurt by: a killed process, publishers that are away, a full disk.

Belongs here: each blow, and the small disk one of them needs. Keep out: what has to come of it (chaos.py).
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liquidity_platform.warehouse.server.guardian import running
from liquidity_platform_tests.prove.processes import naming
from liquidity_platform_tests.prove.weekly_world import WeeklyWorld

BLOWS = ("daemon", "database", "code", "webserver", "network", "disk")
HURT_S, DISK_MB = 25.0, 700
_SPARE = 2**20  # bytes that a disk is filled by, at first
_NAMES = {"daemon": "dagster-daemon run", "webserver": "dagster-webserver ", "code": "dagster api grpc"}


def strike(blow: str, world: WeeklyWorld, home: Path) -> None:
    """One blow; those that last are over when this returns."""
    if blow == "network":
        with world.gone():
            time.sleep(HURT_S)
    elif blow == "disk":
        _full(home)
    elif blow == "database":
        server = running(str(home / "postgres" / "data"))
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
    else:
        pid = min(pid for pid, command in naming(home).items() if _NAMES[blow] in command)
        os.kill(pid, signal.SIGKILL)


@contextmanager
def small_disk(home: Path) -> Iterator[None]:
    """A disk of DISK_MB for `home`. Raises RuntimeError where nobody may mount one."""
    home.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", str(home)], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"no disk can be mounted here ({done.stderr.strip()}): leave this blow out")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def _full(home: Path) -> None:
    """Fill the disk of `home` for HURT_S."""
    filler, ends = home / "filler", time.monotonic() + HURT_S
    try:
        with filler.open("wb", buffering=0) as out:
            size = _SPARE
            while time.monotonic() < ends:  # whatever is freed meanwhile
                try:
                    out.write(bytes(size))
                except OSError:
                    size = 4096
                    time.sleep(0.05)
    finally:
        filler.unlink()
