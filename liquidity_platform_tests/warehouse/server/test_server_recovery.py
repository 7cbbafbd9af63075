"""What is left after kill -9 of anybody at any moment: a home that starts again with every committed row."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from holder import Holder, ask, eventually, kill, postmaster_of

from liquidity_platform.warehouse.server.binaries import unprivileged
from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.prove.processes import at_work_in, gone_within, left_in

Hold = Callable[..., Holder]


@pytest.fixture
def bystander() -> Iterator[int]:
    """A living process of the server's own user that has nothing to do with it."""
    process = subprocess.Popen([*unprivileged(), "sleep", "300"], cwd="/")
    yield process.pid
    process.kill()
    process.wait()


def guardian_of(home: Path) -> int:
    found = [pid for pid, line in at_work_in(home).items() if "guardian.py" in line]
    assert len(found) == 1, found
    return found[0]


def test_a_killed_server_recovers_committed_rows_while_its_starter_lives_on(home: Path, hold: Hold) -> None:
    starter = hold(home)
    url = starter.url()
    ask(url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill(postmaster_of(home))  # stays as a zombie of the starter, under the pid in postmaster.pid
    assert ask(hold(home).url(), "SELECT count(*) FROM kept") == [(1000,)]


def test_a_user_of_a_killed_server_starts_it_again_at_the_same_address(home: Path) -> None:
    with lease(home) as held:
        url = held.cluster.url("postgres").replace("+psycopg", "")
        ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
        assert not held.revive()
        kill(postmaster_of(home))
        assert held.revive()
        assert ask(url, "SELECT n FROM kept") == [(1,)]
        assert not held.revive()
    assert left_in(home) == []
    assert gone_within(home, 5) == {}


def test_backends_that_outlive_a_killed_server_are_waited_for(home: Path, hold: Hold) -> None:
    url = hold(home).url()
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    spin = "BEGIN WHILE clock_timestamp() < now() + '4 s'::interval LOOP END LOOP; END"

    def be_busy() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(url, f"DO $$ {spin} $$; SELECT pg_sleep(60)")

    worker = Thread(target=be_busy)
    worker.start()
    eventually(lambda: ask(url, "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'"))
    kill(postmaster_of(home))
    assert ask(hold(home).url(), "SELECT n FROM kept") == [(1,)]
    worker.join(30)


def _compute(url: str) -> Thread:
    """A backend of `url` that computes for minutes and does not notice that its server is gone."""
    busy = (
        "DO $$ DECLARE t timestamptz := clock_timestamp(); "
        "BEGIN WHILE clock_timestamp() < t + '300 s' LOOP END LOOP; END $$"
    )

    def be_busy() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(url, busy)

    worker = Thread(target=be_busy)
    worker.start()
    eventually(lambda: ask(url, "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'"))
    return worker


def test_a_backend_that_computes_on_after_its_server_was_killed_is_ended_by_the_next_lease(
    home: Path, hold: Hold
) -> None:
    url = hold(home).url()
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    worker = _compute(url)
    kill(postmaster_of(home))
    assert ask(hold(home).url(), "SELECT n FROM kept") == [(1,)]
    worker.join(30)


def test_a_backend_that_computes_on_is_ended_when_server_and_holder_are_killed(home: Path, hold: Hold) -> None:
    holder = hold(home)
    worker = _compute(holder.url())
    kill(postmaster_of(home))
    holder.kill()
    assert gone_within(home, 15) == {}
    worker.join(30)


def test_a_killed_guardian_is_replaced_by_the_next_lease(home: Path, hold: Hold) -> None:
    first = hold(home)
    first.url()
    kill(old := guardian_of(home))
    second = hold(home)
    second.url()
    assert guardian_of(home) != old
    first.kill()
    second.kill()
    assert gone_within(home, 15) == {}


def test_a_killed_guardian_is_replaced_when_the_last_lease_is_given_back(home: Path, hold: Hold) -> None:
    holder = hold(home)
    holder.url()
    kill(guardian_of(home))
    holder.release()
    assert left_in(home) == []
    assert gone_within(home, 5) == {}


def test_an_interrupted_initdb_is_begun_again(home: Path, hold: Hold) -> None:
    holder = hold(home)
    eventually(lambda: list((home / "postgres").glob("making-*/data/base")))
    holder.kill()
    assert not (home / "postgres" / "data").exists()
    assert ask(hold(home).url(), "SELECT 1") == [(1,)]
    assert not list((home / "postgres").glob("making-*/data/PG_VERSION"))


def test_a_holder_killed_while_the_server_starts_leaves_nothing_running(home: Path, hold: Hold) -> None:
    first = hold(home)
    first.url()
    first.release()
    holder = hold(home)
    eventually((home / "postgres" / "starting").exists)
    holder.kill()
    assert gone_within(home, 15) == {}
    assert ask(hold(home).url(), "SELECT 1") == [(1,)]


def test_a_password_file_without_its_data_folder_is_made_anew(home: Path, hold: Hold) -> None:
    first = hold(home)
    first.url()
    first.release()
    shutil.rmtree(home / "postgres" / "data")
    assert ask(hold(home).url(), "SELECT 1") == [(1,)]


def test_a_stale_pid_file_naming_a_dead_process_is_ignored(home: Path, hold: Hold) -> None:
    holder = hold(home)
    holder.url()
    holder.kill()
    assert gone_within(home, 15) == {}
    dead = subprocess.Popen(["true"])
    dead.wait()
    _leave_pid_file(home, dead.pid)
    assert ask(hold(home).url(), "SELECT 1") == [(1,)]


def test_a_stale_pid_file_naming_somebody_else_does_no_harm_to_them(home: Path, hold: Hold, bystander: int) -> None:
    first = hold(home)
    first.url()
    first.release()
    _leave_pid_file(home, bystander)
    second = hold(home)
    assert ask(second.url(), "SELECT 1") == [(1,)]
    second.release()
    assert Path(f"/proc/{bystander}/cwd").exists()


def test_a_stale_pid_file_naming_another_homes_server_does_no_harm_to_it(
    home: Path, tmp_path: Path, hold: Hold
) -> None:
    first = hold(home)
    first.url()
    first.release()
    other = hold(tmp_path / "other")
    other_url = other.url()
    ask(other_url, "CREATE TABLE theirs AS SELECT 1 AS n")
    _leave_pid_file(home, postmaster_of(tmp_path / "other"))
    ours = hold(home)
    assert ask(ours.url(), "SELECT to_regclass('theirs')") == [(None,)]
    ours.release()
    assert ask(other_url, "SELECT n FROM theirs") == [(1,)]


def test_a_home_deleted_under_its_server_leaves_nothing_running(home: Path, hold: Hold) -> None:
    holder = hold(home)
    holder.url()
    shutil.rmtree(home)
    holder.release()
    assert gone_within(home, 20) == {}


def test_a_home_deleted_and_made_anew_is_not_stopped_by_the_former_ones_end(home: Path, hold: Hold) -> None:
    former = hold(home)
    former.url()
    shutil.rmtree(home)
    url = hold(home).url()
    guardian = [pid for pid in at_work_in(home) if "(deleted)" in os.readlink(f"/proc/{pid}/cwd")]
    former.kill()
    eventually(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in guardian))
    assert ask(url, "SELECT 1") == [(1,)]


def _leave_pid_file(home: Path, pid: int) -> None:
    data = home / "postgres" / "data"
    path = data / "postmaster.pid"
    path.write_text(f"{pid}\n{data}\n1700000000\n5432\n\n127.0.0.1\n  1234567   1234567\nready   \n")
    owner = data.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)
