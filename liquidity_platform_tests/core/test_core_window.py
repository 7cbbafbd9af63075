"""Knowledge windows are years of known_at; the first holds everything before 2003."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.errors import ConfigError, LiquidityError, SourceChanged, SourceError, UsageError
from liquidity_platform.core.paths import project_file
from liquidity_platform.core.window import Window

NOW = datetime(2026, 7, 22, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(1913, 1, 1), datetime(2026, 12, 31, 23, 59), timezones=st.just(UTC))
days = st.dates(date(1913, 1, 1), date(2040, 1, 1))


@given(moments)
def test_every_moment_lies_in_exactly_one_year_of_all(moment: datetime) -> None:
    years = [year for year in Window.all_until(NOW).keys if Window(int(year), int(year)).holds_year_of(moment)]
    assert years == [str(max(2002, moment.year))]


def test_the_first_window_holds_everything_known_before_2003() -> None:
    first = Window(2002, 2002)
    assert first.holds_year_of(datetime(1914, 1, 1, tzinfo=UTC))
    assert first.holds_year_of(datetime(2002, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    assert not first.holds_year_of(datetime(2003, 1, 1, tzinfo=UTC))
    assert not Window(2003, 2003).holds_year_of(datetime(2002, 12, 31, tzinfo=UTC))


def test_the_year_ends_in_utc() -> None:
    new_york_evening = datetime.fromisoformat("2023-12-31T20:00:00-05:00")
    assert Window(2024, 2024).holds_year_of(new_york_evening)
    assert not Window(2023, 2023).holds_year_of(new_york_evening)


def test_all_and_current_end_with_the_year_of_now() -> None:
    assert Window.all_until(NOW) == Window(2002, 2026)
    assert Window.current(NOW) == Window(2026, 2026)
    assert Window.all_until(NOW).keys[0] == "2002"
    assert len(Window.all_until(NOW).keys) == 25


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2020, 5, 1), date(2020, 5, 1), Window(2020, 2020)),
        (date(2019, 12, 31), date(2021, 1, 1), Window(2019, 2021)),
        (date(1950, 1, 1), date(1960, 1, 1), Window(2002, 2002)),
        (date(2025, 1, 1), date(2035, 1, 1), Window(2025, 2026)),
        (date(2030, 1, 1), date(2035, 1, 1), Window(2026, 2026)),
    ],
)
def test_dates_are_widened_to_whole_years_and_never_beyond_now(start: date, end: date, expected: Window) -> None:
    assert Window.covering(start, end, NOW) == expected


@given(days, st.integers(0, 9000))
def test_what_covers_two_dates_holds_both_unless_they_lie_ahead(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    window = Window.covering(start, end, NOW)
    assert 2002 <= window.first <= window.last <= NOW.year
    for day in (start, end):
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        assert window.holds_year_of(moment) or day.year > NOW.year


def test_errors_say_by_their_branch_what_the_caller_does_next() -> None:
    assert (LiquidityError.exit_code, UsageError.exit_code, ConfigError.exit_code) == (1, 2, 2)
    assert issubclass(SourceChanged, SourceError)
    assert SourceChanged.exit_code == 1


def test_the_projects_own_files_are_found_and_a_missing_one_is_named() -> None:
    assert project_file("dagster.yaml").is_file()
    with pytest.raises(ConfigError, match=r"nothing\.yaml is missing"):
        project_file("nothing.yaml")
