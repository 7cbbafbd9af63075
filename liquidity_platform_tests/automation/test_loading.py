"""Loading a folder of publishers' files: bad answers are held back with a sentence, good ones stand, nothing twice."""

import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loads import loaded

from liquidity_platform.automation import loading
from liquidity_platform.automation.answers import Outcome
from liquidity_platform.automation.groups import group_of_series
from liquidity_platform.automation.hubs import GROUPS, hub_events
from liquidity_platform.automation.keys import hub_key
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse

CODES = ("WALCL", "WDTGAL", "WTREGEN", "WRESBAL", "RRPONTSYD", "DGS10", "NFCI")
ROWS = 120


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    """The newest rows of some real files."""
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for code in CODES:
        lines = (real_data / "fred" / f"{code}.csv").read_text().splitlines()
        (tmp_path / "files" / "fred" / f"{code}.csv").write_text("\n".join([lines[0], *lines[-ROWS:]]) + "\n")
    return tmp_path / "files"


def run(warehouse: Warehouse, *codes: str, window: Window | None = None, whole: bool = True) -> dict[str, Outcome]:
    return loaded(warehouse, *(codes or CODES), window=window, whole=whole)


def count(warehouse: Warehouse, table: str, where: str = "true") -> int:
    with warehouse.session() as connection:
        return connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


def test_good_files_are_loaded_whole_and_say_what_is_newest(opened: Warehouse, folder: Path) -> None:
    outcomes = run(opened)
    assert all(outcome.published for outcome in outcomes.values())
    assert count(opened, "raw.observations") == sum(outcome.report.appended for outcome in outcomes.values())
    assert outcomes["WALCL"].report == WriteReport(offered=ROWS, appended=ROWS)
    last = (folder / "fred" / "WALCL.csv").read_text().splitlines()[-1].split(",")
    assert (str(outcomes["WALCL"].newest), outcomes["WALCL"].value) == (last[0], float(last[1]) * 1e6)


def test_loading_twice_appends_nothing(opened: Warehouse) -> None:
    run(opened)
    before = count(opened, "raw.observations")
    again = run(opened)
    assert count(opened, "raw.observations") == before
    assert {outcome.report.appended for outcome in again.values()} == {0}
    assert again["WALCL"].report.unchanged == ROWS


