"""Late or not, against the release calendar, in words a person can act on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.quality.lateness import judge_lateness, spoken

WALCL, RRP = find_series("WALCL"), find_series("RRPONTSYD")
WED, WEEK_BEFORE = date(2023, 3, 15), date(2023, 3, 8)
OUT = datetime(2023, 3, 16, 20, 30, tzinfo=UTC)  # Thursday 16:30 in New York


def after(hours: int = 0, minutes: int = 0) -> datetime:
    return OUT + timedelta(hours=hours, minutes=minutes)


def test_before_the_release_last_weeks_number_is_on_time() -> None:
    judged = judge_lateness(WALCL, WEEK_BEFORE, after(minutes=-1))
    assert judged.verdict.passed
    assert judged.verdict.reason == "on time: 2023-03-08 is the newest H.4.1 due"


def test_within_the_grace_it_is_not_late_and_after_it_it_is() -> None:
    assert judge_lateness(WALCL, WEEK_BEFORE, after(minutes=44)).verdict.passed
    assert not judge_lateness(WALCL, WEEK_BEFORE, after(minutes=45)).verdict.passed


def test_late_is_said_with_how_much_and_against_what() -> None:
    judged = judge_lateness(WALCL, WEEK_BEFORE, after(2, 10))
    assert judged.verdict.reason == "late by 2 h 10 m against H.4.1: 2023-03-15 is missing"
    assert (judged.newest, judged.expected, judged.late_by) == (WEEK_BEFORE, WED, timedelta(hours=2, minutes=10))


def test_lateness_counts_from_the_first_missing_release() -> None:
    judged = judge_lateness(WALCL, date(2023, 3, 1), after(2, 10))
    assert judged.verdict.reason == "late by 7 d against H.4.1: 2023-03-08 is missing"
    assert judged.expected == WED


def test_in_a_holiday_week_friday_is_when_it_is_due() -> None:
    """Christmas was a Wednesday in 2024: the release of that week came on Friday, 16:30 in New York."""
    thursday_evening, friday_evening = (datetime(2024, 12, day, 23, 0, tzinfo=UTC) for day in (26, 27))
    assert judge_lateness(WALCL, date(2024, 12, 18), thursday_evening).verdict.passed
    late = judge_lateness(WALCL, date(2024, 12, 18), friday_evening)
    assert late.verdict.reason == "late by 1 h 30 m against H.4.1: 2024-12-25 is missing"


def test_a_daily_number_is_not_expected_for_weekends_and_holidays() -> None:
    friday, memorial_day = date(2024, 5, 24), datetime(2024, 5, 27, 23, 0, tzinfo=UTC)
    assert judge_lateness(RRP, friday, memorial_day).verdict.passed
    late = judge_lateness(RRP, friday, datetime(2024, 5, 28, 23, 0, tzinfo=UTC))
    assert late.expected == date(2024, 5, 28)
    assert "2024-05-28 is missing" in late.verdict.reason


@pytest.mark.parametrize("code", ["SOFR", "VIXCLS", "SP500", "BAMLH0A0HYM2", "RRPONTSYD", "DGS10"])
def test_good_friday_is_not_missed_over_its_weekend(code: str) -> None:
    """New York's markets rest on 2024-03-29, which is no federal holiday."""
    thursday, easter_sunday = date(2024, 3, 28), datetime(2024, 3, 31, 20, 0, tzinfo=UTC)
    assert judge_lateness(find_series(code), thursday, easter_sunday).verdict.passed
    tuesday_night = judge_lateness(find_series(code), thursday, datetime(2024, 4, 3, 3, 0, tzinfo=UTC))
    assert "2024-04-01 is missing" in tuesday_night.verdict.reason


@pytest.mark.parametrize(("code", "due"), [("VIXCLS", True), ("BAMLH0A0HYM2", False)])
def test_columbus_day_is_a_day_of_the_exchange_only(code: str, due: bool) -> None:
    evening = datetime(2024, 10, 15, 20, 0, tzinfo=UTC)
    assert judge_lateness(find_series(code), date(2024, 10, 11), evening).verdict.passed is not due


def test_nothing_held_is_late_once_anything_was_due() -> None:
    judged = judge_lateness(WALCL, None, after(2))
    assert not judged.verdict.passed
    assert "2023-03-15 is out by H.4.1" in judged.verdict.reason


def test_an_ended_series_is_not_late_and_says_when_it_ended() -> None:
    judged = judge_lateness(find_series("TEDRATE"), date(2020, 9, 29), after())
    assert (judged.verdict.passed, judged.verdict.reason) == (True, "ended 2022-01-21")


@pytest.mark.parametrize(
    ("code", "newest", "old_from"),
    [
        (
            "DCOILWTICO",
            date(2024, 3, 4),
            datetime(2024, 3, 26, 3, 59, 59),
        ),  # the 5th: 7 days, a business day, 3 times 4
        ("STLFSI4", date(2024, 3, 1), datetime(2024, 4, 6, 3, 59, 59)),  # the 8th: 6 days, a business day, 3 weeks
        ("JPNASSETS", date(2024, 1, 1), datetime(2024, 6, 6, 14, 59, 59)),  # February: 5 March in Tokyo, 93 days
        ("IORB", date(2024, 3, 4), datetime(2024, 3, 14, 4, 59, 59)),  # the 5th: the 6th's end, a week
    ],
)
def test_without_a_clock_on_file_a_series_is_old_after_three_of_its_intervals(
    code: str, newest: date, old_from: datetime
) -> None:
    moment = old_from.replace(tzinfo=UTC)
    before = judge_lateness(find_series(code), newest, moment - timedelta(seconds=1))
    assert (before.verdict.passed, before.old) == (True, False)
    judged = judge_lateness(find_series(code), newest, moment)
    assert (judged.verdict.passed, judged.old, judged.late_by) == (False, True, None)
    assert judged.verdict.reason.startswith("old by its pace; ")
    assert "no release clock on file" in judged.verdict.reason


def test_nothing_held_is_not_old_and_an_ended_series_is_neither() -> None:
    assert not judge_lateness(find_series("JPNASSETS"), None, after()).old
    assert not judge_lateness(find_series("TEDRATE"), date(2020, 9, 29), after()).old


def test_weeks_that_are_published_by_the_month_are_not_old_between_two_prints() -> None:
    """H.6: the weeks of October came with November's print; those of November come at the end of December."""
    line = next(one for one in SERIES.values() if one.release_id == "h6_weekly")
    assert not judge_lateness(line, date(2024, 10, 28), datetime(2024, 12, 30, 12, tzinfo=UTC)).old


@given(st.sampled_from(sorted(SERIES)), st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)))
def test_whoever_holds_what_is_expected_is_on_time(series_id: str, moment: datetime) -> None:
    series, now = SERIES[series_id], moment.replace(tzinfo=UTC)
    expected = judge_lateness(series, date(2000, 1, 1), now).expected
    judged = judge_lateness(series, expected, now)
    if expected is not None:
        assert judged.verdict.passed, judged.verdict.reason
        assert series.release.known_at_one(expected) <= now


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ({"minutes": 59}, "59 m"),
        ({"hours": 2, "minutes": 5}, "2 h 05 m"),
        ({"hours": 47}, "47 h 00 m"),
        ({"days": 121}, "121 d"),
    ],
)
def test_a_span_is_spoken_as_people_say_it(span: dict[str, int], text: str) -> None:
    assert spoken(timedelta(**span)) == text
