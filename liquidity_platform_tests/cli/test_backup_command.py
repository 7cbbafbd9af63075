"""`liquidity warehouse backup`, `restore` and `check` as a person types them."""

import csv
import gzip
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import Clock, parse_instant
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.warehouse.append import append_observations
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform_tests.cli.conftest import command

PAYLOAD = "5f0c7a52-3f0e-4b8e-9d7e-0d7c1f0f3a11"
AS_OF = ("sql", "SELECT * FROM raw.observations_as_of('2024-05-03T00:00Z')", "--format", "csv")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one number and its archived bytes."""
    import polars as pl

    chosen = Settings(_env_file=None, home=tmp_path_factory.mktemp("backup") / "home")  # type: ignore[call-arg]
    at = parse_instant("2024-05-02T20:30:00Z")
    sha256, uri = open_archive(chosen).store(b"observation_date,WALCL\n2024-05-01,1\n")
    answer = {
        "payload_id": PAYLOAD, "sha256": sha256, "bytes": 36, "source_id": "fred", "series_id": "fed.total_assets",
        "request": "test", "fetched_at": at, "uri": uri, "accepted": True, "run_id": None,
    }  # fmt: skip
    row = ("fed.total_assets", date(2024, 5, 1), at, 1e6, "fetched", "fred", at, PAYLOAD, None)
    with open_warehouse(chosen) as warehouse:
        prepare(warehouse)
        with warehouse.session() as connection:
            frame = pl.DataFrame([row], schema=OFFERED, orient="row")
            append_observations(connection, frame, [answer], Window(2002, 2030), Clock())
    return chosen.home


@pytest.fixture(scope="module")
def backup(home: Path) -> Path:
    """A backup with the archive in it."""
    file = home.parent / "whole.zip"
    done = command(home, "warehouse", "backup", str(file), "--with-archive")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{file}: ")
    return file


def one_line(stderr: str) -> str:
    """The error, said in one line and without a traceback."""
    assert "Traceback" not in stderr
    last = stderr.strip().splitlines()[-1]
    assert last.startswith("liquidity: ")
    return last


def test_a_lost_home_comes_back_with_its_answers_and_its_archive(home: Path, backup: Path, tmp_path: Path) -> None:
    told = command(home, *AS_OF).stdout
    assert "1000000" in told
    lost = tmp_path / "home"
    done = command(lost, "warehouse", "restore", str(backup))
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if "." in line}
    assert rows["raw.observations"] == rows["raw.observation_heads"] == ["1", "ok"]
    assert {words[-1] for words in rows.values()} == {"ok"}
    assert command(lost, *AS_OF).stdout == told
    checked = command(lost, "warehouse", "check", "--archive", "--format", "json")
    assert checked.returncode == 0, checked.stderr
    assert {found["broken"] for found in json.loads(checked.stdout)} == {0}
    assert "1 of 1 archived files read" in checked.stderr
    refused = command(lost, "warehouse", "restore", str(backup))
    assert refused.returncode == 1
    assert "not empty" in one_line(refused.stderr)
    assert command(lost, *AS_OF).stdout == told


def test_a_backup_without_the_archive_says_where_that_is(home: Path, tmp_path: Path) -> None:
    done = command(home, "warehouse", "backup", str(tmp_path / "backup.zip"))
    assert done.returncode == 0, done.stderr
    assert f"the archive {home / 'archive'} is not in it" in done.stderr
    with zipfile.ZipFile(tmp_path / "backup.zip") as pack:
        assert pack.namelist() == ["manifest.json", "warehouse.dump"]
    again = command(home, "warehouse", "backup", str(tmp_path / "backup.zip"))
    assert again.returncode == 2
    assert "--force" in one_line(again.stderr)
    assert command(home, "warehouse", "backup", str(tmp_path / "backup.zip"), "--force").returncode == 0


@pytest.mark.parametrize("place", ["/proc/backup.zip", "/no/such/folder/backup.zip", "/proc"])
def test_a_place_that_cannot_be_written_is_one_line(home: Path, place: str) -> None:
    done = command(home, "warehouse", "backup", place)
    assert done.returncode in (1, 2)
    assert place.removesuffix("/backup.zip") in one_line(done.stderr)


def test_a_damaged_backup_is_one_line_and_the_home_stays_empty(backup: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.zip"
    for body in (backup.read_bytes()[:-500], b"garbage" * 100):
        damaged.write_bytes(body)
        done = command(tmp_path / "home", "warehouse", "restore", str(damaged))
        assert done.returncode == 1
        assert "not a whole backup" in one_line(done.stderr)
    absent = command(tmp_path / "home", "warehouse", "restore", str(tmp_path / "absent.zip"))
    assert absent.returncode == 2
    assert "no such file" in one_line(absent.stderr)
    counted = command(tmp_path / "home", "sql", "SELECT count(*) FROM raw.observations", "--format", "csv")
    assert counted.stdout.split() == ["count", "0"]


def test_a_restore_that_differs_shows_which_table(backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(other, "w") as new:
        said = json.loads(old.read("manifest.json"))
        said["tables"]["raw.payloads"]["rows"] = 2
        new.writestr("manifest.json", json.dumps(said))
        new.writestr("warehouse.dump", old.read("warehouse.dump"))
    done = command(tmp_path / "home", "warehouse", "restore", str(other))
    assert done.returncode == 1
    assert "(raw.payloads)" in one_line(done.stderr)
    assert "WRONG: 2 rows backed up" in next(line for line in done.stdout.splitlines() if "raw.payloads" in line)


def test_check_reports_altered_bytes_and_broken_rows(backup: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert command(home, "warehouse", "restore", str(backup)).returncode == 0
    kept = next((home / "archive").glob("*/*.gz"))
    kept.unlink()
    with open_warehouse(Settings(_env_file=None, home=home)) as warehouse, warehouse.owner_session() as connection:  # type: ignore[call-arg]
        connection.execute("DELETE FROM raw.observation_heads")
    done = command(home, "warehouse", "check", "--archive", "--format", "csv")
    assert done.returncode == 1
    assert "heads are what is known last, archived bytes are as fetched" in one_line(done.stderr)
    found = {row["check"]: row for row in csv.DictReader(done.stdout.splitlines())}
    assert found["archived bytes are as fetched"]["broken"] == "1"
    assert "is not there" in found["archived bytes are as fetched"]["example"]
    assert found["heads are what is known last"]["example"] == "fed.total_assets 2024-05-01 has no head"
    assert found["payload is indexed"]["broken"] == "0"


@pytest.mark.parametrize("harm", ["altered", "lost"])
def test_a_backup_is_not_written_of_an_archive_that_is_not_whole(
    home: Path, backup: Path, tmp_path: Path, harm: str
) -> None:
    hurt = tmp_path / "hurt"
    assert command(hurt, "warehouse", "restore", str(backup)).returncode == 0
    (stored,) = (hurt / "archive").glob("??/*.gz")
    if harm == "altered":
        stored.write_bytes(gzip.compress(b"observation_date,WALCL\n2024-05-01,2\n"))
    else:
        stored.unlink()
    done = command(hurt, "warehouse", "backup", str(tmp_path / "b.zip"), "--with-archive")
    assert done.returncode == 1
    assert ("was altered" if harm == "altered" else "are not there") in one_line(done.stderr)
    assert list(tmp_path.glob("*.zip")) == []


def test_a_file_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    for place, says in ((tmp_path / "none.zip", "no such file"), (tmp_path, "a folder, not a backup")):
        done = command(tmp_path / "home", "warehouse", "restore", str(place))
        assert done.returncode == 2
        assert says in one_line(done.stderr)
    assert not (tmp_path / "home").exists()
