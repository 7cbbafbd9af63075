"""Instants as people type them, the clock, and knowledge windows."""

from datetime import UTC, date, datetime

import pytest

from liquidity_platform.core.errors import ConfigError, UsageError
from liquidity_platform.core.instants import Clock, iso, parse_day, parse_instant
from liquidity_platform.core.window import Window

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_instant_is_read_in_its_own_zone() -> None:
    assert parse_instant("2023-03-16T16:30:00-04:00") == datetime(2023, 3, 16, 20, 30, tzinfo=UTC)
    assert iso(parse_instant("2023-03-16T20:30:00Z")) == "2023-03-16T20:30:00Z"


@pytest.mark.parametrize("text", ["2023-03-16", "2023-03-16T20:30:00", "yesterday", "", "2023-13-01T00:00:00Z"])
def test_what_is_not_an_instant_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2023-02-30", "16.3.2023", "20230316", "2023-3-6"])
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="YYYY-MM-DD"):
        parse_day(text)


def test_a_moved_clock_stands_still_unless_it_is_given_a_rate() -> None:
    still = Clock.at("2026-07-22T22:00:00Z")
    assert still.moved
    assert still.now() == still.now() == datetime(2026, 7, 22, 22, tzinfo=UTC)
    running = Clock.at("2026-07-22T22:00:00Z 1000")
    assert running.now() < running.now()
    assert not Clock.at(None).moved


@pytest.mark.parametrize(
    "setting", ["now", "2026-07-22", "2026-07-22T22:00:00Z -1", "2026-07-22T22:00:00Z fast", "a b c"]
)
def test_a_malformed_clock_setting_is_refused_by_name(setting: str) -> None:
    with pytest.raises(ConfigError, match="LIQUIDITY_CLOCK"):
        Clock.at(setting)


def test_the_first_window_holds_everything_known_before_2003() -> None:
    window = Window(2002, 2002)
    assert window.holds_year_of(datetime(1971, 1, 1, tzinfo=UTC))
    assert window.holds_year_of(datetime(2002, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert not window.holds_year_of(datetime(2003, 1, 1, tzinfo=UTC))


def test_windows_are_whole_years_up_to_the_current_one() -> None:
    assert Window.all_until(NOW).keys == [str(year) for year in range(2002, 2027)]
    assert Window.current(NOW).keys == ["2026"]
    assert Window.covering(date(1990, 5, 1), date(2004, 2, 2), NOW).keys == ["2002", "2003", "2004"]
    assert Window.covering(date(2025, 12, 31), date(2031, 1, 1), NOW).keys == ["2025", "2026"]
