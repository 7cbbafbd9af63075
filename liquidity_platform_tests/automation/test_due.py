"""When something is asked for again, by the calendar alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.automation.due import BEHIND, FIRST, LONGEST, desk_tick, half_out, overdue, retry_at
from liquidity_platform.automation.schedules import bars_tick
from liquidity_platform.catalog.series import SERIES, find_series

WALCL, TGA, RRP = find_series("WALCL"), find_series("WDTGAL"), find_series("RRPONTSYD")
OUT = datetime(2026, 7, 16, 20, 30, tzinfo=UTC)  # Thursday 16:30 in New York
BEFORE, NEW = date(2026, 7, 8), date(2026, 7, 15)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_the_pauses_between_two_asks_grow_to_six_hours_and_no_further() -> None:
    asked = {retry_at(OUT, OUT + minutes(m)) for m in range(3 * 24 * 60)} - {None}
    after = [(at - OUT) // minutes(1) for at in sorted(asked)]  # type: ignore[operator, type-var]
    assert after == [10, 20, 40, 80, 160, 320, *range(640, 3 * 24 * 60, 360)]


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_whoever_asks_at_any_time_finds_the_newest_instant_and_it_is_never_ahead(elapsed: timedelta) -> None:
    at = retry_at(OUT, OUT + elapsed)
    if elapsed < FIRST:
        assert at is None
    else:
        assert at is not None
        assert at <= OUT + elapsed < at + LONGEST + minutes(60)
        assert retry_at(OUT, at) == at


def test_a_release_that_did_not_come_is_overdue_until_it_comes() -> None:
    now = OUT + minutes(25)
    assert overdue([WALCL, TGA], {WALCL.id: BEFORE, TGA.id: NEW}, now) == {WALCL.id: (WALCL, OUT + minutes(20))}
    assert overdue([WALCL], {WALCL.id: BEFORE}, OUT - minutes(1)) == {}
    assert overdue([WALCL], {}, now) == {}  # never loaded: the first load is somebody's decision


def test_when_the_next_release_is_due_the_pauses_are_counted_from_it() -> None:
    next_week = OUT + timedelta(days=7)
    assert overdue([WALCL], {WALCL.id: BEFORE}, next_week - minutes(1))[WALCL.id][1] < next_week - minutes(1)
    assert overdue([WALCL], {WALCL.id: BEFORE}, next_week + minutes(11))[WALCL.id][1] == next_week + minutes(10)


def test_a_series_far_behind_is_left_to_the_daily_run() -> None:
    now = OUT + timedelta(days=7 * (BEHIND - 1), minutes=30)
    assert overdue([WALCL], {WALCL.id: BEFORE}, now)
    assert overdue([WALCL], {WALCL.id: BEFORE - timedelta(days=7)}, now) == {}


def test_series_without_a_clock_and_ended_ones_are_never_overdue() -> None:
    unjudged = [line for line in SERIES.values() if line.ended or line.release.clock is None]
    assert unjudged
    assert overdue(unjudged, dict.fromkeys(SERIES, date(2020, 1, 1)), OUT) == {}


def test_over_a_holiday_week_friday_is_when_asking_again_begins() -> None:
    """Christmas was a Wednesday in 2024: that week's H.4.1 came on Friday."""
    friday = datetime(2024, 12, 27, 21, 30, tzinfo=UTC)
    shown = {WALCL.id: date(2024, 12, 18)}
    assert overdue([WALCL], shown, friday - minutes(1)) == {}
    assert overdue([WALCL], shown, friday + minutes(10)) == {WALCL.id: (WALCL, friday + minutes(10))}


def test_a_release_is_half_out_while_one_leg_is_there_and_another_is_not_yet() -> None:
    legs = [WALCL, TGA, RRP]
    mixed = {WALCL.id: NEW, TGA.id: BEFORE, RRP.id: date(2026, 7, 16)}
    assert half_out(legs, mixed, OUT + minutes(10)) == ["h41"]
    assert half_out(legs, mixed, OUT + minutes(46)) == []  # its grace is over: nobody waits any longer
    assert half_out(legs, {**mixed, TGA.id: NEW}, OUT + minutes(10)) == []
    assert half_out(legs, {**mixed, WALCL.id: BEFORE}, OUT + minutes(10)) == []
    assert (
        half_out(legs, {**mixed, TGA.id: date(2026, 6, 3)}, OUT + minutes(10)) == []
    )  # long silent: no leg to wait for


@pytest.mark.parametrize(
    ("now", "desk", "bars"),
    [
        ("2026-03-06T12:00", "2026-03-06T10:00", "2026-03-06T09:30"),  # Friday, winter time
        ("2026-03-08T12:00", "2026-03-06T10:00", "2026-03-08T08:30"),  # Sunday, summer time began
        ("2026-03-09T09:00", "2026-03-09T09:00", "2026-03-09T08:30"),
        ("2026-11-02T09:59", "2026-10-30T09:00", "2026-11-02T09:30"),  # Monday, winter time again
    ],
)
def test_the_desk_s_and_the_bars_ticks_keep_new_york_s_time(now: str, desk: str, bars: str) -> None:
    moment, at_desk, at_bars = (datetime.fromisoformat(f"{text}Z") for text in (now, desk, bars))
    assert desk_tick(moment) == at_desk
    assert bars_tick(moment) == at_bars
