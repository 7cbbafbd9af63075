"""The stand-in on a loop of its own, for synchronous tests that drive another process or thread.

    with ThreadedStandIn() as schwab:
        schwab.call(schwab.standin.subscribed("/ES"))
        schwab.call(schwab.standin.trade("/ES", 4500.25))

Belongs here: the thread. Keep out: behaviour (standin.py).
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self

from liquidity_platform_tests.realtime.schwab.standin import StandIn


class ThreadedStandIn:
    """Use as a context manager; `standin` is the stand-in, to be touched through `call` once it runs."""

    def __init__(self, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._options = options

    def __enter__(self) -> Self:
        self._thread.start()
        self.standin: StandIn = self.call(self._make())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self.standin.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, what: Coroutine[Any, Any, Any], timeout_s: float = 30.0) -> Any:
        """Run a coroutine of the stand-in there, and wait for it."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout_s)

    async def _make(self) -> StandIn:
        return await StandIn(**self._options).__aenter__()
