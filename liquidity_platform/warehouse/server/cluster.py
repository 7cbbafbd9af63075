"""A data folder and its server: made once, started on a free loopback port, recovered after a kill.

Belongs here: initdb, start, readiness, what the server's log says when it fails.
Keep out: who uses the server (lease.py), databases and roles inside it.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.server.binaries import NOBODY, Binaries, runs_as_root
from liquidity_platform.warehouse.server.guardian import postmaster

START_WAIT_S = 60.0
SUPERUSER = "postgres"
# Two cores, one warehouse. synchronous_commit stays on: a committed batch survives a power cut.
CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
wal_compression = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '../log'
log_filename = 'postgres-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
"""
# Iterations slow down guessing of weak passwords. Ours are 144 random bits, and Dagster opens thousands of connections:
# 4,096 iterations cost 14 ms each and half of a first load's time.
_CHEAP_LOGINS = "scram_iterations = 1\n"


@dataclass(frozen=True, slots=True)
class Cluster:
    """How to reach a running embedded server."""

    port: int
    password: str
    folder: Path
    superuser: str = SUPERUSER

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """SQLAlchemy URL of one of its databases."""
        login = f"{quote(user or self.superuser, safe='')}:{quote(password or self.password, safe='')}"
        return f"postgresql+psycopg://{login}@127.0.0.1:{self.port}/{database}"


def ready_cluster(folder: Path, binaries: Binaries) -> Cluster:
    """The running server of `folder`, made and started when needed. The caller holds the mutex and a shared lock."""
    data = folder / "data"
    if not data.exists():
        _initialise(folder, binaries)
    made_by = int((data / "PG_VERSION").read_text())
    if made_by != binaries.major:
        raise WarehouseUnavailable(
            f"{data} was made by PostgreSQL {made_by}, the programs at hand are version {binaries.major}: "
            "set LIQUIDITY_WAREHOUSE__PG_BIN to the old ones, or take another --home"
        )
    known = json.loads((folder / "cluster.json").read_text())
    cluster = Cluster(known["port"], known["password"], folder)
    if postmaster(str(data / "postmaster.pid")) is not None:
        return _wait(Cluster(_port_in_use(data), cluster.password, folder), None)
    for _ in range(5):
        cluster = Cluster(_free_port(cluster.port), cluster.password, folder)
        if started := _start(cluster, binaries):
            _remember(cluster)
            return started
    raise WarehouseUnavailable(f"no free port for the embedded server; see {folder / 'log'}")


def _port_in_use(data: Path) -> int:
    """The port a running server of this folder listens on (fourth line of postmaster.pid)."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = (data / "postmaster.pid").read_text().splitlines()
        if len(lines) >= 4 and lines[3].isdigit():
            return int(lines[3])
        time.sleep(0.02)
    raise WarehouseUnavailable(f"{data / 'postmaster.pid'} names no port")


def _initialise(folder: Path, binaries: Binaries) -> None:
    """initdb into a sibling that is renamed when whole: an interrupted one leaves nothing to trip over."""
    draft, secret = folder / "data.draft", folder / "initial-password"
    for leftover in (draft, secret):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    secret.touch(mode=0o600)
    secret.write_text(password)
    (folder / "log").mkdir(exist_ok=True)
    if runs_as_root():
        for path in (draft, secret, folder / "log"):
            os.chown(path, NOBODY, NOBODY)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    command = binaries.command(
        "initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", *locale
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise WarehouseUnavailable(f"the embedded server cannot be made in {folder}: {_meaning(done.stderr)}")
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write(CONFIG + (_CHEAP_LOGINS if binaries.major >= 16 else ""))
    secret.unlink()
    _remember(Cluster(0, password, folder))
    draft.rename(folder / "data")


def _remember(cluster: Cluster) -> None:
    path = cluster.folder / "cluster.json"
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"port": cluster.port, "password": cluster.password}))
    draft.replace(path)


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


def _start(cluster: Cluster, binaries: Binaries) -> Cluster | None:
    """Start the server; None when another program took the port meanwhile."""
    log = cluster.folder / "log" / "start.log"
    with log.open("w") as out:
        child = subprocess.Popen(
            binaries.command("postgres", "-D", str(cluster.folder / "data"), "-p", str(cluster.port)),
            stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, close_fds=True,
        )  # fmt: skip
    try:
        return _wait(cluster, child)
    except WarehouseUnavailable:
        said = _everything_said(cluster.folder)
        if "could not bind" in said or "Address already in use" in said:
            return None
        if "shared memory block is still in use" in said:  # backends of a killed server are still going down
            time.sleep(0.2)
            return None
        raise WarehouseUnavailable(f"the embedded server does not start: {_meaning(said)}") from None


def _wait(cluster: Cluster, child: subprocess.Popen[bytes] | None) -> Cluster:
    """Wait until the server accepts a login. Raises WarehouseUnavailable when it ends or never does."""
    deadline = time.monotonic() + START_WAIT_S
    url = cluster.url("postgres").replace("+psycopg", "")
    reason = "no answer"
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return cluster
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
        if child is not None and child.poll() is not None:
            break
        if "password authentication failed" in reason:
            break
        time.sleep(0.03)
    raise WarehouseUnavailable(f"the embedded server on port {cluster.port} does not answer: {reason}")


def _everything_said(folder: Path) -> str:
    """The start's own output, and what the log collector wrote last."""
    logs = sorted((folder / "log").glob("postgres-*.log"), key=lambda path: path.stat().st_mtime)
    texts = [(folder / "log" / "start.log").read_text()]
    texts += [path.read_text(errors="replace")[-4000:].rsplit("starting PostgreSQL", 1)[-1] for path in logs[-1:]]
    return "\n".join(texts)


def _meaning(said: str) -> str:
    """The line of a log that explains a failure."""
    lines = [line for line in said.splitlines() if line.strip()]
    for word in ("FATAL", "PANIC", "error:", "ERROR", "could not"):
        for line in lines:
            if word in line:
                return re.sub(r"^\S+ \S+ UTC \[\d+\] ", "", line).strip()
    return lines[-1] if lines else "it said nothing"
