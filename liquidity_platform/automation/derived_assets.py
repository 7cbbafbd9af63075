"""One asset a derived metric, one step for all: inputs are read once, every step of knowledge is computed.

Metrics read what the warehouse holds, not what an earlier step hands over.
Belongs here: specs and the step. Keep out: formulas and evaluation (derived).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from liquidity_platform.automation.keys import KNOWLEDGE_YEARS, bar_key, metric_key, raw_key, window_of_run
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.window import Window
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import METRICS, raw_inputs
from liquidity_platform.quality.agreement import judge_agreement
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.report.sparks import spark_markdown
from liquidity_platform.sources.registry import LISTINGS
from liquidity_platform.warehouse.append import WriteReport, append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import known_closes, known_observations


def _family(metric: Metric) -> str:
    if metric.tolerance is not None:
        return "cross_checks"
    return "spreads" if metric.id.startswith("us.spread.") else "net_liquidity"


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
        group_name=_family(metric),
        description=f"{metric.title}, in {metric.unit}. {metric.source}.",
        kinds={"polars", "postgres"},
        owners=["team:liquidity"],
        code_version=str(metric.version),
        automation_condition=None,
        metadata={"metric_id": metric.id, "unit": metric.unit.value, "definition_version": metric.version,
                  "dagster/table_name": "derived.metrics"},
    )  # fmt: skip


def compute(warehouse: Warehouse, window: Window, run_id: str | None) -> tuple[pl.DataFrame, dict[str, WriteReport]]:
    """Compute every metric from all that is known and append the new steps; (rows computed, report a metric).

    A window that holds the current year writes steps of any year: late vintages change the past's steps too.
    """
    clock = warehouse.settings.clock_now()
    needed = sorted({source for metric in METRICS.values() for source in raw_inputs(metric)})
    closes = [CLOSES[name] for name in needed if name in CLOSES]
    with warehouse.session() as connection:
        told = known_observations(connection, [name for name in needed if name in SERIES])
        prices = [known_closes(connection, one.id, one.source, one.instrument.id) for one in closes]
        rows = evaluate_all(METRICS, pl.concat([told, *prices]))
        written = Window.all_until(clock.now()) if window.holds_year_of(clock.now()) else window
        return rows, append_metrics(connection, rows, written, clock, run_id)


def agreement(metric: Metric, rows: pl.DataFrame) -> Verdict:
    """Whether the two publishers behind a cross-check agree, by what is known now; `rows` of all metrics."""
    assert metric.tolerance is not None
    own = rows.filter(pl.col("metric_id") == metric.id).sort("period", "known_at")
    known = own.group_by("period", maintain_order=True).last()
    return judge_agreement(metric.id, known.select("period", "value"), metric.unit.value, metric.tolerance)


def compared(metric: Metric, rows: pl.DataFrame) -> bool:
    """Whether there was ever a number from both: while one publisher was never loaded there is nothing to judge."""
    return rows.filter((pl.col("metric_id") == metric.id) & pl.col("value").is_not_null()).height > 0


def _history(rows: pl.DataFrame, metric: Metric) -> list[tuple[date, float | None]]:
    """(period, value) of a metric as known now, oldest first."""
    own = rows.filter(pl.col("metric_id") == metric.id).sort("period", "known_at")
    return own.group_by("period", maintain_order=True).last().select("period", "value").rows()


CROSS_CHECKS = [metric for metric in METRICS.values() if metric.tolerance is not None]


@dg.multi_asset(
    name="derived_metrics",
    specs=[spec_of(metric) for metric in METRICS.values()],
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
    """All metrics at once: they share inputs and read one another."""
    with warehouse.writing() as opened:
        rows, reports = compute(opened, window_of_run(context), context.run_id)
    newest = {
        row["metric_id"]: row
        for row in rows.sort("period", "known_at").group_by("metric_id", maintain_order=True).last().to_dicts()
    }
    for metric in METRICS.values():
        if metric_key(metric.id) not in context.selected_asset_keys or metric.id not in newest:
            continue
        row, report = newest[metric.id], reports.get(metric.id, WriteReport())
        yield dg.MaterializeResult(
            asset_key=metric_key(metric.id),
            metadata={
                "dagster/row_count": report.offered,
                "appended": report.appended,
                "newest_period": str(row["period"]),
                "newest_value": row["value"] if row["value"] is not None else "none",
                "status": row["status"],
                "unit": metric.unit.value,
                "chart": dg.MetadataValue.md(spark_markdown(_history(rows, metric))),
            },
            data_version=dg.DataVersion(row["inputs_hash"]),
        )
        if metric.tolerance is not None and compared(metric, rows):
            verdict = agreement(metric, rows)
            yield dg.AssetCheckResult(
                asset_key=metric_key(metric.id), check_name="agrees", passed=verdict.passed,
                description=verdict.reason, severity=dg.AssetCheckSeverity.WARN,
            )  # fmt: skip
