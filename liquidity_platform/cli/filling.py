"""What `demo`, `daily` and `backfill` do around their runs: the warehouse opened and claimed, Dagster entered.

Belongs here: that surrounding. Keep out: commands, what is run (automation).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liquidity_platform.cli.notes import progress

if TYPE_CHECKING:
    from liquidity_platform.automation.summary import Summary
    from liquidity_platform.warehouse.connect import Warehouse


@contextmanager
def filling() -> "Iterator[tuple[Warehouse, Callable[[str], None]]]":
    """The open warehouse of these settings, claimed for their kind of data, and where progress is said."""
    from liquidity_platform.settings import settings
    from liquidity_platform.sources.fetching import check_place

    check_place(settings())
    with progress() as said:
        said("opening the warehouse")
        from liquidity_platform.warehouse.connect import claim, open_warehouse

        with open_warehouse(settings()) as warehouse:
            claim(warehouse)  # a home of the other kind is refused before Dagster is started
            yield warehouse, said


def run_in_dagster(
    warehouse: "Warehouse", said: Callable[[str], None], work: "Callable[[Warehouse], Summary]"
) -> "Summary":
    """`work` in the Dagster instance of the warehouse, where it imports our definitions; what it announces is said."""
    from liquidity_platform.automation.instance import enter_dagster

    said("starting Dagster")
    enter_dagster(warehouse)  # before anything of Dagster is imported: it reads its environment then
    from liquidity_platform.automation.progress import listening

    with listening(said):
        return work(warehouse)
