"""A schedule or sensor that fails itself is a problem people are told of; one that stumbled once is not."""

import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._utils.error import serializable_error_info_from_exc_info

from liquidity_platform.automation.ticking import FAILED_TICKS, failing
from liquidity_platform.core.errors import WarehouseUnavailable

LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="x"), "liquidity")
SENSOR, SCHEDULE = InstigatorType.SENSOR, InstigatorType.SCHEDULE


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as one:
        yield one


def ticks(instance: dg.DagsterInstance, kind: InstigatorType, name: str, *passed: bool | None) -> None:
    """A schedule or sensor of which these ticks are stored, oldest first; None is a tick that has not ended."""
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(LOCATION, "__repository__"), name)
    data = ScheduleInstigatorData("0 5 * * *") if kind is SCHEDULE else None
    state = InstigatorState(origin, kind, InstigatorStatus.RUNNING, data)
    instance.add_instigator_state(state)
    for second, good in enumerate(passed):
        error = None
        if good is False:
            try:
                raise WarehouseUnavailable("the warehouse does not answer")
            except WarehouseUnavailable:
                error = serializable_error_info_from_exc_info(sys.exc_info())
        status = TickStatus.STARTED if good is None else TickStatus.SKIPPED if good else TickStatus.FAILURE
        tick = TickData(
            origin.get_id(), name, kind, status, 1000.0 + second, selector_id=state.selector_id, error=error
        )
        instance.create_tick(tick)


def test_a_schedule_is_told_of_at_once_and_a_sensor_when_it_keeps_failing(instance: dg.DagsterInstance) -> None:
    ticks(instance, SCHEDULE, "desk_0500", True, True, False)
    ticks(instance, SCHEDULE, "release_h41", False, True)
    ticks(instance, SENSOR, "follow", True, *[False] * FAILED_TICKS, None)
    ticks(instance, SENSOR, "late_releases", *[False] * 9, True, False, False)
    ticks(instance, SENSOR, "new", False)
    told = {one.topic: one for one in failing(instance, "http://ui")}
    assert set(told) == {"schedule desk_0500", "sensor follow"}
    sensor = told["sensor follow"]
    assert (sensor.subject, sensor.said) == ("sensor follow fails", "the warehouse does not answer")
    assert sensor.link == "http://ui/locations/liquidity/sensors/follow"
    assert told["schedule desk_0500"].link == "http://ui/locations/liquidity/schedules/desk_0500"


def test_before_the_first_tick_nothing_is_wrong(instance: dg.DagsterInstance) -> None:
    assert list(failing(instance, "")) == []
    ticks(instance, SENSOR, "follow")
    assert list(failing(instance, "")) == []
