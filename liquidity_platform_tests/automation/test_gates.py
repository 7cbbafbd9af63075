"""The gate: what blocks is kept from its dependants, which say so; history is never rewritten by it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from loads import loaded

from liquidity_platform.automation.computing import compute
from liquidity_platform.automation.deciding import accept, reject
from liquidity_platform.automation.derived_assets import against, as_events
from liquidity_platform.automation.raw_assets import sound
from liquidity_platform.automation.reparsing import reparse
from liquidity_platform.automation.reporting import gather
from liquidity_platform.cli.main import run
from liquidity_platform.core.errors import UsageError, WarehouseError
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.report.page import render
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.findings import by_series, standing

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

CODES = ("WALCL", "WDTGAL", "RRPONTSYD")
NET = "us.net_liquidity.weekly"
FEW = {name: METRICS[name] for name in (NET, f"{NET}.d1w")}
ROWS = 120
EVER = timedelta(days=40_000)


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for code in CODES:
        lines = (real_data / "fred" / f"{code}.csv").read_text().splitlines()
        rows = 5 * ROWS if code == "RRPONTSYD" else ROWS
        (tmp_path / "files" / "fred" / f"{code}.csv").write_text("\n".join([lines[0], *lines[-rows:]]) + "\n")
    return tmp_path / "files"


def change(folder: Path, code: str, place: int, by: Callable[[float], float]) -> date:
    """Another number in one line of a file; its period."""
    path = folder / "fred" / f"{code}.csv"
    lines = path.read_text().splitlines()
    day, value = lines[place].split(",")
    lines[place] = f"{day},{by(float(value)):.10g}"
    path.write_text("\n".join(lines) + "\n")
    return date.fromisoformat(day)


def computed(warehouse: Warehouse, overlap: timedelta = timedelta(days=1)) -> WriteReport:
    window = Window.current(warehouse.settings.clock_now().now())
    return sum(compute(warehouse, window, None, FEW, overlap).values(), WriteReport())


def told(warehouse: Warehouse, period: date, at: datetime | str = "infinity", metric: str = NET) -> tuple | None:
    """(value, status) of a metric as known at an instant."""
    with warehouse.session() as connection:
        return connection.execute(
            "SELECT value, status FROM derived.metrics_as_of(%s, ARRAY[%s]) WHERE period = %s", [at, metric, period]
        ).fetchone()


def gated(warehouse: Warehouse, series: str, period: date, at: datetime | str = "infinity") -> tuple | None:
    with warehouse.session() as connection:
        return connection.execute(
            "SELECT value, known_basis FROM raw.observations_gated_as_of(%s, ARRAY[%s]) WHERE period = %s",
            [at, series, period],
        ).fetchone()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def blocked(opened: Warehouse, folder: Path) -> tuple[Warehouse, date, float]:
    """Net liquidity computed, then one old WALCL a thousandth of what it was: (warehouse, period, value before)."""
    loaded(opened, *CODES, run_id="first")
    computed(opened)
    period = change(folder, "WALCL", -40, lambda value: value / 1000)
    before = told(opened, period)
    assert before is not None
    outcome = loaded(opened, "WALCL", run_id="second")["WALCL"]
    assert outcome.published  # one number in a hundred: the answer as a whole speaks the catalog's unit
    assert [(one.judgement, one.severity) for one in outcome.found] == [("unit_step", "block"), ("revision", "flag")]
    assert not sound(outcome).passed
    return opened, period, before[0]


def test_what_blocks_is_stored_and_kept_from_what_is_computed_which_says_so(
    blocked: tuple[Warehouse, date, float],
) -> None:
    warehouse, period, before = blocked
    then = now()
    computed(warehouse)
    with warehouse.session() as connection:
        raw = connection.execute(
            "SELECT value FROM raw.observations_latest WHERE series_id = 'fed.total_assets' AND period = %s", [period]
        ).fetchone()
    assert raw is not None
    assert raw[0] < 1e10  # what the publisher said, whatever is thought of it
    assert gated(warehouse, "fed.total_assets", period) == (None, "held_back")
    assert told(warehouse, period) == (None, "MISSING_INPUT")
    assert told(warehouse, period + timedelta(days=7), metric=f"{NET}.d1w") == (None, "MISSING_INPUT")
    assert told(warehouse, period, then - timedelta(hours=1)) == (before, "COMPLETE")
    assert told(warehouse, period + timedelta(days=7)) is not None  # the series' other weeks are read as ever
    assert told(warehouse, period + timedelta(days=7))[1] == "COMPLETE"


def test_what_is_let_through_is_known_since_then_and_a_full_recomputation_says_the_same(
    blocked: tuple[Warehouse, date, float],
) -> None:
    warehouse, period, before = blocked
    computed(warehouse)
    held = now()
    with warehouse.session() as connection:
        (one,) = [found for found in standing(connection, held) if found.blocks]
    assert "rows of fed.total_assets are known" in accept(warehouse, one.quarantine_id)
    assert computed(warehouse).appended > 0
    value, status = told(warehouse, period)
    assert status == "COMPLETE"
    assert value < before - 1e12
    assert told(warehouse, period, held) == (None, "MISSING_INPUT")  # what was answered between stays the answer
    assert gated(warehouse, "fed.total_assets", period, held) == (None, "held_back")
    assert gated(warehouse, "fed.total_assets", period)[1] == "fetched"
    assert computed(warehouse, EVER).appended == 0
    with warehouse.session() as connection:
        assert [one.severity for one in standing(connection, now())] == ["flag"]
        assert [one.severity for one in standing(connection, held)] == ["block", "flag"]
    with pytest.raises(UsageError, match="accepted already"):
        accept(warehouse, one.quarantine_id)
    with pytest.raises(UsageError, match="accepted already"):
        reject(warehouse, one.quarantine_id)


def test_a_correction_of_the_publisher_opens_the_gate_by_itself(
    blocked: tuple[Warehouse, date, float], folder: Path
) -> None:
    warehouse, period, before = blocked
    computed(warehouse)
    change(folder, "WALCL", -40, lambda value: value * 1000)
    outcome = loaded(warehouse, "WALCL", run_id="third")["WALCL"]
    assert not [one for one in outcome.found if one.blocks]
    computed(warehouse)
    assert told(warehouse, period) == (before, "COMPLETE")
    assert computed(warehouse, EVER).appended == 0


def test_what_is_rejected_stays_held(blocked: tuple[Warehouse, date, float]) -> None:
    warehouse, period, _ = blocked
    with warehouse.session() as connection:
        (number,) = {one.quarantine_id for one in standing(connection, now()) if one.blocks}
    assert "stay held" in reject(warehouse, number)
    computed(warehouse)
    assert told(warehouse, period) == (None, "MISSING_INPUT")
    with warehouse.session() as connection:
        assert connection.execute("SELECT status FROM ops.quarantine").fetchall() == [("rejected",)]


def test_a_flag_passes(opened: Warehouse, folder: Path) -> None:
    loaded(opened, *CODES)
    period = change(folder, "WDTGAL", -3, lambda value: value + 5)
    outcome = loaded(opened, "WDTGAL")["WDTGAL"]
    assert [(one.judgement, one.severity) for one in outcome.found] == [("revision", "flag")]
    check = sound(outcome)
    assert (check.passed, check.severity.value) == (False, "WARN")
    assert "it is never revised" in str(check.description)
    computed(opened)
    assert told(opened, period)[1] == "COMPLETE"
    assert loaded(opened, "WDTGAL")["WDTGAL"].found == outcome.found  # a load without news judges nothing anew
    with opened.session() as connection:
        assert connection.execute("SELECT count(*) FROM ops.findings").fetchone() == (1,)


def test_an_answer_that_was_refused_is_read_as_of_its_own_fetch_once_it_is_accepted(
    opened: Warehouse, folder: Path
) -> None:
    loaded(opened, "WALCL", run_id="first")
    for place in range(-60, 0):
        change(folder, "WALCL", place, lambda value: value * 1000)
    fetched = now()
    refused = loaded(opened, "WALCL", run_id="second")["WALCL"]
    assert "10^-3" in str(refused.quarantined)
    with opened.session() as connection:
        (number,) = connection.execute("SELECT quarantine_id FROM ops.quarantine").fetchone()
    again = reparse(PROVIDERS["fred"], None, opened, "again", lambda _: None)
    assert again.report.appended == 0
    before = now()
    assert accept(opened, number) == f"{number}: 60 rows appended of fed.total_assets, as known at their own fetch"
    with opened.session() as connection:
        rows = connection.execute(
            "SELECT count(*), min(known_at), max(known_at) FROM raw.observations WHERE value > 1e15"
        ).fetchone()
        decided = connection.execute("SELECT decision FROM ops.quarantine_decisions").fetchall()
    assert rows[0] == 60
    assert fetched < rows[1] <= rows[2] < before
    assert decided == [("accepted",)]
    assert reparse(PROVIDERS["fred"], None, opened, "once more", lambda _: None).report.appended == 0


def test_what_is_no_data_cannot_be_accepted_and_what_is_rejected_is_not_read_again(
    opened: Warehouse, folder: Path
) -> None:
    (folder / "fred" / "WALCL.csv").write_text("<!DOCTYPE html><html>Sorry</html>")
    loaded(opened, "WALCL")
    with pytest.raises(WarehouseError, match=r"1 cannot be read: .*a web page came"):
        accept(opened, 1)
    assert "nothing of the answer is read" in reject(opened, 1)
    with pytest.raises(UsageError, match="rejected already"):
        reject(opened, 1)
    with pytest.raises(UsageError, match="has the number 17"):
        accept(opened, 17)
    assert reparse(PROVIDERS["fred"], None, opened, "again", lambda _: None).held == 1


def test_the_quality_of_a_day_is_written_once(opened: Warehouse, folder: Path) -> None:
    (folder / "fred" / "WDTGAL.csv").write_text("no data at all")
    for _ in range(2):
        loaded(opened, *CODES)
    with opened.session() as connection:
        rows = connection.execute("SELECT series_id, arrived, score FROM ops.series_quality ORDER BY 1").fetchall()
    assert [row[:2] for row in rows] == [
        ("fed.on_rrp", True), ("fed.total_assets", True), ("treasury.tga_wednesday", False),
    ]  # fmt: skip
    assert rows[2][2] <= 30


def test_the_command_lists_what_waits_and_show_says_what_stands(
    blocked: tuple[Warehouse, date, float], database: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    warehouse, period, _ = blocked
    computed(warehouse)
    for name, value in {"HOME": warehouse.settings.home, "WAREHOUSE__URL": database}.items():
        monkeypatch.setenv(f"LIQUIDITY_{name}", str(value))
    settings.cache_clear()
    assert run(["quarantine", "list", "--format", "csv"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0] == "id,series,what,rows,since,status,decided,reason"
    assert listed[1].startswith("1,fed.total_assets,rows,1,")
    assert run(["show", NET, "--from", str(period), "--to", str(period), "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[1].startswith(f"{NET},{period},,usd,MISSING_INPUT,")
    assert "held back: unit_step: WALCL (fed.total_assets)" in said.err
    assert "flagged: revision: WALCL" in said.err
    assert run(["show", "DGS10"]) == 0
    assert "held back" not in capsys.readouterr().err
    assert run(["quarantine", "accept", "1"]) == 0
    assert "1 rows of fed.total_assets" in capsys.readouterr().err
    assert run(["quarantine", "list"]) == 0
    assert "nothing waits" in capsys.readouterr().err
    assert run(["quarantine", "list", "--all", "--format", "json"]) == 0
    assert '"status": "accepted"' in capsys.readouterr().out
    assert run(["quarantine", "reject", "1"]) == 2
    assert capsys.readouterr().err == "liquidity: 1 is accepted already: what was believed stays\n"


def test_the_report_and_the_metadata_of_a_metric_carry_the_banner(blocked: tuple[Warehouse, date, float]) -> None:
    warehouse, period, _ = blocked
    computed(warehouse)
    data = gather(warehouse, [])
    (said,) = data.held_back
    assert said.startswith("unit_step: WALCL (fed.total_assets)")
    assert len(data.flagged) == 1
    assert data.quarantined == []  # rows behind the gate have a place of their own
    page = render(data)
    assert "<b>Held back.</b>" in page
    assert "is a power of ten away" in page
    with warehouse.session() as connection:
        found = by_series(standing(connection, now()))
    newest = {"period": period, "value": None, "status": "MISSING_INPUT", "inputs_hash": "x"}
    history = pl.DataFrame(schema={"period": pl.Date, "value": pl.Float64})
    (event,) = as_events(METRICS[NET], newest, WriteReport(), history, against(METRICS[NET], found))
    assert "block, WALCL (fed.total_assets)" in event.metadata["inputs_found"]
    assert against(METRICS["us.spread.10y2y"], found) == {}
