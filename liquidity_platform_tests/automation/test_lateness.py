"""A series is seen as late in the UI also when nobody could ask for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation.keys import raw_key
from liquidity_platform.automation.lateness import lateness
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import find_series
from liquidity_platform.cli.reading import read_status
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse

from loads import loaded  # isort: skip

WALCL = find_series("WALCL")
CHECK = dg.AssetCheckKey(raw_key(WALCL), "not_late")


@pytest.fixture
def held(open_on: Callable[..., Warehouse], real_data: Path, tmp_path: Path) -> Warehouse:
    """A warehouse that holds the H.4.1 up to 2026-07-08; the next one is due on the 16th at 20:30Z."""
    (tmp_path / "files" / "fred").mkdir(parents=True)
    head, *rows = (real_data / "fred" / "WALCL.csv").read_text().splitlines()
    kept = [row for row in rows if row[:10] <= "2026-07-08"][-30:]
    (tmp_path / "files" / "fred" / "WALCL.csv").write_text("\n".join([head, *kept]) + "\n")
    warehouse = open_on(data=str(tmp_path / "files"), clock="2026-07-16T20:35:00Z")
    prepare(warehouse)
    (outcome,) = loaded(warehouse, "WALCL").values()
    assert outcome.published
    return warehouse


def said(instance: dg.DagsterInstance) -> list[tuple[bool, str]]:
    records = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=10)
    found = [record.event.dagster_event.event_specific_data for record in records]  # type: ignore[union-attr]
    return [(each.passed, each.description) for each in reversed(found)]  # type: ignore[union-attr]


def test_the_check_turns_late_once_when_the_grace_is_over(
    held: Warehouse, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(at: str) -> Any:
            monkeypatch.setenv("LIQUIDITY_CLOCK", at)
            settings.cache_clear()
            return lateness(dg.build_sensor_context(instance=instance)).skip_message  # type: ignore[union-attr]

        assert tick("2026-07-16T21:14:00Z") == "0 series are late, 0 of them marked now"
        assert tick("2026-07-16T22:40:00Z") == "1 series are late, 1 of them marked now"
        assert tick("2026-07-16T22:45:00Z") == "1 series are late, 0 of them marked now"
        assert said(instance) == [(False, "late by 2 h 10 m against H.4.1: 2026-07-15 is missing")]
        status, _ = read_status(only_late=True)
        assert status.select("series", "late by", "why").rows() == [
            ("fed.total_assets", "2 h 15 m", "late by 2 h 15 m against H.4.1: 2026-07-15 is missing")
        ]
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=CHECK.asset_key, check_name="not_late", passed=True, metadata={})
        )
        assert tick("2026-07-16T22:50:00Z") == "1 series are late, 1 of them marked now"
