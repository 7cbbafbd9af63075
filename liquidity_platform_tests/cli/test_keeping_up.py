"""Runs without a process: told from those that are worked at by looking at the code server's children, twice."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from liquidity_platform.cli.children import Supervisor
from liquidity_platform.cli.keeping_up import cleared, look, workers_of
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.server.cluster import Cluster
from liquidity_platform.warehouse.server.lease import Lease
from liquidity_platform_tests.running import until

# a code server: starts a worker when it is told to, and what is in a group of its own, as a database server is
SERVER = """
import subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleeper, start_new_session=True)
print("without", flush=True)
from pathlib import Path
while not Path("work").exists():
    time.sleep(0.02)
subprocess.Popen(sleeper)
print("with", flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """One that keeps a code server without workers."""
    monkeypatch.chdir(tmp_path)
    made = Supervisor(tmp_path, {})
    code = made.start("code", sys.executable, "-c", SERVER)
    until(lambda: "without" in code.log.read_text(), "the code server")
    made.keep(code)
    strangers = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _parent(pid) == code.process.pid]
    yield made
    made.stop()
    for pid in strangers:
        os.kill(pid, 9)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_run_that_nobody_works_at_is_ended_at_the_second_look(
    warehouse: Warehouse, instance: dg.DagsterInstance, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    home = warehouse.settings.data_home
    with (home / "users.lock").open("a") as users:
        embedded = replace(warehouse, lease=Lease(Cluster(0, "", home), users))
        instance.add_run(dg.DagsterRun(job_name="load_raw", run_id="12345678-9", status=dg.DagsterRunStatus.STARTED))
        code = supervisor.kept["code"].child.process
        suspected = look(supervisor, embedded, set())
        assert suspected == {"12345678-9"}
        assert code.poll() is None
        Path("work").touch()
        until(lambda: workers_of(code.pid), "a worker")
        assert look(supervisor, embedded, suspected) == set()
        assert code.poll() is None
        (worker,) = workers_of(code.pid) or set()
        os.kill(worker, 9)
        until(lambda: not workers_of(code.pid), "its end")
        assert look(supervisor, embedded, suspected) == set()
        assert code.wait(10) == -9
        assert "run 12345678 has no process any more" in capsys.readouterr().err
        assert cleared(embedded)
        assert [run.status.value for run in instance.get_runs()] == ["FAILURE"]
