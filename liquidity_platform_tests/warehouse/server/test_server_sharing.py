"""One server a home, shared by real processes, stopped when the last is gone."""

from collections.abc import Callable
from pathlib import Path

from holder import Holder, ask, postmaster_of

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.prove.processes import at_work_in, gone_within, left_in

Hold = Callable[..., Holder]


def test_a_fresh_home_gets_a_server_that_answers_sql(home: Path, hold: Hold) -> None:
    assert ask(hold(home).url(), "SELECT 6 * 7, current_setting('timezone')") == [(42, "UTC")]


def test_what_was_committed_is_there_after_a_restart(home: Path, hold: Hold) -> None:
    first = hold(home)
    ask(first.url(), "CREATE TABLE kept AS SELECT 7 AS n")
    first.release()
    assert left_in(home) == []
    assert ask(hold(home).url(), "SELECT n FROM kept") == [(7,)]


def test_two_processes_that_make_the_same_home_at_once_share_one_server(home: Path, hold: Hold) -> None:
    holders = [hold(home) for _ in range(4)]
    urls = {holder.url() for holder in holders}
    assert len(urls) == 1
    starts = {str(ask(url, "SELECT pg_postmaster_start_time()")) for url in urls}
    assert len(starts) == 1


def test_only_the_last_one_out_stops_the_server(home: Path, hold: Hold) -> None:
    first, second = hold(home), hold(home)
    url, _ = first.url(), second.url()
    first.release()
    assert ask(url, "SELECT 1") == [(1,)]
    second.release()
    assert left_in(home) == [], "release of the last lease returns when the server is gone"
    assert gone_within(home, 5) == {}


def test_a_killed_only_holder_leaves_nothing_running(home: Path, hold: Hold) -> None:
    holder = hold(home)
    holder.url()
    assert at_work_in(home)
    holder.kill()
    assert gone_within(home, 15) == {}


def test_releasing_twice_is_harmless_and_leasing_again_in_the_same_process_works(home: Path) -> None:
    for _ in range(3):
        held = lease(home)
        assert ask(held.cluster.url("postgres").replace("+psycopg", ""), "SELECT 1") == [(1,)]
        held.release()
        held.release()
    assert left_in(home) == []
    assert gone_within(home, 5) == {}


def test_comers_and_goers_never_lose_the_server_nor_leave_it(home: Path, hold: Hold) -> None:
    """Each round one leaves (often as the last) just while another arrives."""
    leaving = hold(home)
    leaving.url()
    for _ in range(12):
        coming = hold(home)
        assert leaving.process.stdin
        leaving.process.stdin.write("release\n")
        leaving.process.stdin.close()
        assert ask(coming.url(), "SELECT 1") == [(1,)]
        leaving = coming
    pid = postmaster_of(home)
    assert pid in at_work_in(home)
    assert sum("guardian.py" in line for line in at_work_in(home).values()) == 1
    leaving.release()
    assert gone_within(home, 5) == {}
