"""Rules that read the warehouse, in the whole sidecar: a metric counts from the instant it became known."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from liquidity_platform.core.facts import METRIC_ROWS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.realtime.sidecars import replay, streaming, ticks

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

METRIC, VERSION = "us.net_liquidity.weekly.d4w", 1
RULE: dict[str, Any] = {
    "instrument_id": 1, "rule_type": "composite", "cooldown_s": 1, "dedupe_window_s": 0, "rearm_s": 1,
    "when": {"all": [
        {"rule_type": "threshold", "condition": "above", "threshold": 4500.0, "hysteresis": {"by": 1}},
        {"macro": METRIC, "condition": "below", "threshold": 0, "max_age_days": 14},
    ]},
}  # fmt: skip


def known(warehouse: Warehouse, *rows: tuple[date, datetime, float]) -> None:
    """Metric rows as the platform computes them."""
    frame = pl.DataFrame(
        [(METRIC, VERSION, period, at, value, "COMPLETE", "0" * 32) for period, at, value in rows],
        schema=METRIC_ROWS, orient="row",
    )  # fmt: skip
    with warehouse.session() as connection:
        append_metrics(connection, frame, Window(2002, 2030), Clock(), None)


def test_a_replay_reads_a_metric_as_it_was_known_at_each_tick(warehouse: Warehouse, tmp_path: Path) -> None:
    """It falls below zero at 16:00:12, which fires, as do the crossings until it is revised at 16:00:50."""
    known(
        warehouse,
        (date(2026, 2, 18), datetime(2026, 2, 19, 21, 30, tzinfo=UTC), 5e9),
        (date(2026, 2, 25), datetime(2026, 3, 2, 16, 0, 12, tzinfo=UTC), -7e9),
        (date(2026, 2, 25), datetime(2026, 3, 2, 16, 0, 50, tzinfo=UTC), 1e9),
    )
    (tmp_path / "ticks.csv").write_text(ticks(400))
    with streaming(tmp_path, JOURNAL=str(tmp_path / "j.sqlite")) as running:
        assert running.http.post("/api/rules", json=RULE).status_code == 201
        time.sleep(0.6)  # the clock goes on, and the state keeps it: the replayed ticks are months older
    with replay(tmp_path, warehouse=warehouse.plain_url()) as running:
        running.until(lambda: running.health()["feed"]["reason"] == "the file has ended")
        running.until(lambda: len(running.alerts()) >= 5)
        fired = sorted(alert["timestamp"] for alert in running.alerts())
    assert fired == [f"2026-03-02T16:00:{second}Z" for second in ("12", *(f"{s}.500000" for s in (17, 27, 37, 47)))]


def test_a_live_sidecar_hears_a_row_that_becomes_known(warehouse: Warehouse, tmp_path: Path) -> None:
    known(warehouse, (datetime.now(UTC).date() - timedelta(days=7), datetime.now(UTC), 1.0))
    sometime = {"rule_type": "threshold", "condition": "below", "threshold": 1e6}
    with streaming(tmp_path, warehouse=warehouse.plain_url(), FEED="sim") as running:
        made = running.http.post("/api/rules", json={**RULE, "when": {"all": [sometime, RULE["when"]["all"][1]]}})
        assert made.status_code == 201, made.text
        assert running.health()["reasons"] == ["the data is simulated"]
        running.until(lambda: METRIC in running.health()["macros"])
        assert running.health()["macros"][METRIC]["value"] == 1.0
        known(warehouse, (datetime.now(UTC).date(), datetime.now(UTC), -1.0))
        running.until(lambda: len(running.alerts()) == 1)


def test_without_a_warehouse_health_says_what_to_run(tmp_path: Path) -> None:
    with streaming(tmp_path) as running:
        assert running.http.post("/api/rules", json=RULE).status_code == 201
        running.until(lambda: running.health()["status"] == "degraded")
        assert running.health()["reasons"] == ["rules that read metrics wait for a warehouse: run `liquidity demo`"]
        assert running.http.delete("/api/rules/1").status_code == 204
        running.until(lambda: running.health()["status"] == "ok")
    assert not (tmp_path / "postgres").exists()


def test_a_replay_waits_for_what_its_rules_read(tmp_path: Path) -> None:
    (tmp_path / "ticks.csv").write_text(ticks(40))
    with streaming(tmp_path, JOURNAL=str(tmp_path / "j.sqlite")) as running:
        assert running.http.post("/api/rules", json=RULE).status_code == 201
    with replay(tmp_path) as running:
        running.until(lambda: any("wait for a warehouse" in reason for reason in running.health()["reasons"]))
        assert running.health()["last_tick"] is None
