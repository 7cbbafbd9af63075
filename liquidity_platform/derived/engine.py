"""Evaluating a declared metric at every step of knowledge.

A metric has one row for every (period, step): a step is an instant at which a row that it may read became known, from
the first publication of its anchor on. At each step every leg is read as it was known then. A step stays a step when
what it brought is not read (a revision of a value that is carried no more): were it dropped once a late older vintage
takes its place, the row recorded at it before would outlive the recomputation.
Belongs here: steps, values, statuses, hashes. Keep out: declarations, reading a leg (legs.py), SQL, Dagster.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import polars as pl

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import INSTANT, METRIC_ROWS
from liquidity_platform.derived.computing import expression
from liquidity_platform.derived.declare import PERIOD, Metric, is_raw
from liquidity_platform.derived.legs import MISSING, STALE, Bytes, Read, read_leg, span_of
from liquidity_platform.derived.reading import Known, ranges
from liquidity_platform.derived.rows import Bools, Floats, Ints, Rows, statuses

AT_ONCE = 4_000_000  # numbers of windows held in memory at a time

Shelf = dict[str, Known]


def evaluate(metric: Metric, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of `metric` (core.facts.METRIC_ROWS) from everything known of its inputs (core.facts.KNOWN_INPUT).

    `known` may hold more inputs and must hold, per (input, period, known_at), one row. Pure: dropping every row
    known after T only drops result rows known after T. In order of (period, known_at).
    """
    return rows_of(metric, shelve({leg.source for leg in metric.inputs.values()}, known))


def evaluate_all(metrics: Mapping[str, Metric], observations: pl.DataFrame) -> pl.DataFrame:
    """Rows of all `metrics`, inputs before the metrics that read them. `observations`: KNOWN_INPUT of raw series."""
    read = {leg.source for metric in metrics.values() for leg in metric.inputs.values()}
    shelf = shelve(read - set(metrics), observations)
    results: list[pl.DataFrame] = []
    for metric in metrics.values():
        rows = rows_of(metric, shelf)
        results.append(rows)
        if metric.id in read:
            shelf[metric.id] = Known(metric.id, Rows.of(rows), raw=False)
    return pl.concat(results) if results else pl.DataFrame(schema=METRIC_ROWS)


def shelve(wanted: set[str], known: pl.DataFrame) -> Shelf:
    """The rows of each wanted input, ready to be looked up; an input without rows too."""
    own = known.filter(pl.col("input_id").is_in(sorted(wanted))).partition_by("input_id", as_dict=True)
    none = known.clear()
    return {source: Known(source, Rows.of(own.get((source,), none)), raw=is_raw(source)) for source in wanted}


def rows_of(metric: Metric, shelf: Shelf, begin: Callable[[Ints], Ints] | None = None) -> pl.DataFrame:
    """Rows of `metric` from the shelf; with `begin`, of each period only the steps from the instant it gives on."""
    periods, since = shelf[metric.inputs[metric.anchor].source].first_published()
    places, at = _steps(metric, shelf, periods, since if begin is None else np.maximum(since, begin(periods)))
    parts = list(_parts(metric, shelf, periods, places))
    if len(parts) == 1:
        order = np.lexsort((at, places))
        return _compute(metric, shelf, periods[places[order]], at[order])
    found = [_compute(metric, shelf, periods[places[part]], at[part]) for part in parts]
    return pl.concat(found).sort("period", "known_at") if found else pl.DataFrame(schema=METRIC_ROWS)