def test_what_came_is_written_before_the_rest_is_asked_for(opened: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PORTION_S", 0)
    asked: list[str] = []
    lines = [find_series(code) for code in ("WALCL", "WDTGAL", "DGS10")]
    coming = loading.load(PROVIDERS["fred"], lines, Window.all_until(datetime.now(UTC)), opened, "run", asked.append)
    first = next(coming)
    assert (first.series.code, first.report.appended) == ("WALCL", ROWS)
    assert asked == ["fred WALCL (1/3)"]
    assert count(opened, "raw.observations") == ROWS
    assert count(opened, "ops.series_quality", "run_id = 'run'") == 1
    coming.close()  # as when the run is killed
    again = run(opened, "WALCL", "WDTGAL", "DGS10")
    assert {code: outcome.report.appended for code, outcome in again.items()} == {
        "WALCL": 0, "WDTGAL": ROWS, "DGS10": ROWS
    }  # fmt: skip


def test_a_hub_says_how_much_of_its_group_is_held_and_names_what_is_not(opened: Warehouse) -> None:
    run(opened, "WALCL", "DGS10")
    told = {event.asset_key: event.metadata for event in hub_events(opened)}
    assert set(told) == {hub_key(group) for group in GROUPS}
    group = group_of_series(find_series("WALCL"))
    said = {name: entry.value for name, entry in told[hub_key(group)].items()}
    assert (said["held"], said["members"]) == (1, len(GROUPS[group]))
    assert "raw/fred/wlrral" in said["missing"]
    assert "raw/fred/walcl" not in said["missing"]
    bills = told[hub_key(group_of_series(find_series("DGS10")))]
    assert bills["held"].value == 1
    assert sum(entry["held"].value for entry in told.values()) == 2


def test_the_basis_says_how_sure_each_instant_is(opened: Warehouse) -> None:
    run(opened, "WALCL", "NFCI")
    assert count(opened, "raw.observations", "series_id = 'fed.total_assets' AND known_basis <> 'release_rule'") == 0
    assert count(opened, "raw.observations", "series_id = 'chicagofed.nfci' AND known_basis <> 'fetched'") == 0
    assert count(opened, "raw.observations", "known_at > fetched_at") == 0


BAD = {
    "garbled": b"observation_date,WALCL\n2026-07-01,67\xff\xfe\x00",
    "a web page": b"<!DOCTYPE html><html><body>Sorry, try again later</body></html>",
    "empty": b"",
    "another series": b"observation_date,WDTGAL\n2026-07-01,6700000\n",
    "no number": b"observation_date,WALCL\n2026-07-01,much\n",
    "the same day twice": b"observation_date,WALCL\n2026-07-01,6700000\n2026-07-01,6700001\n",
    "no day": b"observation_date,WALCL\n07/01/2026,6700000\n",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_is_held_back_with_a_sentence_and_the_others_are_loaded(
    opened: Warehouse, folder: Path, kind: str
) -> None:
    (folder / "fred" / "WALCL.csv").write_bytes(BAD[kind])
    outcomes = run(opened, "WALCL", "WDTGAL")
    bad, good = outcomes["WALCL"], outcomes["WDTGAL"]
    assert not bad.published
    assert "fed.total_assets" in str(bad.quarantined)
    assert "\n" not in str(bad.quarantined)
    assert good.report.appended == ROWS
    assert count(opened, "raw.observations", "series_id = 'fed.total_assets'") == 0
    assert count(opened, "ops.quarantine", "series_id = 'fed.total_assets' AND status = 'pending'") == 1
    assert count(opened, "raw.payloads", "NOT accepted") == 1


def test_a_held_back_answer_waits_once_however_often_it_comes(opened: Warehouse, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv").write_bytes(BAD["a web page"])
    first, second = run(opened, "WALCL")["WALCL"], run(opened, "WALCL")["WALCL"]
    assert first.quarantined == second.quarantined
    assert count(opened, "ops.quarantine") == 1
    assert count(opened, "raw.payloads") == 2


def test_a_file_that_is_not_there_is_a_missing_series_and_no_quarantine(opened: Warehouse, folder: Path) -> None:
    (folder / "fred" / "WALCL.csv").unlink()
    outcomes = run(opened, "WALCL", "WDTGAL")
    assert "no fred/WALCL.csv" in str(outcomes["WALCL"].failure)
    assert outcomes["WALCL"].quarantined is None
    assert outcomes["WDTGAL"].published
    assert count(opened, "ops.quarantine") == 0


@pytest.mark.parametrize("loaded_before", [False, True])
def test_a_real_file_in_billions_is_held_back_and_changes_no_stored_number(
    opened: Warehouse, folder: Path, real_data: Path, loaded_before: bool
) -> None:
    if loaded_before:
        shutil.copy(real_data / "fred" / "WTREGEN.csv", folder / "fred" / "WTREGEN.csv")
        run(opened, "WTREGEN")
    before = count(opened, "raw.observations")
    trap = (real_data / "trap_samples" / "WTREGEN_billions_asof_2024-06.csv").read_text()
    (folder / "fred" / "WTREGEN.csv").write_text(trap)
    outcomes = run(opened, "WTREGEN", "WDTGAL")
    assert "10^+3" in str(outcomes["WTREGEN"].quarantined)
    assert outcomes["WDTGAL"].published
    assert count(opened, "raw.observations", "series_id = 'treasury.tga_week_average'") == before
    assert count(opened, "ops.quarantine", f"rows = {len(trap.splitlines()) - 1}") == 1


def test_a_correction_is_loaded_as_known_since_this_fetch(opened: Warehouse, folder: Path) -> None:
    run(opened, "WALCL")
    path = folder / "fred" / "WALCL.csv"
    lines = path.read_text().splitlines()
    day, value = lines[-3].split(",")
    lines[-3] = f"{day},{int(value) + 7}"
    path.write_text("\n".join(lines) + "\n")
    report = run(opened, "WALCL")["WALCL"].report
    assert (report.appended, report.revised, report.unchanged) == (1, 1, ROWS - 1)
    fetched = f"period = '{day}' AND known_basis = 'fetched' AND value = {(int(value) + 7) * 1e6}"
    assert count(opened, "raw.observations", f"{fetched} AND known_at = fetched_at") == 1


def test_a_moved_clock_withholds_what_was_not_released_yet(open_on: Callable[..., Warehouse], folder: Path) -> None:
    warehouse = open_on(data=str(folder), clock="2026-07-16T20:29:59Z")  # a second before the H.4.1 of 15 July
    prepare(warehouse)
    outcome = run(warehouse, "WALCL")["WALCL"]
    assert str(outcome.newest) == "2026-07-08"
    assert outcome.withheld == 1
    later = warehouse.settings.model_copy(update={"clock": "2026-07-16T20:30:00Z"})
    outcome = run(Warehouse(later, warehouse.url, warehouse.writer_url, warehouse.reader_url), "WALCL")["WALCL"]
    assert (str(outcome.newest), outcome.withheld, outcome.report.appended) == ("2026-07-15", 0, 1)
    at = "2026-07-16T20:30:00Z"
    new = f"period = '2026-07-15' AND known_at = '{at}' AND recorded_at = '{at}' AND fetched_at = '{at}'"
    assert count(warehouse, "raw.observations", new) == 1
    assert count(warehouse, "raw.observations", f"greatest(known_at, recorded_at) > '{at}'") == 0


def test_a_first_load_is_for_all_years_unless_it_is_said_not_to_be(opened: Warehouse) -> None:
    assert run(opened, "WALCL", window=Window(2026, 2026), whole=False)["WALCL"].report.outside > 0
    only_new = count(opened, "raw.observations", "known_at < '2026-01-01'")
    assert only_new == 0
    assert run(opened, "WALCL", window=Window(2026, 2026))["WALCL"].report.outside == 0
    assert count(opened, "raw.observations") == ROWS


def test_past_years_are_loaded_alone_and_are_no_first_load(opened: Warehouse) -> None:
    now = Window.current(opened.settings.clock_now().now())
    assert run(opened, "WALCL", window=Window(2002, 2024))["WALCL"].report.outside > 0
    assert count(opened, "raw.observations", "known_at >= '2025-01-01'") == 0
    run(opened, "WALCL", window=now, whole=False)
    assert run(opened, "WALCL", window=now)["WALCL"].report.outside == 0, "2025 was never loaded"
    assert (
        count(opened, "raw.observations") == count(opened, "raw.observations", "known_basis = 'release_rule'") == ROWS
    )


def test_the_treasurys_statement_is_loaded_from_its_packed_file(
    opened: Warehouse, folder: Path, real_data: Path
) -> None:
    (folder / "treasury").mkdir()
    packed = real_data / "treasury" / "dts_operating_cash_balance.csv.gz"
    text = gzip.decompress(packed.read_bytes()).decode()
    trimmed = [line for number, line in enumerate(text.splitlines()) if number == 0 or "2022-04-1" in line]
    (folder / "treasury" / "dts_operating_cash_balance.csv.gz").write_bytes(gzip.compress("\n".join(trimmed).encode()))
    outcome = run(opened, "DTS")["DTS"]
    assert outcome.published
    assert (str(outcome.newest), outcome.report.appended) == ("2022-04-19", 7)
    half = (folder / "treasury" / "dts_operating_cash_balance.csv.gz").read_bytes()[:-20]
    (folder / "treasury" / "dts_operating_cash_balance.csv.gz").write_bytes(half)
    assert "not a whole gzip file" in str(run(opened, "DTS")["DTS"].failure)


def test_every_row_leads_to_the_bytes_it_came_from(opened: Warehouse, folder: Path) -> None:
    run(opened, "WALCL", "DGS10")
    asked = (
        "SELECT DISTINCT p.uri, p.sha256, p.series_id FROM raw.observations o JOIN raw.payloads p USING (payload_id)"
    )
    with opened.session() as connection:
        found = connection.execute(asked).fetchall()
    assert {series for _, _, series in found} == {"fed.total_assets", "ust.yield_10y"}
    for uri, sha256, series in found:
        body = open_archive(opened.settings).read(uri, sha256)
        assert body == (folder / "fred" / f"{SERIES[series].code}.csv").read_bytes()


def test_what_became_known_around_new_year_is_not_lost_by_the_first_run_of_the_new_one(
    open_on: Callable[..., Warehouse], folder: Path, real_data: Path
) -> None:
    shutil.copy(real_data / "fred" / "RRPONTSYD.csv", folder / "fred" / "RRPONTSYD.csv")
    before = open_on(data=str(folder), clock="2025-12-30T12:00:00Z")
    prepare(before)
    run(before, "RRPONTSYD")
    moved = before.settings.model_copy(update={"clock": "2026-01-02T12:00:00Z"})
    year = Window.current(datetime(2026, 1, 2, tzinfo=UTC))
    after = run(Warehouse(moved, before.url, before.writer_url, before.reader_url), "RRPONTSYD", window=year)[
        "RRPONTSYD"
    ].report
    assert after.outside == 0
    assert count(before, "raw.observations", "known_at BETWEEN '2025-12-30T12:00Z' AND '2025-12-31T23:59Z'") == 2
