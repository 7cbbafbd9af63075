"""Rows a second of an append, beside what one would do without it, into the same table with the same index.

The naive ways are measured over fewer rows: their rate does not depend on how many there are. INSERT is measured
before the append and after it, because a machine's speed changes from one minute to the next. Their table has no
trigger that keeps heads; the append pays for its own.
Belongs here: the ways in. Keep out: the rows (vintages.py), answers (answering.py), whole commands (commands.py).
"""

from collections.abc import Iterator

import polars as pl
import psycopg

from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.append import WriteReport, append_facts
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.rows import FACTS
from liquidity_platform.warehouse.staging import copy_into
from liquidity_platform_tests.bench.measures import Measure, timed
from liquidity_platform_tests.bench.vintages import A_SERIES, EVERYTHING, vintages

SERIES_A_BATCH = 25
ROWS = SERIES_A_BATCH * A_SERIES
BY_HAND, ONE_BY_ONE = 20_000, 4_000


def append_batch(warehouse: Warehouse, number: int) -> tuple[float, WriteReport]:
    """Append batch `number` (25 series, 1,000,000 rows): seconds, and what it did."""
    frame = vintages(number * SERIES_A_BATCH, SERIES_A_BATCH)

    def append() -> WriteReport:
        with warehouse.session() as connection:
            reports = append_facts(connection, "raw.observations", frame, EVERYTHING, Clock())
        return sum(reports.values(), WriteReport())

    return timed(append)


def append_rates(warehouse: Warehouse) -> Iterator[Measure]:
    """The first batch, the same again, the naive ways, plain COPY. Leaves the batch in the warehouse."""
    frame = vintages(0, SERIES_A_BATCH)
    before = _inserts(warehouse, frame)
    first, report = append_batch(warehouse, 0)
    assert report == WriteReport(offered=ROWS, appended=ROWS, revised=report.revised), report
    inserted, committed = ((one + two) / 2 for one, two in zip(before, _inserts(warehouse, frame), strict=True))
    again, report = append_batch(warehouse, 0)
    assert report == WriteReport(offered=ROWS, unchanged=ROWS), report
    rate = ROWS / first
    yield Measure(f"append of {ROWS:,} rows", rate, "rows/s", against=f"{first:.2f} s")
    yield Measure("  against INSERT row by row, one transaction", rate / inserted, "times", least=12,
                  against=f"{inserted:,.0f} rows/s")  # fmt: skip
    yield Measure("  against INSERT row by row, autocommit", rate / committed, "times", least=30,
                  against=f"{committed:,.0f} rows/s")  # fmt: skip
    pandas = _to_sql(warehouse, frame)
    yield Measure(
        "  against pandas to_sql(multi, 1000)", rate / pandas, "times", least=10, against=f"{pandas:,.0f} rows/s"
    )
    copied = _copy(warehouse, frame)
    yield Measure("  against plain binary COPY", copied / first, "of it", least=0.5, against=f"{copied:.2f} s")
    yield Measure("append of the same again", first / again, "times", least=1.5, against=f"{again:.2f} s, faster")


def _twin(warehouse: Warehouse, name: str) -> None:
    with warehouse.owner_session() as connection:
        connection.execute(f"DROP TABLE IF EXISTS raw.{name}")
        connection.execute(f"CREATE TABLE raw.{name} (LIKE raw.observations INCLUDING ALL)")


def _inserts(warehouse: Warehouse, frame: pl.DataFrame) -> tuple[float, float]:
    """Rows a second of one INSERT a row: in one transaction, and each committed."""
    whole = _insert(warehouse, frame, BY_HAND, autocommit=False)
    return whole, _insert(warehouse, frame, ONE_BY_ONE, autocommit=True)


def _insert(warehouse: Warehouse, frame: pl.DataFrame, rows: int, *, autocommit: bool) -> float:
    """Rows a second of one INSERT a row."""
    _twin(warehouse, "by_hand")
    insert = f"INSERT INTO raw.by_hand ({', '.join(frame.columns)}) VALUES ({', '.join(['%s'] * frame.width)})"
    sent = list(frame.head(rows).iter_rows())

    def fill() -> None:
        with psycopg.connect(warehouse.plain_url(), autocommit=autocommit) as connection:
            for row in sent:
                connection.execute(insert, row)

    return rows / timed(fill)[0]


def _to_sql(warehouse: Warehouse, frame: pl.DataFrame) -> float:
    """Rows a second of pandas."""
    _twin(warehouse, "by_pandas")
    with warehouse.owner_session() as connection:  # pandas knows no uuid
        connection.execute("ALTER TABLE raw.by_pandas ALTER payload_id TYPE text")
    sent = frame.head(BY_HAND).to_pandas()

    def fill() -> None:
        with warehouse.engine.begin() as connection:
            sent.to_sql(
                "by_pandas", connection, schema="raw", if_exists="append", index=False, method="multi", chunksize=1000
            )

    return BY_HAND / timed(fill)[0]


def _copy(warehouse: Warehouse, frame: pl.DataFrame) -> float:
    """Seconds of a binary COPY of all rows, encoded from Arrow, in key order, as good as it gets."""
    _twin(warehouse, "copied")
    kinds = {column: kind for column, (_, kind) in FACTS["raw.observations"].types.items()}
    ordered = frame.select(*OFFERED)

    def fill() -> None:
        with warehouse.owner_session() as connection:
            copy_into(connection, "raw.copied", ordered.sort("series_id", "period", "known_at"), kinds)

    return timed(fill)[0]
