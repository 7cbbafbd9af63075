"""What is computed again when rows were added: the steps that may be others now, and nothing else.

A new row touches every period that may read it, from the instant on at which it became known: older vintages that
arrive late included. What is computed again may come out as it was; what is left out would have. So what stands, with
these rows added, is what a full recomputation gives.
Belongs here: which steps those are, when a definition is another one. Keep out: computing them (engine.py), which rows
are new (automation).
"""

import hashlib
from collections.abc import Collection, Mapping
from types import CodeType

import numpy as np
import polars as pl

from liquidity_platform.core.facts import METRIC_ROWS
from liquidity_platform.derived.align import Align
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.engine import AT_ONCE, Shelf, rows_of, shelve
from liquidity_platform.derived.legs import span_of
from liquidity_platform.derived.reading import NEVER, Known, ranges
from liquidity_platform.derived.rows import Ints, Rows

EVALUATION = 2  # counts changes of the engine that give another value or status: each is one full recomputation


def evaluate_new(
    metrics: Mapping[str, Metric], observations: pl.DataFrame, standing: pl.DataFrame, whole: Collection[str]
) -> pl.DataFrame:
    """The rows of `metrics` (METRIC_ROWS) that new input rows may have changed, inputs before their readers.

    `observations`: KNOWN_INPUT of raw series, all of it, with a column `new`; `standing`: KNOWN_INPUT of the metrics
    that others read, as they were last computed; `whole`: metrics to compute from their first step on, with all that
    reads them.
    """
    read = {leg.source for metric in metrics.values() for leg in metric.inputs.values()}
    shelf = shelve(read - set(metrics), observations)
    stood = standing.partition_by("input_id", as_dict=True)
    every, results = set(whole), [pl.DataFrame(schema=METRIC_ROWS)]
    for metric in metrics.values():
        if every & {metric.id, *(leg.source for leg in metric.inputs.values())}:
            every.add(metric.id)
            rows = rows_of(metric, shelf)
        elif any(shelf[leg.source].new.any() for leg in metric.inputs.values()):
            rows = rows_of(metric, shelf, lambda periods, metric=metric: _begin(metric, shelf, periods))  # type: ignore[misc]
        else:
            rows = results[0]
        results.append(rows)
        if metric.id in read:
            old = stood.get((metric.id,), standing.clear())
            shelf[metric.id] = Known(metric.id, Rows.of(rows).laid_over(Rows.of(old)), raw=False)
    return pl.concat(results)


def _begin(metric: Metric, shelf: Shelf, periods: Ints) -> Ints:
    """The instant from which on each period's steps may be others than they were; NEVER where none may."""
    begin = np.full(len(periods), NEVER)
    for leg in metric.inputs.values():
        known = shelf[leg.source]
        oldest, newest = span_of(leg, periods)
        day, at = known.period[known.new], known.known_at[known.new]
        first = np.searchsorted(newest, day, "left")
        sizes = np.maximum(np.searchsorted(oldest, day, "right") - first, 0)
        if sizes.sum() > AT_ONCE:
            return np.zeros(len(periods), dtype=np.int64)  # so much is new that finding out costs as much as computing
        np.minimum.at(begin, ranges(first, sizes), np.repeat(at, sizes))
        if leg.align is not Align.AT_PERIOD and not leg.reads_many:  # what was MISSING_INPUT may be STALE_INPUT
            now, before = known.ever_since(newest), known.ever_since(newest, before=True)
            begin = np.minimum(begin, np.where(now != before, now, NEVER))
    return begin


def definition(metric: Metric) -> str:
    """A digest of all that the metric's value follows from, but for numbers: another one wants all steps again."""
    code = getattr(metric.function, "__code__", None)
    value = metric.formula or (_code(code) if code else repr(metric.function))
    legs = [f"{name}={leg!r}" for name, leg in metric.inputs.items()]
    text = [str(EVALUATION), str(metric.version), metric.unit, metric.anchor, value, *legs]
    return hashlib.blake2b("\n".join(text).encode(), digest_size=16).hexdigest()


def _code(code: CodeType) -> str:
    """What a function does, as far as its own body says; not where it stands in its file."""
    constants = [_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return "\n".join([code.co_code.hex(), *code.co_names, *constants])
