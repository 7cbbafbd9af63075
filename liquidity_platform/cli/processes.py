"""The processes of `up`: one code server, the webserver, the daemon, the sidecar, children of one supervisor.

One that ends while the platform comes up ends it; later it is started again (keeping_up.py).
The supervisor holds a lock on <HOME>/up.lock with its pid in it, so that a second `up` says so and `down` finds it.
Children run in process groups of their own and get SIGTERM should the supervisor be killed.
Belongs here: which there are. Keep out: starting and stopping (children.py), Dagster's configuration.
"""

import fcntl
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from liquidity_platform.cli.children import Supervisor
from liquidity_platform.cli.keeping_up import cleared, keep_up, revive
from liquidity_platform.core.errors import LiquidityError, UsageError
from liquidity_platform.settings import Settings, settings

if TYPE_CHECKING:
    from liquidity_platform.warehouse.connect import Warehouse

READY_WAIT_S = 120.0


def run_platform() -> int:
    """Run everything until SIGINT or SIGTERM; returns the exit code."""
    from liquidity_platform.automation.instance import enter_dagster
    from liquidity_platform.automation.leftovers import clear_platform
    from liquidity_platform.automation.manifest import ensure_manifest
    from liquidity_platform.automation.resources import prepare
    from liquidity_platform.automation.universes import declare_universes
    from liquidity_platform.publish.channels import channels
    from liquidity_platform.realtime.settings import sidecar_settings
    from liquidity_platform.sources.files import check_folder
    from liquidity_platform.warehouse.connect import open_warehouse

    found = settings()
    sidecar_settings(found)  # a wrong one is said now, not by a child that never starts
    channels(found.notify)
    _refuse_occupied(found.dagster.port)
    if found.files_dir is not None:
        check_folder(found.files_dir)
    with _only_one(found), open_warehouse(found) as warehouse:
        prepare(warehouse)
        declare_universes(warehouse)
        _say("preparing dbt")
        ensure_manifest()
        enter_dagster(warehouse)
        clear_platform(warehouse)  # what a platform that was killed here left running
        supervisor = Supervisor(_folder(found), _own_environment(found))
        with _until_signalled() as stopped:
            try:
                return _serve(supervisor, warehouse, stopped)
            finally:
                _say("stopping")
                supervisor.stop()


def _own_environment(found: Settings) -> dict[str, str]:
    """Settings as children must see them, whatever their working folder."""
    own = {"LIQUIDITY_HOME": str(found.home), "LIQUIDITY_DATA": found.data}
    if found.files_dir is not None:
        own["LIQUIDITY_SOURCES__FILES__DIR"] = str(found.files_dir)
        own["LIQUIDITY_DATA"] = "live"
    return own


def _serve(supervisor: Supervisor, warehouse: "Warehouse", stopped: list[int]) -> int:
    port, code_port, bin_folder = warehouse.settings.dagster.port, _free_port(), Path(sys.executable).parent
    workspace = supervisor.folder / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server: {{host: 127.0.0.1, port: {code_port}, location_name: liquidity}}\n"
    )
    _say("starting the code server")
    code = supervisor.start(
        "code", str(bin_folder / "dagster"), "api", "grpc", "-m", "liquidity_platform.definitions", "-h", "127.0.0.1",
        "-p", str(code_port), "--location-name", "liquidity",
    )  # fmt: skip
    _wait(supervisor, stopped, lambda: _listens(code_port))
    _say("starting the Dagster UI and the daemon")
    others = [
        supervisor.start(
            "webserver", str(bin_folder / "dagster-webserver"), "-h", "127.0.0.1", "-p", str(port), "-w", str(workspace)
        ),
        supervisor.start("daemon", str(bin_folder / "dagster-daemon"), "run", "-w", str(workspace)),
    ]
    supervisor.keep(supervisor.start("stream", str(bin_folder / "liquidity"), "stream"))
    _wait(supervisor, stopped, lambda: _answers(port))
    supervisor.keep(code, partial(cleared, warehouse))
    for child in others:
        supervisor.keep(child)
    if not stopped:
        api = settings().api
        _say(f"sidecar: http://{api.host}:{api.port}/docs (LIQUIDITY_STREAM__FEED chooses its feed)")
        _say(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C stops everything)")
    keep_up(supervisor, warehouse, stopped)
    return 0


def _wait(supervisor: Supervisor, stopped: list[int], ready: Callable[[], bool]) -> None:
    """Wait until ready or told to stop. Raises LiquidityError when a child ends or nothing answers in time."""
    deadline = time.monotonic() + READY_WAIT_S
    while not stopped and not ready():
        if child := supervisor.ended():
            raise LiquidityError(f"{child.name} ended: {child.last_line()} (whole log: {child.log})")
        revive(supervisor)
        if time.monotonic() > deadline:
            raise LiquidityError(f"no answer after {READY_WAIT_S:.0f} s; see {supervisor.folder}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refuse_occupied(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise LiquidityError(f"port {port} is taken: stop what uses it, or choose another with --port") from None


def _folder(found: Settings) -> Path:
    folder = found.data_home / "up"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _only_one(found: Settings) -> Iterator[None]:
    """Hold <HOME>/up/up.lock with our pid. Raises UsageError when another `up` holds it."""
    with (_folder(found) / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"`liquidity up` already runs for {found.data_home}; `liquidity down` stops it") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _until_signalled() -> Iterator[list[int]]:
    """A list that a SIGINT or SIGTERM is put into."""
    heard: list[int] = []
    before = {number: signal.signal(number, lambda n, _: heard.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_platform() -> None:
    """Send SIGTERM to the `up` of this home and wait until it has gone."""
    path = settings().data_home / "up" / "up.lock"
    if not path.exists():
        _say("nothing runs")
        return
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            os.kill(int(lock.read()), signal.SIGTERM)
            fcntl.flock(lock, fcntl.LOCK_EX)  # granted when that process has ended
            _say("stopped")
            return
    _say("nothing runs")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
