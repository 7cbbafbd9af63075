"""Fixtures of the feeds' tests. Keep out: the stand-in (../schwab), the running feed (running_feed.py)."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from liquidity_platform_tests.realtime.feeds.running_feed import Running, running
from liquidity_platform_tests.realtime.schwab.standin import StandIn

Scene = Callable[[Running], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """`play(scene, **timing)`: a connected feed, then the scene; `before` prepares the stand-in."""

    def act(scene: Scene, before: Callable[[StandIn], None] | None = None, connect: bool = True, age_s: float = 0,
            expires_in: float = 1800, **timing: Any) -> None:  # fmt: skip
        async def whole() -> None:
            async with StandIn() as schwab:
                token_file = schwab.write_token_file(tmp_path / "token.json", age_s, expires_in)
                if before:
                    before(schwab)
                async with running(schwab, token_file, **timing) as feed:
                    if connect:
                        await feed.connected()
                    await scene(feed)

        asyncio.run(whole())

    return act
