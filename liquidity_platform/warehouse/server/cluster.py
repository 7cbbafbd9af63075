"""A data folder: made once by initdb, whole or not at all; what is remembered beside it.

Belongs here: initdb, the server's configuration, cluster.json, how to address the server.
Keep out: starting it (starting.py), who uses it (lease.py), databases and roles inside it.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.core.whole import written_whole
from liquidity_platform.warehouse.server.binaries import NOBODY, Binaries, environment, runs_as_root

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
"""
# Iterations slow down guessing of weak passwords. Ours are 144 random bits, and Dagster opens thousands of connections:
# 4,096 iterations cost 14 ms each and half of a first load's time. PostgreSQL 16 made them a setting.
CHEAP_LOGINS = "scram_iterations = 1\n"


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


def initialise(folder: Path, binaries: Binaries) -> None:
    """initdb below a workshop of its own, renamed when whole. The caller holds the mutex.

    An interrupted one leaves nothing to trip over, even while its orphaned initdb is still writing.
    """
    for leftover in folder.glob("making-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    workshop = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
    data, secret = workshop / "data", workshop / "password"
    workshop.chmod(0o711)  # the server's user passes through; only we may put things here
    data.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if runs_as_root():
        for path in (data, secret):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    try:
        _initdb(data, secret, binaries)
        # the folder belongs to the server's user: as root, never follow a link out of it
        with open(os.open(data / "postgresql.conf", os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW), "a") as conf:
            conf.write(CONFIG + (CHEAP_LOGINS if binaries.major >= 16 else ""))
        remember(Cluster(0, password, folder))  # before the rename: a data folder without its password is lost
        data.rename(folder / "data")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _initdb(data: Path, secret: Path, binaries: Binaries) -> None:
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    command = binaries.command(
        "initdb", "-D", str(data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={secret}",
        "-E", "UTF8", "--locale=C.UTF-8", *locale,
    )  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", cwd="/", stdin=subprocess.DEVNULL, env=environment()
    )
    if done.returncode:
        raise WarehouseUnavailable(
            f"the embedded server cannot be made in {data.parent.parent}: {meaning(done.stderr)}"
        )


def check_version(data: Path, binaries: Binaries) -> None:
    """Refuse programs of another major version than the one that made `data`."""
    made_by = int((data / "PG_VERSION").read_text())
    if made_by != binaries.major:
        raise WarehouseUnavailable(
            f"{data} was made by PostgreSQL {made_by}, the programs at hand are version {binaries.major}: "
            "set LIQUIDITY_WAREHOUSE__PG_BIN to the old ones, or take another --home"
        )


def remember(cluster: Cluster) -> None:
    """Write cluster.json, durably: the only place of the superuser's password."""
    path = cluster.folder / "cluster.json"
    with written_whole(path, 0o600) as file:
        file.write(json.dumps({"port": cluster.port, "password": cluster.password}).encode())


def recall(folder: Path) -> Cluster:
    """The cluster as it was last started."""
    path = folder / "cluster.json"
    try:
        known = json.loads(path.read_text())
        return Cluster(int(known["port"]), str(known["password"]), folder)
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseUnavailable(
            f"{path} is damaged ({type(error).__name__}); restore it, or take another --home"
        ) from None


def meaning(said: str) -> str:
    """The line of a log that explains a failure."""
    lines = [line for line in said.splitlines() if line.strip()]
    for line in lines:
        if line.startswith("setpriv:"):
            return (
                f"{line} (root may not drop to another user here: run as another user, or set LIQUIDITY_WAREHOUSE__URL)"
            )
    for word in ("FATAL", "PANIC", "error:", "ERROR", "could not"):
        for line in lines:
            if word in line:
                return re.sub(r"^\S+ \S+ UTC \[\d+\] ", "", line).strip()
    return lines[-1].strip() if lines else "it said nothing"
