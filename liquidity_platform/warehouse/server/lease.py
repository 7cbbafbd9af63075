"""Sharing one embedded server between processes.

Each process that uses the server holds a shared flock on `users.lock`; a guardian process waits for the exclusive
one and stops the server (guardian.py). Taking a lease, and looking who holds what, is serialised by `mutex.lock`.
No pid is trusted and none can go stale: the kernel releases a killed process' locks. Lock files are closed in
children that exec; a bare fork() shares them and keeps the server up until it exits too.
Belongs here: leases. Keep out: how the server is made (cluster.py) and started (starting.py).
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.server import guardian
from liquidity_platform.warehouse.server.binaries import NOBODY, find_binaries, runs_as_root
from liquidity_platform.warehouse.server.cluster import Cluster
from liquidity_platform.warehouse.server.guardian import running
from liquidity_platform.warehouse.server.starting import START_WAIT_S, ready_cluster

__all__ = ["Cluster", "Lease", "lease"]

LEAVE_WAIT_S = 30.0
TURN_WAIT_S = START_WAIT_S + 60.0  # somebody else may be making and starting the server


@dataclass
class Lease:
    """A promise that the server runs until `release` (or the end of this process)."""

    cluster: Cluster
    _users: IO[str] = field(repr=False)
    _pg_bin: Path | None = None

    def revive(self) -> bool:
        """Start the server again if it has ended though it was not to; True when it had.

        Raises WarehouseUnavailable when it does not start, or only on another port than its users know.
        """
        folder = self.cluster.folder
        if running(str(folder / "data")):
            return False
        with _locked(folder / "mutex.lock", TURN_WAIT_S):
            _ensure_guardian(folder)
            found = ready_cluster(folder, find_binaries(self._pg_bin))
        if found.port != self.cluster.port:
            raise WarehouseUnavailable(f"somebody else uses the embedded server's port {self.cluster.port} now")
        return True

    def release(self) -> None:
        """Give the lease back. When it was the last, wait until the server has stopped. Idempotent."""
        if self._users.closed:
            return
        folder = self.cluster.folder
        # a deleted home has nothing left to guard or to wait for; its guardian, if any, stops the server
        with suppress(OSError, WarehouseUnavailable):
            try:
                with _locked(folder / "mutex.lock", LEAVE_WAIT_S):
                    _ensure_guardian(folder)  # the former one may have been killed
            finally:
                self._users.close()
            _wait_if_last(folder)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lease(home: Path, pg_bin: Path | None = None) -> Lease:
    """Start the server of `home`, or join those who use it. Raises WarehouseUnavailable or ConfigError in one line."""
    binaries = find_binaries(pg_bin)
    folder = Path(os.path.abspath(home)) / "postgres"
    try:
        _make(folder)
        with _locked(folder / "mutex.lock", TURN_WAIT_S):
            users = (folder / "users.lock").open("a")
            try:
                _flock(users, fcntl.LOCK_SH, TURN_WAIT_S)  # waits for a guardian that is stopping the server
                _ensure_guardian(folder)  # before the server: whoever is killed while starting it leaves nothing behind
                cluster = ready_cluster(folder, binaries)
            except BaseException:
                users.close()
                raise
        return Lease(cluster, users, pg_bin)
    except (OSError, ValueError, KeyError) as error:
        raise WarehouseUnavailable(
            f"the home {home} cannot be used: {_reason(error)}; choose another with --home"
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return f"{type(error).__name__} {error}".splitlines()[0]


def _make(folder: Path) -> None:
    """The server's own folder; no parent folder is touched.

    As root it stays root's, and only data/ and log/ are the server's: whoever owns a folder may put a link into it,
    and root, which writes here, would follow.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not runs_as_root():
        return
    if (owner := folder.stat().st_uid) not in (0, NOBODY):
        raise WarehouseUnavailable(f"{folder} belongs to user {owner}: run as that user, or choose another --home")
    os.chown(folder, 0, 0)
    folder.chmod(0o711)  # the server's user passes through to its own two folders


@contextmanager
def _locked(path: Path, patience: float) -> Iterator[None]:
    with path.open("a") as handle:
        _flock(handle, fcntl.LOCK_EX, patience)
        yield


def _flock(handle: IO[str], kind: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _tried(handle, kind):
        if time.monotonic() > deadline:
            raise WarehouseUnavailable(f"another process has held {handle.name} for {patience:.0f} s; is it stopped?")
        time.sleep(0.02)


def _tried(handle: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ensure_guardian(folder: Path) -> None:
    """Start a guardian unless one waits already (it holds guardian.lock for its life). The caller holds the mutex."""
    with (folder / "guardian.lock").open("a") as handle:
        if _tried(handle, fcntl.LOCK_EX):
            # the guardian inherits the locked file: the lock lives exactly as long as it does
            subprocess.Popen(
                [sys.executable, "-I", "-S", guardian.__file__, str(handle.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd=folder, start_new_session=True, pass_fds=[handle.fileno()],
            )  # fmt: skip


def _wait_if_last(folder: Path) -> None:
    """Wait until the guardian has stopped the server, unless somebody else holds a lease.

    Looking takes the locks for an instant, so it is done under the mutex: nobody mistakes the look for a holder.
    """
    deadline = time.monotonic() + LEAVE_WAIT_S
    names = ("mutex.lock", "users.lock", "guardian.lock")
    with (
        (folder / names[0]).open("a") as mutex,
        (folder / names[1]).open("a") as users,
        (folder / names[2]).open("a") as guard,
    ):
        while time.monotonic() < deadline:
            if _tried(mutex, fcntl.LOCK_EX):
                over = _free(guard) or _held_by_others(users)
                fcntl.flock(mutex, fcntl.LOCK_UN)
                if over:
                    return
            time.sleep(0.02)


def _free(handle: IO[str]) -> bool:
    if not _tried(handle, fcntl.LOCK_EX):
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return True


def _held_by_others(users: IO[str]) -> bool:
    """True when somebody holds a shared lock; false when nobody does, or the guardian holds the exclusive one."""
    if _free(users) or not _tried(users, fcntl.LOCK_SH):
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True
