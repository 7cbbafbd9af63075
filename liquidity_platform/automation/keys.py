"""Asset keys, and the knowledge-year partitions every table asset has.

Belongs here: names the Dagster UI shows. Keep out: what the assets do.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import dagster as dg

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import FIRST_YEAR, Window
from liquidity_platform.sources.contract import Listing
from liquidity_platform.sources.registry import PROVIDERS

# The year in which something became known. The first holds everything known before 2003; the current year exists.
KNOWLEDGE_YEARS = dg.TimeWindowPartitionsDefinition(
    start=datetime(FIRST_YEAR, 1, 1), fmt="%Y", cron_schedule="0 0 1 1 *", end_offset=1, timezone="UTC"
)
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
ONE_WINDOW = "dagster/partition"  # of a run of a single window
NO_VINTAGES_TAG = "liquidity/no_vintages"  # a run that leaves vintage files alone (`demo`)
SINCE_TAG = "liquidity/since"  # the run was asked to leave out what became known before
PROVIDER_TAG = "liquidity/provider"  # whose series or bars a run of a backfill loads
BACKFILL_TAG = "liquidity/backfill"  # which backfill a run belongs to
BACKFILL_OF_TAG = "liquidity/backfill_of"  # what was asked for: a command typed again continues what was cut off
AGAIN_TAG = "liquidity/again"  # the run was asked to download what the archive holds
NEWS_TAG = "liquidity/news"  # the run appended rows: what is derived of them follows
PARTIAL_TAG = "liquidity/partial"  # something of what the run asked for did not come
DAILY_TAG = "liquidity/daily"  # the day whose run of everything this is
_MORE_WINDOWS_THAN_THERE_ARE = 1000
Told = TypeVar("Told", bound=dg.MaterializeResult[Any] | dg.AssetCheckResult)
FRESH = timedelta(days=4)  # without any materialization, of what is made after every load: a long weekend is ordinary
REPORT = dg.AssetKey(["report", "liquidity"])


def raw_key(line: Series) -> dg.AssetKey:
    """`raw/<provider>/<code in lower case>`."""
    return dg.AssetKey(["raw", line.source, line.code.lower()])


def bar_key(listing: Listing) -> dg.AssetKey:
    """`bars/<provider>/<symbol in lower case>`."""
    return dg.AssetKey(["bars", listing.source, listing.instrument.symbol.lower()])


def metric_key(metric_id: str) -> dg.AssetKey:
    """`derived/<metric id>`."""
    return dg.AssetKey(["derived", metric_id])


def hub_key(group: str) -> dg.AssetKey:
    """`hub/<group>`: a group of inputs as one thing."""
    return dg.AssetKey(["hub", group])


def mart_key(model: str) -> dg.AssetKey:
    """`marts/<model>`."""
    return dg.AssetKey(["marts", model])


def one_run_of(provider: str) -> dg.BackfillPolicy:
    """The policy by which a backfill takes one run for this provider, and none together with another's.

    Dagster puts assets of equal policies into one run. The number of windows allowed in it is never reached: it only
    tells the policies apart.
    """
    return dg.BackfillPolicy.multi_run(_MORE_WINDOWS_THAN_THERE_ARE + sorted(PROVIDERS).index(provider))


def window_of_run(context: dg.AssetExecutionContext) -> Window:
    """The knowledge windows of the run's partitions."""
    keys = sorted(context.partition_keys)
    return Window(int(keys[0]), int(keys[-1]))


def told_once(context: dg.AssetExecutionContext, event: Told) -> Told:
    """The event of a step; of a materialization only the run's newest window carries the metadata.

    A run over a range repeats an event for each of its windows: what was done in all of them together is true of none,
    and a first load has thousands of windows to write down.
    """
    if isinstance(event, dg.MaterializeResult) and event.metadata:
        context.add_asset_metadata(event.metadata, event.asset_key, max(context.partition_keys))
        return event._replace(metadata={})
    return event


class Came(Protocol):
    """What became of one series or instrument."""

    @property
    def published(self) -> bool:
        """The publisher's answer was accepted."""

    @property
    def news(self) -> bool:
        """Rows were appended."""


WhatCame = TypeVar("WhatCame", bound=Came)


def tagged(context: dg.AssetExecutionContext, outcomes: Iterable[WhatCame]) -> Iterator[WhatCame]:
    """The outcomes; the run is tagged by the first that brings news and by the first that did not come.

    At once: what was written before a run was killed is followed all the same.
    """
    said: set[str] = set()
    for outcome in outcomes:
        due = {NEWS_TAG} if outcome.news else {PARTIAL_TAG} if not outcome.published else set()
        if fresh := due - said:
            context.instance.add_run_tags(context.run_id, dict.fromkeys(fresh, "true"))
            said |= fresh
        yield outcome


def range_tags(window: Window) -> dict[str, str]:
    """Run tags that make one run of the whole window."""
    return {RANGE_START: window.keys[0], RANGE_END: window.keys[-1]}
