"""What can be set about the feeds; the process hangs `StreamSettings` into the settings as `stream`.

Belongs here: names, defaults, checks of single values. Keep out: what a value is used for.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from liquidity_platform.catalog.instruments import find_instrument
from liquidity_platform.core.errors import UsageError
from liquidity_platform.realtime.feeds.loopback import objection


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SchwabSettings(_Group):
    """The Schwab Trader API. The token file has schwab-py's format; a login with its tool makes one."""

    base_url: str = Field("https://api.schwabapi.com", description="Where OAuth, preferences and history are asked")
    app_key: SecretStr | None = Field(None, description="Key of the app registered with Schwab")
    app_secret: SecretStr | None = Field(None, description="Secret of that app")
    token_file: Path | None = Field(None, description="The login, as schwab-py writes it")

    @field_validator("base_url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if said := objection(url, "https"):
            raise ValueError(said)
        return url.rstrip("/")


class ReplaySettings(_Group):
    """A file played as if it were live."""

    file: Path | None = Field(None, description="CSV or CSV.gz of ticks or bars")
    speed: float = Field(1.0, ge=0, allow_inf_nan=False, description="1 as it happened, 100 faster, 0 unpaced")
    instrument: str | None = Field(None, description="Whose data a file without names holds; default by its name")
    zone: str | None = Field(None, description="Zone of stamps that name none; default the instrument's")

    @field_validator("instrument")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        try:
            return find_instrument(name).id if name else None
        except UsageError as error:
            raise ValueError(str(error)) from None


class StreamSettings(_Group):
    """The sidecar's feed."""

    feed: Literal["off", "schwab", "binance", "sim", "replay"] = Field("off", description="Where ticks come from")
    schwab: SchwabSettings = SchwabSettings()
    replay: ReplaySettings = ReplaySettings()
