"""What is held of each series, against what was published and what its calendar had."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from loads import loaded

from liquidity_platform.automation.covering import gather_coverage, missing_periods, write_coverage
from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.warehouse.connect import Warehouse

CODES = ("WALCL", "SOFR", "CPIAUCSL", "DFF")


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for code in CODES:
        lines = (real_data / "fred" / f"{code}.csv").read_text().splitlines()
        kept = [lines[0], *lines[-400:]]
        if code == "WALCL":
            kept.pop(-10)
        (tmp_path / "files" / "fred" / f"{code}.csv").write_text("\n".join(kept) + "\n")
    return tmp_path / "files"


def test_the_page_s_numbers_are_those_of_the_files(opened: Warehouse, folder: Path) -> None:
    loaded(opened, *CODES)
    data = gather_coverage(opened)
    assert data.series.height == len(SERIES)
    rows = {row["code"]: row for row in data.series.to_dicts()}
    for code in CODES:
        lines = [line.split(",") for line in (folder / "fred" / f"{code}.csv").read_text().splitlines()[1:]]
        numbers = [day for day, value in lines if value not in ("", ".")]
        row = rows[code]
        assert (str(row["first_period"]), str(row["newest_period"])) == (numbers[0], numbers[-1])
        assert (row["periods"], row["blanks"]) == (len(numbers), len(lines) - len(numbers))
    assert {code: rows[code]["missing"] for code in CODES} == {"WALCL": 1, "SOFR": 0, "CPIAUCSL": 0, "DFF": 0}
    assert rows["WALCL"]["longest_gap_days"] == 14
    assert (rows["WALCL"]["dated_share"], rows["CPIAUCSL"]["dated_share"]) == (100.0, 0.0)
    assert rows["DGS10"]["first_period"] is None
    assert rows["WALCL"]["missing_named"] in write_coverage(opened).read_text()


def test_periods_that_the_calendar_has_not_are_not_missing() -> None:
    rate = find_series("DGS10")
    held = {date(2026, 7, day) for day in (1, 2, 7, 8)}  # the third was a holiday, the sixth a Monday
    assert missing_periods(rate, date(2026, 7, 1), date(2026, 7, 8), date(2026, 1, 1), held) == [date(2026, 7, 6)]
    assert missing_periods(rate, None, None, date(2026, 1, 1), set()) is None


def test_a_missing_period_before_the_years_looked_at_is_not_counted() -> None:
    since = datetime.now(UTC).date()
    assert missing_periods(find_series("DGS10"), date(2020, 1, 1), date(2020, 2, 1), since, set()) == []
