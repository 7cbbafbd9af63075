"""Rows a second of `append_observations`, beside what one would do without it, into the same indexed table.

The offered rows have the shape of published ones: catalog series, business days, rounded values, release instants.
Belongs here: the rows and the three ways in. Keep out: whole commands (commands.py).
"""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg
from pgpq import ArrowToPostgresBinaryEncoder

from liquidity_platform.automation.resources import sync
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.append import WriteReport, append_observations
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.bench.measures import Measure

ROWS, BY_HAND = 200_000, 20_000
A_SERIES = 5_000


def offered(rows: int) -> pl.DataFrame:
    """`rows` rows of core.facts.OFFERED: random walks on business days, each known at 20:30 the day after."""
    draws = np.random.default_rng(5)
    days = pl.date_range(date(2026, 7, 20) - timedelta(days=A_SERIES * 2), date(2026, 7, 20), eager=True)
    periods = days.filter(days.dt.weekday() < 6).tail(A_SERIES)
    frames = []
    for series in list(SERIES.values())[: rows // A_SERIES]:
        walk = np.round(4 + np.cumsum(draws.normal(0, 0.05, A_SERIES)), 2)
        frames.append(
            pl.DataFrame({"period": periods, "value": walk}).with_columns(
                series_id=pl.lit(series.id),
                known_at=pl.col("period").cast(OFFERED["known_at"]) + timedelta(days=1, hours=20, minutes=30),
                known_basis=pl.lit("release_rule"), source_id=pl.lit(series.source),
                fetched_at=pl.lit(datetime.now(UTC)).cast(OFFERED["fetched_at"]),
                payload_id=pl.lit(str(uuid.uuid4())), run_id=pl.lit(str(uuid.uuid4())),
            )
        )  # fmt: skip
    frame = pl.concat(frames).select(*OFFERED).cast(dict(OFFERED))  # type: ignore[arg-type]
    assert frame.height == rows, f"the catalog has too few series for {rows} rows"
    return frame


def append_rates(folder: Path) -> Iterator[Measure]:
    """First append, the same again, rows inserted one by one, plain binary COPY."""
    frame = offered(ROWS)
    with open_warehouse(Settings(home=folder / "append", data=str(folder))) as warehouse:
        sync(warehouse)
        first, report = _timed(lambda: _append(warehouse, frame))
        assert report.appended == ROWS, report
        again, report = _timed(lambda: _append(warehouse, frame))
        assert (report.appended, report.unchanged) == (0, ROWS), report
        by_hand, _ = _timed(lambda: _row_by_row(warehouse, frame.head(BY_HAND)))
        copied, _ = _timed(lambda: _copy(warehouse, frame))
    yield Measure(f"append of {ROWS:,} rows", ROWS / first, "rows/s", against=f"{first:.2f} s")
    yield Measure("  against INSERT row by row", (ROWS / first) / (BY_HAND / by_hand), "times",
                  against=f"which does {BY_HAND / by_hand:,.0f} rows/s over {BY_HAND:,} rows")  # fmt: skip
    yield Measure("  time against plain binary COPY", first / copied, "times", against=f"which takes {copied:.2f} s")
    yield Measure("append of the same again", ROWS / again, "rows/s", against=f"{again:.2f} s")
    yield Measure("  time against the first", again / first, "times")


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    started = time.monotonic()
    result = action()
    return time.monotonic() - started, result


def _append(warehouse: Warehouse, frame: pl.DataFrame) -> WriteReport:
    clock = warehouse.settings.clock_now()
    frame = frame.with_columns(fetched_at=pl.lit(clock.now()).cast(OFFERED["fetched_at"]))
    ids = {series: str(uuid.uuid4()) for series in frame["series_id"].unique()}
    frame = frame.with_columns(payload_id=pl.col("series_id").replace_strict(ids, return_dtype=pl.String))
    payloads = [
        {"payload_id": ids[series], "sha256": "0" * 64, "bytes": 1, "source_id": source, "series_id": series,
         "request": "bench", "fetched_at": clock.now(), "uri": "bench", "accepted": True, "run_id": None}
        for series, source in frame.select("series_id", "source_id").unique().iter_rows()
    ]  # fmt: skip
    with warehouse.session() as connection:
        reports = append_observations(connection, frame, payloads, Window.all_until(clock.now()), clock)
    return sum(reports.values(), WriteReport())


def _empty_twin(connection: psycopg.Connection, name: str) -> None:
    # payload_id as text: binary COPY of an Arrow string does not fit a uuid column
    connection.execute(f"CREATE TABLE raw.{name} (LIKE raw.observations INCLUDING ALL)")
    connection.execute(f"ALTER TABLE raw.{name} ALTER payload_id TYPE text")


def _row_by_row(warehouse: Warehouse, frame: pl.DataFrame) -> None:
    names = ", ".join(frame.columns)
    with warehouse.session() as connection:
        _empty_twin(connection, "by_hand")
        insert = f"INSERT INTO raw.by_hand ({names}) VALUES ({', '.join(['%s'] * frame.width)})"
        for row in frame.iter_rows():
            connection.execute(insert, row)


def _copy(warehouse: Warehouse, frame: pl.DataFrame) -> None:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    encoder = ArrowToPostgresBinaryEncoder(table.schema)
    with warehouse.session() as connection:
        _empty_twin(connection, "copied")
        into = f"COPY raw.copied ({', '.join(frame.columns)}) FROM STDIN WITH (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.write(encoder.write_header())
            for batch in table.to_batches(max_chunksize=65_536):
                copy.write(encoder.write_batch(batch))
            copy.write(encoder.finish())
