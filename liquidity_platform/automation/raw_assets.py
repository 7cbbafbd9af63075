"""One asset a raw series, one multi-asset a provider: one step, one session, one rate limit, one COPY.

Belongs here: specs, the step, and how an outcome becomes Dagster events. Keep out: loading itself (loading.py).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.automation.groups import group_of_series
from liquidity_platform.automation.keys import (
    KNOWLEDGE_YEARS,
    NO_VINTAGES_TAG,
    SINCE_TAG,
    one_run_of,
    raw_key,
    tagged,
    told_once,
    window_of_run,
)
from liquidity_platform.automation.loading import load
from liquidity_platform.automation.progress import announce
from liquidity_platform.automation.remembering import kept_for
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.automation.together import begun, pace_s
from liquidity_platform.catalog.gates import blocking
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.quality.lateness import judge_lateness
from liquidity_platform.quality.plausible import judge_plausible
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.report.sparks import spark_markdown
from liquidity_platform.settings import settings
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.registry import PROVIDERS

CHECKS = {
    "arrived": "The publisher's answer was there, readable and in the catalog's unit",
    "not_late": "The newest period is out by its release calendar",
    "sound": "Range, unit, jumps, gaps, revisions and restated history of what arrived: nothing stands against it",
}
# The coarse net behind the calendar: days without any materialization.
_FRESH_DAYS = {
    Frequency.DAILY: 5, Frequency.EVERY_DAY: 4, Frequency.WEEKLY: 10, Frequency.MONTHLY: 45, Frequency.QUARTERLY: 120,
    Frequency.YEARLY: 500,
}  # fmt: skip
_ENDED = timedelta(days=400)  # the publisher keeps what has ended


def spec_of(line: Series) -> dg.AssetSpec:
    """The asset of one raw series."""
    return dg.AssetSpec(
        raw_key(line),
        skippable=True,
        group_name=group_of_series(line),
        description=f"{line.title} ({line.published.label}, stored in {line.unit}). Release: {line.release.title}.",
        kinds={"python", "postgres"},
        owners=["team:liquidity"],
        tags={"source": line.source, "frequency": line.frequency.value, "release": line.release_id},
        code_version="1",
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=_ENDED if line.ended else timedelta(days=_FRESH_DAYS[line.frequency])
        ),
        metadata={
            "series_id": line.id, "code": line.code, "unit": line.unit.value, "published_unit": line.published.label,
            "revisable": line.revisable, "blocked_by": ", ".join(blocking(line.id)),
            "dagster/table_name": "raw.observations",
        },
    )  # fmt: skip


def raw_assets(provider: Provider, lines: Sequence[Series]) -> dg.AssetsDefinition:
    """The multi-asset of a provider. A series that fails yields no materialization and a failed check."""

    @dg.multi_asset(
        name=f"raw_{provider.name}",
        specs=[spec_of(line) for line in lines],
        check_specs=[
            dg.AssetCheckSpec(name, asset=raw_key(line), description=about, blocking=False)
            for line in lines
            for name, about in CHECKS.items()
        ],
        can_subset=True,
        partitions_def=KNOWLEDGE_YEARS,
        backfill_policy=one_run_of(provider.name),
        pool=f"source_{provider.name}",
        # whoever is asked longest is told of last: all are asked at once, and events take time too
        op_tags={"dagster/priority": f"{-pace_s(provider, len(lines)):.0f}"},
    )
    def raw(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[Any]:
        wanted = [line for line in lines if raw_key(line) in context.selected_asset_keys]
        with warehouse.writing() as opened:
            whole = SINCE_TAG not in context.run.tags
            vintages = NO_VINTAGES_TAG not in context.run.tags
            window = window_of_run(context)
            outcomes = begun(context.run_id, provider.name) or load(
                provider, wanted, window, opened, context.run_id, announce, whole, vintages,
                kept_for(context, opened, provider, wanted, window),
            )  # fmt: skip
            for outcome in tagged(context, outcomes):
                yield from (told_once(context, event) for event in as_events(outcome))

    return raw


def as_events(outcome: Outcome) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """A materialization with what was written and its checks; for a failed series only its failed check."""
    line = outcome.series
    bad = outcome.failure or (f"quarantined: {outcome.quarantined}" if outcome.quarantined else None)
    if bad is not None:
        yield _check(line, "arrived", Verdict(False, bad))
        return
    lateness = judge_lateness(line, outcome.newest, settings().clock_now().now())
    yield dg.MaterializeResult(
        asset_key=raw_key(line),
        metadata={
            "dagster/row_count": outcome.report.offered,
            "appended": outcome.report.appended,
            "revised": outcome.report.revised,
            "unchanged": outcome.report.unchanged,
            "outside_window": outcome.report.outside,
            "early": outcome.early,
            "withheld_by_clock": outcome.withheld,
            "from_archive": outcome.archived,
            "newest_period": str(outcome.newest),
            "newest_value": outcome.value if outcome.value is not None else "none",
            "unit": line.unit.value,
            "chart": dg.MetadataValue.md(spark_markdown(outcome.recent)),
        },
        data_version=dg.DataVersion(outcome.sha256 or "none"),
    )
    yield _check(line, "arrived", Verdict(True, f"{outcome.report.offered} rows read"))
    yield _check(line, "not_late", lateness.verdict)
    yield sound(outcome)


def sound(outcome: Outcome) -> dg.AssetCheckResult:
    """What stands against the rows of a series, in a table where there is anything; one check, as events cost time."""
    plausible = judge_plausible(outcome.series, outcome.newest, outcome.value)
    told = [(one.severity, one.judgement, str(one.period), one.reason) for one in outcome.found]
    if not plausible.passed and not any(one.judgement == "range" for one in outcome.found):
        told.append(("flag", "range", str(outcome.newest), plausible.reason))
    if not told:
        return _check(outcome.series, "sound", Verdict(True, f"nothing stands against it; {plausible.reason}"))
    severe = any(one.blocks for one in outcome.found)
    records = [
        dg.TableRecord(dict(zip(("severity", "judgement", "period", "found"), row, strict=True))) for row in told
    ]
    return dg.AssetCheckResult(
        asset_key=raw_key(outcome.series),
        check_name="sound",
        passed=False,
        description="; ".join(f"{severity}, {name}: {reason}" for severity, name, _, reason in told),
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        metadata={"findings": dg.MetadataValue.table(records=records)},
    )


def _check(line: Series, name: str, verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=raw_key(line),
        check_name=name,
        passed=verdict.passed,
        description=verdict.reason,
        severity=dg.AssetCheckSeverity.WARN,
    )


def all_raw_assets() -> list[dg.AssetsDefinition]:
    """One multi-asset for every provider that a catalog line names."""
    by_provider: dict[str, list[Series]] = {}
    for line in SERIES.values():
        by_provider.setdefault(line.source, []).append(line)
    return [raw_assets(PROVIDERS[name], lines) for name, lines in by_provider.items()]
