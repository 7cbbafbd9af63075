"""Real vintages: the first print, every revision, today's value, each when it was known; nothing twice."""

import csv
import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loads import loaded

from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.connect import Warehouse

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

CODES = ("PAYEMS", "UNRATE", "INDPRO", "CPIAUCSL", "M2SL")
APRIL = date(2020, 4, 1)
FIRST_PRINT = datetime(2020, 5, 8, 12, 30, tzinfo=UTC)  # 8:30 in New York


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    """The real files and vintages of five series."""
    for part, pattern in (("fred", "{}.csv"), ("alfred", "{}_*")):
        (tmp_path / "files" / part).mkdir(parents=True)
        for code in CODES:
            for path in (real_data / part).glob(pattern.format(code)):
                shutil.copy(path, tmp_path / "files" / part)
    return tmp_path / "files"


def known(warehouse: Warehouse, code: str, period: date, at: datetime | str) -> float | None:
    with warehouse.session() as connection:
        rows = connection.execute(
            "SELECT value FROM raw.observations_as_of(%s::timestamptz, %s) WHERE period = %s",
            [at, [find_series(code).id], period],
        ).fetchall()
    return rows[0][0] if rows else None


def test_unemployment_of_april_2020_was_147_when_first_known_and_is_148_now(opened: Warehouse) -> None:
    loaded(opened, "UNRATE")
    assert known(opened, "UNRATE", APRIL, FIRST_PRINT - timedelta(microseconds=1)) is None
    assert known(opened, "UNRATE", APRIL, FIRST_PRINT) == 14.7
    assert known(opened, "UNRATE", APRIL, "2021-01-30T12:00Z") == 14.7
    assert known(opened, "UNRATE", APRIL, "2021-02-01T12:00Z") == 14.8
    assert known(opened, "UNRATE", APRIL, "infinity") == 14.8


def test_payrolls_first_print_each_revision_and_todays_value(opened: Warehouse) -> None:
    """In thousands of persons; stored as persons. Benchmarked again in 2022: seen by a snapshot of 2026-03-22."""
    loaded(opened, "PAYEMS")
    told = [("2020-05-08T12:30Z", 131072), ("2020-06-01T00:00Z", 131045), ("2020-07-01T00:00Z", 130403)]
    told += [("2020-08-01T00:00Z", 130303), ("2021-03-01T00:00Z", 130161), ("2026-03-22T12:00Z", 130161)]
    for at, thousands in told:
        assert known(opened, "PAYEMS", APRIL, at) == thousands * 1000, at
    assert known(opened, "PAYEMS", APRIL, "infinity") == 130426 * 1000


