"""Release clocks against dates that are known, and the catalog's own checks."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.catalog.releases import RELEASES, index_releases
from liquidity_platform.catalog.series import SERIES, find_series, index_series
from liquidity_platform.core.errors import CatalogError, UsageError
from liquidity_platform.core.frequency import Frequency

ASSETS = SERIES["fed.total_assets"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("release", "period", "known"),
    [
        ("h41", "2023-03-15", "2023-03-16T20:30"),  # summer time
        ("h41", "2023-03-08", "2023-03-09T21:30"),  # winter time
        ("h41", "2024-07-03", "2024-07-05T20:30"),  # the Thursday is a holiday
        ("h41", "2025-01-01", "2025-01-03T21:30"),  # the Wednesday is a holiday
        ("h41", "2025-11-26", "2025-11-28T21:30"),  # Thanksgiving
        ("dts", "2023-03-15", "2023-03-16T20:00"),
        ("dts", "2026-07-02", "2026-07-06T20:00"),  # over Independence Day, observed on Friday
        ("on_rrp", "2023-03-15", "2023-03-15T17:15"),
        ("nyfed_secured", "2024-06-03", "2024-06-04T12:00"),
        ("nyfed_unsecured", "2024-06-07", "2024-06-10T13:00"),
        ("h15", "2026-07-22", "2026-07-23T20:15"),
        ("h10", "2026-07-13", "2026-07-20T20:15"),
        ("h10", "2026-09-04", "2026-09-08T20:15"),  # Labor Day puts Monday off
        ("ecb_wfs", "2026-01-09", "2026-01-13T14:00"),
        ("ecb_wfs", "2026-07-03", "2026-07-08T13:00"),  # the quarter's revaluation
        ("ecb_wfs", "2026-04-03", "2026-04-09T13:00"),  # and Easter
        ("iorb", "2026-07-17", "2026-07-21T03:59:59"),  # no clock on file: the end of the next business day
        ("bls_employment", "2026-05-01", "2026-06-05T12:30"),
        ("bls_employment", "2026-06-01", "2026-07-02T12:30"),  # the Friday is a holiday
    ],
)
def test_a_release_is_known_at_its_clock(release: str, period: str, known: str) -> None:
    assert RELEASES[release].known_at_one(date.fromisoformat(period)) == utc(known)


@given(st.sampled_from(sorted(RELEASES)), st.dates(date(1950, 1, 1), date(2035, 12, 31)))
def test_nothing_is_known_before_the_day_it_describes(release: str, period: date) -> None:
    assert RELEASES[release].known_at_one(period) >= datetime(period.year, period.month, period.day, tzinfo=UTC)


@given(st.sampled_from(sorted(RELEASES)), st.dates(date(2000, 1, 3), date(2035, 12, 1)))
def test_a_later_period_is_never_known_before_an_earlier_one(release: str, period: date) -> None:
    rule = RELEASES[release]
    later = date.fromordinal(period.toordinal() + 1)
    assert rule.known_at_one(later) >= rule.known_at_one(period)


def test_a_date_on_file_beats_the_rule() -> None:
    announced = replace(RELEASES["h41"], on_file={date(2024, 12, 25): date(2024, 12, 26)})
    assert announced.known_at_one(date(2024, 12, 25)) == utc("2024-12-26T21:30")
    assert announced.known_at_one(date(2025, 1, 1)) == RELEASES["h41"].known_at_one(date(2025, 1, 1))


def test_the_employment_rule_gives_the_true_dates_but_for_shutdowns_and_januaries(real_data: Path) -> None:
    true = pl.read_csv(real_data / "alfred" / "PAYEMS_initial_release.csv", try_parse_dates=True)
    true = true.filter(pl.col("date") >= date(2010, 1, 1))
    rule = RELEASES["bls_employment"].known_at(true["date"]).dt.convert_time_zone("America/New_York").dt.date()
    off = (rule - true["realtime_start"]).dt.total_days()
    assert (off == 0).mean() > 0.93  # type: ignore[operator]
    assert (off > 0).sum() <= 1


def test_the_newest_due_period_waits_for_its_clock() -> None:
    rule = RELEASES["h41"]
    assert rule.newest_due(Frequency.WEEKLY, utc("2026-07-16T20:29:59")) == date(2026, 7, 8)
    assert rule.newest_due(Frequency.WEEKLY, utc("2026-07-16T20:30:00")) == date(2026, 7, 15)
    assert RELEASES["iorb"].newest_due(Frequency.EVERY_DAY, utc("2026-07-16T20:30:00")) is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (ASSETS, "fed.total_assets: declared twice"),
        (replace(ASSETS, id="a.b", code="X", release_id="nope"), "a.b: unknown release 'nope'"),
        (replace(ASSETS, id="a.b", code="X", low=5.0, high=5.0), "a.b: impossible range"),
        (replace(ASSETS, id="a.b"), "a.b: reads fred WALCL"),
    ],
)
def test_a_catalog_error_stops_with_the_line_s_id(line: object, says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        index_series([*SERIES.values(), line])  # type: ignore[list-item]


def test_a_release_declared_twice_is_refused() -> None:
    with pytest.raises(CatalogError, match="h41"):
        index_releases([RELEASES["h41"], RELEASES["h41"]])


def test_everything_under_shared_data_is_in_the_catalog(real_data: Path) -> None:
    codes = {path.stem for path in (real_data / "fred").glob("*.csv")}
    assert codes | {"WLRRAOL", "DTS"} == {line.code for line in SERIES.values()}


def test_only_the_named_families_are_not_revisable() -> None:
    once = {line.code for line in SERIES.values() if not line.revisable}
    assert once == {
        "WALCL", "WSHOSHO", "WLCFLPCL", "WLRRAL", "WLRRAOL", "WDTGAL", "DTS", "RRPONTSYD", "IORB", "SOFR", "EFFR", "DFF",
        "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2", "BAMLC0A0CM", "VIXCLS", "SP500", "ECBASSETSW", "JPNASSETS", "DEXUSEU",
        "DEXJPUS",
    }  # fmt: skip


def test_a_series_is_found_by_id_and_code_and_a_misspelling_gets_near_names() -> None:
    assert find_series("walcl") is find_series("FED.total_assets") is ASSETS
    with pytest.raises(UsageError, match="walcl"):
        find_series("WALCK")
