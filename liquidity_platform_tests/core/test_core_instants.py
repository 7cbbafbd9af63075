"""Instants need a zone, days are days, and the clock does what LIQUIDITY_CLOCK says."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.errors import ConfigError, UsageError
from liquidity_platform.core.instants import Clock, iso, parse_day, parse_instant

NOON = datetime(2023, 3, 16, 12, 0, tzinfo=UTC)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize("text", ["2023-03-16T12:00:00Z", "2023-03-16T08:00:00-04:00", " 2023-03-16 12:00+00:00 "])
def test_an_instant_with_a_zone_is_understood_in_utc(text: str) -> None:
    assert parse_instant(text) == NOON
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2023-03-16", " 2023-03-16 "])
def test_a_bare_date_is_refused_as_an_instant(text: str) -> None:
    with pytest.raises(UsageError, match="is a day, not an instant"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2023-03-16T12:00:00", "2023-03-16 12:00", "20230316"])
def test_a_time_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["", "now", "2023-13-01", "2023-13-01T00:00:00Z", "yesterday 12:00Z", "1678968000"])
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="2023-03-16T20:30:00Z"):
        parse_instant(text)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=zones))
def test_an_instant_survives_being_written_and_read(moment: datetime) -> None:
    assert parse_instant(iso(moment)) == moment
    assert iso(moment).endswith("Z")


def test_a_day_is_four_two_two_digits_and_exists() -> None:
    assert parse_day("2024-02-29") == date(2024, 2, 29)
    for wrong in ("2023-02-29", "2024-2-9", "20240229", "29.02.2024", "2024-02-29T00:00:00Z", ""):
        with pytest.raises(UsageError, match="is not a date"):
            parse_day(wrong)


@pytest.mark.parametrize("setting", [None, "", "  "])
def test_without_a_setting_the_clock_is_real(setting: str | None) -> None:
    clock = Clock.at(setting)
    assert not clock.moved
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)


def test_a_clock_without_rate_stands_still() -> None:
    clock = Clock.at("2023-03-16T12:00:00Z")
    assert clock.moved
    assert (clock.now(), clock.now()) == (NOON, NOON)


@pytest.mark.parametrize("setting", ["2023-03-16T12:00:00Z 3600", "2023-03-16T12:00:00Z, 3600"])
def test_a_clock_with_a_rate_runs_that_fast_from_its_anchor(setting: str) -> None:
    clock = Clock.at(setting)
    first, second = clock.now(), clock.now()
    assert NOON <= first < second
    earlier = Clock(NOON, 3600.0, datetime.now(UTC) - timedelta(seconds=10))
    assert earlier.now() >= NOON + timedelta(hours=10)


@pytest.mark.parametrize(
    "setting", [None, "2023-03-16T12:00:00Z", "2023-03-16T12:00:00Z 3600", "2023-03-16T12:00:00Z 0.3"]
)
def test_a_clock_written_down_is_read_as_the_same_clock(setting: str | None) -> None:
    clock = Clock.at(setting)
    again = Clock.at(str(clock))
    assert (again.anchor, again.rate) == (clock.anchor, clock.rate)
    assert not clock.rate or again == clock


@pytest.mark.parametrize(
    "setting", ["2023-03-16", "2023-03-16T12:00:00", "soon", "2023-03-16T12:00:00Z -1", "2023-03-16T12:00:00Z fast",
                "2023-03-16T12:00:00Z 1 2", "2023-03-16T12:00:00Z inf"],
)  # fmt: skip
def test_a_clock_that_cannot_be_meant_is_a_setting_to_correct(setting: str) -> None:
    with pytest.raises(ConfigError, match="LIQUIDITY_CLOCK"):
        Clock.at(setting)
