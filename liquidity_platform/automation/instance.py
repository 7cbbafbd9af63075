"""The Dagster instance of a HOME: its folder, its environment, its tables in the warehouse's server.

Belongs here: what every Dagster process of ours is given. Keep out: definitions, running.
"""

import os
from pathlib import Path

import sqlalchemy as sa

from liquidity_platform.automation.launchers import check_launcher, instance_yaml
from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.core.paths import project_file
from liquidity_platform.core.whole import written_whole
from liquidity_platform.warehouse.connect import Warehouse

# Dagster's own log may lose its last moments in a power cut; facts may not (they commit synchronously).
_OPTIONS = "-c search_path=dagster -c synchronous_commit=off"


def dagster_environment(warehouse: Warehouse) -> dict[str, str]:
    """Make DAGSTER_HOME below the data home and return the environment Dagster's processes need.

    Raises ConfigError for a launcher that is not installed, WarehouseUnavailable for a folder nobody can write.
    """
    check_launcher(warehouse.settings)
    home = warehouse.settings.data_home / "dagster"
    try:
        home.mkdir(parents=True, exist_ok=True)
        instance = instance_yaml(project_file("dagster.yaml").read_text(), warehouse.settings, os.environ)
        with written_whole(home / "dagster.yaml") as out:  # whole: containers that share the home start at once
            out.write(instance.encode())
    except OSError as error:
        raise WarehouseUnavailable(f"{home} cannot be written: {error.strerror}") from None
    with warehouse.engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS dagster"))
    url = warehouse.url.set(drivername="postgresql+psycopg2").update_query_dict({"options": _OPTIONS})
    return {
        "DAGSTER_HOME": str(home),
        "DAGSTER_PG_URL": url.render_as_string(hide_password=False),
        "DAGSTER_COMPUTE_LOGS": str(home / "logs"),
        "DAGSTER_EVENT_BATCH_SIZE": "500",
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def enter_dagster(warehouse: Warehouse) -> Path:
    """Give this process the environment of the warehouse's instance; returns DAGSTER_HOME."""
    os.environ.update(dagster_environment(warehouse))
    return Path(os.environ["DAGSTER_HOME"])
