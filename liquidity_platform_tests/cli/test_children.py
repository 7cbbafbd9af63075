"""Children of a supervisor: one that is kept is started again when it ends, and nothing of the former one stays."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from liquidity_platform.cli.children import Child, Supervisor
from liquidity_platform_tests.prove.processes import at_work_in
from liquidity_platform_tests.running import until

# a child that starts one of its own, as a code server starts runs, and says so
FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("at it", flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.chdir(tmp_path)
    made = Supervisor(tmp_path, {})
    yield made
    monkeypatch.undo()
    made.stop()
    assert at_work_in(tmp_path) == {}


def begun(supervisor: Supervisor) -> Child:
    child = supervisor.start("family", sys.executable, "-c", FAMILY)
    until(lambda: "at it" in child.log.read_text(), "the child")
    return child


def revived(supervisor: Supervisor, former: Child) -> Callable[[], bool]:
    def look() -> bool:
        supervisor.revive()
        return supervisor.kept[former.name].child is not former

    return look


def test_a_kept_child_is_started_again_when_it_may_be_and_its_own_children_are_ended(supervisor: Supervisor) -> None:
    former, asked, ready = begun(supervisor), [], False

    def may() -> bool:
        asked.append(len(at_work_in(supervisor.folder)))
        return ready

    supervisor.keep(former, may)
    assert supervisor.ended() is None
    os.kill(former.process.pid, 9)
    assert until(supervisor.revive, "its end") is former
    assert supervisor.ended() is None
    until(lambda: (supervisor.revive(), len(asked) > 1)[1], "two looks whether it may be")
    assert asked[-1] == 1, "only this process is left in the folder"
    assert supervisor.kept["family"].child is former
    ready = True
    until(revived(supervisor, former), "its successor")
    assert "at it" in until(lambda: former.log.read_text(), "what the former one said")


def test_a_child_that_is_ended_for_the_others_sake_comes_back(supervisor: Supervisor) -> None:
    former = begun(supervisor)
    supervisor.keep(former)
    supervisor.end("family")
    until(revived(supervisor, former), "its successor")
    assert supervisor.kept["family"].child.process.poll() is None


def test_a_child_that_ends_while_the_platform_comes_up_is_told(supervisor: Supervisor) -> None:
    child = supervisor.start("short", sys.executable, "-c", "print('no such port')")
    assert until(supervisor.ended, "its end") is child
    assert supervisor.revive() is None
    assert child.last_line() == "no such port"
    assert supervisor.kept == {}
