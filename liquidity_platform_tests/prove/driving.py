"""Driving the platform through a simulated week, and comparing what it does and holds with the reader's expectation.

Belongs here: the week's instants in order, running what is asked for, the comparisons. Keep out: which weeks
(weeks.py), what is expected (reader.py).
"""

import heapq
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, takewhile
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._utils.schedules import schedule_execution_time_iterator

from liquidity_platform.automation.jobs import LOAD_RAW, current_range
from liquidity_platform.automation.keys import raw_key
from liquidity_platform.automation.lateness import NOT_LATE
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.prove.publications import DAY, NEW_YORK
from liquidity_platform_tests.prove.reader import Reader
from liquidity_platform_tests.prove.weekly_world import WeeklyWorld, asks_of

RATE = 5  # of the clock from each tick on: a run that takes seconds ends within the minute
SENSORS = "sensors"  # among the names of what ticks
HELD = (
    "SELECT series_id, period, value, known_at, fetched_at FROM raw.observations ORDER BY 1, 2, known_at, recorded_at"
)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_PASSED = AssetCheckExecutionRecordStatus.SUCCEEDED


@dataclass
class Driver:
    """Takes the week's instants in order and compares as it goes."""

    world: WeeklyWorld
    warehouse: Warehouse
    instance: dg.DagsterInstance
    pace: timedelta
    ticks: int = 0
    runs: int = 0
    asks: int = 0
    wrong: list[str] = field(default_factory=list)
    cursors: dict[str, str | None] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        from liquidity_platform.definitions import defs  # Dagster reads its environment when it is imported

        self.defs = defs
        self.job = defs.resolve_job_def(LOAD_RAW.name)
        self.reader = Reader(self.world.week)
        self.lines = {raw_key(SERIES[name]): SERIES[name] for name in self.world.week.due}

    def begin(self) -> None:
        """The first load of everything, at the week's beginning."""
        self._set(self.world.week.start)
        self._run("first", dg.RunRequest("first", tags=current_range()), LOAD_RAW.name)
        self._compare("the first load", self.world.week.start)

    def instants(self) -> Iterator[tuple[datetime, list[str]]]:
        """Every instant of the week at which something ticks, in order: names of schedules, and SENSORS."""
        start, end = self.world.week.start, self.world.week.end

        def of(schedule: dg.ScheduleDefinition) -> Iterator[tuple[datetime, str]]:
            moments = schedule_execution_time_iterator(
                start.timestamp(), schedule.cron_schedule, schedule.execution_timezone
            )
            return ((moment.astimezone(UTC), schedule.name) for moment in takewhile(lambda at: at < end, moments))

        count = round((end.timestamp() - start.timestamp()) / self.pace.total_seconds())
        paces = ((start.astimezone(UTC) + self.pace * number, SENSORS) for number in range(1, count + 1))
        schedules = [each for each in self.defs.schedules or [] if isinstance(each, dg.ScheduleDefinition)]
        every = heapq.merge(*map(of, schedules), paces, key=itemgetter(0))
        return ((moment, [name for _, name in ticks]) for moment, ticks in groupby(every, itemgetter(0)))

    def tick(self, moment: datetime, names: list[str]) -> None:
        """Evaluate what ticks at `moment`, run what is asked for, and compare with the reader."""
        self.ticks += 1
        self._set(moment)
        before = len(self.world.everything)
        for name in names:
            if name != SENSORS:
                self._schedule(name, moment)
        expected = self.reader.schedules(moment)
        if SENSORS in names:
            self._sensor("late_releases")
            self._sensor("gap_repair")
            expected = sorted(expected + self.reader.sensors(moment) + self.reader.gaps(moment))
        asked = asks_of(self.world.everything[before:])
        self.asks += len(asked)
        if asked != expected:
            self.wrong.append(f"at {_local(moment)} {_named(asked)} asked for, {_named(expected)} expected")
        if SENSORS in names:
            self._sensor("lateness")
            self._late(moment)
        local = moment.astimezone(NEW_YORK)
        if (local.hour, local.minute) == (0, 0):
            self._compare(f"the end of {local.date() - DAY}", moment)

    def _set(self, moment: datetime) -> None:
        """Let the clock of the platform and the publishers run from `moment` on; it never goes back."""
        clock = Clock(max(moment, self.world.clock.now()), RATE, datetime.now(UTC))
        os.environ["LIQUIDITY_CLOCK"] = str(clock)
        settings.cache_clear()
        self.world.clock = clock

    def _schedule(self, name: str, moment: datetime) -> None:
        schedule = self.defs.resolve_schedule_def(name)
        at = moment.astimezone(ZoneInfo(schedule.execution_timezone or "UTC"))
        context = dg.build_schedule_context(scheduled_execution_time=at)
        for request in schedule.evaluate_tick(context).run_requests or []:
            self._run(name, request, schedule.job_name)

    def _sensor(self, name: str) -> None:
        sensor = self.defs.resolve_sensor_def(name)
        context = dg.build_sensor_context(self.instance, self.cursors.get(name), sensor_name=name)
        found = sensor.evaluate_tick(context)
        self.cursors[name] = found.cursor
        for request in found.run_requests or []:
            self._run(name, request, request.job_name or "")

    def _run(self, asker: str, request: dg.RunRequest, job: str) -> None:
        """Run what was asked for of this week's series, unless Dagster has a run of that key from that asker."""
        wanted = [key for key in request.asset_selection or self.lines if key in self.lines]
        own = (asker, request.run_key or "")
        if job != LOAD_RAW.name or not wanted or own in self.keys:
            return
        self.keys.add(own)
        self.runs += 1
        done = self.job.execute_in_process(
            instance=self.instance, run_config=_QUIET, tags=dict(request.tags), asset_selection=wanted,
            raise_on_error=False,
        )  # fmt: skip
        if not done.success:
            self.wrong.append(f"run {own} of {asker} failed")

    def _late(self, moment: datetime) -> None:
        """The checks must call late who is late."""
        keys = {dg.AssetCheckKey(key, NOT_LATE): line.id for key, line in self.lines.items()}
        records = self.instance.event_log_storage.get_latest_asset_check_execution_by_key([*keys])
        said = {
            name for key, name in keys.items() if key not in records or records[key].status is not _PASSED
        }  # fmt: skip
        if said != (expected := self.reader.late(moment)):
            self.wrong.append(f"at {_local(moment)} {_named(said)} called late, {_named(expected)} expected")

    def _compare(self, when: str, moment: datetime) -> None:
        """What the warehouse holds, and since when it is known, against the reader."""
        with self.warehouse.session() as connection:
            rows = connection.execute(HELD).fetchall()
        held: dict[str, list[Any]] = {name: [] for name in self.world.week.due}
        for name, period, value, known_at, fetched_at in rows:
            printed = None if value is None else round(value / SERIES[name].published.scale, 9)
            held[name].append((period, printed))
            if fault := self.reader.unknowable(name, period, known_at, fetched_at):
                self.wrong.append(f"{when}: {fault}")
        for name, expected in self.reader.stands().items():
            if held[name] != expected:
                lost, extra = _less(expected, held[name]), _less(held[name], expected)
                self.wrong.append(f"{when}: {name} lacks {lost[:3]} and has {extra[:3]} that was not expected")
        for name in self.reader.unread(moment):
            self.wrong.append(f"{when}: {name} was published and nobody should have asked for it: a reader's mistake")


def _less(some: list[Any], others: list[Any]) -> list[Any]:
    left = list(others)
    return [one for one in some if one not in left or left.remove(one)]  # type: ignore[func-returns-value]


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%a %Y-%m-%d %H:%M}"


def _named(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
