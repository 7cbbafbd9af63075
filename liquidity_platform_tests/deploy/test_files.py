"""What is deployed agrees with what is there: the image, docker-compose.yml, the values for Dagster's chart."""

import re
import shlex
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from liquidity_platform.settings import Settings, unknown_settings

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
VALUES = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "values.yaml").read_text())
BESIDE = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "beside.yaml").read_text()))
INSTANCE = yaml.safe_load((ROOT / "dagster.yaml").read_text())
PROGRAMS = {entry.name for entry in entry_points(group="console_scripts")} | {"python"}
HOME = "/var/lib/liquidity"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, lines joined."""
    joined = re.sub(r"\\\n", " ", (ROOT / "deploy" / "Dockerfile").read_text())
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


IMAGE = instructions()


def test_the_image_is_built_of_what_is_there_and_runs_what_it_holds() -> None:
    known = {"FROM", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "CMD"}
    assert {word for word, _ in IMAGE} <= known
    assert {rest.split()[0] for word, rest in IMAGE if word == "FROM"} == {"python:3.11-slim"}
    copied = [shlex.split(rest)[:-1] for word, rest in IMAGE if word == "COPY" and not rest.startswith("--from")]
    sources = {source for names in copied for source in names}
    assert all((ROOT / source).exists() for source in sources)
    # what the wheel carries, and what the build reads
    carried = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {*carried, "liquidity_platform", "requirements.lock", "pyproject.toml", "LICENSE"} <= sources
    # the build's context holds them and nothing else: no data, no secrets
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == sources
    command = yaml.safe_load(next(rest for word, rest in IMAGE if word == "CMD"))
    assert command == SERVICES["code"]["command"]
    assert command[0] in PROJECT["project"]["scripts"]


def test_the_image_is_of_the_lock_and_runs_as_nobody_in_particular() -> None:
    runs = " ".join(rest for word, rest in IMAGE if word == "RUN")
    assert "--require-hashes -r requirements.lock" in runs
    assert f"uv=={'${UV_VERSION}'}" in runs
    pinned = re.search(r"^UV_VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.M)
    assert pinned
    assert ("ARG", f"UV_VERSION={pinned[1]}") in IMAGE
    last_stage = IMAGE[max(place for place, (word, _) in enumerate(IMAGE) if word == "FROM") :]
    assert [rest for word, rest in last_stage if word == "USER"] == ["10001:10001"]
    assert f"LIQUIDITY_HOME={HOME}" in " ".join(rest for word, rest in last_stage if word == "ENV")


def test_compose_has_each_service_watched_and_in_order() -> None:
    assert set(SERVICES) == {"warehouse", "migrate", "code", "webserver", "daemon", "stream"}
    for name, service in SERVICES.items():
        assert (name == "migrate") != ("healthcheck" in service), name
        for other, wait in service.get("depends_on", {}).items():
            healthy = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert wait == {"condition": healthy}
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is reached from outside"
        mounted = [volume.partition(":")[0] for volume in service["volumes"]]
        assert {source for source in mounted if source[0] not in "./"} <= set(COMPOSE["volumes"])
        assert all((ROOT / source).exists() for source in mounted if source.startswith("."))
        if name != "warehouse":
            assert f"home:{HOME}" in service["volumes"]
            assert service["environment"]["LIQUIDITY_HOME"] == HOME
            assert (ROOT / service["build"]["dockerfile"]).exists()
    assert "ports" not in SERVICES["code"]


def test_compose_runs_programs_that_exist_with_settings_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    from liquidity_platform.cli.main import app

    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    commands |= {group.name for group in app.registered_groups if group.name}
    for name, service in SERVICES.items():
        for words in (service.get("command", []), service.get("healthcheck", {}).get("test", [])):
            program = [word for word in words if word != "CMD"]
            if not program or program[0] == "CMD-SHELL":
                continue
            assert program[0] in PROGRAMS, name
            assert program[0] != "liquidity" or program[1] in commands, name
    of_us = [service["environment"] for name, service in SERVICES.items() if name != "warehouse"]
    names = {variable for environment in of_us for variable in environment}
    names |= set(re.findall(r"\$\{(LIQUIDITY_\w+)", COMPOSE_TEXT))
    for name in names:
        monkeypatch.setenv(name, "1")
    assert unknown_settings() == []


def test_compose_names_for_run_containers_what_it_makes() -> None:
    environment = SERVICES["daemon"]["environment"]
    assert environment["LIQUIDITY_DAGSTER__LAUNCHER"] == "${LIQUIDITY_DAGSTER__LAUNCHER:-docker}"
    assert environment["LIQUIDITY_DAGSTER__DOCKER_NETWORK"] == COMPOSE["networks"]["default"]["name"]
    assert environment["LIQUIDITY_DAGSTER__DOCKER_VOLUME"] == COMPOSE["volumes"]["home"]["name"]
    assert SERVICES["code"]["environment"]["DAGSTER_CURRENT_IMAGE"] == SERVICES["code"]["image"]
    by_socket = {name for name, service in SERVICES.items() if any("docker.sock" in v for v in service["volumes"])}
    assert by_socket == {"daemon", "webserver"}


def test_no_file_holds_a_secret() -> None:
    for path in (
        ROOT / "docker-compose.yml",
        *(p for p in (ROOT / "deploy").rglob("*") if p.is_file() and p.suffix != ".md"),
    ):
        for line in path.read_text().splitlines():
            said = re.sub(r"\$\{[^}]*\}", "${}", line)  # what Compose fills in
            for value in re.findall(r"(?i)(?:password|token|secret|api_key)\"?\s*[:=]\s*([^\s,}]+)", said):
                assert value.startswith(("${", "/run/secrets", "open(", "#", "[", "{", "false")), f"{path.name}: {line}"
            assert not re.search(r"postgresql://\w+:(?!\$\{|password@|PASSWORD@)", line), f"{path.name}: {line}"


# what Dagster's chart of 1.13 knows at the top, in a deployment and in its launcher (its values.schema.json)
CHART = {
    "global", "nameOverride", "rbacEnabled", "imagePullSecrets", "dagsterWebserver", "computeLogManager",
    "dagster-user-deployments", "scheduler", "runLauncher", "postgresql", "generatePostgresqlPasswordSecret",
    "generateCeleryConfigSecret", "rabbitmq", "redis", "flower", "ingress", "dagsterDaemon", "busybox",
    "extraManifests", "pythonLogs", "retention", "additionalInstanceConfig", "migrate", "telemetry", "serviceAccount",
}  # fmt: skip
DEPLOYMENT = {
    "name", "image", "dagsterApiGrpcArgs", "codeServerArgs", "includeConfigInLaunchedRuns", "port", "env",
    "envConfigMaps", "envSecrets", "annotations", "nodeSelector", "affinity", "tolerations", "podSecurityContext",
    "securityContext", "resources", "livenessProbe", "readinessProbe", "startupProbe", "labels", "volumeMounts",
    "volumes", "schedulerName", "initContainers", "sidecarContainers", "service", "replicaCount", "deploymentNamespace",
}  # fmt: skip
LAUNCHER = {
    "image", "imagePullPolicy", "jobNamespace", "loadInclusterConfig", "kubeconfigFile", "envConfigMaps", "envSecrets",
    "envVars", "volumeMounts", "volumes", "labels", "failPodOnRunFailure", "resources", "schedulerName",
    "securityContext", "runK8sConfig",
}  # fmt: skip


def secrets_named(part: Any) -> set[str]:
    """Names of the Secrets that a part of the values takes its environment from."""
    return {source["name"] for source in part.get("envSecrets", [])}


def test_the_values_have_the_shape_of_dagster_s_chart() -> None:
    assert set(VALUES) <= CHART
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    assert set(deployment) <= DEPLOYMENT
    assert deployment["codeServerArgs"] == SERVICES["code"]["command"][8:]
    assert VALUES["runLauncher"]["type"] == "K8sRunLauncher"
    launcher = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
    assert set(launcher) <= LAUNCHER
    # one version of one image everywhere
    images = [VALUES["dagsterWebserver"]["image"], VALUES["dagsterDaemon"]["image"], deployment["image"]]
    assert all(image == images[0] for image in images)
    assert images[0]["tag"] == PROJECT["project"]["version"]
    pods = BESIDE[1]["spec"]["template"]["spec"]
    for container in (*pods["initContainers"], *pods["containers"]):
        assert container["image"] == f"{images[0]['repository']}:{images[0]['tag']}"
        assert container["command"][0] in PROGRAMS
    # SQLAlchemy 2.1 takes the bare scheme for another driver than dagster-postgres's
    assert VALUES["postgresql"]["postgresqlScheme"] == "postgresql+psycopg2"
    assert not VALUES["generatePostgresqlPasswordSecret"]
    assert secrets_named(deployment) == {"liquidity-environment"}


def test_the_values_queue_and_limit_as_the_instance_does() -> None:
    limits = VALUES["additionalInstanceConfig"]["concurrency"]
    assert limits == INSTANCE["concurrency"]
    coordinator = VALUES["dagsterDaemon"]["runCoordinator"]
    assert coordinator["type"] == INSTANCE["run_coordinator"]["class"]
    own = INSTANCE["run_monitoring"]
    monitoring = VALUES["dagsterDaemon"]["runMonitoring"]
    assert (monitoring["startTimeoutSeconds"], monitoring["pollIntervalSeconds"]) == (
        own["start_timeout_seconds"], own["poll_interval_seconds"],
    )  # fmt: skip
    assert monitoring["freeSlotsAfterRunEndSeconds"] == own["free_slots_after_run_end_seconds"]


def test_runs_and_the_sidecar_stand_where_the_volume_is() -> None:
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    claim = BESIDE[0]["metadata"]["name"]
    pods = BESIDE[1]["spec"]["template"]["spec"]
    runs = VALUES["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]["podSpecConfig"]
    assert runs["affinity"] == pods["affinity"]
    (near,) = runs["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert near["labelSelector"]["matchLabels"]["deployment"] == deployment["name"]
    for volumes in (deployment["volumes"], pods["volumes"]):
        assert {"name": "home", "persistentVolumeClaim": {"claimName": claim}} in volumes
    assert deployment["volumeMounts"] == [{"name": "home", "mountPath": HOME}]
    names = {entry["name"] for entry in [*deployment["env"], *pods["containers"][0]["env"]]}
    known = {f"LIQUIDITY_{name.upper()}" for name in Settings.model_fields}
    assert {name.partition("__")[0] for name in names if name.startswith("LIQUIDITY_")} <= known
