"""The feed the settings name.

Belongs here: that choice. Keep out: the feeds.
"""

from collections.abc import Sequence

from liquidity_platform.catalog.instruments import INSTRUMENTS, Instrument
from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.feeds.contract import Feed
from liquidity_platform.realtime.feeds.settings import StreamSettings


def feed_of(settings: StreamSettings, instruments: Sequence[Instrument] = tuple(INSTRUMENTS.values())) -> Feed | None:
    """The feed, not yet running; None for `off`. Instruments without a feed symbol are left out. Raises ConfigError."""
    if settings.feed == "off":
        return None
    if settings.feed == "schwab":
        from liquidity_platform.realtime.feeds.schwab.feed import SchwabFeed

        return SchwabFeed(settings.schwab, instruments)
    if settings.feed == "replay":
        from liquidity_platform.realtime.feeds.replay import ReplayFeed

        return ReplayFeed(settings.replay)
    if settings.feed == "sim":
        from liquidity_platform.realtime.feeds.simulated import SimulatedFeed

        return SimulatedFeed([line for line in instruments if line.feed_symbol])
    raise ConfigError(f"LIQUIDITY_STREAM__FEED={settings.feed}: that feed is not built yet; use schwab, sim or replay")
