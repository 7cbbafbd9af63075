"""Sharing one embedded server between processes.

Each process that uses the server holds a shared flock on `users.lock`; a guardian process waits for the exclusive
one and stops the server (guardian.py). Taking a lease is serialised by `mutex.lock`. No pid is trusted and none can
go stale: the kernel releases a killed process' locks. Lock files are closed in children that exec; a bare fork()
shares them and keeps the server up until it exits too.
Belongs here: leases. Keep out: how the server is made and started (cluster.py).
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.server import guardian
from liquidity_platform.warehouse.server.binaries import NOBODY, find_binaries, runs_as_root
from liquidity_platform.warehouse.server.cluster import Cluster, ready_cluster

LEAVE_WAIT_S = 30.0


@dataclass
class Lease:
    """A promise that the server runs until `release` (or the end of this process)."""

    cluster: Cluster
    _users: IO[str] = field(repr=False)

    def release(self) -> None:
        """Give the lease back. When it was the last, wait until the server has stopped. Idempotent."""
        if not self._users.closed:
            self._users.close()
            _wait_if_last(self.cluster.folder)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lease(home: Path, pg_bin: Path | None = None) -> Lease:
    """Start the server of `home`, or join those who use it. Raises WarehouseUnavailable or ConfigError in one line."""
    binaries = find_binaries(pg_bin)
    folder = home / "postgres"
    try:
        _make(folder)
        with _locked(folder / "mutex.lock"):
            users = (folder / "users.lock").open("a")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)  # waits for a guardian that is stopping the server
                cluster = ready_cluster(folder, binaries)
                _ensure_guardian(folder)
            except BaseException:
                users.close()
                raise
        return Lease(cluster, users)
    except (OSError, ValueError, KeyError) as error:
        reason = f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
        raise WarehouseUnavailable(f"the home {home} cannot be used: {reason}; choose another with --home") from None


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if runs_as_root() and folder.stat().st_uid != NOBODY:
        os.chown(folder, NOBODY, NOBODY)  # ours alone: no parent folder is touched
        folder.chmod(0o700)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ensure_guardian(folder: Path) -> None:
    """Start a guardian unless one waits already (it holds guardian.lock for its life)."""
    handle = (folder / "guardian.lock").open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return
    names = [str(folder / "users.lock"), str(folder / "mutex.lock"), str(folder / "data" / "postmaster.pid")]
    # the guardian inherits the locked file: the lock lives exactly as long as it does
    with handle:
        subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, *names],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", start_new_session=True, pass_fds=[handle.fileno()],
        )  # fmt: skip


def _wait_if_last(folder: Path) -> None:
    """Wait until the guardian has stopped the server, unless somebody else holds a lease."""
    pid_file = str(folder / "data" / "postmaster.pid")
    deadline = time.monotonic() + LEAVE_WAIT_S
    with (folder / "users.lock").open("a") as probe, (folder / "guardian.lock").open("a") as guard:
        while time.monotonic() < deadline:
            if _free(guard):  # the guardian has gone: the server has stopped, or it never was ours to wait for
                return
            if _shared_by_others(probe) and guardian.postmaster(pid_file) is not None:
                return
            time.sleep(0.02)


def _free(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return True


def _shared_by_others(handle: IO[str]) -> bool:
    """True when a shared lock is granted but an exclusive one is not: somebody holds a shared one."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False  # the guardian holds it exclusively: it is stopping the server
    fcntl.flock(handle, fcntl.LOCK_UN)
    return not _free(handle)
