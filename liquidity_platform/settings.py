"""Everything read from the environment, as one frozen object.

`settings()` reads the environment and `.env` once a process; every name is in `.env.example`.
Belongs here: names, defaults, checks of single values. Keep out: connections, files, what a value is used for.
"""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.core.instants import Clock


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WarehouseSettings(_Group):
    """Where the warehouse is. Without `url` an embedded PostgreSQL below HOME serves."""

    url: SecretStr | None = Field(None, description="Server to use instead: postgresql://user:password@host:5432/db")
    reader_url: SecretStr | None = Field(None, description="Login that may only select; made by `warehouse migrate`")
    pg_bin: Path | None = Field(None, description="Folder of other PostgreSQL binaries for the embedded server")


class SourceSettings(_Group):
    """Per provider; LIQUIDITY_SOURCES__FRED__BASE_URL sets one."""

    base_url: str | None = Field(None, description="Ask this address instead of the publisher's")
    api_key: SecretStr | None = Field(None, description="The publisher's key, where it wants one")
    dir: Path | None = Field(None, description="`files` only: the folder that replaces the network")

    @property
    def shown_key(self) -> str:
        """The key as it may be shown: its last two characters where it is long enough to hide."""
        secret = self.api_key.get_secret_value() if self.api_key else ""
        return f"****{secret[-2:]}" if len(secret) > 8 else "****" if secret else "none"


class ArchiveSettings(_Group):
    """Where publishers' bytes are kept. Without keys the environment's AWS_* variables serve a bucket."""

    url: str | None = Field(None, description="Folder or s3://bucket/prefix of payloads; default <HOME>/archive")
    endpoint: str | None = Field(None, description="Address of an S3-compatible store that is not Amazon's")
    region: str | None = Field(None, description="The bucket's region")
    access_key_id: str | None = Field(None, description="Name of the bucket's key")
    secret_access_key: SecretStr | None = Field(None, description="The key itself")


class RedisSettings(_Group):
    url: SecretStr | None = Field(None, description="Redis for state shared between processes")


class ApiSettings(_Group):
    host: str = Field("127.0.0.1", description="Address the API listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port the API listens on")
    token_file: Path | None = Field(None, description="File with the API's bearer token")


class DagsterSettings(_Group):
    port: int = Field(3000, ge=1, le=65535, description="Port of the Dagster UI (loopback only)")
    launcher: Annotated[str, Field(pattern="^(default|docker|k8s)$")] = "default"
    docker_network: str = Field("liquidity", description="Launcher docker: the network of run containers")
    docker_volume: str = Field("liquidity", description="Launcher docker: volume or folder they mount at HOME")
    keep_days: int = Field(90, ge=1, description="Days Dagster's runs are kept; what is shown of an asset stays")


class NotifySettings(_Group):
    """Who is told of failures. Addresses carry passwords and are never shown."""

    urls: SecretStr | None = Field(None, description="Apprise addresses, separated by spaces")
    urls_file: Path | None = Field(None, description="A file of such addresses, one a line")
    heartbeat_url: SecretStr | None = Field(None, description="Asked for after each successful daily run")
    ui_url: str | None = Field(None, description="Where links lead; default http://127.0.0.1:<the UI's port>")


class MetricsSettings(_Group):
    file: Path | None = Field(None, description="Metrics of your own (TOML); default <HOME>/metrics.toml if present")


class StreamSettings(BaseModel):
    """The sidecar's own settings: `realtime.settings` says what there is, and checks it when the sidecar starts."""

    model_config = ConfigDict(frozen=True, extra="allow")


class LogSettings(_Group):
    format: Annotated[str, Field(pattern="^(console|json)$")] = "console"
    level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "warning"


class Settings(BaseSettings):
    """Process settings. `Settings()` stops the start-up and names everything wrong at once."""

    model_config = SettingsConfigDict(
        env_prefix="LIQUIDITY_",
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(Path(".liquidity"), description="Everything this machine keeps: warehouse, archive, reports")
    clock: str | None = Field(None, description="What 'now' is: INSTANT, or INSTANT RATE [SINCE]; default the real one")
    data: str = Field("live", description="live, sample, or a folder of publishers' files")
    warehouse: WarehouseSettings = WarehouseSettings()
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    archive: ArchiveSettings = ArchiveSettings()
    redis: RedisSettings = RedisSettings()
    api: ApiSettings = ApiSettings()
    dagster: DagsterSettings = DagsterSettings()
    notify: NotifySettings = NotifySettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    stream: StreamSettings = StreamSettings()

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @property
    def simulated(self) -> bool:
        """True when this process works on simulated data only."""
        return self.data == "sample"

    @property
    def files_dir(self) -> Path | None:
        """Folder that replaces the network, or None."""
        if self.data not in ("live", "sample", "auto"):
            return Path(self.data).expanduser().absolute()
        configured = self.source("files").dir
        return configured.expanduser().absolute() if configured else None

    @property
    def data_home(self) -> Path:
        """HOME of the kind of data in use: simulated data never shares a warehouse with real data."""
        return self.home / "sample" if self.simulated else self.home

    def source(self, name: str) -> SourceSettings:
        """Settings of one provider; all defaults when none are set."""
        return self.sources.get(name, SourceSettings())

    def clock_now(self) -> Clock:
        """The process clock. Raises ConfigError for a malformed LIQUIDITY_CLOCK."""
        return _clock(self.clock)


@lru_cache(maxsize=8)
def _clock(setting: str | None) -> Clock:
    # cached: a running clock counts from its first use in this process
    return Clock.at(setting)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises ConfigError naming every wrong variable, never its value."""
    try:
        read = Settings()
    except ValidationError as error:
        wrong = "; ".join(
            "LIQUIDITY_" + "__".join(str(part) for part in item["loc"]).upper() + ": " + item["msg"]
            for item in error.errors(include_input=False)
        )
        raise ConfigError(f"settings: {wrong}") from None
    if read.clock_now().rate:  # the processes that this one starts go by the same clock, not by one that starts anew
        os.environ["LIQUIDITY_CLOCK"] = str(read.clock_now())
    return read


# names with our prefix that are none of the settings: tests' data, and what we tell the programs we start
_OTHERS = ("LIQUIDITY_TEST_", "LIQUIDITY_DBT_", "LIQUIDITY_PG_", "LIQUIDITY_COMPOSE_", "LIQUIDITY_STREAM__")


def unknown_settings() -> list[str]:
    """A sentence for each LIQUIDITY_ name of the environment or `.env` that no setting has, without its value."""
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env")) if name.upper().startswith("LIQUIDITY_")}
    known = set(_names())
    found = sorted(name for name in given - known if not name.startswith(_OTHERS) and not _of_a_source(name))
    close = {name: get_close_matches(name, known, n=1, cutoff=0.85) for name in found}
    return [
        f"{name} is not a setting and is ignored" + (f"; is {close[name][0]} meant?" if close[name] else "")
        for name in found
    ]


def _names() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, _Group):
            yield from (f"LIQUIDITY_{name}__{inner}".upper() for inner in group.model_fields)
        else:
            yield f"LIQUIDITY_{name}".upper()


def _of_a_source(name: str) -> bool:
    parts = name.split("__")
    return len(parts) == 3 and parts[0] == "LIQUIDITY_SOURCES" and parts[2].lower() in SourceSettings.model_fields
