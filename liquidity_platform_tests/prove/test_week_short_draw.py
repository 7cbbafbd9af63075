"""The simulated week in short: Thanksgiving and the day after it, four series. `make prove ARGS=week` has more."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from liquidity_platform_tests.prove.publications import due_of, week
from liquidity_platform_tests.prove.reader import Reader
from liquidity_platform_tests.prove.weekly_world import LINES, WeeklyWorld, asked_for, asks_of
from liquidity_platform_tests.prove.weeks import WEEKS, week_draw

pytestmark = pytest.mark.untraced  # most of it is Dagster's own work, which tracing slows down

FEWER = ("fed.total_assets", "treasury.tga_wednesday", "dol.initial_claims", "ecb.usd_per_eur")
THANKSGIVING = date(2025, 11, 27)


def test_a_holiday_and_the_day_after_it_are_asked_for_and_held_as_the_calendar_has_them(tmp_path: Path) -> None:
    drawn = week(THANKSGIVING, 2, random.Random(7), FEWER)
    done = week_draw(1, drawn, tmp_path / "home", timedelta(hours=6))
    assert done.wrong == (), str(done)
    assert done.asked > 10
    assert any("never" in odd for odd in drawn.odd)
    assert any("late by hours" in odd for odd in drawn.odd)


def test_the_reader_s_calendar_knows_holidays_and_both_places_clocks() -> None:
    assert due_of("fed.total_assets", THANKSGIVING, THANKSGIVING) == {}
    (due,) = due_of("fed.total_assets", date(2025, 11, 26), THANKSGIVING).values()
    assert due == datetime(2025, 11, 28, 21, 30, tzinfo=UTC)
    apart = [due_of("ecb.usd_per_eur", day, day)[day].hour for day in (date(2025, 3, 28), date(2025, 3, 31))]
    assert apart == [15, 14]
    (before,), (after,) = (
        due_of("fed.total_assets", day, day).values() for day in (date(2025, 10, 29), date(2025, 11, 5))
    )
    assert (before.hour, after.hour) == (20, 21)


def test_every_week_has_something_of_each_manner_and_its_publishers_say_it_when_it_is_out() -> None:
    for number, first in enumerate(WEEKS):
        drawn = week(first, 7, random.Random(number))
        assert len(drawn.odd) == 6, drawn.odd
        late = next(one for one in drawn.prints if one.at > one.due > drawn.start and one.text)
        with WeeklyWorld(drawn) as world:
            line = next(line for line in LINES if line.id == late.series)
            for moment, there in ((late.at - timedelta(minutes=1), False), (late.at, True)):
                world.clock = type(world.clock)(moment)
                assert ((late.period, late.text) in world.numbers(line)) is there


def test_a_reader_sees_what_was_missed_what_was_asked_twice_and_what_nobody_could_know() -> None:
    drawn = week(THANKSGIVING, 2, random.Random(7), FEWER)
    reader, due = Reader(drawn), datetime(2025, 11, 28, 21, 30, tzinfo=UTC)
    assert reader.unread(drawn.start) == []
    assert {"fed.total_assets", "treasury.tga_wednesday"} & set(reader.unread(drawn.end))
    assert reader.schedules(due) == []
    assert reader.schedules(due + timedelta(minutes=5)) == ["fed.total_assets", "treasury.tga_wednesday"]
    once = ("/fred/graph/fredgraph.csv", {"id": "WALCL"})
    assert asks_of([once]) == ["fed.total_assets"]
    assert asks_of([once, once]) == ["fed.total_assets"] * 2
    with pytest.raises(LookupError):
        asked_for(("/fred/graph/fredgraph.csv", {"id": "DGS30"}))
    (one,) = (p for p in drawn.prints if p.series == "ecb.usd_per_eur" and p.period == date(2025, 11, 28))
    assert reader.unknowable(one.series, one.period, one.at - timedelta(hours=1), one.at) is not None
    assert reader.unknowable(one.series, one.period, one.at, one.at - timedelta(hours=1)) is not None
