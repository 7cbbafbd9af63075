"""What the sidecar wrote down is in the warehouse once each, whatever was killed or done twice on the way."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation import journal
from liquidity_platform.automation.journal import Moved, move, move_again
from liquidity_platform.automation.journal_assets import JOURNALS_TAG, journal_sensor
from liquidity_platform.automation.keys import RANGE_END
from liquidity_platform.automation.stream_health import SIDECAR, health_sensor
from liquidity_platform.core.errors import WarehouseRefused
from liquidity_platform.realtime.journal import moving
from liquidity_platform.realtime.journal.opening import open_journal
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.realtime.sidecars import OPEN, replay, streaming, ticks

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

RULE = {
    "instrument_id": 1, "rule_type": "cross_level", "direction": "up", "level": 4500.0, "cooldown_s": 1,
    "dedupe_window_s": 0, "name": "ES 4500",
}  # fmt: skip


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of 400 ticks and ten alerts, made by the real process."""
    home = tmp_path_factory.mktemp("replayed")
    (home / "ticks.csv").write_text(ticks(400))
    with streaming(home, JOURNAL=str(home / "j.sqlite")) as running:
        assert running.http.post("/api/rules", json=RULE).status_code == 201
    with replay(home) as running:
        running.until(lambda: len(running.alerts()) >= 10)
    return home / "j.sqlite"


@pytest.fixture
def path(replayed: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    with sqlite3.connect(replayed) as source, sqlite3.connect(tmp_path / "j.sqlite") as copy:
        source.backup(copy)  # the file alone lacks what is in its WAL
    return tmp_path / "j.sqlite"


def counts(warehouse: Warehouse) -> tuple[int, ...]:
    with warehouse.session() as connection:
        asked = ("raw.ticks", "ops.alert_log", "ops.deliveries", "ops.alert_rules")
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in asked)  # type: ignore[index,call-overload]


def test_ticks_alerts_deliveries_and_rules_arrive_once(warehouse: Warehouse, path: Path) -> None:
    assert move(path, warehouse, "run-1") == Moved(ticks=400, alerts=10, deliveries=10)
    assert move(path, warehouse) == Moved()
    assert counts(warehouse) == (400, 10, 10, 1)
    with warehouse.session() as connection:
        first = connection.execute(
            "SELECT instrument_id, extract(epoch FROM event_at) * 1000000, price, size, bid, flags & 4, run_id "
            "FROM raw.ticks ORDER BY event_at LIMIT 1"
        ).fetchone()
        assert first == ("fut.es", OPEN, 4505, 1.0, None, 4, "run-1")
        alert = connection.execute(
            "SELECT l.value, l.threshold, l.instrument_id, r.name, r.definition ->> 'level', d.channel, d.status, "
            "l.fired_at::text FROM ops.alert_log l JOIN ops.alert_rules r ON r.rule_id = l.rule_id AND "
            "r.version = l.rule_version JOIN ops.deliveries d USING (alert_id) ORDER BY l.fired_at LIMIT 1"
        ).fetchone()
    assert alert == (4500, 4500, "fut.es", "ES 4500", "4500.0", "websocket", "pending", "2026-03-02 16:00:07.5+00")


