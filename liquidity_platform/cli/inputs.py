"""What a step of a metric or signal was made of: the rows its inputs had when it became known, each with its payload.

Belongs here: from a metric or signal and a period to rows one can ask `history` or `show` for.
Keep out: computing (derived), queries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl
import psycopg

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.align import Align, Input, at_period
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.warehouse.inputs import READ, close_read, metric_read, series_read

INPUTS = {"input": pl.String(), **READ}
# of an input that reads many days; sd is that of the population, as formulas take it, known_at that of the last to come
WINDOWS = {
    "input": pl.String(), "source": pl.String(), "read as": pl.String(), "rows": pl.Int64(), "least": pl.Int64(),
    "first": pl.Date(), "last": pl.Date(), "mean": pl.Float64(), "sd": pl.Float64(), "median": pl.Float64(),
    "lowest": pl.Float64(), "highest": pl.Float64(), "unit": pl.String(), "known_at": INSTANT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """`single`: one row an input that reads one number (INPUTS). `windows`: input name -> leg and its rows (READ)."""

    single: pl.DataFrame
    windows: Mapping[str, tuple[Input, pl.DataFrame]]

    def spans(self) -> pl.DataFrame:
        """One row a window (WINDOWS): how many numbers of which days, and what is taken of them."""
        rows = [_span(name, leg, read) for name, (leg, read) in self.windows.items()]
        return pl.concat(rows) if rows else pl.DataFrame(schema=WINDOWS)

    def asked_next(self, at: datetime) -> list[str]:
        """The commands that print each input: one number's own rows, or a window as it was known at `at`."""
        found = self.single.filter(pl.col("period").is_not_null()).to_dicts()
        asked = [f"liquidity history {row['source']} {row['period']}" for row in found]
        for leg, read in self.windows.values():
            if leg.source in CLOSES:
                asked.append(f"liquidity history {leg.source} --as-of {iso(at)} --format csv")
            elif read.height:
                span = f"--from {read['period'][0]} --to {read['period'][-1]}"
                asked.append(f"liquidity show {leg.source} {span} --as-of {iso(at)} --format csv")
        return asked


def inputs_of(connection: psycopg.Connection, one: Metric | Signal, period: date, at: datetime) -> Made:
    """The inputs of `one` for `period` as known at `at`; an input that reads one number and has no row is NULL."""
    single, windows = [pl.DataFrame(schema=INPUTS)], {}
    for name, leg in _legs(one).items():
        read = _read(connection, leg, period, at)
        if leg.reads_many:
            numbers = read.reverse().drop_nulls("value")
            windows[name] = (leg, numbers if leg.rows is None else numbers.tail(leg.rows))
            continue
        if read.is_empty():
            read = pl.DataFrame([{"source": leg.source}], schema=READ)
        single.append(read.select(pl.lit(name).alias("input"), *READ))
    return Made(pl.concat(single), windows)


def _legs(one: Metric | Signal) -> Mapping[str, Input]:
    if isinstance(one, Metric):
        return one.inputs
    return {name: at_period(metric) for name, metric in one.inputs.items()}


def _read(connection: psycopg.Connection, leg: Input, period: date, at: datetime) -> pl.DataFrame:
    """The rows (READ) of the days that the leg may read, newest first; the newest alone where one number is read."""
    day = np.array([period], dtype="datetime64[D]")
    days = leg.oldest(day)[0].astype(object), leg.newest(day)[0].astype(object)
    most = None if leg.reads_many else 1
    if leg.source in SERIES:
        return series_read(connection, leg.source, days, at, most)
    if leg.source in CLOSES:
        close = CLOSES[leg.source]
        return close_read(connection, leg.source, close.source, close.instrument.id, days, at, most)
    metric = METRICS[leg.source]
    read = metric_read(connection, metric.id, metric.version, days, at, most)
    return read.with_columns(unit=pl.lit(metric.unit.value))


def _span(name: str, leg: Input, read: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("value")
    return read.select(
        pl.lit(name).alias("input"), pl.lit(leg.source).alias("source"),
        pl.lit("window" if leg.align is Align.WINDOW else "mean").alias("read as"),
        pl.len().alias("rows"), pl.lit(leg.least).alias("least"),
        pl.col("period").min().alias("first"), pl.col("period").max().alias("last"),
        value.mean().alias("mean"), value.std(ddof=0).alias("sd"), value.median().alias("median"),
        value.min().alias("lowest"), value.max().alias("highest"),
        pl.col("unit").first(), pl.col("known_at").max(),
    ).cast(WINDOWS)  # type: ignore[arg-type]  # fmt: skip
