"""`liquidity track`: what followed each state of a signal, as far as it is known.

Belongs here: gathering states and prices, printing. Keep out: the arithmetic (derived/signals/track_record.py).
"""

import sys
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.reading import find_fact, print_frame
from liquidity_platform.cli.rows import refuse_empty
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.derived.signals.track_record import TRACK, first_known, followed, track
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.history import signal_history
from liquidity_platform.warehouse.read import stored_values

PRICES, HORIZONS = "sp.500", (4, 13)  # weeks
RECORD = {"signal": pl.String(), **TRACK}


def print_record(names: Sequence[str], at: datetime | None, format: str) -> None:
    """Print the record of the signals named (all if none). Raises UsageError for what is no signal."""
    records = [_record(signal, at) for signal in _chosen(names)]
    frame = pl.concat([rows for rows, _ in records])
    as_known = f", as known at {iso(at)}" if at else ""
    print_frame(frame, format, f"what followed, S&P 500 (prices, without dividends) in percent{as_known}")
    sys.stdout.flush()
    for _, spans in records:
        note(spans)
    if format == "table":
        held = frame.filter((pl.col("low") <= 0) & (pl.col("high") >= 0)).height
        note(
            f"{held} of {frame.height} intervals (95 %, block bootstrap) of the difference from the base rate hold 0: "
            "those states show nothing; with this many looked at, one in twenty of the others does by chance"
        )


def _chosen(names: Sequence[str]) -> list[Signal]:
    found = [find_fact(name) for name in names] if names else list(SIGNALS.values())
    signals = [one for one in found if isinstance(one, Signal)]
    if len(signals) < len(found):
        other = next(one for one in found if not isinstance(one, Signal))
        raise UsageError(f"{other.id} is no signal; signals are {', '.join(SIGNALS)}")
    return signals


def _record(signal: Signal, at: datetime | None) -> tuple[pl.DataFrame, str]:
    """The record of a signal (RECORD), and which days it spans."""
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            steps = signal_history(connection, signal.id, None, at)
            closes = stored_values(connection, PRICES, at)
        refuse_empty(warehouse, steps)
    own = steps.filter(pl.col("definition_version") == signal.version).rename({"status": "state"})
    first = first_known(own)
    rows = pl.concat([track(first, closes, weeks) for weeks in HORIZONS])
    told = rows.select(pl.lit(signal.id).alias("signal"), *TRACK).cast(RECORD)  # type: ignore[arg-type]
    return told.with_columns(pl.selectors.float().round(4)), _spans(signal, first, closes)


def _spans(signal: Signal, first: pl.DataFrame, closes: pl.DataFrame) -> str:
    """From which close to which each horizon is counted, and which closes there are."""
    found = {weeks: followed(first, closes, weeks) for weeks in HORIZONS}
    parts = [
        f"{weeks} weeks: {rows.height} releases, from the close of {rows['entry'].min()} to that of "
        f"{rows['leave'].max()}"
        for weeks, rows in found.items()
        if rows.height
    ]
    line = SERIES[PRICES]
    held = f"{closes['period'].min()} to {closes['period'].max()}" if closes.height else "none"
    prices = f"closes of {line.code} ({PRICES}, a price index: without dividends) held: {held}"
    return f"{signal.id}: {'; '.join([*parts, prices])}"