def rows_of(path: Path) -> list[tuple[date, date, float]]:
    """(realtime_start, date, value) of a vintage file, read with nothing of ours."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        rows = list(csv.DictReader(file))
    return [(date.fromisoformat(r["realtime_start"]), date.fromisoformat(r["date"]), float(r["value"])) for r in rows]


@pytest.mark.parametrize("code", CODES)
def test_every_as_of_answer_is_what_the_vintage_files_say(opened: Warehouse, folder: Path, code: str) -> None:
    """At the end of any day: per period the value of the newest vintage day so far (the first print wins a tie)."""
    series = find_series(code)
    assert loaded(opened, code)[code].published
    exact = [row for path in folder.glob(f"alfred/{code}_*") if "observed" not in path.name for row in rows_of(path)]
    assert exact
    told: dict[tuple[date, date], list[float]] = {}
    for start, period, value in exact:
        told.setdefault((start, period), []).append(value)
    for day in (date(1975, 1, 31), date(1999, 12, 31), date(2008, 10, 15), date(2015, 2, 28), date(2021, 9, 30)):
        expected = {period: start for start, period in sorted(told) if start <= day}
        at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC) + timedelta(hours=6)
        with opened.session() as connection:
            found = dict(
                connection.execute(
                    "SELECT period, value FROM raw.observations_as_of(%s, %s)", [at, [series.id]]
                ).fetchall()
            )
        assert set(found) == set(expected), day
        scale = series.published.scale
        for period, start in expected.items():
            same_day = told[start, period]
            assert any(found[period] == pytest.approx(v * scale, rel=1e-12) for v in same_day), (day, period)


def test_loading_again_appends_nothing(opened: Warehouse) -> None:
    first = loaded(opened, *CODES)
    assert sum(outcome.report.appended for outcome in first.values()) > 40_000
    again = loaded(opened, *CODES)
    assert {outcome.report.appended for outcome in again.values()} == {0}


def test_vintages_that_come_after_the_series_are_loaded_whatever_their_year(opened: Warehouse) -> None:
    now = opened.settings.clock_now().now()
    first = loaded(opened, "PAYEMS", vintages=False)
    assert known(opened, "PAYEMS", APRIL, FIRST_PRINT) is None
    later = loaded(opened, "PAYEMS", window=Window.current(now))
    assert later["PAYEMS"].report.appended > 6_000 > first["PAYEMS"].report.appended
    assert known(opened, "PAYEMS", APRIL, FIRST_PRINT) == 131072 * 1000
    assert known(opened, "PAYEMS", APRIL, "2020-07-01T00:00Z") == 130403 * 1000
    assert loaded(opened, "PAYEMS", window=Window.current(now))["PAYEMS"].report.appended == 0


def test_a_run_of_a_past_year_writes_the_vintages_of_that_year_alone(opened: Warehouse) -> None:
    loaded(opened, "UNRATE", vintages=False)
    assert loaded(opened, "UNRATE", window=Window(2020, 2020), whole=False)["UNRATE"].report.appended > 12
    with opened.session() as connection:
        years = connection.execute(
            "SELECT DISTINCT extract(year FROM known_at)::int FROM raw.observations WHERE known_basis = 'vintage'"
        ).fetchall()
    assert years == [(2020,)]


def test_observed_snapshots_are_conservative(opened: Warehouse) -> None:
    """Seen on Sunday 2026-03-22 (UTC): known for sure since the end of Monday in New York."""
    loaded(opened, "PAYEMS")
    with opened.session() as connection:
        rows = connection.execute(
            "SELECT DISTINCT known_at FROM raw.observations WHERE known_basis = 'conservative' ORDER BY 1 LIMIT 1"
        ).fetchall()
    assert rows == [(datetime(2026, 3, 24, 3, 59, 59, tzinfo=UTC),)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("realtime_start,date,value\n2020-05-08,2020-04-01,abc\n", "2020-05-08,2020-04-01"),
        ("realtime_start,date,value\n2020-03-08,2020-04-01,1\n", "2020-03-08,2020-04-01"),
        ("when,date,value\n2020-05-08,2020-04-01,1\n", "when,date,value"),
        ("<html>", "web page"),
        ("", "empty"),
    ],
)
def test_a_vintage_file_that_is_none_is_quarantined_with_its_series(
    opened: Warehouse, folder: Path, body: str, said: str
) -> None:
    (folder / "alfred" / "UNRATE_initial_release.csv").write_text(body)
    outcomes = loaded(opened, "UNRATE", "CPIAUCSL")
    assert said in (outcomes["UNRATE"].quarantined or "")
    assert not outcomes["UNRATE"].published
    assert outcomes["CPIAUCSL"].published
    with opened.session() as connection:
        held = connection.execute("SELECT DISTINCT series_id FROM raw.observations").fetchall()
    assert held == [("bls.cpi",)]


def test_a_moved_clock_sees_no_later_vintage(open_on: Callable[..., Warehouse], folder: Path) -> None:
    past = open_on(data=str(folder), clock="2020-07-15T12:00:00Z")
    prepare(past)
    loaded(past, "PAYEMS")
    assert known(past, "PAYEMS", APRIL, "2020-07-14T00:00Z") == 130403 * 1000
    with past.session() as connection:
        newest = connection.execute("SELECT max(known_at) FROM raw.observations").fetchone()[0]
    assert newest <= datetime(2020, 7, 15, 12, tzinfo=UTC)
