"""Evaluating a declared metric at every step of knowledge.

A metric has one row for every (period, step): a step is an instant at which a row that it may read became known, from
the first publication of its anchor on. At each step every leg is read as it was known then. A step stays a step when
what it brought is not read (a revision of a value that is carried no more): were it dropped once a late older vintage
takes its place, the row recorded at it before would outlive the recomputation.
Belongs here: selection as of a step, status, hashing. Keep out: declarations, SQL, Dagster.
"""

import hashlib
from collections.abc import Mapping

import polars as pl

from liquidity_platform.core.facts import INSTANT, METRIC_ROWS, Status
from liquidity_platform.derived.declare import Align, Input, Metric, is_raw, newest_weekday

_BAD_FIRST = [Status.MISSING_INPUT, Status.STALE_INPUT, Status.PROVISIONAL, Status.CARRIED, Status.COMPLETE]
RANK = {status.value: rank for rank, status in enumerate(_BAD_FIRST)}
_KEY = ["period", "known_at"]


def evaluate(metric: Metric, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of `metric` (core.facts.METRIC_ROWS) from everything known of its inputs (core.facts.KNOWN_INPUT).

    `known` may hold more inputs and must hold, per (input, period, known_at), one row. Pure: dropping every row
    known after T only drops result rows known after T.
    """
    rows = {name: known.filter(pl.col("input_id") == leg.source) for name, leg in metric.inputs.items()}
    anchors = _first_published(rows[metric.anchor])
    if anchors.is_empty():
        return pl.DataFrame(schema=METRIC_ROWS)
    reach = {name: _within_reach(leg, rows[name], anchors["period"]) for name, leg in metric.inputs.items()}
    steps = _steps(list(reach.values()), anchors)
    for name, leg in metric.inputs.items():
        steps = _read(name, leg, steps, reach[name], rows[name])
    return _shape(metric, _finish(metric, steps))


def _first_published(anchor: pl.DataFrame) -> pl.DataFrame:
    """Per period the first instant a number (not a blank) stood there: period, since."""
    return (
        anchor.filter(pl.col("value").is_not_null() | pl.col("status").is_not_null())
        .group_by("period")
        .agg(pl.col("known_at").min().alias("since"))
    )


def _within_reach(leg: Input, rows: pl.DataFrame, periods: pl.Series) -> pl.DataFrame:
    """Every input row a metric period could read: period, read_period, known_at, value, status."""
    days = periods.to_numpy().astype("datetime64[D]")
    spans = pl.DataFrame(
        {"period": periods, "oldest": pl.Series(leg.oldest(days)), "newest": pl.Series(leg.newest(days))},
    ).with_columns(pl.col("oldest", "newest").cast(pl.Date))
    inputs = rows.select(pl.col("period").alias("read_period"), "known_at", "value", "status")
    if (spans["oldest"] == spans["newest"]).all():
        return spans.join(inputs, left_on="newest", right_on="read_period", how="inner").select(
            "period", pl.col("newest").alias("read_period"), "known_at", "value", "status"
        )
    # one row a (period, day in reach), joined by equality: reach is a few days, a range join would be slower
    spread = spans.select("period", pl.date_ranges("oldest", "newest").alias("read_period")).explode("read_period")
    return spread.join(inputs, on="read_period", how="inner")


def _steps(reach: list[pl.DataFrame], anchors: pl.DataFrame) -> pl.DataFrame:
    """Every (period, known_at) at which anything in reach became known, from the anchor's publication on."""
    instants = pl.concat([rows.select(_KEY) for rows in reach]).unique()
    return instants.join(anchors, on="period").filter(pl.col("known_at") >= pl.col("since")).drop("since").sort(_KEY)


def _read(name: str, leg: Input, steps: pl.DataFrame, reach: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add what the leg reads at each step: <name> (value), <name>.period, <name>.known_at, <name>.status."""
    seen = (
        steps.select(_KEY)
        .join(reach.rename({"known_at": "at"}), on="period")
        .filter(pl.col("at") <= pl.col("known_at"))
    )
    newest_word = seen.sort("at").group_by([*_KEY, "read_period"], maintain_order=True).last()
    if is_raw(leg.source):
        newest_word = newest_word.filter(pl.col("value").is_not_null())  # a blank is a holiday, look further back
    chosen = newest_word.sort("read_period").group_by(_KEY, maintain_order=True).last()
    chosen = chosen.rename(
        {"value": name, "read_period": f"{name}.period", "at": f"{name}.known_at", "status": f"{name}.leg"}
    )
    target = pl.col("period").dt.offset_by(f"-{leg.lag_days}d").alias("target")
    joined = (
        steps.join(chosen, on=_KEY, how="left")
        .with_columns(target)
        .sort("target", "known_at")
        .join_asof(_ever_published(rows), left_on="target", right_on="ever_period", strategy="backward")
    )
    status = _leg_status(name, leg).alias(f"{name}.status")
    return joined.with_columns(status).drop("target", "ever_since", "ever_period", f"{name}.leg", strict=False)


def _ever_published(rows: pl.DataFrame) -> pl.DataFrame:
    """Per period, since when any number of this or an older period was known: tells stale from missing."""
    first = rows.filter(pl.col("value").is_not_null()).group_by("period").agg(pl.col("known_at").min()).sort("period")
    return first.select(pl.col("period").alias("ever_period"), pl.col("known_at").cum_min().alias("ever_since"))


def _leg_status(name: str, leg: Input) -> pl.Expr:
    """COMPLETE, CARRIED or PROVISIONAL for what was read; STALE_INPUT or MISSING_INPUT for what was not."""
    target, read = pl.col("target"), pl.col(f"{name}.period")
    if leg.provisional_weekday is not None:
        wanted = target.map_batches(
            lambda days: pl.Series(
                newest_weekday(days.to_numpy().astype("datetime64[D]"), leg.provisional_weekday or 0)
            ).cast(pl.Date),
            return_dtype=pl.Date(),
        )
        fresh = pl.when(read == wanted).then(pl.lit("COMPLETE")).otherwise(pl.lit("PROVISIONAL"))
    else:
        # a lag asks for the last date on or before its day: an earlier one is the answer, not a carry
        fresh = (
            pl.when((read == target) | pl.lit(leg.align is Align.LAG))
            .then(pl.lit("COMPLETE"))
            .otherwise(pl.lit("CARRIED"))
        )
    absent = (
        pl.when((pl.col("ever_since") <= pl.col("known_at")) & pl.lit(leg.align is not Align.AT_PERIOD))
        .then(pl.lit("STALE_INPUT"))
        .otherwise(pl.lit("MISSING_INPUT"))
    )
    return (
        pl.when(read.is_null())
        .then(absent)
        .when(pl.col(f"{name}.leg").is_not_null())
        .then(pl.col(f"{name}.leg"))
        .otherwise(fresh)
    )


def _finish(metric: Metric, steps: pl.DataFrame) -> pl.DataFrame:
    """Value by the formula, status by the worst leg."""
    worst = pl.min_horizontal(
        [pl.col(f"{name}.status").replace_strict(RANK, return_dtype=pl.Int8()) for name in metric.inputs]
    )
    names = {rank: status for status, rank in RANK.items()}
    return steps.with_columns(
        metric.formula().alias("value"), worst.replace_strict(names, return_dtype=pl.String()).alias("status")
    ).with_columns(
        pl.when(pl.col("status").is_in([Status.STALE_INPUT, Status.MISSING_INPUT]))
        .then(None)
        .otherwise(pl.col("value"))
        .alias("value")
    )


def _shape(metric: Metric, rows: pl.DataFrame) -> pl.DataFrame:
    """Hash what was read, and bring the rows into the result's columns."""
    rows = rows.sort(_KEY)
    text = pl.concat_str([column.fill_null("-") for column in _hashable(metric)], separator="|")
    hashed = rows.select(text.alias("text"))["text"].map_elements(
        lambda t: hashlib.blake2b(t.encode(), digest_size=16).hexdigest(), return_dtype=pl.String()
    )
    return rows.with_columns(
        pl.lit(metric.id).alias("metric_id"),
        pl.lit(metric.version, dtype=pl.Int32()).alias("definition_version"),
        pl.col("known_at").cast(INSTANT),
        hashed.alias("inputs_hash"),
    ).select(list(METRIC_ROWS))


def _hashable(metric: Metric) -> list[pl.Expr]:
    """Text of each input row that is read: source, period, known_at, value."""
    parts: list[pl.Expr] = []
    for name, leg in metric.inputs.items():
        parts += [
            pl.lit(leg.source),
            pl.col(f"{name}.period").cast(pl.String),
            pl.col(f"{name}.known_at").cast(pl.Int64).cast(pl.String),
        ]
        parts.append(pl.col(name).cast(pl.String))
    return parts


def evaluate_all(metrics: Mapping[str, Metric], observations: pl.DataFrame) -> pl.DataFrame:
    """Rows of all `metrics`, inputs before the metrics that read them. `observations`: KNOWN_INPUT of raw series."""
    known = observations
    results: list[pl.DataFrame] = []
    for metric in metrics.values():
        rows = evaluate(metric, known)
        results.append(rows)
        known = pl.concat(
            [known, rows.select(pl.col("metric_id").alias("input_id"), "period", "known_at", "value", "status")]
        )
    return pl.concat(results) if results else pl.DataFrame(schema=METRIC_ROWS)
