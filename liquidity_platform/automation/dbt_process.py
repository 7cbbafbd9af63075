"""`liquidity-dbt`: dbt for the marts step, ended by the kernel when that step's process is killed.

Otherwise a killed run's dbt goes on replacing the marts beneath the next run.
Belongs here: that one process. Keep out: what dbt is asked for (marts.py).
"""

import os
import signal
import sys
from importlib.metadata import version

from liquidity_platform.core.parent import die_with_parent

PARENT = "LIQUIDITY_DBT_PARENT"


def main() -> None:
    """dbt's own command line; `--version` is answered without loading dbt, Dagster asks for it before every build."""
    if sys.argv[1:] == ["--version"]:
        print(f"dbt-core {version('dbt-core')}")
        return
    parent = os.environ.get(PARENT)
    die_with_parent(signal.SIGKILL, int(parent) if parent else None)
    from dbt.cli.main import cli

    sys.exit(cli())
