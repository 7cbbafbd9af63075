"""`python -m liquidity_platform_tests.prove.appender HOME FIRST`: append batches until somebody ends it.

Prints the number of each batch after its commit.
Belongs here: the process whose server is killed. Keep out: judging (appends.py).
"""

import sys
from itertools import count
from pathlib import Path

from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.append import append_facts
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform_tests.bench.vintages import EVERYTHING, vintages


def main(home: str, first: str) -> None:
    """Batch n is the whole of series n: 40,000 rows in one transaction."""
    with open_warehouse(Settings(_env_file=None, home=Path(home), data="live")) as warehouse:
        for number in count(int(first)):
            frame = vintages(number, 1)
            with warehouse.session() as connection:
                append_facts(connection, "raw.observations", frame, EVERYTHING, Clock())
            print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
