"""Bringing the server of a data folder up, or joining the one that runs.

Whether a server runs is asked of its data folder (postmaster.pid, and the process at work there), never of a port:
a port may answer for somebody else.
Belongs here: ports, start, readiness, recovery after a kill, what the server's log says when it fails.
Keep out: initdb (cluster.py), who uses the server (lease.py).
"""

import os
import socket
import subprocess
import time
from pathlib import Path

import psycopg

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.server.binaries import NOBODY, Binaries, environment, runs_as_root
from liquidity_platform.warehouse.server.cluster import Cluster, check_version, initialise, meaning, recall, remember
from liquidity_platform.warehouse.server.guardian import prune, recorded, running, sweep

START_WAIT_S = 300.0  # replaying gigabytes of WAL after a kill takes its time
RETRY_S = 20.0
# Words of the command, so that homes made earlier obey too. A new file each start and each 10 MB; guardian.prune
# deletes the old ones: PostgreSQL itself truncates a file only when a running server passes midnight.
LOGGING = (
    "logging_collector=on", "log_directory=../log", "log_filename=postgres-%Y-%m-%d_%H%M%S.log",
    "log_rotation_size=10MB", "log_rotation_age=1d", "log_truncate_on_rotation=off",
)  # fmt: skip
_PASSING = (  # what time, or another port, cures
    "could not bind", "Address already in use",
    "shared memory block",  # backends of a killed server are still going down
    "lock file",  # another server of this folder is just ending or beginning
)  # fmt: skip


def ready_cluster(folder: Path, binaries: Binaries) -> Cluster:
    """The running server of `folder`, made and started when needed. The caller holds the mutex and a shared lock."""
    data = folder / "data"
    binaries.check_reach(folder)
    if not data.exists():
        initialise(folder, binaries)
    check_version(data, binaries)
    cluster = recall(folder)
    deadline = time.monotonic() + RETRY_S
    while True:
        if running(str(data)):
            outcome = _wait(cluster, None)
        else:
            sweep(str(data))  # a killed server's backends would keep its memory, and us, for as long as they compute
            outcome = _start(cluster, binaries)
        if isinstance(outcome, Cluster):
            return outcome
        if time.monotonic() > deadline:
            raise WarehouseUnavailable(f"the embedded server does not start: {outcome}; see {folder / 'log'}")
        time.sleep(0.2)


def _start(known: Cluster, binaries: Binaries) -> Cluster | str:
    """Start the server; says why when trying again may help."""
    cluster = Cluster(_free_port(known.port), known.password, known.folder)
    data, log = cluster.folder / "data", cluster.folder / "log"
    log.mkdir(mode=0o700, exist_ok=True)
    if runs_as_root():
        os.chown(log, NOBODY, NOBODY, follow_symlinks=False)
    prune(str(log))
    before = _sizes(log)
    stale = recorded(str(data))
    remember(cluster)
    marker = cluster.folder / "starting"
    marker.touch()  # tells the guardian that a server is about to appear, should we be killed now
    logging = [word for setting in LOGGING for word in ("-c", setting)]
    with (cluster.folder / "start.log").open("w") as out:
        child = subprocess.Popen(
            binaries.command("postgres", "-D", str(data), "-p", str(cluster.port), *logging),
            stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
            # a stale postmaster.pid naming a pid that somebody else has by now must not stop PostgreSQL
            env=environment() | ({"PG_GRANDPARENT_PID": str(stale.pid)} if stale else {}),
        )  # fmt: skip
    outcome = _wait(cluster, child)
    marker.unlink(missing_ok=True)
    if isinstance(outcome, Cluster):
        return outcome
    sweep(str(data))  # the logger ends after the server: only then is the reason in the file
    said = _said_since(log, before)
    if any(words in said for words in _PASSING):
        return meaning(said)
    raise WarehouseUnavailable(f"the embedded server does not start: {meaning(said) if said.strip() else outcome}")


def _wait(cluster: Cluster, child: subprocess.Popen[bytes] | None) -> Cluster | str:
    """Wait until the server of this folder accepts a login. Says so when it ends instead."""
    deadline = time.monotonic() + START_WAIT_S
    reason = "it does not become ready"
    while time.monotonic() < deadline:
        found = running(str(cluster.folder / "data"))
        if found is None and (child is None or child.poll() is not None):
            return "the server ended"
        if found and found.status == "ready":
            here = Cluster(found.port, cluster.password, cluster.folder)
            reason = _refusal(here)
            if not reason or "too many clients" in reason or "remaining connection slots" in reason:
                return here
            if "password authentication failed" in reason:
                break
        time.sleep(0.02)
    raise WarehouseUnavailable(f"the embedded server of {cluster.folder} cannot be used: {reason}")


def _refusal(cluster: Cluster) -> str:
    """Why the server accepts no login; empty when it does."""
    try:
        psycopg.connect(cluster.url("postgres").replace("+psycopg", ""), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return [*str(error).strip().splitlines(), "no answer"][0]
    return ""


def _free_port(wanted: int) -> int:
    """`wanted` when nobody listens there, else one the kernel hands out."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise WarehouseUnavailable("no free port on 127.0.0.1")


def _sizes(log: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in log.glob("postgres-*.log")}


def _said_since(log: Path, before: dict[str, int]) -> str:
    """The start's own output, and what the log collector has written since."""
    texts = [(log.parent / "start.log").read_text(errors="replace")]
    for path in sorted(log.glob("postgres-*.log")):
        known = before.get(path.name, 0)
        with path.open("rb") as handle:
            handle.seek(known if known <= path.stat().st_size else 0)
            texts.append(handle.read(100_000).decode(errors="replace"))
    return "\n".join(texts)
