"""Schedules and sensors that fail themselves, before any run: nobody looks at their pages.

A schedule whose newest tick failed asked for nothing that day. A sensor ticks all the time, and one that failed once
while the database was started again needs nobody: it is told of after FAILED_TICKS in a row.
Belongs here: reading Dagster's ticks. Keep out: telling (publish), failed runs (problems.py).
"""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorState, InstigatorTick, TickStatus

from liquidity_platform.automation.causes import first_cause
from liquidity_platform.warehouse.notices import Notice

FAILED_TICKS = 3
_ENDED = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]
_KINDS = {InstigatorType.SCHEDULE: "schedule", InstigatorType.SENSOR: "sensor"}


def failing(instance: dg.DagsterInstance, ui: str) -> Iterator[Notice]:
    """A notice of each schedule and sensor that fails."""
    if instance.schedule_storage is None:  # of an instance in memory: it has no daemon
        return
    states = {one.selector_id: one for one in instance.all_instigator_state() if one.instigator_type in _KINDS}
    # one more than is looked at: the newest may be at it; Dagster's query cannot leave those out by itself
    found = instance.get_batch_ticks(list(states), limit=FAILED_TICKS + 1) if states else {}
    for selector, ticks in found.items():
        state = states[selector]
        needed = 1 if state.instigator_type == InstigatorType.SCHEDULE else FAILED_TICKS
        ended = [tick for tick in ticks if tick.status in _ENDED]
        newest = sorted(ended, key=lambda tick: tick.timestamp, reverse=True)[:needed]
        if len(newest) == needed and all(tick.status == TickStatus.FAILURE for tick in newest):
            yield _notice(_KINDS[state.instigator_type], state, newest[0], ui)


def _notice(kind: str, state: InstigatorState, tick: InstigatorTick, ui: str) -> Notice:
    said = first_cause(tick.error) if tick.error else "it said nothing"
    location = state.selector.location_name
    return Notice(
        f"{kind} {state.name}",
        f"{kind} {state.name} fails",
        "",
        said,
        f"{ui}/locations/{location}/{kind}s/{state.name}",
    )
