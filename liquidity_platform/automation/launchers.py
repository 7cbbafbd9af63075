"""What starts a run's process, chosen by LIQUIDITY_DAGSTER__LAUNCHER: one of three entries of the instance.

No value of the environment is written here: containers are given names, and the launching process has the values.
Belongs here: the three launchers as dagster.yaml has them. Keep out: queue and limits (dagster.yaml), images (deploy/).
"""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import yaml

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import Settings

# what a run's container needs of its launcher's environment; the first are made by instance.py
DAGSTERS = (
    "DAGSTER_HOME", "DAGSTER_PG_URL", "DAGSTER_COMPUTE_LOGS", "DAGSTER_EVENT_BATCH_SIZE", "DAGSTER_DISABLE_TELEMETRY"
)  # fmt: skip
_COMPOSES = ("LIQUIDITY_COMPOSE_", "LIQUIDITY_PG_")  # docker-compose.yml's own: no run has a use for them
_OURS, _OTHERS = ("LIQUIDITY_", "AWS_"), ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


def instance_yaml(base: str, chosen: Settings, environment: Iterable[str]) -> str:
    """dagster.yaml with the launcher of `chosen`; `environment` are the names this process's environment has."""
    if chosen.dagster.launcher == "default":
        return base
    names = sorted(filter(_passed, environment))
    entry = _k8s() if chosen.dagster.launcher == "k8s" else _docker(chosen, names)
    return base + yaml.safe_dump({"run_launcher": entry}, sort_keys=False)


def check_launcher(chosen: Settings) -> None:
    """Raise ConfigError when the launcher's package is an extra that is not installed."""
    if chosen.dagster.launcher == "k8s" and find_spec("dagster_k8s") is None:
        raise ConfigError("LIQUIDITY_DAGSTER__LAUNCHER=k8s wants the extra `k8s` (liquidity-platform[k8s])")


def _passed(name: str) -> bool:
    return name in _OTHERS or (name.startswith(_OURS) and not name.startswith(_COMPOSES))


def _docker(chosen: Settings, names: list[str]) -> dict[str, Any]:
    """A container a run, of the code server's own image (DAGSTER_CURRENT_IMAGE), with the same HOME."""
    return {
        "module": "dagster_docker",
        "class": "DockerRunLauncher",
        "config": {
            "network": chosen.dagster.docker_network,
            "env_vars": [*DAGSTERS, *names],
            "container_kwargs": {
                "auto_remove": True,  # what it said is in Dagster's logs
                "init": True,
                "volumes": [f"{chosen.dagster.docker_volume}:{chosen.home}"],
            },
        },
    }


def _k8s() -> dict[str, Any]:
    """A Kubernetes job a run; the names of what it uses in its cluster come from the environment."""
    return {
        "module": "dagster_k8s",
        "class": "K8sRunLauncher",
        "config": {
            "load_incluster_config": True,
            "job_namespace": {"env": "DAGSTER_K8S_NAMESPACE"},
            "service_account_name": {"env": "DAGSTER_K8S_SERVICE_ACCOUNT"},
            "instance_config_map": {"env": "DAGSTER_K8S_INSTANCE_CONFIG_MAP"},
            "dagster_home": {"env": "DAGSTER_HOME"},
            # values, among them the database's password, come from this Secret: in a pod's own entry anybody reads them
            "env_secrets": [{"env": "DAGSTER_K8S_ENV_SECRET"}],
        },
    }
