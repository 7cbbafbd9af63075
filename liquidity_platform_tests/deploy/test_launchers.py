"""One launcher, chosen by a setting; the instance that Dagster builds from what is written for it."""

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance import InstanceRef

from liquidity_platform.automation.instance import dagster_environment, enter_dagster
from liquidity_platform.automation.launchers import instance_yaml
from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import DagsterSettings, Settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.cli.conftest import surroundings

ROOT = Path(__file__).resolve().parents[2]
BASE = (ROOT / "dagster.yaml").read_text()


@pytest.mark.parametrize(("launcher", "kind"), [("default", "DefaultRunLauncher"), ("docker", "DockerRunLauncher")])
def test_dagster_builds_the_instance_that_each_choice_writes(
    open_on: Callable[..., Warehouse], monkeypatch: pytest.MonkeyPatch, launcher: str, kind: str
) -> None:
    secret = "a-key-nobody-may-read"
    for name in ("HOME", "PG_URL", "COMPUTE_LOGS", "EVENT_BATCH_SIZE", "DISABLE_TELEMETRY"):
        monkeypatch.setenv(f"DAGSTER_{name}", "")
    monkeypatch.setenv("LIQUIDITY_SOURCES__FRED__API_KEY", secret)
    monkeypatch.setenv("LIQUIDITY_COMPOSE_API_TOKEN", secret)
    warehouse = open_on(dagster=DagsterSettings(launcher=launcher))
    folder = enter_dagster(warehouse)
    written = (folder / "dagster.yaml").read_text()
    assert secret not in written
    assert str(warehouse.url.password) not in written
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder))) as instance:
        assert type(instance.run_launcher).__name__ == kind
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
        assert instance.get_concurrency_config().run_queue_config is not None
        data = instance.run_launcher.inst_data
    config = data.config_dict if data else {}
    if launcher == "docker":
        assert {"DAGSTER_PG_URL", "LIQUIDITY_SOURCES__FRED__API_KEY"} <= set(config["env_vars"])
        assert set(dagster_environment(warehouse)) <= set(config["env_vars"])
        assert "LIQUIDITY_COMPOSE_API_TOKEN" not in config["env_vars"]


def test_on_kubernetes_every_value_comes_from_the_cluster() -> None:
    """Only shape: the launcher itself is built inside a cluster alone."""
    on_kubernetes = Settings(_env_file=None, dagster=DagsterSettings(launcher="k8s"))  # type: ignore[call-arg]
    launcher = yaml.safe_load(instance_yaml(BASE, on_kubernetes, ["LIQUIDITY_WAREHOUSE__URL"]))["run_launcher"]
    assert (launcher["module"], launcher["class"]) == ("dagster_k8s", "K8sRunLauncher")
    config = launcher["config"]
    assert config.pop("load_incluster_config") is True
    assert config.pop("env_secrets") == [{"env": "DAGSTER_K8S_ENV_SECRET"}]  # no value in a pod's own entry
    assert set(config) == {"job_namespace", "service_account_name", "instance_config_map", "dagster_home"}
    assert all(set(source) == {"env"} for source in config.values())


@pytest.mark.skipif(find_spec("dagster_k8s") is not None, reason="the extra `k8s` is installed")
def test_a_launcher_whose_package_is_absent_is_said_in_one_line(open_on: Callable[..., Warehouse]) -> None:
    warehouse = open_on(dagster=DagsterSettings(launcher="k8s"))
    with pytest.raises(ConfigError, match="LIQUIDITY_DAGSTER__LAUNCHER=k8s wants the extra"):
        dagster_environment(warehouse)


def test_a_run_waits_its_turn_and_one_step_at_a_time_asks_a_publisher() -> None:
    from liquidity_platform.definitions import defs

    written = yaml.safe_load(BASE)
    assert written["run_coordinator"]["class"] == "QueuedRunCoordinator"
    assert written["concurrency"]["pools"] == {"granularity": "op", "default_limit": 1}
    pools = {
        key.to_user_string().split("/")[1]: definition.op.pool
        for definition in defs.assets or []
        if isinstance(definition, dg.AssetsDefinition)
        for key in definition.keys
        if key.path[0] in ("raw", "bars")
    }
    assert len(pools) >= 5
    assert pools == {provider: f"source_{provider}" for provider in pools}


def test_dagster_s_own_commands_run_on_the_home_s_instance(database: str, tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "liquidity_platform.cli.main", "dagster", "instance", "info"],
        env=surroundings(tmp_path / "home", LIQUIDITY_WAREHOUSE__URL=database),
        capture_output=True, text=True, timeout=300, cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert str(tmp_path / "home" / "dagster") in told.stdout
    assert "max_runtime_seconds: 7200" in told.stdout  # dagster.yaml's own
