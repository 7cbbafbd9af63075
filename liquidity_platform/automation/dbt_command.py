"""dbt by hand in this home's warehouse: `python -m liquidity_platform.automation.dbt_command run --select my_model`.

Belongs here: dbt's own command line with the warehouse's address. Keep out: the marts step (marts.py).
"""

import os
import subprocess
import sys
from pathlib import Path

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.core.paths import project_file
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse


def main(words: list[str]) -> int:
    """Run dbt with `words`; its own exit code. What it compiles and documents lies in <HOME>/dbt/by_hand."""
    from liquidity_platform.automation.dbt_process import environment

    folder = str(project_file("dbt_project"))
    target = settings().data_home / "dbt" / "by_hand"
    placed = ["--project-dir", folder, "--profiles-dir", folder, "--target-path", str(target)]
    dbt = str(Path(sys.executable).with_name("dbt"))
    with open_warehouse(settings()) as warehouse:
        return subprocess.run([dbt, *words, *placed], env={**os.environ, **environment(warehouse)}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LiquidityError as error:
        sys.exit(f"liquidity: {error}")
