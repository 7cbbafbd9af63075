"""Settings as processes that work together read them."""

import subprocess
import sys

import pytest

from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import settings

ASK = "from liquidity_platform.settings import settings; print(settings().clock_now())"


def test_a_running_clock_is_one_clock_for_all_processes_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process for itself would begin at the anchor again: the second run of a home would lie before its first."""
    monkeypatch.setenv("LIQUIDITY_CLOCK", "2023-03-16T12:00:00Z 3600")
    mine = settings().clock_now()
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout
    assert Clock.at(told) == mine


def test_a_clock_that_stands_still_is_left_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQUIDITY_CLOCK", "2023-03-16T13:00:00+01:00")
    settings()
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "2023-03-16T12:00:00Z"
