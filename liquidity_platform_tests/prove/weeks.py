"""A simulated week: the platform's real schedules, sensors and loads over stand-ins whose answers depend on the hour.

Every cron tick of every schedule is evaluated at its own instant in its own zone, as Dagster's own iterator has them,
the sensors at a fixed pace, under a clock that runs on from each; what they ask for is run at once, in this process.
After each day the warehouse must hold what the reader of the calendar expects (reader.py), every publisher must have
been asked when it expects it and never twice, and the checks must call late what is late, no longer than it is.
What cannot be simulated: Dagster stamps runs by the real clock, so that a run key that was asked for again is left out
here as its daemon would, `follow` (which goes by those stamps) is not driven, and no two runs overlap.
Belongs here: which weeks, a home for each. Keep out: driving and comparing (driving.py), what publishers print
(publications.py), what is expected (reader.py), stand-ins.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from liquidity_platform.automation.instance import enter_dagster
from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.instants import iso
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.prove.driving import Driver
from liquidity_platform_tests.prove.publications import NEW_YORK, Week, week
from liquidity_platform_tests.prove.weekly_world import WeeklyWorld
from liquidity_platform_tests.publishers.patience import impatient

# first days of weeks: Thanksgiving; New York's clock forward and back; Frankfurt's clock forward and back
WEEKS = (date(2025, 11, 24), date(2025, 3, 6), date(2025, 10, 30), date(2025, 3, 27), date(2025, 10, 23))
PACE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class WeekDraw:
    """What came of one week. `wrong` are sentences; none means that every day was as the reader expects."""

    number: int
    first: date
    days: int
    odd: tuple[str, ...]
    ticks: int
    runs: int
    asked: int
    seconds: float
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        more = f" (and {len(self.wrong) - 5} more)" if len(self.wrong) > 5 else ""
        verdict = "; ".join(self.wrong[:5]) + more or "every day as the calendar has it"
        return (
            f"week draw {self.number:>2}: {self.days} days from {self.first} ({'; '.join(self.odd)}): {self.ticks} "
            f"ticks, {self.runs} runs, {self.asked} asks in {self.seconds:.0f} s: {verdict}"
        )


def week_draws(count: int, seed: int, folder: Path) -> Iterator[WeekDraw]:
    """`count` weeks, each in a home of its own; what goes wrong in them is drawn by `seed`."""
    for number in range(1, count + 1):
        drawn = week(WEEKS[(number - 1) % len(WEEKS)], 7, random.Random(seed + number))
        yield week_draw(number, drawn, folder / f"week-{number}")


def week_draw(number: int, drawn: Week, home: Path, pace: timedelta = PACE) -> WeekDraw:
    """One week, in a home of its own."""
    began = time.monotonic()
    with WeeklyWorld(drawn) as world, _platform(home, world) as (warehouse, instance), impatient():
        driver = Driver(world, warehouse, instance, pace)
        driver.begin()
        for moment, names in driver.instants():
            driver.tick(moment, names)
    took = time.monotonic() - began
    done = (driver.ticks, driver.runs, driver.asks, took, tuple(driver.wrong))
    return WeekDraw(number, drawn.start.astimezone(NEW_YORK).date(), drawn.days, drawn.odd, *done)


@contextmanager
def _platform(home: Path, world: WeeklyWorld) -> Iterator[tuple[Warehouse, dg.DagsterInstance]]:
    """A home of its own, its warehouse and Dagster instance, with the environment of this process pointed there."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("LIQUIDITY_", "DAGSTER_")):
            del os.environ[name]
    os.environ.update(world.environment(), LIQUIDITY_HOME=str(home), LIQUIDITY_CLOCK=iso(world.week.start))
    settings.cache_clear()
    try:
        with ExitStack() as closing:
            warehouse = closing.enter_context(open_warehouse(settings()))
            prepare(warehouse)
            enter_dagster(warehouse)
            instance = closing.enter_context(dg.DagsterInstance.get())
            yield warehouse, instance
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
