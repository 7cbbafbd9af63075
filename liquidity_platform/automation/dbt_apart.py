"""dagster-dbt without dbt in this process: dbt is a process of its own (dbt_process.py).

dagster-dbt imports half of dbt where it finds it, a third of the time in which the code location loads, for a selection
and an adapter that are not used here. Where dbt is installed elsewhere it does without: that is what it is shown.
Belongs here: that import. Keep out: assets (marts.py), dbt itself.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _out_of_sight(name: str) -> Iterator[None]:
    """`import name` fails in the block, unless it was done before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how Python marks what may not be imported
    try:
        yield
    finally:
        del sys.modules[name]


with _out_of_sight("dbt"):
    from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

__all__ = ["DagsterDbtTranslator", "DbtCliResource", "DbtProject", "dbt_assets"]
