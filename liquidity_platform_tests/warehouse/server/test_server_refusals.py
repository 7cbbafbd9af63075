"""Surroundings that are not as they should be: another port, another version, or one line that says what to do."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from holder import Holder, ask

from liquidity_platform.core.errors import ConfigError, WarehouseUnavailable
from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.prove.processes import gone_within

Hold = Callable[..., Holder]
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")
needs_15 = pytest.mark.skipif(not (DEBIAN_15 / "initdb").exists(), reason=f"no PostgreSQL 15 in {DEBIAN_15}")


def one_line(error: pytest.ExceptionInfo[Exception], *words: str) -> None:
    said = str(error.value)
    assert "\n" not in said
    assert all(word in said for word in words), said


def test_an_occupied_port_leads_to_another_one(home: Path, hold: Hold) -> None:
    first = hold(home)
    first.url()
    first.release()
    port = json.loads((home / "postgres" / "cluster.json").read_text())["port"]
    with socket.create_server(("127.0.0.1", port)):
        said = hold(home).answer()
        assert said["port"] != port
        assert ask(said["url"], "SELECT 1") == [(1,)]


def test_a_port_taken_between_the_look_and_the_start_leads_to_another_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from liquidity_platform.warehouse.server import starting

    free = starting._free_port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1]])
        monkeypatch.setattr(starting, "_free_port", lambda wanted: next(ports, None) or free(0))
        with lease(home) as held:
            assert held.cluster.port != taken.getsockname()[1]
            assert ask(held.cluster.url("postgres").replace("+psycopg", ""), "SELECT 1") == [(1,)]


def test_it_works_below_a_folder_that_nobody_else_may_enter(tmp_path: Path, hold: Hold) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert ask(hold(closed / "with space" / "home").url(), "SELECT 1") == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_home_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(WarehouseUnavailable) as error:
            lease(home)
        one_line(error, str(home), "--home")


def test_a_wrong_pg_bin_is_one_line(tmp_path: Path, home: Path) -> None:
    with pytest.raises(ConfigError) as error:
        lease(home, tmp_path)
    one_line(error, "LIQUIDITY_WAREHOUSE__PG_BIN", str(tmp_path))
    for program, text in (("initdb", "#!/bin/sh\n"), ("postgres", "#!/bin/sh\necho no database here\n")):
        (tmp_path / program).write_text(text)
        (tmp_path / program).chmod(0o755)
    with pytest.raises(ConfigError) as error:
        lease(home, tmp_path)
    one_line(error, str(tmp_path), "no database here")


def test_a_damaged_password_file_is_one_line(home: Path) -> None:
    lease(home).release()
    (home / "postgres" / "cluster.json").write_text("{")
    with pytest.raises(WarehouseUnavailable) as error:
        lease(home)
    one_line(error, "cluster.json", "damaged")


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(home: Path) -> None:
    lease(home).release()
    with (home / "postgres" / "data" / "postgresql.conf").open("a") as conf:
        conf.write("max_connections = many\n")
    with pytest.raises(WarehouseUnavailable) as error:
        lease(home)
    one_line(error, "does not start", "FATAL")
    assert gone_within(home, 10) == {}


@needs_15
def test_postgresql_15_of_the_system_works_and_keeps_its_data(home: Path, hold: Hold) -> None:
    first = hold(home, DEBIAN_15)
    url = first.url()
    assert ask(url, "SELECT current_setting('server_version_num')::int / 10000") == [(15,)]
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    first.release()
    assert ask(hold(home, DEBIAN_15).url(), "SELECT n FROM kept") == [(1,)]


@needs_15
def test_data_of_another_major_version_is_one_line(home: Path) -> None:
    lease(home, DEBIAN_15).release()
    with pytest.raises(WarehouseUnavailable) as error:
        lease(home)
    one_line(error, "PostgreSQL 15", "LIQUIDITY_WAREHOUSE__PG_BIN")


@needs_root
def test_root_without_the_right_to_change_user_gets_one_line(home: Path, hold: Hold) -> None:
    bound = ("setpriv", "--bounding-set", "-dac_read_search", "--inh-caps", "-dac_read_search")
    said = hold(home, prefix=bound).answer()
    assert said["kind"] == "WarehouseUnavailable", said
    assert "\n" not in said["error"]
    assert "LIQUIDITY_WAREHOUSE__URL" in said["error"]


@needs_root
def test_root_of_a_container_without_that_right_uses_folders_anybody_may_enter(hold: Hold) -> None:
    if subprocess.run([*("setpriv", "--reuid=65534", "--clear-groups"), sys.executable, "-c", ""]).returncode:
        pytest.skip("this Python and its PostgreSQL are in a closed folder")
    docker = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        bound = ("setpriv", f"--bounding-set={docker}", "--inh-caps=-all")
        holder = hold(Path(folder) / "home", DEBIAN_15 if (DEBIAN_15 / "initdb").exists() else None, prefix=bound)
        assert ask(holder.url(), "SELECT 1") == [(1,)]
        holder.release()
        assert gone_within(Path(folder), 10) == {}


@needs_root
def test_root_never_follows_a_link_of_the_servers_user(home: Path, tmp_path: Path) -> None:
    lease(home).release()
    folder, target = home / "postgres", tmp_path / "target"
    target.mkdir()
    (target / "start.log").write_text("not ours")
    os.chown(folder, 65534, 65534)  # as homes were made once
    shutil.rmtree(folder / "log")
    (folder / "log").symlink_to(target)
    with pytest.raises(WarehouseUnavailable):
        lease(home)
    assert target.stat().st_uid == 0
    assert (target / "start.log").read_text() == "not ours"
    assert folder.stat().st_uid == 0


def test_logs_do_not_grow_for_ever(home: Path) -> None:
    log = home / "postgres" / "log"
    for turn in range(3):
        lease(home).release()
        for number in range(4):
            (log / f"postgres-old{turn}{number}.log").write_bytes(b"x" * 1000)
    with lease(home) as held:
        assert len(list(log.glob("postgres-*.log"))) <= 6
        url = held.cluster.url("postgres").replace("+psycopg", "")
        assert ask(url, "SELECT current_setting('log_rotation_size')") == [("10MB",)]


@needs_root
def test_a_home_of_another_user_is_left_to_them(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    os.chown(home / "postgres", 12345, 12345)
    with pytest.raises(WarehouseUnavailable) as error:
        lease(home)
    one_line(error, "12345")
    assert (home / "postgres").stat().st_uid == 12345


@needs_root
def test_a_home_that_may_not_be_written_is_one_line(tmp_path: Path, hold: Hold) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    bound = ("setpriv", "--bounding-set", "-dac_override,-chown", "--inh-caps", "-dac_override,-chown")
    os.chown(shut, 12345, 12345)
    said = hold(shut / "home", prefix=bound).answer()
    assert said["kind"] == "WarehouseUnavailable", said
    assert "Permission denied" in said["error"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "small"
    where.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(where)], capture_output=True).returncode
    ):
        pytest.skip("no right to mount a small disk here")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_full_disk_is_one_line(small_disk: Path) -> None:
    with pytest.raises(WarehouseUnavailable) as error:
        lease(small_disk / "home")
    one_line(error, "No space left on device")
    assert gone_within(small_disk, 10) == {}
