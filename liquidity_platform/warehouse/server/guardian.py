"""The embedded server's guardian: a tiny process that stops the server when its last user is gone.

Run as a script with the arguments <users.lock> <mutex.lock> <postmaster.pid>; only the standard library is used, so
that it stays a few megabytes. Every user of the server holds a shared lock on users.lock for its life; the kernel
releases it however the user ends. The exclusive lock is granted when none is left.
Belongs here: waiting and stopping. Keep out: starting, imports of ours.
"""

import fcntl
import os
import signal
import sys
import time

STOP_WAIT_S = 60.0


def postmaster(pid_file: str) -> int | None:
    """Pid of the running server, or None."""
    try:
        with open(pid_file) as handle:
            pid = int(handle.readline())
        os.kill(pid, 0)
        with open(f"/proc/{pid}/comm") as handle:
            return pid if handle.read().startswith("postgres") else None
    except (OSError, ValueError):
        return None


def stop(pid_file: str) -> None:
    """Fast shutdown: no new work, open transactions rolled back, clean checkpoint."""
    pid = postmaster(pid_file)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_WAIT_S
    while postmaster(pid_file) == pid and time.monotonic() < deadline:
        time.sleep(0.02)


def main(users: str, mutex: str, pid_file: str) -> None:
    """Wait for the last user to go, then stop the server."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the users decide, not the terminal
    with open(users, "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        # A newcomer holds the mutex while it takes its shared lock: it waits for the exclusive one to go, and then
        # finds no server and starts one. So the server is stopped without the mutex, under the exclusive lock.
        stop(pid_file)
    del mutex


if __name__ == "__main__":
    main(*sys.argv[1:4])
