"""Why a number that was asked for has no rows: never loaded, not computed, not known yet, not of those days.

Belongs here: those sentences. Keep out: a warehouse in which nothing was ever written (rows.py), queries (warehouse).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl
import psycopg

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS, anchored_on, raw_inputs
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import answered, pending, quoted
from liquidity_platform.warehouse.shown import first_known, newest_periods

if TYPE_CHECKING:
    from liquidity_platform.sources.contract import Provider

TOLD = 6  # inputs named; a composite has many


def reasons(
    warehouse: Warehouse, asked: Sequence[tuple[Metric | Series | Signal, pl.DataFrame]], at: datetime | None,
    first: date | None, last: date | None,
) -> list[str]:  # fmt: skip
    """A sentence for each fact whose rows as known at `at` are none, or none of the days from `first` to `last`."""
    found = []
    with warehouse.session() as connection:
        for one, rows in asked:
            if rows.is_empty():
                found.append(_nothing(connection, one, at))
            elif rows.filter(_within(first, last)).is_empty():
                oldest, newest = rows["period"].min(), rows["period"].max()
                span = " ".join(filter(None, [first and f"from {first} on", last and f"up to {last}"]))
                known = f" as known at {iso(at)}" if at else ""
                found.append(f"{one.id}: no row {span}; held{known} are {oldest} to {newest}")
    return found


def _within(first: date | None, last: date | None) -> pl.Expr:
    return pl.col("period").is_between(pl.lit(first or date.min), pl.lit(last or date.max))


def _nothing(connection: psycopg.Connection, one: Metric | Series | Signal, at: datetime | None) -> str:
    since = first_known(connection, one.id)
    if at is not None and since is not None and since > at:
        return f"{one.id}: nothing of it was known at {iso(at)}; the first of it is known since {iso(since)}"
    if isinstance(one, Series):
        return _unheard(connection, one.id)
    metric = one if isinstance(one, Metric) else METRICS[one.score]
    held, closes = newest_periods(connection), quoted(connection)
    lacking = [name for name in sorted(raw_inputs(metric, with_optional=False)) if not _held(name, held, closes)]
    anchor = anchored_on(metric)
    if anchor not in lacking:
        return f"{one.id}: not computed yet as it is defined now: run `liquidity daily`"
    lacking = [anchor, *(name for name in lacking if name != anchor)]
    told = "; ".join(_unheard(connection, name) for name in lacking[:TOLD])
    more = f"; and {len(lacking) - TOLD} more inputs" if len(lacking) > TOLD else ""
    return f"{one.id}: no rows without its inputs: {told}{more}"


def _held(name: str, periods: dict[str, date], closes: set[tuple[str, str]]) -> bool:
    if name in CLOSES:
        return (CLOSES[name].source, CLOSES[name].instrument.id) in closes
    return name in periods


def _unheard(connection: psycopg.Connection, name: str) -> str:
    """What is known of a series or closes without any number: by whom, under which code, and what became of it."""
    if name in CLOSES:
        return _unquoted(connection, name)
    line = SERIES[name]
    told = f"{line.id} ({line.source} {line.code})"
    if count := pending(connection).get(name):
        return f"{told} has {count} answers in quarantine: `liquidity quarantine`"
    if name in answered(connection):
        return f"{told} was asked for, and no number of it was published"
    return f"{told} was never loaded"


def _unquoted(connection: psycopg.Connection, name: str) -> str:
    from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

    close = CLOSES[name]
    code = next(each.code for each in LISTINGS[close.source] if each.id == close.instrument.id)
    others = sorted(source for source, instrument in quoted(connection) if instrument == close.instrument.id)
    beside = "".join(
        f"; {close.instrument.id} by {source}, which is held, is {_kind(PROVIDERS[source])}data of another source "
        "and no such close"
        for source in others
    )
    return f"{name} ({close.source} {code}) was never loaded{beside}"


def _kind(provider: "Provider") -> str:
    return "adjusted " if provider.bars is not None and provider.bars.adjusted else ""
