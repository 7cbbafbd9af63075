"""Asking again for what is late, and once for what was missed, as the sensor of the running platform does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation.asking import Cursor, late_releases, requests, wanted_now
from liquidity_platform.automation.bar_loading import load_bars
from liquidity_platform.automation.jobs import LOAD_RAW
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse

from loads import loaded  # isort: skip

H41 = ("WALCL", "WDTGAL")
CODES = (*H41, "RRPONTSYD", "NFCI")
ROWS = 30


class Folder:
    """Publishers' files that end where a test says."""

    def __init__(self, real: Path, own: Path) -> None:
        self.real, self.path = real, own
        (own / "fred").mkdir(parents=True)

    def holds(self, *codes: str, until: str) -> None:
        for code in codes:
            head, *rows = (self.real / "fred" / f"{code}.csv").read_text().splitlines()
            kept = [row for row in rows if row[:10] <= until][-ROWS:]
            (self.path / "fred" / f"{code}.csv").write_text("\n".join([head, *kept]) + "\n")


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Folder:
    return Folder(real_data, tmp_path / "files")


@pytest.fixture
def load(open_on: Callable[..., Warehouse], folder: Folder) -> Callable[..., None]:
    """load(instant, *codes): what a load of that instant brings from the folder as it is then."""

    def it(at: str, *codes: str) -> None:
        warehouse = open_on(data=str(folder.path), clock=at)
        prepare(warehouse)
        assert all(outcome.published for outcome in loaded(warehouse, *codes).values())

    return it


@pytest.fixture
def tick(
    database: str, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[list[dg.RunRequest], str | None]]:
    """tick(instant, cursor): what the sensor asks for, and its cursor afterwards."""
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    monkeypatch.setenv("LIQUIDITY_DATA", str(folder.path))

    def it(
        at: str, cursor: str | None = None, instance: dg.DagsterInstance | None = None
    ) -> tuple[list[dg.RunRequest], str | None]:
        monkeypatch.setenv("LIQUIDITY_CLOCK", at)
        settings.cache_clear()
        with dg.DagsterInstance.ephemeral() as fresh:
            answer: Any = late_releases(dg.build_sensor_context(instance=instance or fresh, cursor=cursor))
        if isinstance(answer, dg.SkipReason):
            return [], cursor
        return list(answer.run_requests), answer.cursor

    return it


def codes_of(request: dg.RunRequest) -> set[str]:
    return {key.path[-1].upper() for key in request.asset_selection or []}


def test_a_late_release_is_asked_for_again_until_it_comes(
    load: Callable[..., None], tick: Callable[..., Any], folder: Folder
) -> None:
    folder.holds(*CODES, until="2026-07-14")  # the H.4.1 of the 15th is due on the 16th, 20:30Z
    load("2026-07-16T20:35:00Z", *CODES)
    folder.holds("RRPONTSYD", until="2026-07-16")
    load("2026-07-16T20:36:00Z", "RRPONTSYD")
    assert tick("2026-07-16T20:39:00Z") == ([], None)
    (again,), cursor = tick("2026-07-16T20:40:00Z")
    assert (codes_of(again), again.job_name) == (set(H41), "load_raw")
    assert again.tags["liquidity/why"].startswith("overdue: H.4.1")
    # the publisher did not answer at all: nothing of that is in the warehouse, the cursor knows
    assert tick("2026-07-16T20:49:00Z", cursor) == ([], cursor)
    (third,), cursor = tick("2026-07-16T20:51:00Z", cursor)
    assert third.run_key != again.run_key
    folder.holds(*H41, until="2026-07-15")
    load("2026-07-16T20:55:00Z", *H41)
    assert tick("2026-07-16T21:30:00Z", cursor) == ([], cursor)


def test_a_tick_done_twice_and_a_lost_cursor_ask_for_the_same_run(
    load: Callable[..., None], tick: Callable[..., Any], folder: Folder
) -> None:
    folder.holds(*H41, until="2026-07-14")
    load("2026-07-16T20:35:00Z", *H41)
    (one,), cursor = tick("2026-07-16T20:41:00Z")
    (other,), _ = tick("2026-07-16T20:41:30Z")
    assert one.run_key == other.run_key
    (unread,), _ = tick("2026-07-16T20:42:00Z", "garbage")
    assert unread.run_key == one.run_key
    load("2026-07-16T20:42:00Z", *H41)  # it ran, in vain: the archive's index says so too
    assert tick("2026-07-16T20:43:00Z") == ([], None)
    assert Cursor.read(cursor).asked.keys() == {"h41"}


