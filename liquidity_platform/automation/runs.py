"""Runs as what follows them needs to see them: which layers they belong to, whether they ended, whether they had news.

A run of a layer's job counts, and so does one that was launched from the UI over some of that layer's assets.
Belongs here: asking Dagster's storage for runs, a bounded number of them. Keep out: what to run next (following.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.assets.job.asset_job import IMPLICIT_ASSET_JOB_NAME

from liquidity_platform.automation.jobs import BUILD_MARTS, COMPUTE_DERIVED, LOAD_BARS, LOAD_RAW, WRITE_REPORT

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING,
]  # fmt: skip
JOBS = {
    LOAD_RAW.name: "raw", LOAD_BARS.name: "bars", COMPUTE_DERIVED.name: "derived", BUILD_MARTS.name: "marts",
    WRITE_REPORT.name: "report",
}  # fmt: skip
_BACK = timedelta(days=4)  # a long weekend
_MOST = 50  # runs of one job that are looked at


@dataclass(frozen=True, slots=True)
class Seen:
    """One run. `ended` None: it is queued or at it."""

    run_id: str
    job: str
    layers: frozenset[str]
    status: dg.DagsterRunStatus
    created: datetime
    ended: datetime | None
    tags: dict[str, str]

    @property
    def succeeded(self) -> bool:
        """True for a run that ended well."""
        return self.status is dg.DagsterRunStatus.SUCCESS


def seen(instance: dg.DagsterInstance, layers: Collection[str] = tuple(JOBS.values())) -> list[Seen]:
    """The runs of these layers of the last days, newest first."""
    since = datetime.now(UTC) - _BACK
    found: list[Seen] = []
    for job in [*(job for job, layer in JOBS.items() if layer in layers), IMPLICIT_ASSET_JOB_NAME]:
        wanted = dg.RunsFilter(job_name=job, created_after=since)
        found += [_seen(record) for record in instance.get_run_records(wanted, limit=_MOST)]
    kept = [run for run in found if run.layers & set(layers)]
    return sorted(kept, key=lambda run: run.created, reverse=True)


def newest_finished(instance: dg.DagsterInstance, job: str) -> Seen | None:
    """The newest run of a job that ended by itself, well or not."""
    ended = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE])
    records = instance.get_run_records(ended, limit=1)
    return _seen(records[0]) if records else None


def _seen(record: dg.RunRecord) -> Seen:
    run = record.dagster_run
    own = JOBS.get(run.job_name)
    selected = {key.path[0] for key in run.asset_selection or ()}
    finished = run.status not in UNFINISHED
    ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
    return Seen(
        run.run_id,
        run.job_name,
        frozenset({own} if own else selected),
        run.status,
        record.create_timestamp.replace(tzinfo=record.create_timestamp.tzinfo or UTC),
        (ended.replace(tzinfo=ended.tzinfo or UTC)) if finished else None,
        dict(run.tags),
    )


def at_it(runs: Collection[Seen], *layers: str) -> Seen | None:
    """The newest of `runs` that has not ended and belongs to one of the layers, if any."""
    return next((run for run in runs if run.ended is None and run.layers & set(layers)), None)
