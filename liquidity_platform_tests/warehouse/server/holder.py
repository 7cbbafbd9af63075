"""A real process that holds a lease: told by lines on stdin, answering in JSON lines.

Run as `python holder.py HOME [PG_BIN]`. Belongs here: the process and the object that drives it.
Keep out: expectations.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

ANSWER_S = 90.0


class Holder:
    """A child process that takes a lease of `home`."""

    def __init__(self, home: Path, pg_bin: Path | None = None, prefix: tuple[str, ...] = ()) -> None:
        words = [*prefix, sys.executable, __file__, str(home), *([str(pg_bin)] if pg_bin else [])]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )

    def answer(self) -> dict[str, Any]:
        """The next line it says: {'port', 'url'}, {'error'} or {'released'}."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr
            raise AssertionError(f"the holder ended: {self.process.stderr.read()}")
        return dict(json.loads(line))

    def url(self) -> str:
        """Wait for the lease; the superuser's address of the server."""
        said = self.answer()
        assert "url" in said, said
        return str(said["url"])

    def release(self) -> None:
        """Give the lease back; returns when that is done."""
        assert self.process.stdin
        self.process.stdin.write("release\n")
        self.process.stdin.flush()
        assert self.answer() == {"released": True}
        self.process.stdin.close()
        assert self.process.wait(timeout=ANSWER_S) == 0

    def kill(self) -> None:
        """kill -9, of this process only."""
        self.process.kill()
        self.process.wait(timeout=10)


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    """One autocommitted statement."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        cursor = connection.execute(sql)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []


def eventually(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Poll until `condition` holds; its value. Fails when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"did not come true within {seconds:.0f} s")


def postmaster_of(home: Path) -> int:
    """The pid in postmaster.pid."""
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def kill(pid: int) -> None:
    """kill -9, and wait until it works no more (a zombie of a living parent may stay)."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text())


def main(home: str, pg_bin: str | None = None) -> None:
    from liquidity_platform.core.errors import LiquidityError
    from liquidity_platform.warehouse.server.lease import lease

    try:
        held = lease(Path(home), Path(pg_bin) if pg_bin else None)
    except LiquidityError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}), flush=True)
        return
    url = held.cluster.url("postgres").replace("+psycopg", "")
    print(json.dumps({"port": held.cluster.port, "url": url}), flush=True)
    for line in sys.stdin:
        if line.strip() == "release":
            held.release()
            print(json.dumps({"released": True}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
