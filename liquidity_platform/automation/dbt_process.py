"""`liquidity-dbt`: dbt for the marts step, ended by the kernel when that step's process is killed.

Otherwise a killed run's dbt goes on replacing the marts beneath the next run. What it parsed is good for every server:
dbt would parse the whole project again for another port or password.
Belongs here: that one process, and the environment it reads. Keep out: what dbt is asked for (marts.py).
"""

import gc
import os
import signal
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from liquidity_platform.core.parent import die_with_parent

if TYPE_CHECKING:  # dbt starts in half the time without it
    from liquidity_platform.warehouse.connect import Warehouse

PARENT = "LIQUIDITY_DBT_PARENT"
PARSED_FOR = ("database", "schema", "role", "search_path")  # of an address, all that tells in a model's SQL


def environment(warehouse: "Warehouse") -> dict[str, str]:
    """What dbt_project/profiles.yml reads, for this warehouse."""
    url = warehouse.url
    return {
        "LIQUIDITY_DBT_HOST": url.host or "127.0.0.1",
        "LIQUIDITY_DBT_PORT": str(url.port or 5432),
        "LIQUIDITY_DBT_USER": url.username or "",
        "LIQUIDITY_DBT_PASSWORD": str(url.password or ""),
        "LIQUIDITY_DBT_DATABASE": url.database or "",
        "LIQUIDITY_DBT_SSLMODE": str(url.query.get("sslmode", "prefer")),
        **{
            f"LIQUIDITY_DBT_{name.upper()}": str(url.query.get(name, ""))
            for name in ("sslrootcert", "sslcert", "sslkey")
        },
        PARENT: str(os.getpid()),
        "DBT_LOG_PATH": str(warehouse.settings.data_home / "dbt" / "logs"),
    }


def main() -> None:
    """dbt's own command line; `--version` is answered without loading dbt, Dagster asks for it before every build."""
    if sys.argv[1:] == ["--version"]:
        print(f"dbt-core {version('dbt-core')}")
        return
    parent = os.environ.get(PARENT)
    die_with_parent(signal.SIGKILL, int(parent) if parent else None)
    gc.set_threshold(50_000, 20, 50)  # as in definitions.py: of a project nothing goes before the process does
    from dbt.adapters.postgres.connections import PostgresCredentials
    from dbt.cli.main import cli

    PostgresCredentials._connection_keys = lambda _: PARSED_FOR
    sys.exit(cli())
