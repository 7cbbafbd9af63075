"""What is missing between what is held, by calendar and by session."""

from datetime import UTC, date, datetime

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import find_series
from liquidity_platform.quality.gaps import missing_periods, missing_sessions

NOW = datetime(2024, 5, 31, 16, tzinfo=UTC)  # Friday noon; Monday the 27th was Memorial Day
SINCE = datetime(2024, 5, 21, 16, tzinfo=UTC)


def days(*numbers: int) -> list[date]:
    return [date(2024, 5, number) for number in numbers]


def test_a_daily_number_that_others_followed_is_missing_but_for_weekends_and_holidays() -> None:
    line = find_series("RRPONTSYD")  # released on its own day, 13:15
    assert missing_periods(line, days(20, 21, 23, 28, 30), SINCE, NOW) == days(22, 24, 29)
    assert missing_periods(line, days(20, 21, 22, 23, 24, 28, 29, 30), SINCE, NOW) == []


def test_what_is_newer_than_everything_held_is_late_and_no_gap() -> None:
    line = find_series("RRPONTSYD")
    assert missing_periods(line, days(20, 21, 22), SINCE, NOW) == []
    assert missing_periods(line, [], SINCE, NOW) == []


def test_a_week_is_missing_when_the_one_after_it_is_held() -> None:
    line = find_series("WALCL")
    assert missing_periods(line, days(1, 15, 29), datetime(2024, 5, 1, tzinfo=UTC), NOW) == days(8, 22)
    assert missing_periods(line, days(15, 29), datetime(2024, 5, 1, tzinfo=UTC), NOW) == days(22)  # it began then
    assert missing_periods(find_series("TEDRATE"), days(1, 30), SINCE, NOW) == []  # ended


def test_a_session_is_missing_where_the_market_was_open() -> None:
    first, last = days(23, 29)
    assert missing_sessions(INSTRUMENTS["etf.spy"], days(23, 28), first, last) == days(24, 29)
    assert missing_sessions(INSTRUMENTS["crypto.btc"], days(23, 28), first, last) == days(24, 25, 26, 27, 29)
    assert missing_sessions(INSTRUMENTS["fut.es"], days(23, 24, 27, 28, 29), first, last) == []
