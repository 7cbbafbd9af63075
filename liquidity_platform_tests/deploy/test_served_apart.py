"""The code location served on its own, and a run that the Docker launcher starts from it in a container."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._cli.job import _create_run
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._grpc.client import DagsterGrpcClient
from dagster_docker import DockerRunLauncher

from liquidity_platform.automation.instance import enter_dagster
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.addresses import free_port
from liquidity_platform_tests.deploy import engine

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
IMAGE = "liquidity-platform:latest"


@pytest.fixture
def home(warehouse: Warehouse, database: str, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """This process as a container of docker-compose.yml is: settings from the environment alone."""
    for name in ("HOME", "PG_URL", "COMPUTE_LOGS", "EVENT_BATCH_SIZE", "DISABLE_TELEMETRY"):
        monkeypatch.setenv(f"DAGSTER_{name}", "")  # given back after the test
    monkeypatch.setenv("LIQUIDITY_HOME", str(warehouse.settings.home))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    monkeypatch.setenv("LIQUIDITY_DAGSTER__LAUNCHER", "docker")
    monkeypatch.setenv("LIQUIDITY_DAGSTER__DOCKER_VOLUME", "liquidity-home")
    settings.cache_clear()
    return Warehouse(settings(), warehouse.url, warehouse.writer_url, warehouse.reader_url)


@pytest.fixture
def code_server(home: Warehouse) -> Iterator[int]:
    """`code` of docker-compose.yml, by its own command on a free loopback port; the port."""
    port = free_port()
    words = COMPOSE["code"]["command"]
    assert words[:1] + words[4:6] == ["liquidity", "-h", "0.0.0.0"]
    command = [*words[1:5], "127.0.0.1", *words[6:7], str(port), *words[8:]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "liquidity_platform.cli.main", *command],
        env={**environment, "DAGSTER_CURRENT_IMAGE": IMAGE, "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD": "1"},
        start_new_session=True,
    )
    try:
        client, deadline = DagsterGrpcClient(port=port), time.monotonic() + 180
        while client.health_check_query() != "SERVING":
            assert process.poll() is None, "the code server ended"
            assert time.monotonic() < deadline, "the code server does not answer"
            time.sleep(0.5)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.untraced
def test_the_location_loads_from_its_own_server_and_a_run_of_it_is_a_container(
    code_server: int, home: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "workspace.yaml"
    served = (ROOT / "deploy" / "workspace.yaml").read_text()
    workspace.write_text(served.replace("host: code", "host: 127.0.0.1").replace("4266", str(code_server)))
    enter_dagster(home)
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)])) as context,
        engine.running() as (docker, address),
    ):
        monkeypatch.setenv("DOCKER_HOST", address)
        request = context.create_request_context()
        errors = [entry.load_error for entry in request.get_code_location_entries().values() if entry.load_error]
        assert not errors
        location = request.get_code_location("liquidity")
        repository = next(iter(location.get_repositories().values()))
        assert len(repository.get_asset_node_snaps()) > 150
        job = repository.get_full_job("delete_old_runs")
        run = _create_run(instance, location, repository, job, {}, None, None, None)
        assert isinstance(instance.run_launcher, DockerRunLauncher)
        instance.launch_run(run.run_id, request)  # as the daemon does with a run whose turn it is

        assert len(docker.started) == 1
        assert docker.started[0].wait(180) == 0
        done = instance.get_run_by_id(run.run_id)
        assert done is not None
        assert done.status == dg.DagsterRunStatus.SUCCESS
    asked = docker.asked[0]
    assert asked["Image"] == IMAGE
    assert asked["HostConfig"]["NetworkMode"] == "liquidity"
    assert asked["HostConfig"]["Binds"] == [f"liquidity-home:{home.settings.home}"]
    assert asked["HostConfig"]["AutoRemove"]
