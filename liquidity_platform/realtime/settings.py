"""What can be set about the sidecar beside its feed.

Belongs here: names, defaults, checks of single values. Keep out: what a value is used for.
"""

from pathlib import Path

from pydantic import Field, SecretStr

from liquidity_platform.realtime.feeds.settings import StreamSettings


class SidecarSettings(StreamSettings):
    """The sidecar: feed, journal, channels. Addresses of channels may carry secrets and are never shown."""

    journal: Path | None = Field(None, description="SQLite file; default <HOME>/stream/journal.sqlite")
    durable: bool = Field(False, description="Flush every commit to disk: alerts outlive a power cut, and cost more")
    webhooks: dict[str, SecretStr] = Field(default_factory=dict, description="Name -> address to post alerts to")
    apprise: dict[str, SecretStr] = Field(default_factory=dict, description="Name -> apprise address")
    ticks_days: float = Field(30, gt=0, description="Days that ticks stay in the journal")
    alerts_days: float = Field(365, gt=0, description="Days that alerts stay in the journal")
    clean_s: float = Field(60, ge=0.1, allow_inf_nan=False, description="Seconds between two looks for what is old")
