"""What is derived follows what it is made of: raw series and bars, then metrics, marts, the report.

One sensor asks what has ended and what has begun since, and runs the next layer once for all of it. It was measured
against automation conditions, `eager` on the 313 assets behind the raw series: their evaluation takes 5 to 7 s when
nothing happened and 20 s when loads ended, every 30 s (on two cores; this sensor takes 0.06 s). `eager` also never asks
for what needs a publisher without a key, because that input stays missing, and it knows no half of a release; and
layers must be runs of their own, because a skipped series skips every step behind it.

A layer is run when a run before it ended later than the layer's own last run began. It waits until nothing before it
is loading, so that many runs within a minute are followed once; for `QUIET`, so that a command that goes on by itself
is left alone; and while a release is half out, so that the quicker of its legs do not make numbers of missing ones, an
hour at most. A load that appended nothing is not followed, but for the daily one: the marts and the report say what is
late. A layer that failed is tried again after 1, 4, 16 and 64 minutes, one that a person stopped is not. All of it is
read from the runs themselves: the sensor has no cursor to lose, and a run key names what is followed and the try.
Belongs here: that order and the waiting. Keep out: how runs are found (runs.py), which releases are half out (due.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from liquidity_platform.automation.due import half_out
from liquidity_platform.automation.jobs import BUILD_MARTS, COMPUTE_DERIVED, WRITE_REPORT, current_range
from liquidity_platform.automation.keys import DAILY_TAG, NEWS_TAG, ONE_WINDOW, RANGE_START
from liquidity_platform.automation.leftovers import RUNNER_TAG
from liquidity_platform.automation.runs import Seen, at_it, seen
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.instants import EPOCH_OF_KNOWLEDGE
from liquidity_platform.derived.registry import needed
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.shown import newest_shown

QUIET = timedelta(seconds=15)
QUIET_COMMAND = timedelta(minutes=2)  # a command of this home goes on by itself
MOST_WAIT = timedelta(minutes=20)  # for loads that never leave a quiet moment
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 4, 16, 64)]  # after failures


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer and those it is made of."""

    name: str
    job: UnresolvedAssetJobDefinition
    made_of: tuple[str, ...]


LAYERS = (
    Layer("derived", COMPUTE_DERIVED, ("raw", "bars")),
    Layer("marts", BUILD_MARTS, ("derived",)),
    Layer("report", WRITE_REPORT, ("marts",)),
)


@dataclass(frozen=True, slots=True)
class Next:
    """What to do about a layer: `run` names the run that is followed (None: nothing yet), `attempt` counts from 0."""

    why: str
    run: Seen | None = None
    attempt: int = 0


def next_of(layer: Layer, runs: Sequence[Seen], now: datetime) -> Next:
    """Whether `layer` is to be run at `now`; `runs` are newest first."""
    before = [run for run in runs if run.ended and run.layers & set(layer.made_of) and _counts(run)]
    if not before:
        return Next(f"{layer.name}: nothing to follow")
    fed = max(before, key=lambda run: run.ended or now)
    assert fed.ended is not None
    own = [run for run in runs if layer.name in run.layers]
    if running := at_it(own, layer.name):
        return Next(f"{layer.name}: run {running.run_id[:8]} is at it")
    later = [run for run in own if run.created >= fed.ended]
    if any(run.succeeded for run in later):
        return Next(f"{layer.name}: up to date")
    if any(run.status is dg.DagsterRunStatus.CANCELED for run in later):
        return Next(f"{layer.name}: was stopped; the next load is waited for")
    if later:
        return _again(layer, fed, later, now)
    loading = at_it(runs, *layer.made_of)
    if loading is not None and now - fed.ended < MOST_WAIT:
        return Next(f"{layer.name}: waits for run {loading.run_id[:8]}")
    quiet = QUIET_COMMAND if RUNNER_TAG in fed.tags else QUIET
    if now - fed.ended < quiet:
        return Next(f"{layer.name}: waits whether more comes")
    return Next(f"{layer.name}: follows run {fed.run_id[:8]}", fed)


def _counts(run: Seen) -> bool:
    """A load that appended something counts however it ended; of other layers those that ended well."""
    if run.layers & {"raw", "bars"}:
        return NEWS_TAG in run.tags or (run.succeeded and DAILY_TAG in run.tags)
    return run.succeeded


def _again(layer: Layer, fed: Seen, failed: Sequence[Seen], now: datetime) -> Next:
    """After failures that followed `fed`, newest first."""
    if len(failed) > len(PAUSES):
        return Next(f"{layer.name}: failed {len(failed)} times after run {fed.run_id[:8]}; the next load is waited for")
    ended, pause = failed[0].ended, PAUSES[len(failed) - 1]
    if ended is None or now - ended < pause:
        return Next(f"{layer.name}: failed, is tried again {int(pause.total_seconds() // 60)} m later")
    return Next(f"{layer.name}: tried again", fed, len(failed))


def _first_window(layer: Layer, runs: Sequence[Seen]) -> str | None:
    """The first window of all loads that the layer has not followed: after a backfill, metrics are of its windows."""
    own = max((run.created for run in runs if layer.name in run.layers and run.succeeded), default=EPOCH_OF_KNOWLEDGE)
    loads = [run for run in runs if run.layers & set(layer.made_of) and _counts(run) and run.ended and run.ended > own]
    firsts = [run.tags.get(RANGE_START) or run.tags.get(ONE_WINDOW) for run in loads]
    return min(filter(None, firsts), default=None)


def _legs_missing() -> list[str]:
    """Releases that are half out, of series that metrics read."""
    chosen = settings()
    read = needed()
    with open_warehouse(chosen) as warehouse, warehouse.session() as connection:
        shown = newest_shown(connection)
    return half_out([SERIES[name] for name in read if name in SERIES], shown, chosen.clock_now().now())


@dg.sensor(
    name="follow",
    jobs=[layer.job for layer in LAYERS],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Computes metrics after loads, builds marts after metrics, writes the report after marts",
)
def follow(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    runs, now = seen(context.instance), datetime.now(UTC)
    found, said = [], []
    for layer in LAYERS:
        step = next_of(layer, runs, now)
        said.append(step.why)
        if step.run is None:
            continue
        if layer.name == "derived" and (missing := _legs_missing()):
            said[-1] = f"derived: waits for the rest of {', '.join(missing)}"
            continue
        tags = current_range(_first_window(layer, runs)) if layer.name == "derived" else {}
        key = f"{layer.name}:{step.run.run_id}:{step.attempt}"
        found.append(dg.RunRequest(run_key=key, job_name=layer.job.name, tags=tags))
    return dg.SensorResult(run_requests=found) if found else dg.SkipReason("; ".join(said))
