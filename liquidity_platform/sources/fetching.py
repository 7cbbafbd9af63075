"""Asking for a series, wherever this process gets its data: live, from files, or simulated.

Live is the default and never falls back to anything. A moved clock cannot ask live publishers, only stand-ins on this
machine.
Belongs here: the choice between the three, what a stand-in has not got, and the probe behind `demo --data auto`.
Keep out: HTTP, file names, parsing, what becomes of the rows.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import polars as pl

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.errors import ConfigError, SourceError
from liquidity_platform.core.instants import iso
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.files import check_folder, file_name, read_file
from liquidity_platform.sources.http import Asker, HttpSession, Limits
from liquidity_platform.sources.ledger import in_memory
from liquidity_platform.sources.providers.fred import one_request
from liquidity_platform.sources.providers.sample import simulates
from liquidity_platform.sources.published import checked, ended
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.sources.sessions import around
from liquidity_platform.sources.vintages import parse_vintages, vintage_files

SAMPLE = "sample"
_PROBED = "boj.total_assets"  # monthly: the smallest answer among the catalog's FRED series


class KeyMissing(ConfigError):
    """The provider wants a key and settings have none: its series are missing, the others are not concerned."""


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

    def vintages(self, series: Series, since: date | None) -> list[Payload]:
        """The archived vintages of `series`: its files, or what the provider tells of the time since `since` (None:
        ever); none where neither has any. Raises SourceError.
        """
        if self.folder is not None:
            found = vintage_files(self.folder, series)
            return [self.session.record(body, series, f"files {name}") for name, body in found]
        return self.provider.vintages(self.session, series, since) if self.provider.vintages else []

    def describe(self, series: Series, answers: Sequence[Payload]) -> list[Payload]:
        """The archived answers that say what `series` is; `answers` is what `fetch` got. Raises SourceError.

        None where the publisher does not say it, or a folder stands in for it.
        """
        if self.folder is not None or self.provider.parse_description is None:
            return []
        return self.provider.describe(self.session, series) if self.provider.describe else [*answers[:1]]

    def parse_description(self, payloads: Sequence[Payload], series: Series) -> Description | None:
        """What the first of `payloads` says. Raises SourceChanged."""
        if not payloads or self.provider.parse_description is None:
            return None
        return self.provider.parse_description(payloads[0].body, series)

    def parse_vintages(self, payloads: Sequence[Payload], series: Series) -> list[pl.DataFrame]:
        """What each of `payloads` tells, in the columns of `vintages.PARSED`. Raises SourceChanged."""
        if self.folder is not None or self.provider.parse_vintages is None:
            return [parse_vintages(payload.body, series) for payload in payloads]
        told = self.provider.parse_vintages([payload.body for payload in payloads], series)
        return [told.filter(pl.col("answer") == place).drop("answer") for place in range(len(payloads))]

    def parse(self, payload: Payload, series: Series) -> pl.DataFrame:
        """The payload's rows as PARSED. Raises SourceChanged.

        Files under a moved clock hold rows dated after it, so a period is far in the future only by the later clock.
        """
        frame = self.provider.parse(payload.body, series)
        ended(payload.body, payload.request, series)
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


def check_place(settings: Settings) -> None:
    """Raises UsageError for a folder that is not there, ConfigError for publishers asked under a moved clock.

    A command calls it before it starts anything. A stand-in on this machine may keep any time it likes, and is asked:
    what it says at a moved instant is what is known then.
    """
    if settings.files_dir is not None:
        check_folder(settings.files_dir)
    elif (
        settings.clock_now().moved and not settings.simulated and not any(map(_on_loopback, settings.sources.values()))
    ):
        _refuse_moved(settings, "live publishers")


def _on_loopback(source: SourceSettings) -> bool:
    return urlsplit(source.base_url or "").hostname in ("127.0.0.1", "::1", "localhost")


def _refuse_moved(settings: Settings, whom: str) -> NoReturn:
    raise ConfigError(
        f"a moved clock cannot ask {whom}: the clock says {iso(settings.clock_now().now())}; "
        "use --data DIR or --data sample, or leave the clock alone"
    )


@contextmanager
def live_session(provider: Provider, settings: Settings) -> Iterator[Session]:
    """A session with the publisher. Raises ConfigError for a moved clock or a key that is not there."""
    check_place(settings)
    if settings.clock_now().moved and not _on_loopback(settings.source(provider.name)):
        _refuse_moved(settings, provider.name)
    if provider.needs_key and settings.source(provider.name).api_key is None:
        raise KeyMissing(f"{provider.name} needs a key: set LIQUIDITY_SOURCES__{provider.name.upper()}__API_KEY")
    with Asker(provider, settings) as asker:
        session = HttpSession(asker, provider.name, open_archive(settings), settings.clock_now())
        yield around(session, provider, settings)


def absent(lines: Iterable[Series], settings: Settings) -> list[Series]:
    """Those of `lines` that the folder has no file of or the sample no numbers for; none where publishers are asked."""
    folder = settings.files_dir
    if settings.simulated:
        return [line for line in lines if not simulates(line)]
    if folder is None:
        return []
    return [line for line in lines if file_name(folder, PROVIDERS[line.source], line) is None]


def publisher_answers(settings: Settings, timeout_s: float = 5.0) -> bool:
    """True when FRED answers one small request within `timeout_s`; one try, nothing is archived."""
    series = SERIES[_PROBED]
    provider = PROVIDERS[series.source]
    asker = Asker(provider, settings, Limits(timeout_s, timeout_s, timeout_s, tries=1), ledgers=in_memory())
    heard: list[bool] = []

    def ask() -> None:
        with asker:
            try:
                body = asker.get(*one_request(series, asker.keyed), f"{provider.name} {series.code}")
                heard.append(provider.parse(body, series).height > 0)
            except SourceError:
                heard.append(False)

    # a thread, because looking up a name cannot be given a time limit
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return heard == [True]
