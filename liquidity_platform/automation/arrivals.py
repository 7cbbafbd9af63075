"""What came of asking for each series and instrument last, as the checks `arrived` have it.

Belongs here: reading those checks. Keep out: judging arrivals (raw_assets.py, bar_assets.py), who is told of them
(problems.py).
"""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from liquidity_platform.automation.keys import bar_key, raw_key
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.settings import Settings
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

QUARANTINED = "quarantined: "


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for one series or instrument last. `at` grows with time; `passed` None: nobody knows."""

    id: str
    code: str
    provider: str
    run_id: str
    at: float
    passed: bool | None
    said: str

    @property
    def topic(self) -> str:
        """The topic of its own; an instrument may be asked for of several publishers."""
        return f"series {self.provider} {self.id}"


def verdicts_of(instance: dg.DagsterInstance, chosen: Settings) -> list[Asked]:
    """The newest verdict on each arrival; of publishers that may be asked."""
    keyed = {name for name, one in PROVIDERS.items() if one.needs_key and chosen.source(name).api_key is None}
    keys = {dg.AssetCheckKey(raw_key(line), "arrived"): (line.id, line.code, line.source) for line in SERIES.values()}
    keys |= {
        dg.AssetCheckKey(bar_key(one), "arrived"): (one.id, one.code, one.source)
        for listings in LISTINGS.values()
        for one in listings
    }
    wanted = [key for key, (_, _, provider) in keys.items() if provider not in keyed]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(wanted)
    return [_verdict(record, *keys[key]) for key, record in records.items()]


def _verdict(record: Any, name: str, code: str, provider: str) -> Asked:
    """A record of Dagster's; one of a run that has not judged yet, or never will, has no verdict."""
    event = record.event.dagster_event if record.event else None
    said = event.event_specific_data if event else None
    passed, words = None, ""
    if isinstance(said, dg.AssetCheckEvaluation):
        words = said.description or ""
        passed = said.passed or words.startswith(QUARANTINED)
    return Asked(name, code, provider, record.run_id, record.create_timestamp, passed, words)


def held_up(instance: dg.DagsterInstance, chosen: Settings) -> dict[str, str]:
    """Why the newest answer is not in the warehouse, by id of series and instruments; those whose is are absent."""
    asked = verdicts_of(instance, chosen)
    return {one.id: one.said for one in asked if one.passed is False or one.said.startswith(QUARANTINED)}
