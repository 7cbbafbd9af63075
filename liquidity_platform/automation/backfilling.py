"""Running a backfill: one Dagster run a publisher, then the layers above, continued where it was cut off.

The state is Dagster's: every run is tagged with its backfill and its publisher. A command typed again finds the newest
backfill of the same; until its last run has succeeded it goes on with that one, and a publisher whose run succeeded is
not run again.
Belongs here: which runs there are still to be. Keep out: the plan (planning.py), running a job and reading what it did
(running.py), what need not be downloaded (remembering.py).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from liquidity_platform.automation.keys import (
    AGAIN_TAG,
    BACKFILL_OF_TAG,
    BACKFILL_TAG,
    PROVIDER_TAG,
    SINCE_TAG,
    bar_key,
    range_tags,
    raw_key,
)
from liquidity_platform.automation.planning import Part, Plan
from liquidity_platform.automation.progress import announce
from liquidity_platform.automation.remembering import began_of
from liquidity_platform.automation.resources import prepare
from liquidity_platform.automation.running import LAST_JOB, Run, derive, runner
from liquidity_platform.automation.summary import Summary, read_bars, read_raw
from liquidity_platform.automation.universes import declare_universes
from liquidity_platform.core.errors import SourceUnavailable, WarehouseError
from liquidity_platform.core.instants import iso
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import Warehouse

CONTINUED_WITHIN = timedelta(days=7)  # what was cut off longer ago is begun anew
_JOBS = {"series": "load_raw", "bars": "load_bars"}


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill. `done`: (publisher, job) of the runs that succeeded in it so far."""

    name: str  # windows and the instant it began
    asked: str
    done: frozenset[tuple[str, str]] = frozenset()
    continued: bool = False

    @property
    def tags(self) -> dict[str, str]:
        """The tags of its runs."""
        return {BACKFILL_TAG: self.name, BACKFILL_OF_TAG: self.asked}


def run_backfill(
    warehouse: Warehouse, defs: dg.Definitions, plan: Plan, skipped: frozenset[str] = frozenset()
) -> Summary:
    """Run what `plan` asks for, publisher by publisher, then metrics, marts and the report less what is `skipped`.

    A publisher whose run fails does not keep the others from theirs. Raises SourceUnavailable when something was asked
    for and nothing came, WarehouseError when a run failed: the same command then goes on with the rest.
    """
    prepare(warehouse)
    declare_universes(warehouse)
    summary = Summary(absent=[*plan.absent], skipped=skipped)
    with runner(warehouse, defs) as (instance, run):
        now = warehouse.settings.clock_now().now()
        backfill = current_backfill(instance, _asked(plan, warehouse.settings), plan.window, now)
        parts = [part for part in plan.parts if not part.idle or backfill.continued]
        if backfill.continued:
            announce(f"continuing the backfill that began {backfill.name.partition(' ')[2]}")
        failed = []
        for place, part in enumerate(parts, 1):
            if (part.provider, _JOBS[part.what]) in backfill.done:
                announce(f"{part.provider}: {part.what} were loaded before the interruption")
                continue
            announce(f"{part.provider}: {part.what}, part {place} of {len(parts)}")
            try:
                _load(run, part, plan, backfill, summary)
            except WarehouseError as error:
                failed.append(f"{part.provider} {part.what}: {error}")
        came = summary.published or summary.instruments or backfill.done
        if not failed and not came and any(part.ask or part.listings for part in parts):
            raise SourceUnavailable(f"nothing was published: {_first(summary)}")
        if not failed:
            derive(run, warehouse, plan.window, summary, backfill.tags)
    if failed:
        raise WarehouseError(f"not complete, the same command continues: {'; '.join(failed)}")
    return summary


def _load(run: Run, part: Part, plan: Plan, backfill: Backfill, summary: Summary) -> None:
    tags = {**range_tags(plan.window), **backfill.tags, PROVIDER_TAG: part.provider}
    if plan.again:
        tags[AGAIN_TAG] = "true"
    if part.what == "series":
        # what was written by a run that was killed after it is in the run again, for Dagster to know of it
        lines = (*part.lines, *(part.written if backfill.continued else ()))
        # exactly these windows, also of a series never loaded
        tags[SINCE_TAG] = f"{plan.window.first}-01-01"
        read_raw(summary, run(_JOBS[part.what], tags, [raw_key(line) for line in lines]), plan.window)
    else:
        read_bars(summary, run(_JOBS[part.what], tags, [bar_key(one) for one in part.listings]), plan.window)


def _asked(plan: Plan, settings: Settings) -> str:
    """What was asked for, whatever the archive holds of it by now: the same for the same command."""
    keys = sorted({line.id for part in plan.parts for line in (*part.lines, *part.written)})
    keys += sorted({f"{one.source}/{one.id}" for part in plan.parts for one in part.listings})
    words = json.dumps([keys, str(settings.files_dir or settings.data), plan.again])
    return f"{plan.window.first}-{plan.window.last} {hashlib.sha256(words.encode()).hexdigest()[:16]}"


def current_backfill(instance: dg.DagsterInstance, asked: str, window: Window, now: datetime) -> Backfill:
    """The newest backfill of the same while it is unfinished and young, else a new one."""
    runs = instance.get_runs(dg.RunsFilter(tags={BACKFILL_OF_TAG: asked}), limit=200)
    if runs:
        name = runs[0].tags[BACKFILL_TAG]
        own = [run for run in runs if run.tags[BACKFILL_TAG] == name and run.status == dg.DagsterRunStatus.SUCCESS]
        began = began_of(name)
        if not any(run.job_name == LAST_JOB for run in own) and began and now - began <= CONTINUED_WITHIN:
            done = {(run.tags[PROVIDER_TAG], run.job_name) for run in own if PROVIDER_TAG in run.tags}
            return Backfill(name, asked, frozenset(done), True)
    return Backfill(f"{window.first}-{window.last} {iso(now)}", asked)


def _first(summary: Summary) -> str:
    reasons = [*summary.quarantined, *summary.failures]
    more = f" (and {len(reasons) - 1} more alike)" if len(reasons) > 1 else ""
    return (reasons[0] if reasons else "no publisher answered") + more