def test_small_batches_and_a_break_after_any_of_them_lose_and_double_nothing(
    warehouse: Warehouse, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BATCH", 64)
    whole, calls = journal._BRING["market_data"], 0

    def breaking(*given: Any) -> Moved:
        nonlocal calls
        calls += 1
        brought = whole(*given)
        if calls == 3:
            raise KeyboardInterrupt  # rows are written, the mark is not: the transaction is lost with both
        return brought

    monkeypatch.setitem(journal._BRING, "market_data", breaking)
    with pytest.raises(KeyboardInterrupt):
        move(path, warehouse)
    assert counts(warehouse)[0] == 128
    assert move(path, warehouse).ticks == 400 - 128
    assert counts(warehouse) == (400, 10, 10, 1)


def test_a_warehouse_that_lost_its_marks_recognises_the_rows(warehouse: Warehouse, path: Path) -> None:
    move(path, warehouse)
    with sqlite3.connect(path) as opened:
        opened.execute("DELETE FROM engine_state WHERE name IN ('identity', 'moved')")
    assert move(path, warehouse) == Moved()
    assert counts(warehouse) == (400, 10, 10, 1)


def test_a_day_brought_again_fills_what_the_warehouse_lost_and_no_other_day(warehouse: Warehouse, path: Path) -> None:
    with sqlite3.connect(path) as opened:  # the first half came a day earlier
        opened.execute("UPDATE market_data SET received_at = received_at - 86400000000 WHERE id <= 200")
        (newest,) = opened.execute("SELECT max(received_at) FROM market_data").fetchone()
    last = datetime.fromtimestamp(newest / 1e6, UTC).date()
    before = last - timedelta(days=1)
    assert move_again(path, warehouse, (before, before)).ticks == 200
    assert counts(warehouse) == (200, 0, 0, 0)
    assert move_again(path, warehouse, (last, last)) == Moved(ticks=200, alerts=10, deliveries=10)
    assert move_again(path, warehouse, (before, last)) == Moved()
    assert move(path, warehouse) == Moved()
    assert counts(warehouse) == (400, 10, 10, 1)


def test_simulated_ticks_are_refused_by_a_real_warehouse(warehouse: Warehouse, path: Path) -> None:
    with sqlite3.connect(path) as opened:
        opened.execute("UPDATE market_data SET flags = 2 WHERE id = 300")
    with pytest.raises(WarehouseRefused, match="simulated ticks"):
        move(path, warehouse)
    assert counts(warehouse)[0] == 0


def test_ticks_wait_in_the_journal_until_they_are_moved(warehouse: Warehouse, path: Path) -> None:
    with sqlite3.connect(path) as opened:
        assert moving.moved(opened) is None
    move(path, warehouse)
    with sqlite3.connect(path) as opened:
        assert moving.moved(opened) == moving.newest(opened)


def test_the_sensor_asks_for_a_run_only_when_there_is_news(
    warehouse: Warehouse, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from liquidity_platform.settings import settings

    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path))
    monkeypatch.setenv("LIQUIDITY_STREAM__JOURNAL", str(path))
    monkeypatch.setenv("LIQUIDITY_STREAM__FEED", "off")
    settings.cache_clear()

    def asked() -> Any:
        with dg.DagsterInstance.ephemeral() as instance:
            return journal_sensor(dg.build_sensor_context(instance=instance))

    request = asked()
    assert isinstance(request, dg.RunRequest)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert (request.tags[RANGE_END], request.tags[JOURNALS_TAG]) == (today, "j.sqlite")
    move(path, warehouse)
    assert isinstance(asked(), dg.SkipReason)
    path.write_bytes(b"garbage" * 999)
    assert isinstance(asked(), dg.SkipReason)


def test_an_empty_journal_moves_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    open_journal(tmp_path / "new.sqlite").dispose()
    assert move(tmp_path / "new.sqlite", warehouse) == Moved()


def test_how_the_sidecar_fares_is_observed_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path))
    settings.cache_clear()
    assert "LIQUIDITY_STREAM__FEED is off" in str(health_sensor(dg.build_sensor_context()).skip_message)
    with streaming(tmp_path) as running:
        monkeypatch.setenv("LIQUIDITY_STREAM__FEED", "sim")
        monkeypatch.setenv("LIQUIDITY_API__PORT", str(running.http.base_url.port))
        settings.cache_clear()
        seen = health_sensor(dg.build_sensor_context())
        (up,) = seen.asset_events
        assert (up.asset_key, up.metadata["status"].value, up.metadata["feed"].value) == (SIDECAR, "ok", "off")
        again = health_sensor(dg.build_sensor_context(cursor=seen.cursor))
        assert again.skip_message == "the sidecar is ok, as it was"
    (down,) = health_sensor(dg.build_sensor_context(cursor=seen.cursor)).asset_events
    assert down.metadata["status"].value == "down"
    assert "no answer on port" in down.metadata["reasons"].value
