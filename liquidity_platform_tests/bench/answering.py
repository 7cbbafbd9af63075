"""Time of as-of answers out of 1,000,000 and 10,000,000 rows, beside a plain DISTINCT ON of the same rows.

Both are asked in turn by the same connection and summed in the server, so that sending rows is in neither. Growth
compares what lies minutes apart, and a machine's speed may double from one second to the next: there each question
counts in units of a fixed sum that reads no table, asked directly before it.
Belongs here: the questions. Keep out: the rows (vintages.py), the append (appending.py).
"""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.bench.appending import SERIES_A_BATCH, append_batch
from liquidity_platform_tests.bench.measures import Measure, timed
from liquidity_platform_tests.bench.vintages import PERIODS, halfway, name_of

BATCHES, REPEATS, PAIRS = 10, 9, 60
Asked = tuple[str, tuple[object, ...]]  # a question and what it is given
LATE = datetime(2026, 7, 1, tzinfo=UTC)  # after all vintages
SUMMED = "SELECT count(*), round(sum(value)::numeric, 3), max(known_at) FROM ({}) z"
PLAIN = (
    "SELECT DISTINCT ON (series_id, period) * FROM raw.observations WHERE series_id = %s AND known_at <= %s "
    "ORDER BY series_id, period, known_at DESC, recorded_at DESC"
)
OURS = "SELECT * FROM raw.observations_as_of(%s, ARRAY[%s])"
FIXED = "SELECT sum(i) FROM generate_series(1, 5000) AS i"
NEWEST_PLAIN = (
    "SELECT DISTINCT ON (series_id) * FROM raw.observations "
    "ORDER BY series_id, period DESC, known_at DESC, recorded_at DESC"
)
NEWEST = "SELECT * FROM raw.newest_as_of() WHERE series_id LIKE 'bench.%%'"


def answer_times(warehouse: Warehouse) -> Iterator[Measure]:
    """Fill the warehouse, which holds the first batch, up to ten; ask at 1 M and at 10 M rows."""
    small = _in_fixed_sums(warehouse, name_of(7))
    second, _ = append_batch(warehouse, 1)
    for number in range(2, BATCHES - 1):
        append_batch(warehouse, number)
    last, _ = append_batch(warehouse, BATCHES - 1)
    yield Measure(
        "append at 10 M rows, a row against at 1 M", last / second, "times", limit=1.5, against=f"{last:.2f} s"
    )
    with warehouse.owner_session() as connection:
        for table in ("raw.observations", "raw.observation_heads"):
            connection.execute(f"ANALYZE {table}")
    series = name_of(SERIES_A_BATCH * 5 + 7)
    for what, at, least in (("after all vintages", LATE, 8.0), ("half way", halfway(), None)):
        _same(warehouse, PLAIN, (series, at), OURS, (at, series))
        plain, ours = _beside(warehouse, series, at)
        yield Measure(f"as-of of one series, {what}, against DISTINCT ON", plain / ours, "times", least=least,
                      against=f"{ours * 1000:.2f} ms against {plain * 1000:.1f} ms")  # fmt: skip
    large = _in_fixed_sums(warehouse, series)
    yield Measure("  at 10 M rows against at 1 M, each in fixed sums beside it", large / small, "times", limit=1.5,
                  against=f"{large:.2f} against {small:.2f} sums")  # fmt: skip
    _same(warehouse, NEWEST_PLAIN, (), NEWEST, ())
    slow, fast = _median(warehouse, NEWEST_PLAIN, repeats=1), _median(warehouse, NEWEST)
    yield Measure("newest value of 250 series, against DISTINCT ON", slow / fast, "times", least=50,
                  against=f"{fast * 1000:.1f} ms against {slow:.2f} s")  # fmt: skip


def _beside(warehouse: Warehouse, series: str, at: datetime) -> tuple[float, float]:
    """Median seconds of DISTINCT ON over one series, and of ours."""
    both = _in_turn(warehouse, (SUMMED.format(PLAIN), (series, at)), (SUMMED.format(OURS), (at, series)), REPEATS)
    one, other = zip(*both, strict=True)
    return statistics.median(one), statistics.median(other)


def _in_fixed_sums(warehouse: Warehouse, series: str) -> float:
    """How many fixed sums one of our questions takes: the median of pairs."""
    pairs = _in_turn(warehouse, (FIXED, ()), (SUMMED.format(OURS), (LATE, series)), PAIRS)
    return statistics.median(ours / fixed for fixed, ours in pairs)


def _in_turn(warehouse: Warehouse, one: Asked, other: Asked, repeats: int) -> list[tuple[float, float]]:
    """Seconds of either question, asked one after the other so many times, after each was asked once."""
    with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection:

        def seconds(asked: Asked) -> float:
            return timed(lambda: connection.execute(asked[0].encode(), asked[1]).fetchone())[0]

        for asked in (one, other):
            seconds(asked)
        return [(seconds(one), seconds(other)) for _ in range(repeats)]


def _median(warehouse: Warehouse, query: str, *given: object, repeats: int = REPEATS) -> float:
    """Median seconds of the summed question."""
    with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection:
        asked = SUMMED.format(query)
        connection.execute(asked.encode(), given)
        return statistics.median(
            timed(lambda: connection.execute(asked.encode(), given).fetchone())[0] for _ in range(repeats)
        )


def _same(warehouse: Warehouse, plain: str, given: tuple[object, ...], ours: str, asked: tuple[object, ...]) -> None:
    """Raises AssertionError unless both questions have the same rows."""
    with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection:
        one = sorted(connection.execute(plain.encode(), given).fetchall(), key=str)
        two = sorted(connection.execute(ours.encode(), asked).fetchall(), key=str)
    assert one == two
    assert len(one) <= PERIODS
