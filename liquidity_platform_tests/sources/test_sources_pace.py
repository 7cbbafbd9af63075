"""However many processes ask a publisher, together they never ask faster than it allows."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquidity_platform.sources.ledger import FileLedger, MemoryLedger
from liquidity_platform.sources.pace import Pace
from liquidity_platform_tests.redis_server import redis_server

TAKER = Path(__file__).with_name("turn_taker.py")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


def start(home: Path, redis: str, rate: float, count: int) -> "subprocess.Popen[str]":
    words = [sys.executable, str(TAKER), str(home), redis, str(rate), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def turns_of(processes: "list[subprocess.Popen[str]]") -> list[list[float]]:
    """The turns of each process, which have all ended well."""
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert {process.returncode for process in processes} == {0}
    return [[float(line) for line in text.split()] for text in said]


def most_within(turns: list[float], span_s: float) -> int:
    """The most turns in any half-open window of `span_s` seconds; a microsecond is the clock's own grain."""
    return max(sum(first <= turn < first + span_s - 1e-5 for turn in turns) for first in turns)


@pytest.mark.parametrize("shared", ["file", "redis"])
@settings(max_examples=3)
@given(rate=st.sampled_from([20.0, 40.0, 100.0]), counts=st.lists(st.integers(2, 12), min_size=2, max_size=4))
def test_processes_together_keep_to_the_rate_in_every_window(
    tmp_path_factory: pytest.TempPathFactory, redis: str, shared: str, rate: float, counts: list[int]
) -> None:
    home = tmp_path_factory.mktemp("home")
    url = f"{redis[:-1]}{len(counts)}" if shared == "redis" else "-"
    each = turns_of([start(home, url, rate, count) for count in counts])
    assert [len(turns) for turns in each] == counts
    assert all(turns == sorted(turns) for turns in each)
    together = sorted(turn for turns in each for turn in turns)
    for number in (1, 2, 5):  # in any window of 1/rate, 2/rate ... there are at most 1, 2 ... requests
        assert most_within(together, number / rate) <= number


def test_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    killed = [start(tmp_path, "-", 20.0, 10_000) for _ in range(3)]
    for process in killed:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.kill()
    left = [float(line) for process in killed for line in process.communicate()[0].split()]
    (after,) = turns_of([start(tmp_path, "-", 20.0, 5)])
    assert all(turn > max(left, default=0.0) for turn in after)
    assert most_within(after, 1 / 20) == 1


def test_turns_come_in_the_order_they_are_asked_for() -> None:
    now = [100.0]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    pace = Pace("toy", 2.0, MemoryLedger(lambda: now[0]))
    assert [pace.wait(sleep) for _ in range(4)] == [100.0, 100.5, 101.0, 101.5]
    now[0] += 60
    pace.wait(sleep)
    assert len(waits) == 3  # after a rest the turn comes at once


def test_threads_of_a_process_share_the_pace(tmp_path: Path) -> None:
    pace = Pace("toy", 200.0, FileLedger(tmp_path / "asking.sqlite"))
    with ThreadPoolExecutor(8) as many:
        turns = sorted(many.map(lambda _: pace.wait(), range(40)))
    assert most_within(turns, 1 / 200) == 1


def test_a_clock_that_was_set_back_holds_nobody_up_for_long() -> None:
    now = [1_000_000.0]
    pace = Pace("toy", 1.0, MemoryLedger(lambda: now[0]))
    pace.wait(lambda _: None)
    now[0] -= 86_400
    assert pace.wait(lambda _: pytest.fail("it waits a day")) == now[0]


def test_without_a_usable_file_the_process_keeps_to_the_pace_by_itself_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "asking.sqlite").write_bytes(b"this is no database, and long enough to be seen to be none" * 20)
    pace = Pace("toy", 100.0, FileLedger(tmp_path / "asking.sqlite"))
    turns = [pace.wait() for _ in range(3)]
    assert most_within(turns, 0.01) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "limits hold within this process only" in caplog.text
