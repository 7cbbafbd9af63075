"""Where the project's own files are: beside the package in a checkout, inside it in an installed wheel.

Belongs here: locating dbt_project, dagster.yaml, workspace.yaml. Keep out: data, HOME.
"""

from pathlib import Path

from liquidity_platform.core.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]


def project_file(name: str) -> Path:
    """Absolute path of a file or folder of the project's root. Raises ConfigError when it is nowhere."""
    for root in (_PACKAGE.parent, _PACKAGE / "_project"):
        if (root / name).exists():
            return root / name
    raise ConfigError(f"{name} is missing beside the package: install liquidity-platform again")
