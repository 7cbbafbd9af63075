"""The sidecar ends when it is told to, whatever comes in the same instant.

Python 3.11's `asyncio.wait_for` swallows a cancel that meets the end of what it waits for: the task then lives on, and
whoever waits for its end waits for ever.
"""

import asyncio
from pathlib import Path

import pytest

from liquidity_platform.realtime.delivering import now_us
from liquidity_platform.realtime.hearing import Hearing
from liquidity_platform.realtime.macros import MacroReader
from liquidity_platform.realtime.settings import SidecarSettings
from liquidity_platform.realtime.sidecar import Sidecar
from liquidity_platform.settings import Settings

PATIENCE_S = 20.0


async def turns(count: int) -> None:
    """Let the loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("later", range(5))
def test_channels_end_though_an_alert_has_just_woken_them(tmp_path: Path, later: int) -> None:
    async def run() -> None:
        async with Sidecar(SidecarSettings(), tmp_path / "j.sqlite", MacroReader(_settings(tmp_path))) as sidecar:
            await turns(5)
            sidecar.deliverer.hint()
            await turns(later)
            await asyncio.wait_for(sidecar.deliverer.__aexit__(), PATIENCE_S)

    asyncio.run(run())


@pytest.mark.parametrize("later", range(5))
def test_macro_rules_end_though_one_has_just_been_posted(tmp_path: Path, later: int) -> None:
    async def run() -> bool:
        reader = MacroReader(_settings(tmp_path))
        async with Sidecar(SidecarSettings(), tmp_path / "j.sqlite", reader) as sidecar:
            hearing = Hearing(reader, False, now_us)
            task = asyncio.create_task(hearing.go_on(sidecar.evaluator))
            await turns(5)
            hearing.wanted.set()
            await turns(later)
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE_S)
            return task.cancelled()

    assert asyncio.run(run())


def _settings(home: Path) -> Settings:
    return Settings(_env_file=None, home=home)
