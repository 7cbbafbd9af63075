"""Asking for a series, wherever this process gets its data: live, from files, or simulated.

Live is the default and never falls back to anything. A moved clock cannot ask live publishers.
Belongs here: the choice between the three, and the probe behind `demo --data auto`. Keep out: HTTP, file names,
parsing, what becomes of the rows.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import ConfigError, SourceError
from liquidity_platform.core.instants import iso
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.files import check_folder, read_file
from liquidity_platform.sources.http import Asker, HttpSession, Limits
from liquidity_platform.sources.providers.fred import GRAPH
from liquidity_platform.sources.published import checked
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.sources.vintages import vintage_files

SAMPLE = "sample"
_PROBED = "boj.total_assets"  # monthly: the smallest answer among the catalog's FRED series


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches and parses series of one provider. `folder` set: its files replace the network."""

    provider: Provider
    session: Session
    folder: Path | None = None

    def fetch(self, series: Series, window: Window) -> list[Payload]:
        """The archived answers for `series`. Raises SourceError."""
        if self.folder is None:
            return self.provider.fetch(self.session, series, window)
        name, body = read_file(self.folder, self.provider, series)
        return [self.session.record(body, series, f"files {name}")]

    def vintages(self, series: Series) -> list[Payload]:
        """The archived vintage files of `series`; none where the network or the sample is asked. Raises SourceError."""
        if self.folder is None:
            return []
        return [self.session.record(body, series, f"files {name}") for name, body in vintage_files(self.folder, series)]

    def parse(self, payload: Payload, series: Series) -> pl.DataFrame:
        """The payload's rows as PARSED. Raises SourceChanged.

        Files under a moved clock hold rows dated after it, so a period is far in the future only by the later clock.
        """
        frame = self.provider.parse(payload.body, series)
        return checked(frame, series, max(payload.fetched_at, datetime.now(UTC)))


@contextmanager
def open_fetcher(provider: Provider, settings: Settings) -> Iterator[Fetcher]:
    """A fetcher for `provider` as settings say. Raises ConfigError, or UsageError for a missing folder."""
    clock, archive, folder = settings.clock_now(), open_archive(settings), settings.files_dir
    if settings.simulated:
        yield Fetcher(PROVIDERS[SAMPLE], Recorder(SAMPLE, archive, clock))
    elif folder is not None:
        yield Fetcher(provider, Recorder(provider.name, archive, clock), check_folder(folder))
    else:
        with live_session(provider, settings) as session:
            yield Fetcher(provider, session)


@contextmanager
def live_session(provider: Provider, settings: Settings) -> Iterator[Session]:
    """A session with the publisher. Raises ConfigError for a moved clock or a key that is not there."""
    clock = settings.clock_now()
    if clock.moved:
        raise ConfigError(
            f"a moved clock cannot ask live publishers: the clock says {iso(clock.now())}; "
            "use --data DIR or --data sample, or leave the clock alone"
        )
    if provider.needs_key and settings.source(provider.name).api_key is None:
        raise ConfigError(f"{provider.name} needs a key: set LIQUIDITY_SOURCES__{provider.name.upper()}__API_KEY")
    with Asker(provider, settings) as asker:
        yield HttpSession(asker, provider.name, open_archive(settings), clock)


def publisher_answers(settings: Settings, timeout_s: float = 5.0) -> bool:
    """True when FRED answers one small keyless request within `timeout_s`; one try, nothing is archived."""
    series = SERIES[_PROBED]
    provider = PROVIDERS[series.source]
    asker = Asker(provider, settings, Limits(timeout_s, timeout_s, timeout_s, tries=1))
    heard: list[bool] = []

    def ask() -> None:
        with asker:
            try:
                body = asker.get(GRAPH, {"id": series.code}, f"{provider.name} {series.code}")
                heard.append(provider.parse(body, series).height > 0)
            except SourceError:
                heard.append(False)

    # a thread, because looking up a name cannot be given a time limit
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return heard == [True]
