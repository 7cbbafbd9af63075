"""Time of as-of answers out of 1,000,000 and 10,000,000 rows, beside a plain DISTINCT ON of the same rows.

Both are asked by the same connection and summed in the server, so that sending rows is in neither. Growth compares what
lies minutes apart, in which a machine's speed changes: each side counts in units of the DISTINCT ON beside it, which
reads the same rows of one series at either size.
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

BATCHES, REPEATS = 10, 9
LATE = datetime(2026, 7, 1, tzinfo=UTC)  # after all vintages
SUMMED = "SELECT count(*), round(sum(value)::numeric, 3), max(known_at) FROM ({}) z"
PLAIN = (
    "SELECT DISTINCT ON (series_id, period) * FROM raw.observations WHERE series_id = %s AND known_at <= %s "
    "ORDER BY series_id, period, known_at DESC, recorded_at DESC"
)
OURS = "SELECT * FROM raw.observations_as_of(%s, ARRAY[%s])"
NEWEST_PLAIN = (
    "SELECT DISTINCT ON (series_id) * FROM raw.observations "
    "ORDER BY series_id, period DESC, known_at DESC, recorded_at DESC"
)
NEWEST = "SELECT * FROM raw.newest_as_of() WHERE series_id LIKE 'bench.%%'"


def answer_times(warehouse: Warehouse) -> Iterator[Measure]:
    """Fill the warehouse, which holds the first batch, up to ten; ask at 1 M and at 10 M rows."""
    small = _beside(warehouse, name_of(7), LATE)
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
        if at == LATE:
            grown = (ours / plain) / (small[1] / small[0])
            yield Measure("  at 10 M rows against at 1 M, each beside its DISTINCT ON", grown, "times", limit=1.5,
                          against=f"{small[1] * 1000:.2f} ms against {small[0] * 1000:.1f} ms")  # fmt: skip
    _same(warehouse, NEWEST_PLAIN, (), NEWEST, ())
    slow, fast = _median(warehouse, NEWEST_PLAIN, repeats=1), _median(warehouse, NEWEST)
    yield Measure("newest value of 250 series, against DISTINCT ON", slow / fast, "times", least=50,
                  against=f"{fast * 1000:.1f} ms against {slow:.2f} s")  # fmt: skip


def _beside(warehouse: Warehouse, series: str, at: datetime) -> tuple[float, float]:
    """Median seconds of DISTINCT ON over one series, and of ours."""
    return _median(warehouse, PLAIN, series, at), _median(warehouse, OURS, at, series)


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