def test_what_was_missed_while_the_machine_slept_is_asked_for_once_in_one_run(
    load: Callable[..., None], tick: Callable[..., Any], folder: Folder
) -> None:
    folder.holds(*CODES, until="2026-07-14")
    load("2026-07-15T20:00:00Z", *CODES)
    (missed,), cursor = tick("2026-07-18T15:00:00Z")  # Saturday: two daily runs, an H.4.1, two ON RRP and an NFCI
    assert codes_of(missed) == set(CODES)
    assert missed.tags["liquidity/daily"] == "2026-07-17"
    assert "4 series not asked for since 05:00 of 2026-07-17" in missed.tags["liquidity/why"]
    assert tick("2026-07-18T15:02:00Z", cursor) == ([], cursor)
    load("2026-07-18T15:10:00Z", "NFCI")  # and then that run was killed
    assert "not asked for" not in str(tick("2026-07-18T15:59:00Z", cursor))
    (rest,), _ = tick("2026-07-18T16:00:00Z", cursor)
    assert codes_of(rest) == set(CODES) - {"NFCI"}
    assert "3 series not asked for since 05:00 of 2026-07-17" in rest.tags["liquidity/why"]
    assert rest.run_key != missed.run_key


def test_a_tick_of_the_desk_is_not_missed_while_its_own_run_may_still_begin(
    load: Callable[..., None], tick: Callable[..., Any], folder: Folder
) -> None:
    folder.holds("NFCI", until="2026-07-10")
    load("2026-07-15T20:00:00Z", "NFCI")
    assert tick("2026-07-16T09:29:00Z")[0] == []
    assert len(tick("2026-07-16T09:31:00Z")[0]) == 1


def test_while_a_load_runs_nothing_is_asked_for(
    load: Callable[..., None], tick: Callable[..., Any], folder: Folder
) -> None:
    folder.holds(*H41, until="2026-07-14")
    load("2026-07-16T20:35:00Z", *H41)
    with dg.DagsterInstance.ephemeral() as instance:
        running = dg.DagsterRun(job_name=LOAD_RAW.name, run_id="r1", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(running)
        assert tick("2026-07-16T20:41:00Z", instance=instance)[0] == []
        instance.report_run_failed(running, "killed")
        assert len(tick("2026-07-16T20:41:00Z", instance=instance)[0]) == 1


def test_bars_of_a_slept_morning_are_asked_for_once(
    open_on: Callable[..., Warehouse], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the real clock: bars of a folder are adjusted, which a moved clock may not read."""
    folder.holds("WALCL", until="2026-07-14")
    (folder.path / "ohlcv").mkdir()
    for symbol in ("SPY", "BTC-USD"):
        rows = "date,open,high,low,close,volume\n2026-06-04,1,2,0.5,1.5,7\n2026-06-05,1,2,1,2,7\n"
        (folder.path / "ohlcv" / f"{symbol}.csv").write_text(rows)
    opened = open_on(data=str(folder.path))
    prepare(opened)
    loaded(opened, "WALCL")
    for name in ("etf.spy", "crypto.btc"):
        (outcome,) = load_bars(
            PROVIDERS["yahoo"], [INSTRUMENTS[name]], Window.current(datetime.now(UTC)), opened, "run", lambda _: None
        )
        assert outcome.published, outcome
    monkeypatch.setenv("LIQUIDITY_DATA", str(folder.path))
    settings.cache_clear()
    monday = datetime(2029, 1, 8, 15, tzinfo=UTC)  # the day before was a Sunday: only crypto assets traded
    sunday, tuesday = (wanted_now(opened, Cursor(), monday + timedelta(days=more)) for more in (0, 1))
    assert {one.instrument.id for one in sunday.listings} == {"crypto.btc"}
    assert {one.instrument.id for one in tuesday.listings} == {"crypto.btc", "etf.spy"}
    (_, request), cursor = requests(tuesday, Cursor(), monday + timedelta(days=1))
    assert request.job_name == "load_bars"
    assert wanted_now(opened, cursor, monday + timedelta(days=1, hours=1)).listings == ()


def test_an_empty_warehouse_is_left_alone(warehouse: Warehouse, tick: Callable[..., Any]) -> None:
    assert tick("2026-07-18T15:00:00Z") == ([], None)
