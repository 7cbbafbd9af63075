"""What reads the archive reads it in a bucket too: history, check, backup and restore."""

import shutil
from collections.abc import Callable
from pathlib import Path

import obstore
import pytest
from pydantic import SecretStr

from liquidity_platform.automation.loading import load
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import find_series
from liquidity_platform.cli.main import run
from liquidity_platform.core.window import Window
from liquidity_platform.settings import ArchiveSettings
from liquidity_platform.settings import settings as of_process
from liquidity_platform.sources.archive import FolderArchive, open_archive
from liquidity_platform.sources.bucket import BucketArchive
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.backup import reading
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.s3_server import s3_server


def test_every_command_that_reads_the_archive_reads_a_bucket(
    open_on: Callable[..., Warehouse], database: str, data: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    (tmp_path / "s3").mkdir()
    (tmp_path / "files" / "fred").mkdir(parents=True)
    shutil.copy(data / "fred" / "WALCL.csv", tmp_path / "files" / "fred")
    body = (data / "fred" / "WALCL.csv").read_bytes()
    with s3_server(tmp_path / "s3") as s3:
        bucket = ArchiveSettings(
            url="s3://kept/archive", endpoint=s3.endpoint, access_key_id=s3.key, secret_access_key=SecretStr(s3.secret)
        )
        warehouse = open_on(data=str(tmp_path / "files"), archive=bucket)
        prepare(warehouse)
        window = Window.all_until(warehouse.settings.clock_now().now())
        (outcome,) = load(PROVIDERS["fred"], [find_series("WALCL")], window, warehouse, "run", lambda _: None)
        assert outcome.published
        archive = open_archive(warehouse.settings)
        assert isinstance(archive, BucketArchive)
        assert not (warehouse.settings.home / "archive").exists()

        environment = {
            "HOME": str(tmp_path / "home"), "WAREHOUSE__URL": database, "ARCHIVE__URL": "s3://kept/archive",
            "ARCHIVE__ENDPOINT": s3.endpoint, "ARCHIVE__ACCESS_KEY_ID": s3.key, "ARCHIVE__SECRET_ACCESS_KEY": s3.secret,
        }  # fmt: skip
        for name, value in environment.items():
            monkeypatch.setenv(f"LIQUIDITY_{name}", value)
        of_process.cache_clear()
        capfdbinary.readouterr()
        assert run(["history", "WALCL", "2023-03-15", "--payload"]) == 0
        assert capfdbinary.readouterr().out == body
        assert run(["history", "WALCL", "--verify"]) == 0
        assert b"1 of 1 payloads in the archive are what was stored" in capfdbinary.readouterr().err
        assert run(["warehouse", "check", "--archive"]) == 0
        backup = tmp_path / "macro.zip"
        assert run(["warehouse", "backup", str(backup), "--with-archive"]) == 0
        with reading(backup) as (pack, _):
            (kept,) = [name for name in pack.namelist() if name.startswith("archive/")]
            folder = FolderArchive(tmp_path / "unpacked")
            pack.extract(kept, tmp_path / "unpacked_zip")
            shutil.copytree(tmp_path / "unpacked_zip" / "archive", folder.root)
        assert folder.read(kept.removeprefix("archive/"), str(outcome.sha256)) == body

        obstore.delete(archive.bucket, kept.removeprefix("archive/"))
        capfdbinary.readouterr()
        assert run(["history", "WALCL", "2023-03-15"]) == 1
        assert b"is not there" in capfdbinary.readouterr().err
        assert run(["warehouse", "check", "--archive"]) == 1
        assert run(["warehouse", "backup", str(tmp_path / "again.zip"), "--with-archive"]) == 1
        said = capfdbinary.readouterr().err
        assert b"archive s3://kept/archive: 1 indexed payloads are not there" in said
        assert not (tmp_path / "again.zip").exists()
