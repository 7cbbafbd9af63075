"""The daily look at the archive: what is missing or altered is named, what was left half-written goes."""

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation.archive_upkeep import ARCHIVE, PARTS, archive_sensor, look
from liquidity_platform.definitions import defs
from liquidity_platform.settings import settings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import archived

from loads import loaded  # isort: skip

TODAY = datetime.now(UTC)


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for code in ("WALCL", "WDTGAL", "NFCI"):
        head, *rows = (real_data / "fred" / f"{code}.csv").read_text().splitlines()
        (tmp_path / "files" / "fred" / f"{code}.csv").write_text("\n".join([head, *rows[-10:]]) + "\n")
    return tmp_path / "files"


def faults_of_a_month(warehouse: Warehouse) -> set[str]:
    """Everything that PARTS looks a day apart say."""
    archive = open_archive(warehouse.settings)
    with warehouse.session() as connection:
        index = archived(connection)
    found = [look(archive, index, TODAY + timedelta(days=day)) for day in range(PARTS)]
    assert sum(each.read for each in found) <= len(index)
    return {fault for each in found for fault in each.faults}


def test_missing_and_altered_payloads_are_named_and_drafts_of_the_killed_are_removed(opened: Warehouse) -> None:
    loaded(opened, "WALCL", "WDTGAL", "NFCI")
    archive = open_archive(opened.settings)
    root = Path(archive.place)
    assert faults_of_a_month(opened) == set()
    gone, altered, _ = sorted(root.glob("??/*.gz"))
    gone.unlink()
    altered.write_bytes(gzip.compress(b"something else"))
    old, young = gone.parent / ".x.gz.1.part", altered.parent / ".y.gz.2.part"
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    archive.store(b"archived before its transaction was lost")
    with opened.session() as connection:
        found = look(archive, archived(connection), TODAY)
    assert (found.payloads, found.unindexed, found.drafts_removed) == (3, 1, 1)
    assert (old.exists(), young.exists()) == (False, True)
    missing, other = sorted(faults_of_a_month(opened), key=lambda said: "altered" in said)
    assert missing.endswith(f"payload {gone.parent.name}/{gone.name} is not there")
    assert f"{altered.parent.name}/{altered.name} was altered" in other
    assert missing.startswith("fred ")


def test_the_look_is_an_asset_with_a_check_that_says_so(
    opened: Warehouse, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(opened, "NFCI")
    next(Path(open_archive(opened.settings).place).glob("??/*.gz")).unlink()
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    settings.cache_clear()
    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def("archive_upkeep").execute_in_process(instance=instance)
    (check,) = done.get_asset_check_evaluations()
    assert (check.asset_key, check.passed) == (ARCHIVE, False)
    assert "is not there" in (check.description or "")


def test_it_is_looked_at_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    def tick(at: str, cursor: str | None) -> Any:
        monkeypatch.setenv("LIQUIDITY_CLOCK", at)
        settings.cache_clear()
        return archive_sensor(dg.build_sensor_context(cursor=cursor))

    begun = tick("2026-07-16T15:00:00Z", None)
    assert (begun.run_requests, begun.cursor) == ([], "2026-07-16")
    assert isinstance(tick("2026-07-17T03:00:00Z", begun.cursor), dg.SkipReason)  # still the same day in New York
    second = tick("2026-07-17T05:00:00Z", begun.cursor)
    assert [request.run_key for request in second.run_requests] == ["archive-2026-07-17"]
    assert isinstance(tick("2026-07-17T06:00:00Z", second.cursor), dg.SkipReason)
