"""Hubs: `hub/<group>` stands for all inputs of a group, so that what reads hundreds of assets hangs on some tens.

A hub says how many of its group the warehouse holds and which it has never had. The step that builds the marts tells of
hubs: in a step of their own Dagster would look up the version of each of its inputs, which are all assets there are.
Like marts they have no partitions.
Belongs here: specs, what is told, which dependencies a hub takes the place of. Keep out: groups (groups.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

import dagster as dg
import psycopg

from liquidity_platform.automation.groups import group_of_bars, group_of_metric, group_of_series
from liquidity_platform.automation.keys import bar_key, hub_key, metric_key, raw_key
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.sources.bar_fetching import BAR_FILES
from liquidity_platform.sources.registry import LISTINGS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import answered, computed, quoted

FEW = 4  # of one group, that are still read one by one
NAMED = 20  # names of what is missing, in an event that is kept for ever
_FRESH = timedelta(days=4)  # without a build of the marts, as they have it


def _by_group() -> dict[str, dict[dg.AssetKey, object]]:
    """group -> key -> what `_held` calls it."""
    groups: dict[str, dict[dg.AssetKey, object]] = {}
    for line in SERIES.values():
        groups.setdefault(group_of_series(line), {})[raw_key(line)] = line.id
    for listing in (each for many in LISTINGS.values() for each in many):
        groups.setdefault(group_of_bars(listing), {})[bar_key(listing)] = (listing.source, listing.instrument.id)
    for metric in METRICS.values():
        groups.setdefault(group_of_metric(metric), {})[metric_key(metric.id)] = metric.id
    return groups


GROUPS: Mapping[str, Mapping[dg.AssetKey, object]] = {
    group: members for group, members in _by_group().items() if len(members) > FEW
}
_GROUP_OF = {key: group for group, members in GROUPS.items() for key in members}


def gathered(keys: Iterable[dg.AssetKey]) -> set[dg.AssetKey]:
    """`keys`, with the hub of a group in the place of more than FEW of it."""
    groups: dict[str, set[dg.AssetKey]] = {}
    found: set[dg.AssetKey] = set()
    for key in keys:
        if key in _GROUP_OF:
            groups.setdefault(_GROUP_OF[key], set()).add(key)
        else:
            found.add(key)
    for group, own in groups.items():
        found |= {hub_key(group)} if len(own) > FEW else own
    return found


def _spec_of(group: str, members: Mapping[dg.AssetKey, object]) -> dg.AssetSpec:
    return dg.AssetSpec(
        hub_key(group),
        deps=list(members),
        group_name=group,
        description=f"All {len(members)} of the group, for what reads most of them.",
        kinds={"postgres"},
        owners=["team:liquidity"],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_FRESH),
        metadata={"members": len(members)},
    )


def _held(connection: psycopg.Connection) -> set[object]:
    """Ids of series and metrics, and (provider, instrument), of which the warehouse holds anything.

    Bars of a folder of files stand for those of any provider: it was asked in the providers' place.
    """
    bars = quoted(connection)
    listed = ((listing.source, listing.instrument.id) for many in LISTINGS.values() for listing in many)
    of_files = {(source, own) for source, own in listed if (BAR_FILES, own) in bars}
    return {*answered(connection), *computed(connection), *bars, *of_files}


HUBS = [_spec_of(*each) for each in GROUPS.items()]


def hub_events(warehouse: Warehouse) -> Iterator[dg.AssetMaterialization]:
    """What the warehouse holds of each group."""
    with warehouse.session() as connection:
        held = _held(connection)
    for group, members in GROUPS.items():
        missing = [key.to_user_string() for key, name in members.items() if name not in held]
        more = [f"and {len(missing) - NAMED} more"] if len(missing) > NAMED else []
        yield dg.AssetMaterialization(
            asset_key=hub_key(group),
            metadata={
                "members": len(members),
                "held": len(members) - len(missing),
                "missing": ", ".join(missing[:NAMED] + more) or "none",
            },
        )