def _steps(metric: Metric, shelf: Shelf, periods: Ints, since: Ints) -> tuple[Ints, Ints]:
    """Every (place among `periods`, instant) at which anything in reach became known, from `since` on; by instant."""
    suffix = np.minimum.accumulate(since[::-1])[::-1]  # of all later periods none was published before
    places, instants = [], []
    for leg in metric.inputs.values():
        known = shelf[leg.source]
        oldest, newest = span_of(leg, periods)
        order = np.lexsort((known.period, known.known_at))
        order = order[known.known_at[order] >= suffix[0]] if len(suffix) else order[:0]
        day, at = known.period[order], known.known_at[order]
        # the metric's periods that may read each row are neighbours, since spans only move forward
        first = np.searchsorted(newest, day, "left")
        last = np.minimum(np.searchsorted(oldest, day, "right"), np.searchsorted(suffix, at, "right"))
        again = at[1:] == at[:-1]  # rows that came at one instant: each period once
        first[1:] = np.where(again, np.maximum(first[1:], last[:-1]), first[1:])
        sizes = np.maximum(last - first, 0)
        places.append(ranges(first, sizes))
        instants.append(np.repeat(at, sizes))
    place, at = np.concatenate(places), np.concatenate(instants)
    begun = at >= since[place]
    moments, moment = np.unique(at[begun], return_inverse=True)
    code = np.unique(moment * len(periods) + place[begun])
    return code % max(len(periods), 1), moments[code // max(len(periods), 1)]


def _parts(metric: Metric, shelf: Shelf, periods: Ints, places: Ints) -> Iterator[slice]:
    """Steps that are computed together: as many as AT_ONCE numbers of their windows allow."""
    sizes = np.ones(len(periods), dtype=np.int64)
    for leg in metric.inputs.values():
        if leg.reads_many:
            first, last = shelf[leg.source].places(*span_of(leg, periods))
            sizes += last - first
    part = np.cumsum(sizes[places]) // AT_ONCE
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(part)) + 1, [len(places)]])
    for start, end in pairwise(bounds):
        if end > start:
            yield slice(start, end)


def _compute(metric: Metric, shelf: Shelf, periods: Ints, at: Ints) -> pl.DataFrame:
    """Value, status and hash of each step (METRIC_ROWS)."""
    legs = {name: read_leg(leg, shelf[leg.source], periods, at) for name, leg in metric.inputs.items()}
    day = pl.Series(periods.astype(np.int32)).cast(pl.Date)
    found = _value(metric, pl.DataFrame({PERIOD: day, **{name: leg.column for name, leg in legs.items()}}))
    needed = [leg.absent for name, leg in legs.items() if not metric.inputs[name].optional]
    absent: Bools = np.logical_or.reduce(needed)
    # a zero has no sign: which one comes of clipping depends on the rows beside it, and it would tell in a hash
    value = np.where(absent, np.nan, found) + 0.0
    rank = np.minimum.reduce([leg.rank for leg in legs.values()])
    none = np.isnan(value) & (rank > STALE)
    columns = {
        "metric_id": pl.Series([metric.id]).new_from_index(0, len(at)),
        "definition_version": pl.Series([metric.version], dtype=pl.Int32).new_from_index(0, len(at)),
        "period": day,
        "known_at": pl.Series(at).cast(INSTANT),
        "value": pl.Series(value, nan_to_null=True),
        "status": statuses(np.where(none, MISSING, rank)),
        "inputs_hash": _hashes(metric, list(legs.values())),
    }
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _value(metric: Metric, frame: pl.DataFrame) -> Floats:
    """The formula's or the function's value of each row, or one for all; NaN for what is not finite."""
    if metric.formula is not None:
        found = frame.select(expression(metric.formula)).to_series()
    else:
        assert metric.function is not None
        found = metric.function(frame)
        if not isinstance(found, pl.Series) or len(found) != frame.height:
            raise CatalogError(f"metric {metric.id}: its function must return a series of {frame.height} values")
    values = found.cast(pl.Float64).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _hashes(metric: Metric, legs: list[Read]) -> pl.Series:
    """blake2b over every row that is read: source, period, known_at and value, as bytes of a fixed width."""
    begun = blake2b("|".join(leg.source for leg in metric.inputs.values()).encode(), digest_size=16)
    laid: Bytes = np.concatenate([leg.bytes for leg in legs], axis=1)
    text, width = laid.tobytes(), laid.shape[1]
    found = []
    for start in range(0, len(text), width):
        one = begun.copy()
        one.update(text[start : start + width])
        found.append(one.hexdigest())
    return pl.Series(found, dtype=pl.String)
