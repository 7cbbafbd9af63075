"""Vintage rows in any number: what the warehouse is measured with.

Shape of a real vintage load: a series has 2,000 periods, three days apart, each published and revised nineteen times,
a month apart; batches are whole series, as a publisher's vintage file is. Values are random: only time is measured.
Belongs here: the rows, their catalog lines. Keep out: what is measured (appending.py, answering.py).
"""

import uuid
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, OFFERED
from liquidity_platform.core.window import Window

PERIODS, VINTAGES = 2_000, 20
A_SERIES = PERIODS * VINTAGES
FIRST, FETCHED = date(2005, 1, 3), datetime(2026, 7, 22, 22, tzinfo=UTC)
EVERYTHING = Window(2002, 2030)


def name_of(number: int) -> str:
    """Id of the series `number`."""
    return f"bench.series_{number:04}"


def announce_series(connection: psycopg.Connection, count: int) -> None:
    """Put the ids of the first `count` series into the catalog."""
    connection.execute(
        "INSERT INTO meta.series SELECT 'bench.series_' || lpad(n::text, 4, '0'), 'fred', n::text, 'bench', 'usd', "
        "'usd', 1, 'daily', 'h41', true, -1, 1 FROM generate_series(0, %s) n ON CONFLICT DO NOTHING",
        [count - 1],
    )


def vintages(first: int, count: int, seed: int = 5) -> pl.DataFrame:
    """All rows of `count` series from number `first` on, as core.facts.OFFERED, in order of knowledge."""
    draws = np.random.default_rng(seed + first)
    run, payload = str(uuid.uuid4()), str(uuid.uuid4())
    grid = pl.DataFrame({"place": range(PERIODS)}).join(pl.DataFrame({"turn": range(VINTAGES)}), how="cross")
    period = pl.lit(FIRST) + pl.duration(days=3 * pl.col("place"))
    published = period.cast(INSTANT) + pl.duration(days=1 + 30 * pl.col("turn"), hours=20, minutes=30)
    grid = grid.select(period=period, known_at=published.cast(INSTANT)).sort("known_at")
    return pl.concat(
        grid.select(
            series_id=pl.lit(name_of(number)), period="period", known_at="known_at",
            value=pl.Series(draws.normal(100, 5, A_SERIES).round(3)), known_basis=pl.lit("vintage"),
            source_id=pl.lit("fred"), fetched_at=pl.lit(FETCHED, INSTANT), payload_id=pl.lit(payload),
            run_id=pl.lit(run),
        )
        for number in range(first, first + count)
    ).cast(OFFERED)  # type: ignore[arg-type]  # fmt: skip


def halfway() -> datetime:
    """An instant by which half of the periods are known, the last of them not yet finally."""
    return datetime.combine(FIRST + timedelta(days=3 * PERIODS // 2), datetime.min.time(), UTC)
