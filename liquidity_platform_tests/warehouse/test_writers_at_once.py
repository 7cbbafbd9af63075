"""Several writers of the same facts at once: each row once, nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from offering import SERIES, Publisher, instant

from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.invariants import examine

SERVERS = ("embedded", "postgres15")
FIRST, FETCHED = instant("2020-01-01"), instant("2024-09-01")
ROWS = [
    (date(2019, 1, 1) + timedelta(days=30 * period), float(turn), FIRST + timedelta(days=30 * turn), "vintage")
    for period in range(40)
    for turn in range(5)
]


def test_writers_of_one_series_write_each_row_once_and_never_deadlock(warehouse: Warehouse) -> None:
    def write(number: int) -> int:
        mine = ROWS if number % 2 else list(reversed(ROWS))
        appended = 0
        for start in range(0, len(mine), 50):
            with warehouse.session() as connection:
                for series in (SERIES, "fed.on_rrp")[:: 1 if number < 2 else -1]:
                    appended += Publisher(connection, series).offers(mine[start : start + 50], FETCHED).appended
        return appended

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(write, range(4), timeout=120))
    assert sum(counts) == 2 * len(ROWS)
    with warehouse.session() as connection:
        held = "SELECT count(*), count(DISTINCT (series_id, period, known_at)) FROM raw.observations"
        assert connection.execute(held).fetchone() == (2 * len(ROWS), 2 * len(ROWS))
    with warehouse.session() as connection:
        assert not [found for found in examine(connection) if found.broken]
