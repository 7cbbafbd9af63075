"""Sessions by the exchange's wall clock, right over the nights on which it is changed."""

from datetime import UTC, datetime

import pytest

from liquidity_platform.realtime.rules.sessions import SECOND, SessionTimes
from liquidity_platform_tests.realtime.rules.obvious import session


def at(text: str) -> int:
    """Microseconds of a UTC wall time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("instrument", "moment", "is_open", "start", "end"),
    [
        ("fut.es", "2024-03-08 21:59:59", True, "2024-03-07 23:00:00", "2024-03-08 22:00:00"),  # Friday, winter
        ("fut.es", "2024-03-09 12:00:00", False, "2024-03-08 22:00:00", "2024-03-10 22:00:00"),
        ("fut.es", "2024-03-10 22:00:00", True, "2024-03-10 22:00:00", "2024-03-11 21:00:00"),  # Sunday, summer
        ("fut.es", "2024-11-03 22:30:00", False, "2024-11-01 21:00:00", "2024-11-03 23:00:00"),  # and back
        ("fut.es", "2024-06-12 21:30:00", False, "2024-06-12 21:00:00", "2024-06-12 22:00:00"),  # the pause
        ("idx.spx", "2024-03-08 14:30:00", True, "2024-03-08 14:30:00", "2024-03-08 21:00:00"),
        ("idx.spx", "2024-03-11 13:30:00", True, "2024-03-11 13:30:00", "2024-03-11 20:00:00"),
        ("idx.spx", "2024-07-04 15:00:00", False, "2024-07-03 20:00:00", "2024-07-05 13:30:00"),  # holiday
        ("idx.vix", "2024-06-12 20:10:00", True, "2024-06-12 07:15:00", "2024-06-12 20:15:00"),
        ("crypto.btc", "2024-06-15 12:00:00", True, "2024-06-15 00:00:00", "2024-06-16 00:00:00"),
    ],
)
def test_a_moment_lies_in_its_session(instrument: str, moment: str, is_open: bool, start: str, end: str) -> None:
    stretch = SessionTimes(instrument).at(at(moment))
    assert (stretch.is_open, stretch.start_us, stretch.end_us) == (is_open, at(start), at(end))


@pytest.mark.parametrize("instrument", ["fut.es", "idx.spx", "idx.vix", "crypto.btc"])
def test_every_quarter_of_an_hour_of_a_year_agrees_with_the_obvious_sessions(instrument: str) -> None:
    times, keys = SessionTimes(instrument), {}
    for number in range(3 * 366):
        moment = at("2024-01-01 00:00:00") + number * 8 * 3600 * SECOND + 15 * 60 * SECOND * (number % 32)
        stretch = times.at(moment)
        key, is_open, start, end = session(instrument, moment)
        assert (stretch.is_open, stretch.start_us, stretch.end_us) == (is_open, start, end)
        assert keys.setdefault(stretch.key, key) == key
