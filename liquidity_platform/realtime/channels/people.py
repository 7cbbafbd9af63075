"""Alerts to whatever apprise knows: mail, Slack, Telegram, Discord, ntfy and a hundred more.

apprise comes with the extra `alerts`; it works with blocking calls, so each try runs in a thread.
Belongs here: that. Keep out: when to try (delivering.py). Addresses carry passwords: they are in no error and no log.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.channels.contract import TAKEN, Outcome, sentence


class Apprise:
    """One apprise address. `name` stands in the ledger instead of it."""

    parallel = 1

    def __init__(self, name: str, url: str) -> None:
        try:
            import apprise  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise ConfigError(f"channel {name} needs apprise: pip install 'liquidity-platform[alerts]'") from None
        self.name, self._target = name, apprise.Apprise()
        if not self._target.add(url):
            raise ConfigError(f"channel {name}: apprise does not understand the address")

    def ready(self) -> bool:
        """Always: whether anybody is there shows in the answer."""
        return True

    async def send(self, alert: Mapping[str, Any], key: str) -> Outcome:
        """Notify once; see Channel."""
        title = f"{alert['symbol'] or 'macro'}: {alert['rule'] or alert['condition']}"
        taken = await asyncio.to_thread(self._target.notify, body=sentence(alert), title=title)
        return TAKEN if taken else Outcome(False, "not taken")

    async def close(self) -> None:
        """Nothing to give back."""
