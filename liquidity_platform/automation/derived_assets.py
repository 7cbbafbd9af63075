"""One asset a derived metric, one step for all.

Metrics read what the warehouse holds, not what an earlier step hands over.
Belongs here: specs and the step. Keep out: what is computed of them (computing.py), formulas and evaluation (derived).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl
import psycopg

from liquidity_platform.automation import signal_assets
from liquidity_platform.automation.arrivals import held_up
from liquidity_platform.automation.computing import compute
from liquidity_platform.automation.groups import group_of_metric
from liquidity_platform.automation.keys import (
    FRESH,
    KNOWLEDGE_YEARS,
    bar_key,
    metric_key,
    raw_key,
    told_once,
    window_of_run,
)
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS, anchored_on, raw_inputs
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.quality.agreement import judge_agreement
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.report.sparks import POINTS, spark_markdown
from liquidity_platform.sources.registry import LISTINGS
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.findings import Found, by_series, standing
from liquidity_platform.warehouse.read import answered, metrics_as_of, newest_metrics, newest_periods, quoted


def computable(connection: psycopg.Connection) -> list[dg.AssetKey]:
    """Keys of the metrics and signals whose anchor was ever loaded: the others have no row to make."""
    bars = quoted(connection)
    held = answered(connection) | {one.id for one in CLOSES.values() if (one.source, one.instrument.id) in bars}
    metrics = {metric.id for metric in METRICS.values() if anchored_on(metric) in held}
    return [metric_key(one) for one in (*sorted(metrics), *(s.id for s in SIGNALS.values() if s.score in metrics))]


def _key_of(source: str) -> dg.AssetKey:
    """The asset an input is: a series, an instrument's bars or a metric."""
    if source in CLOSES:
        close = CLOSES[source]
        return bar_key(next(one for one in LISTINGS[close.source] if one.id == close.instrument.id))
    return raw_key(SERIES[source]) if source in SERIES else metric_key(source)


def spec_of(metric: Metric) -> dg.AssetSpec:
    """The asset of one metric; its dependencies are the inputs it declares."""
    sources = [leg.source for leg in metric.inputs.values()]
    return dg.AssetSpec(
        metric_key(metric.id),
        deps=[_key_of(source) for source in sources],
        skippable=True,
        group_name=group_of_metric(metric),
        description=f"{metric.title}, in {metric.unit}. {metric.source}.",
        kinds={"polars", "postgres"},
        owners=["team:liquidity"],
        code_version=str(metric.version),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH),
        metadata={"metric_id": metric.id, "unit": metric.unit.value, "definition_version": metric.version,
                  "dagster/table_name": "derived.metrics"},
    )  # fmt: skip


def agreement(metric: Metric, known: pl.DataFrame) -> Verdict:
    """Whether the two publishers behind a cross-check agree, by what is `known` now of it (period, value)."""
    assert metric.tolerance is not None
    return judge_agreement(metric.id, known.select("period", "value"), metric.unit.value, metric.tolerance)


NAMED = 5  # of a metric's inputs that did not come, in an event that is kept for ever
VERSIONS = {metric.id: metric.version for metric in METRICS.values()}
CROSS_CHECKS = [metric for metric in METRICS.values() if metric.tolerance is not None]


@dg.multi_asset(
    name="derived_metrics",
    specs=[*(spec_of(metric) for metric in METRICS.values()), *map(signal_assets.spec_of, SIGNALS.values())],
    check_specs=[
        dg.AssetCheckSpec(
            "agrees",
            asset=metric_key(metric.id),
            blocking=False,
            description=f"The newest differences lie within {metric.tolerance:g} {metric.unit}",
        )
        for metric in CROSS_CHECKS
    ],
    can_subset=True,
    partitions_def=KNOWLEDGE_YEARS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def derived_metrics(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """All metrics at once, as they share inputs and read one another; then the signals made of them."""
    with warehouse.writing() as opened:
        reports = compute(opened, window_of_run(context), context.run_id)
        signals = signal_assets.compute_signals(opened, window_of_run(context), context.run_id, reports)
        with opened.session() as connection:
            newest = {row["metric"]: row for row in newest_metrics(connection, VERSIONS).to_dicts()}
            charted = newest_periods(connection, VERSIONS, POINTS).partition_by("metric", as_dict=True)
            compared = metrics_as_of(connection, {one.id: one.version for one in CROSS_CHECKS})
            histories = charted | compared.partition_by("metric", as_dict=True)
            found = by_series(standing(connection, opened.settings.clock_now().now()))
        away = held_up(context.instance, opened.settings)
    selected = context.selected_asset_keys
    for metric in METRICS.values():
        if metric_key(metric.id) in selected and metric.id in newest:
            history = histories[metric.id,].select("period", "value")
            report = reports.get(metric.id, WriteReport())
            banner = against(metric, found) | lacking(metric, away)
            for event in as_events(metric, newest[metric.id], report, history, banner):
                yield told_once(context, event)
    for result in signal_assets.results(*signals):
        if result.asset_key in selected:
            yield told_once(context, result)


def against(metric: Metric, found: Mapping[str, Sequence[Found]]) -> dict[str, str]:
    """What stands against the series that a metric reads, directly or through others; empty for nothing."""
    own = [one for name in sorted(raw_inputs(metric) & set(found)) for one in found[name]] if found else []
    return {"inputs_found": "; ".join(f"{one.severity}, {one.reason}" for one in own)} if own else {}


def lacking(metric: Metric, away: Mapping[str, str]) -> dict[str, str]:
    """Which of a metric's inputs did not come when they were last asked for (`away`: id -> why); empty for none."""
    read = {CLOSES[name].instrument.id if name in CLOSES else name for name in raw_inputs(metric)} if away else set()
    own = [f"{name}: {away[name]}" for name in sorted(read & set(away))]
    more = [f"and {len(own) - NAMED} more"] if len(own) > NAMED else []
    return {"inputs_away": "; ".join(own[:NAMED] + more)} if own else {}


def as_events(
    metric: Metric, newest: Mapping[str, Any], report: WriteReport, history: pl.DataFrame, banner: Mapping[str, str]
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """The materialization of a metric whose `newest` row and `history` (period, value; of a metric without a check
    what is drawn of it) are given, and its check.

    The `banner` says what is wrong with its inputs.
    """
    yield dg.MaterializeResult(
        asset_key=metric_key(metric.id),
        metadata={
            "dagster/row_count": report.offered,
            "appended": report.appended,
            "newest_period": str(newest["period"]),
            "newest_value": newest["value"] if newest["value"] is not None else "none",
            "status": newest["status"],
            "unit": metric.unit.value,
            **banner,
            "chart": dg.MetadataValue.md(spark_markdown(history.rows())),
        },
        data_version=dg.DataVersion(newest["inputs_hash"]),
    )
    # without a number from both there is no verdict: one publisher was never loaded
    if metric.tolerance is not None and history["value"].count():
        verdict = agreement(metric, history)
        yield dg.AssetCheckResult(
            asset_key=metric_key(metric.id), check_name="agrees", passed=verdict.passed,
            description=verdict.reason, severity=dg.AssetCheckSeverity.WARN,
        )  # fmt: skip
