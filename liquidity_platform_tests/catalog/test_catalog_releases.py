"""Release clocks: published days and hours in UTC, through holidays, quarters and changes of the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.catalog.calendars import (
    add_business_days,
    business_day_before,
    business_days_between,
    is_holiday,
    next_business_day,
)
from liquidity_platform.catalog.releases import RELEASES, index_releases
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.frequency import Frequency

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

days = st.dates(date(1950, 1, 1), date(2035, 1, 1))
WEEKDAYS = {release.id: release.weekday for release in RELEASES.values() if release.weekday is not None}


def known(release: str, period: str) -> str:
    return RELEASES[release].known_at_one(date.fromisoformat(period)).isoformat().removesuffix(":00+00:00")


@pytest.mark.parametrize(
    ("release", "period", "instant"),
    [
        ("h41", "2023-03-15", "2023-03-16T20:30"),  # Thursday 16:30 in New York, summer
        ("h41", "2023-03-08", "2023-03-09T21:30"),  # winter: four days before the change
        ("h41", "2023-11-08", "2023-11-09T21:30"),
        ("h41", "2025-01-01", "2025-01-03T21:30"),  # New Year's Day was the Wednesday
        ("h41", "2024-12-25", "2024-12-27T21:30"),  # so was Christmas
        ("h41", "2023-11-22", "2023-11-24T21:30"),  # Thanksgiving is a Thursday
        ("h41", "2024-07-03", "2024-07-05T20:30"),  # Independence Day was a Thursday
        ("dts", "2023-03-15", "2023-03-16T20:00"),
        ("dts", "2023-03-17", "2023-03-20T20:00"),
        ("dts", "2024-12-24", "2024-12-26T21:00"),
        ("on_rrp", "2023-03-15", "2023-03-15T17:15"),
        ("on_rrp", "2023-12-15", "2023-12-15T18:15"),
        ("nyfed_secured", "2024-05-24", "2024-05-28T12:00"),  # Memorial Day lies between
        ("nyfed_unsecured", "2024-05-24", "2024-05-28T13:00"),
        ("h15", "2023-03-15", "2023-03-16T20:15"),
        ("h10", "2024-05-13", "2024-05-20T20:15"),  # a week's rates are out next Monday
        ("h10", "2024-05-17", "2024-05-20T20:15"),
        ("h10", "2024-05-20", "2024-05-28T20:15"),  # Tuesday after Memorial Day
        ("ecb_wfs", "2024-05-17", "2024-05-21T13:00"),
        ("ecb_wfs", "2024-03-28", "2024-04-03T13:00"),  # Good Friday and Easter Monday are TARGET closures
        ("ecb_wfs", "2024-06-28", "2024-07-02T13:00"),
        ("ecb_wfs", "2024-07-05", "2024-07-10T13:00"),  # the week that holds a quarter's end is revalued: Wednesday
        ("ecb_wfs", "2023-03-31", "2023-04-05T13:00"),
        ("ecb_wfs", "2026-01-02", "2026-01-07T14:00"),
        ("nfci", "2024-05-17", "2024-05-22T12:30"),
        ("nyfed_repo", "2025-06-26", "2025-06-26T17:45"),  # the second operation of the day
        ("h8", "2026-04-01", "2026-04-10T20:15"),  # Friday of the week after
        ("h8", "2026-06-10", "2026-06-18T20:15"),  # that Friday is Juneteenth: Thursday
        ("dol_claims", "2026-04-04", "2026-04-09T12:30"),
        ("dol_continued", "2026-03-28", "2026-04-09T12:30"),
        ("bls_jolts", "2024-05-01", "2024-07-10T14:00"),
        ("umich", "2024-05-01", "2024-06-03T14:00"),
        ("iorb", "2024-05-17", "2024-05-21T03:59:59+00:00"),  # no clock on file: end of the next business day
        ("iorb", "2024-05-18", "2024-05-22T03:59:59+00:00"),
        ("boj_accounts", "2024-04-01", "2024-05-07T14:59:59+00:00"),  # 2 business days of Japan after 30 April, then 1
    ],
)
def test_a_value_is_known_when_its_release_came_out(release: str, period: str, instant: str) -> None:
    assert known(release, period) == instant


@given(st.sampled_from(sorted(RELEASES)), days)
def test_nothing_is_known_before_the_period_it_describes(release: str, day: date) -> None:
    clock = RELEASES[release]
    if clock.weekday is not None:
        day -= timedelta(days=(day.weekday() - clock.weekday) % 7)
    at = pl.Series([clock.known_at_one(day)]).dt.convert_time_zone(clock.zone)[0]
    assert at.date() >= day
    assert at.weekday() < 5
    if clock.clock:
        assert at.time() == clock.clock


@given(st.sampled_from(sorted(RELEASES)), st.lists(days, min_size=1, max_size=20, unique=True))
def test_many_periods_are_known_as_each_of_them_is_and_in_order(release: str, periods: list[date]) -> None:
    clock = RELEASES[release]
    if clock.weekday is not None:
        periods = sorted({day - timedelta(days=(day.weekday() - clock.weekday) % 7) for day in periods})
    together = clock.known_at(pl.Series("period", sorted(periods), dtype=pl.Date))
    assert together.dtype == INSTANT
    assert together.to_list() == [clock.known_at_one(day) for day in sorted(periods)]
    assert together.is_sorted()


def test_a_publishers_announced_date_wins_over_the_rule() -> None:
    announced = {date(2024, 5, 1): date(2024, 5, 6)}
    release = type(RELEASES["h41"])("x", "X", "UTC", "us_federal", RELEASES["h41"].date_of, time(9), on_file=announced)
    assert release.known_at_one(date(2024, 5, 1)) == datetime(2024, 5, 6, 9, tzinfo=UTC)
    assert release.known_at_one(date(2024, 5, 8)) == datetime(2024, 5, 9, 9, tzinfo=UTC)


def test_a_release_declared_twice_stops_with_its_id() -> None:
    with pytest.raises(CatalogError, match="release h41: declared twice"):
        index_releases([RELEASES["h41"], RELEASES["h41"]])


@given(
    st.sampled_from([("h41", Frequency.WEEKLY), ("on_rrp", Frequency.DAILY), ("bls_cpi", Frequency.MONTHLY),
                     ("bea_gdp", Frequency.QUARTERLY), ("ecb_wfs", Frequency.WEEKLY), ("h10", Frequency.DAILY)]),
    st.datetimes(datetime(2004, 1, 1), datetime(2034, 1, 1)),
)  # fmt: skip
def test_the_newest_due_period_is_out_and_the_one_after_it_is_not(
    pair: tuple[str, Frequency], moment: datetime
) -> None:
    release, frequency, now = RELEASES[pair[0]], pair[1], moment.replace(tzinfo=UTC)
    due = release.newest_due(frequency, now)
    assert due is not None
    assert release.known_at_one(due) <= now
    later = [day for day in release.periods_before(frequency, now + timedelta(days=40), 60) if day > due]
    assert release.known_at_one(later[0]) > now


@pytest.mark.parametrize(
    ("release", "frequency", "now", "expected"),
    [
        ("h41", Frequency.WEEKLY, "2026-11-21T18:00Z", "2026-11-27T21:30Z"),  # Thanksgiving is that Thursday
        ("h41", Frequency.WEEKLY, "2026-11-27T21:30Z", "2026-12-03T21:30Z"),  # what is out is not expected any more
        ("on_rrp", Frequency.DAILY, "2026-11-20T18:15Z", "2026-11-23T18:15Z"),
        ("h15", Frequency.EVERY_DAY, "2026-11-21T18:00Z", "2026-11-23T21:15Z"),
        ("h10", Frequency.DAILY, "2026-11-21T18:00Z", "2026-11-23T21:15Z"),
        ("bls_jolts", Frequency.MONTHLY, "2026-11-21T18:00Z", "2026-12-10T15:00Z"),
        ("bea_gdp", Frequency.QUARTERLY, "2026-11-21T18:00Z", "2027-02-01T13:30Z"),
        ("iorb", Frequency.EVERY_DAY, "2026-11-21T18:00Z", None),
    ],
)
def test_the_next_release_is_the_first_instant_after_now(
    release: str, frequency: Frequency, now: str, expected: str | None
) -> None:
    found = RELEASES[release].next_expected(frequency, datetime.fromisoformat(now))
    assert found == (datetime.fromisoformat(expected) if expected else None)


@given(
    st.sampled_from([("h41", Frequency.WEEKLY), ("h8", Frequency.WEEKLY), ("pmms", Frequency.WEEKLY),
                     ("dol_continued", Frequency.WEEKLY), ("h10", Frequency.DAILY), ("h15", Frequency.EVERY_DAY),
                     ("bls_jolts", Frequency.MONTHLY), ("umich", Frequency.MONTHLY), ("bea_gdp", Frequency.QUARTERLY)]),
    st.datetimes(datetime(2004, 1, 1), datetime(2034, 1, 1)),
)  # fmt: skip
def test_no_release_comes_between_now_and_the_next_expected_one(pair: tuple[str, Frequency], moment: datetime) -> None:
    release, frequency, now = RELEASES[pair[0]], pair[1], moment.replace(tzinfo=UTC)
    coming = release.next_expected(frequency, now)
    assert coming is not None
    assert coming > now
    assert coming - now < timedelta(days=130)
    every = release.periods_before(frequency, now + timedelta(days=140), 200 if frequency.days < 7 else 40)
    assert coming == min(known for day in every if (known := release.known_at_one(day)) > now)


@given(days, st.sampled_from(["us_federal", "target", "japan"]), st.integers(1, 5))
def test_business_days_move_forward_over_what_is_closed(day: date, calendar: str, count: int) -> None:
    def moved(by: Callable[..., object], *rest: object) -> date:
        found = by(pl.Series([day]).to_numpy().astype("datetime64[D]"), *rest)
        return found[0].item()  # type: ignore[index, no-any-return]

    later = moved(add_business_days, count, calendar)
    assert later > day
    assert later.weekday() < 5
    assert business_days_between(day, later, calendar) in (count, count - 1)
    assert moved(business_day_before, calendar) <= day <= moved(next_business_day, calendar)
    assert (moved(next_business_day, calendar) == day) == (moved(business_day_before, calendar) == day)
    if is_holiday(pl.Series([day]).to_numpy().astype("datetime64[D]"), calendar)[0]:
        assert moved(next_business_day, calendar) > day
