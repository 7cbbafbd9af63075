"""One asset an instrument with bars, one multi-asset a provider: one step, one session, one rate limit.

Belongs here: specs, the step, and how an outcome becomes Dagster events. Keep out: loading itself (bar_loading.py).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from liquidity_platform.automation.bar_loading import BarOutcome, load_bars
from liquidity_platform.automation.groups import group_of_bars
from liquidity_platform.automation.keys import KNOWLEDGE_YEARS, bar_key, one_run_of, tagged, told_once, window_of_run
from liquidity_platform.automation.loading import Kept
from liquidity_platform.automation.progress import announce
from liquidity_platform.automation.remembering import remembering
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.automation.together import begun
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.report.sparks import spark_markdown
from liquidity_platform.sources.contract import Listing, Provider
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

CHECKS = {
    "arrived": "The publisher's answer was there, readable and of this instrument",
    "sound": "High and low enclose open and close, prices are positive, no days are missing",
}
_FRESH = timedelta(days=5)  # without any materialization: the coarse net


def spec_of(listing: Listing) -> dg.AssetSpec:
    """The asset of one instrument's bars by one provider."""
    line = listing.instrument
    return dg.AssetSpec(
        bar_key(listing),
        skippable=True,
        group_name=group_of_bars(listing),
        description=f"Daily bars of {line.name} ({line.symbol}) in {line.currency}, known since they are fetched.",
        kinds={"python", "postgres"},
        owners=["team:liquidity"],
        tags={"source": listing.source, "asset_class": line.asset_class.value},
        code_version="1",
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_FRESH),
        metadata={"instrument_id": line.id, "code": listing.code, "currency": line.currency,
                  "dagster/table_name": "raw.bars"},
    )  # fmt: skip


def bar_assets(provider: Provider, listings: Sequence[Listing]) -> dg.AssetsDefinition:
    """The multi-asset of a provider. An instrument that fails yields no materialization and a failed check."""

    @dg.multi_asset(
        name=f"bars_{provider.name}",
        specs=[spec_of(listing) for listing in listings],
        check_specs=[
            dg.AssetCheckSpec(name, asset=bar_key(listing), description=about, blocking=False)
            for listing in listings
            for name, about in CHECKS.items()
        ],
        can_subset=True,
        partitions_def=KNOWLEDGE_YEARS,
        backfill_policy=one_run_of(provider.name),
        pool=f"source_{provider.name}",
    )
    def bars(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[Any]:
        keys = {listing.id: bar_key(listing) for listing in listings}
        wanted = [each.instrument for each in listings if keys[each.id] in context.selected_asset_keys]
        with warehouse.writing() as opened:
            outcomes = begun(context.run_id, provider.name) or load_bars(
                provider, wanted, window_of_run(context), opened, context.run_id, announce,
                Kept(around=remembering(context, opened, provider)),
            )  # fmt: skip
            for outcome in tagged(context, outcomes):
                yield from (told_once(context, event) for event in as_events(keys[outcome.instrument.id], outcome))

    return bars


def as_events(key: dg.AssetKey, outcome: BarOutcome) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """A materialization with what was written and its checks; for a failed instrument only its failed check."""
    bad = outcome.failure or (f"quarantined: {outcome.quarantined}" if outcome.quarantined else None)
    if bad is not None:
        yield _check(key, "arrived", Verdict(False, bad))
        return
    day, close = outcome.newest
    yield dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": outcome.bars.offered,
            "appended": outcome.bars.appended,
            "revised": outcome.bars.revised,
            "unchanged": outcome.bars.unchanged,
            "outside_window": outcome.bars.outside,
            "actions_appended": outcome.actions.appended,
            "unfinished": outcome.unfinished,
            "days_without_price": outcome.blanks,
            "source": outcome.source,
            "newest_day": str(day),
            "newest_close": close if close is not None else "none",
            "chart": dg.MetadataValue.md(spark_markdown(outcome.recent)),
        },
        data_version=dg.DataVersion(outcome.sha256 or "none"),
    )
    yield _check(key, "arrived", Verdict(True, f"{outcome.bars.offered} bars read from {outcome.source}"))
    yield _check(key, "sound", outcome.sound)


def _check(key: dg.AssetKey, name: str, verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=verdict.passed,
        description=verdict.reason,
        severity=dg.AssetCheckSeverity.WARN,
    )


def all_bar_assets() -> list[dg.AssetsDefinition]:
    """One multi-asset for every provider that is asked for bars."""
    return [bar_assets(PROVIDERS[name], listings) for name, listings in LISTINGS.items()]
