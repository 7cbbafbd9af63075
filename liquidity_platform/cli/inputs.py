"""What a step of a metric or signal was made of: the rows its inputs had when it became known, each with its payload.

Belongs here: from a metric or signal and a period to rows one can ask `history` for.
Keep out: computing (derived), queries.
"""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import polars as pl
import psycopg

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived.align import Input, at_period
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.warehouse.inputs import READ, close_read, metric_read, series_read

INPUTS = {"input": pl.String(), **READ}


def inputs_of(connection: psycopg.Connection, one: Metric | Signal, period: date, at: datetime) -> pl.DataFrame:
    """One row an input of `one` for `period` as known at `at`, INPUTS columns; an input without a row is NULL.

    Of an input that reads many days the newest is shown.
    """
    parts = []
    for name, leg in _legs(one).items():
        read = _read(connection, leg, period, at)
        if read.is_empty():
            read = pl.DataFrame([{"source": leg.source}], schema=READ)
        parts.append(read.select(pl.lit(name).alias("input"), *READ))
    return pl.concat(parts)


def _legs(one: Metric | Signal) -> Mapping[str, Input]:
    if isinstance(one, Metric):
        return one.inputs
    return {name: at_period(metric) for name, metric in one.inputs.items()}


def _read(connection: psycopg.Connection, leg: Input, period: date, at: datetime) -> pl.DataFrame:
    day = np.array([period], dtype="datetime64[D]")
    oldest, newest = leg.oldest(day)[0].astype(object), leg.newest(day)[0].astype(object)
    if leg.source in SERIES:
        return series_read(connection, leg.source, oldest, newest, at)
    if leg.source in CLOSES:
        close = CLOSES[leg.source]
        return close_read(connection, leg.source, close.source, close.instrument.id, (oldest, newest), at)
    return metric_read(connection, leg.source, METRICS[leg.source].version, oldest, newest, at)
