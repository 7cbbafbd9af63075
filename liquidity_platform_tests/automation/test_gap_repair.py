"""Gaps of the last days are asked for again once a day, and of a longer time when somebody says so."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation.bar_loading import load_bars
from liquidity_platform.automation.gap_repair import Look, gap_repair, gaps_of_bars, look_now
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse

from loads import loaded  # isort: skip

LOST = ("2026-07-15", "2026-07-06")  # a Wednesday and a Monday
NOON = "2026-07-17T16:05:00Z"


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    """ON RRP without two of its days."""
    (tmp_path / "files" / "fred").mkdir(parents=True)
    head, *rows = (real_data / "fred" / "RRPONTSYD.csv").read_text().splitlines()
    kept = [row for row in rows if row[:10] not in LOST and row[:10] <= "2026-07-17"][-40:]
    (tmp_path / "files" / "fred" / "RRPONTSYD.csv").write_text("\n".join([head, *kept]) + "\n")
    return tmp_path / "files"


@pytest.fixture
def tick(
    open_on: Callable[..., Warehouse], database: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """tick(instant, cursor): what the sensor answers; the warehouse was loaded on the evening of the 16th."""
    opened = open_on(data=str(folder), clock="2026-07-16T22:00:00Z")
    prepare(opened)
    assert loaded(opened, "RRPONTSYD")["RRPONTSYD"].published
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    monkeypatch.setenv("LIQUIDITY_DATA", str(folder))

    def it(at: str, cursor: str | None = None) -> Any:
        monkeypatch.setenv("LIQUIDITY_CLOCK", at)
        settings.cache_clear()
        with dg.DagsterInstance.ephemeral() as instance:
            return gap_repair(dg.build_sensor_context(instance=instance, cursor=cursor))

    return it


def test_once_a_day_at_noon_the_gaps_of_two_days_are_asked_for(tick: Callable[..., Any]) -> None:
    assert isinstance(tick("2026-07-17T15:55:00Z"), dg.SkipReason)
    answer = tick(NOON)
    (request,) = answer.run_requests
    assert (request.job_name, [key.path for key in request.asset_selection]) == (
        "load_raw", [["raw", "fred", "rrpontsyd"]]
    )  # fmt: skip
    assert (answer.cursor, tick(NOON).run_requests[0].run_key) == ("2026-07-17", request.run_key)
    assert isinstance(tick("2026-07-17T20:00:00Z", answer.cursor), dg.SkipReason)
    assert not tick("2026-07-18T16:05:00Z", answer.cursor).run_requests  # the 15th is older than two days by then


def test_a_longer_look_is_asked_for_by_the_cursor_at_any_time_of_the_day(tick: Callable[..., Any]) -> None:
    early = tick("2026-07-18T10:00:00Z", "14 days")
    assert len(early.run_requests) == 1
    assert early.cursor == "2026-07-17"  # the usual look of the day is still to come
    assert not tick("2026-07-18T10:00:00Z", "1").run_requests
    assert tick("2026-07-18T18:00:00Z", "14 days").cursor == "2026-07-18"


@pytest.mark.parametrize(
    ("cursor", "look"),
    [(None, Look(2, date(2026, 7, 17))), ("garbage", Look(2, date(2026, 7, 17))), ("2026-07-17", None),
     ("2026-07-16", Look(2, date(2026, 7, 17))), ("30", Look(30, date(2026, 7, 17)))],
)  # fmt: skip
def test_a_cursor_is_a_day_or_a_wish(cursor: str | None, look: Look | None) -> None:
    assert look_now(cursor, datetime.fromisoformat(NOON)) == look


def test_a_missing_session_between_held_ones_is_a_gap(
    open_on: Callable[..., Warehouse], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ohlcv").mkdir()
    days = ("2026-06-01", "2026-06-02", "2026-06-04", "2026-06-05")
    rows = "\n".join(f"{day},1,2,0.5,1.5,7" for day in days)
    (folder / "ohlcv" / "SPY.csv").write_text(f"date,open,high,low,close,volume\n{rows}\n")
    opened = open_on(data=str(folder))
    prepare(opened)
    load_bars(PROVIDERS["yahoo"], [INSTRUMENTS["etf.spy"]], Window.current(datetime.now(UTC)), opened, "r", print)
    monday = datetime(2026, 6, 8, 16, tzinfo=UTC)
    ((listing, missing),) = gaps_of_bars(opened, 7, monday).items()
    assert (listing.id, missing) == ("etf.spy", [date(2026, 6, 3)])
    assert gaps_of_bars(opened, 2, monday) == {}
