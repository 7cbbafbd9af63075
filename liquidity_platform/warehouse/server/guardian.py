"""The embedded server's guardian: a tiny process that stops the server when its last user is gone.

Run as a script in the folder it guards, with the number of the descriptor that holds guardian.lock; only the standard
library is used, so that it stays a few megabytes. Every user of the server holds a shared lock on users.lock for its
life; the kernel releases it however the user ends. The exclusive lock is granted when none is left.
Belongs here: recognising the server of a data folder, waiting, stopping. Keep out: starting, imports of ours.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from typing import NamedTuple

STOPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))  # fast shutdown; then without a checkpoint (recovers from WAL)
APPEAR_WAIT_S = 5.0
SWEEP_AFTER_S = 2.0  # idle backends leave a dead server at once, a computing one only when it is done
LOGS_KEPT = 5
PRUNE_EVERY_S = 60.0


class Postmaster(NamedTuple):
    """What postmaster.pid says of a server."""

    pid: int
    port: int  # 0 until it is written
    status: str  # starting, ready, stopping; empty until it is written


def recorded(data: str) -> Postmaster | None:
    """What the postmaster.pid of `data` says, whether or not that process still lives."""
    try:
        with open(os.path.join(data, "postmaster.pid"), errors="replace") as handle:
            lines = [*handle.read().splitlines(), *[""] * 8]
        pid = int(lines[0])
    except (OSError, ValueError):
        return None
    return Postmaster(pid, int(lines[3]) if lines[3].isdigit() else 0, lines[7].strip()) if pid > 0 else None


def running(data: str) -> Postmaster | None:
    """The live server of the folder `data`, or None."""
    said = recorded(data)
    return said if said and serves(said.pid, data) else None


def serves(pid: int, data: str) -> bool:
    """True when `pid` is a live PostgreSQL working in `data`: a pid alone may belong to anybody by now."""
    try:
        if not os.path.isdir("/proc/self"):
            os.kill(pid, 0)
            return True
        with open(f"/proc/{pid}/stat") as handle:
            name, _, rest = handle.read().rpartition(")")
        if not name.endswith("(postgres") or rest.split()[0] in "ZX":
            return False
        return os.path.samestat(os.stat(f"/proc/{pid}/cwd"), os.stat(data))
    except PermissionError:  # root in a container may not look at the folder of another user's process
        return _was_told(pid, data)
    except OSError:
        return False


def _was_told(pid: int, data: str) -> bool:
    """True when the command line of `pid` says `-D data`."""
    try:
        with open(f"/proc/{pid}/cmdline") as handle:
            words = handle.read().split("\0")
        return os.path.samefile(words[words.index("-D") + 1], data)
    except (OSError, ValueError, IndexError):
        return False


def stop(data: str, folder: str) -> None:
    """Stop the server of `data`, wherever in its life it is. The caller holds the exclusive lock."""
    found = running(data) or _appearing(data)
    if found:
        for number, patience in STOPS:
            if _stopped(found.pid, number, patience, data):
                break
        sweep(data)
    elif os.path.exists(data):
        sweep(data)
    elif orphan := _homeless(data, folder):
        os.kill(orphan, signal.SIGQUIT)


def _stopped(pid: int, number: int, patience: float, data: str) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + patience
    while serves(pid, data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sweep(data: str) -> None:
    """End what a dead server of `data` left behind. The caller made sure that none is running or starting."""
    since = time.monotonic()
    while left := _at_work(data):
        waited = time.monotonic() - since
        if waited > SWEEP_AFTER_S + 10.0 or running(data):
            return
        if waited > SWEEP_AFTER_S:
            number = signal.SIGQUIT if waited < SWEEP_AFTER_S + 1.0 else signal.SIGKILL
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        time.sleep(0.02)


def _at_work(data: str) -> list[int]:
    """Every live PostgreSQL process in `data`. In a container without ptrace rights backends cannot be recognised."""
    if not os.path.isdir("/proc/self") or not os.path.exists(data):
        return []
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and serves(int(name), data)]


def prune(log: str) -> None:
    """Delete all but the newest logs: commands that run for seconds never pass the midnight that rotates."""
    try:
        paths = [os.path.join(log, name) for name in os.listdir(log) if name.startswith("postgres-")]
        for path in sorted(paths, key=os.path.getmtime)[:-LOGS_KEPT]:
            os.unlink(path)
    except OSError:
        return  # the folder goes with its home, or the next minute tries again


def _appearing(data: str) -> Postmaster | None:
    """The server that a user had launched when it was killed: it writes its pid a moment later."""
    deadline = time.monotonic() + APPEAR_WAIT_S
    while os.path.exists(os.path.join(data, "..", "starting")) and time.monotonic() < deadline:
        if found := running(data):
            return found
        time.sleep(0.02)
    return None


def _homeless(data: str, folder: str) -> int | None:
    """The server whose data folder was deleted under it (by itself it would notice only after a minute)."""
    if os.path.exists(data) or not os.path.isdir("/proc/self"):
        return None
    parents: dict[int, int] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/cwd") == f"{folder}/data (deleted)":
                with open(f"/proc/{name}/stat") as handle:
                    parents[int(name)] = int(handle.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended meanwhile, or not ours to look at
    return next((pid for pid, parent in parents.items() if parent not in parents), None)


def main(guard: int) -> None:
    """Wait for the last user to go, then stop the server of the current folder.

    Everything is named relative to that folder: when it is deleted and made anew, the new server is not ours.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the users decide, not the terminal
    signal.signal(signal.SIGALRM, lambda *_: prune("log"))  # flock below goes on waiting afterwards (PEP 475)
    signal.setitimer(signal.ITIMER_REAL, PRUNE_EVERY_S, PRUNE_EVERY_S)
    folder = os.getcwd()
    with open("users.lock", "a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        stop("data", folder)
        # A newcomer waits for users.lock. Giving guardian.lock back first makes sure that it finds no guardian and
        # starts one: it must never count on this one, which is about to end.
        fcntl.flock(guard, fcntl.LOCK_UN)


if __name__ == "__main__":
    main(int(sys.argv[1]))
