"""What can be set about the sidecar beside its feed, and where its journals are.

Belongs here: names, defaults, checks of single values. Keep out: what a value is used for.
"""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, model_validator

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.feeds.settings import StreamSettings
from liquidity_platform.settings import Settings


class SidecarSettings(StreamSettings):
    """The sidecar: feed, journal, channels. Addresses of channels may carry secrets and are never shown."""

    journal: Path | None = Field(None, description="SQLite file; default <HOME>/stream/journal.sqlite")
    durable: bool = Field(False, description="Flush every commit to disk: alerts outlive a power cut, and cost more")
    webhooks: dict[str, SecretStr] = Field(default_factory=dict, description="Name -> address to post alerts to")
    apprise: dict[str, SecretStr] = Field(default_factory=dict, description="Name -> apprise address")
    ticks_days: float = Field(30, gt=0, description="Days that ticks stay in the journal")
    alerts_days: float = Field(365, gt=0, description="Days that alerts stay in the journal")
    clean_s: float = Field(60, ge=0.1, allow_inf_nan=False, description="Seconds between two looks for what is old")

    @model_validator(mode="after")
    def _told_apart(self) -> "SidecarSettings":
        names = ["websocket", *self.webhooks, *self.apprise]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the channel name '{twice[0]}' is taken; call the webhook or apprise address otherwise")
        return self


def sidecar_settings(chosen: Settings) -> SidecarSettings:
    """The sidecar's settings, checked. Raises ConfigError naming every wrong variable, never its value."""
    try:
        return SidecarSettings.model_validate(chosen.stream.model_extra or {})
    except ValidationError as error:
        wrong = "; ".join(
            "__".join(["LIQUIDITY_STREAM", *(str(part) for part in item["loc"])]).upper()
            + ": "
            + ("there is no such setting" if item["type"] == "extra_forbidden" else item["msg"])
            for item in error.errors(include_input=False)
        )
        raise ConfigError(f"settings: {wrong}") from None


def journal_of(chosen: Settings, sidecar: SidecarSettings) -> Path:
    """Where the journal is; what is simulated or replayed never shares one with live ticks."""
    if sidecar.journal is not None:
        return sidecar.journal.expanduser().absolute()
    kind = {"sim": "simulated", "replay": "replayed"}.get(sidecar.feed, "journal")
    return chosen.home / "stream" / f"{kind}.sqlite"


def journals_of(chosen: Settings) -> list[Path]:
    """The journals there are whose ticks belong into this warehouse: simulated ones into the simulated, no other."""
    sidecar = sidecar_settings(chosen)
    if chosen.simulated:
        found = [chosen.home / "stream" / "simulated.sqlite"]
    else:
        found = [chosen.home / "stream" / f"{kind}.sqlite" for kind in ("journal", "replayed")]
    if sidecar.journal is not None and (sidecar.feed == "sim") == chosen.simulated:
        found.append(journal_of(chosen, sidecar))
    return [path for path in dict.fromkeys(found) if path.exists()]
