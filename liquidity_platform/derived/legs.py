"""One leg of a metric at steps of knowledge: what it reads, how fresh that is, and what the hash says of it.

Belongs here: the status of a leg, its column, the bytes that stand for it. Keep out: which steps there are (engine.py),
looking rows up (reading.py), formulas.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from liquidity_platform.catalog.releases import MONTHS
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived.align import Align, Input, newest_weekday
from liquidity_platform.derived.computing import Lists
from liquidity_platform.derived.reading import NO_ROW, ROW_BYTES, Known, packed, ranges
from liquidity_platform.derived.rows import OWN, RANK, Bools, Floats, Ints, Ranks

Bytes = npt.NDArray[np.uint8]
MISSING, STALE, PROVISIONAL, CARRIED, COMPLETE = (
    RANK[name] for name in ("MISSING_INPUT", "STALE_INPUT", "PROVISIONAL", "CARRIED", "COMPLETE")
)


@dataclass(frozen=True, slots=True)
class Read:
    """A leg at every step: its column, the rank of its status, where there is nothing, and its part of the hash."""

    column: pl.Series
    rank: Ranks
    absent: Bools
    bytes: Bytes


def days_of(periods: Ints) -> npt.NDArray[np.datetime64]:
    """Day numbers as numpy's days."""
    return periods.view("datetime64[D]")


def span_of(leg: Input, periods: Ints) -> tuple[Ints, Ints]:
    """The oldest and the newest day that each period may read."""
    days = days_of(periods)
    return leg.oldest(days).astype(np.int64), leg.newest(days).astype(np.int64)


def read_leg(leg: Input, known: Known, periods: Ints, at: Ints) -> Read:
    """What the leg reads for each step (period, instant)."""
    return (_read_many if leg.reads_many else _read_one)(leg, known, periods, at)


def _read_one(leg: Input, known: Known, periods: Ints, at: Ints) -> Read:
    oldest, newest = span_of(leg, periods)
    row = known.newest(oldest, newest, at)
    if leg.first:
        row = known.first_told(row)
    found = row != NO_ROW
    value, period, since = np.full(len(at), np.nan), np.zeros_like(at), np.zeros_like(at)
    for into, of in ((value, known.value), (period, known.period), (since, known.known_at)):
        into[found] = of[row[found]]
    rank = np.where(found, _fresh(leg, newest, period), _absence(leg, known, newest, at))
    own = np.full(len(at), OWN, dtype=np.int8)
    own[found] = known.rank[row[found]]
    rank = np.minimum(rank, own).astype(np.int8)  # what a metric says of itself, if that is worse
    hashed = np.frombuffer(packed(period, since, value), dtype=np.uint8).reshape(len(at), ROW_BYTES)
    if leg.age:
        value = np.where(np.isnan(value), np.nan, periods - _described(known.source, period))
    return Read(pl.Series(value, nan_to_null=True), rank, np.isnan(value), hashed)


def _described(source: str, period: Ints) -> Ints:
    """The day that a period's number describes: the last of its month, quarter or year, else the date itself."""
    months = MONTHS.get(SERIES[source].frequency) if source in SERIES else None
    if months is None:
        return period
    after = days_of(period).astype("datetime64[M]") + months
    return after.astype("datetime64[D]").astype(np.int64) - 1


def _fresh(leg: Input, target: Ints, read: Ints) -> Ints:
    """COMPLETE, CARRIED or PROVISIONAL for a row of the day `read` where `target` is the newest allowed."""
    if leg.provisional_weekday is not None:
        wanted = newest_weekday(days_of(target), leg.provisional_weekday).astype(np.int64)
        return np.where(read == wanted, COMPLETE, PROVISIONAL)
    # a lag asks for the last date on or before its day: an earlier one is the answer, not a carry
    return np.where((read == target) | (leg.align is Align.LAG), COMPLETE, CARRIED)


def _absence(leg: Input, known: Known, target: Ints, at: Ints) -> Ints:
    """STALE_INPUT where a number is there and too old, MISSING_INPUT where none ever was, or none of that day."""
    if leg.align in (Align.AT_PERIOD, Align.ON_DATE):
        return np.full(len(at), MISSING)
    return np.where(known.ever_since(target) <= at, STALE, MISSING)


def _read_many(leg: Input, known: Known, periods: Ints, at: Ints) -> Read:
    oldest, newest = span_of(leg, periods)
    found = known.windows(oldest, newest, at, leg.rows)
    counts = found.end - found.start
    few = counts < leg.least
    old = np.zeros(len(at), dtype=bool)
    last = known.period[found.rows[found.end[~few] - 1]]
    old[~few] = last < leg.freshest(days_of(periods[~few])).astype(np.int64)
    rank = np.where(few, MISSING, np.where(old, STALE, COMPLETE)).astype(np.int8)
    rows = found.rows[ranges(found.start, counts)]
    hashed = _summed(known, rows, counts)
    absent = few | old
    lists = Lists(known.value[rows[np.repeat(~absent, counts)]], np.where(absent, 0, counts))
    if leg.align is Align.WINDOW:
        return Read(lists.column(absent), rank, absent, hashed)
    mean: Floats = lists.mean()
    return Read(pl.Series(mean, nan_to_null=True), rank, absent, hashed)


def _summed(known: Known, rows: Ints, counts: Ints) -> Bytes:
    """The digests of each window's rows added up: 16 bytes that change with any row of it."""
    total = np.zeros((len(counts), 2), dtype="<u8")
    filled = counts > 0
    if filled.any():
        starts = (np.cumsum(counts) - counts)[filled]
        total[filled] = np.add.reduceat(known.digests(rows), starts, axis=0)
    return total.view(np.uint8).reshape(len(counts), 16)
