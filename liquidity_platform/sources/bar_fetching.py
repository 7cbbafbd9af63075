"""Asking for an instrument's bars, live or from files; nothing simulates them.

Belongs here: the choice between the two, and what a run asks for unless told otherwise. Keep out: HTTP, file names,
parsing, what becomes of the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from liquidity_platform.catalog.instruments import Instrument
from liquidity_platform.core.errors import ConfigError, SourceMissing
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.fetching import live_session
from liquidity_platform.sources.files import check_folder, file_name, read_file
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

BAR_FILES = "ohlcv"  # the provider whose files replace the network


@dataclass(frozen=True, slots=True)
class BarFetcher:
    """Fetches and parses bars: of `provider`, or of the folder that replaces it."""

    provider: Provider
    feed: BarFeed
    session: Session
    folder: Path | None = None

    def listing(self, instrument: Instrument) -> Listing:
        """`instrument` under this provider's code. Raises SourceMissing when it has none."""
        code = self.feed.code_of(instrument)
        if code is None:
            raise SourceMissing(f"{self.provider.name} has no {instrument.symbol} ({instrument.id})")
        return Listing(instrument, self.provider.name, code)

    def fetch(self, listing: Listing, window: Window) -> list[Payload]:
        """The archived answers for `listing`. Raises SourceError."""
        if self.folder is None:
            return self.feed.fetch(self.session, listing, window)
        name, body = read_file(self.folder, self.provider, listing)
        return [self.session.record(body, listing, f"files {name}")]

    def parse(self, payload: Payload, listing: Listing) -> Quotes:
        """The payload's bars. Raises SourceChanged."""
        return self.feed.parse(payload.body, listing)


@contextmanager
def open_bar_fetcher(provider: Provider, settings: Settings) -> Iterator[BarFetcher]:
    """A fetcher of bars for `provider` as settings say. Raises ConfigError; nothing simulates bars."""
    folder = settings.files_dir
    if settings.simulated:
        raise ConfigError("bars are not simulated: use --data live or --data DIR")
    chosen = provider if folder is None else PROVIDERS[BAR_FILES]
    assert chosen.bars is not None
    if folder is None:
        with live_session(chosen, settings) as session:
            yield BarFetcher(chosen, chosen.bars, session)
    else:
        recorder = Recorder(chosen.name, open_archive(settings), settings.clock_now())
        yield BarFetcher(chosen, chosen.bars, recorder, check_folder(folder))


def usual_listings(settings: Settings) -> list[Listing]:
    """Whose daily bars a run asks for unless told otherwise.

    Live: everything listed, of providers without a key and of those whose key is set. A folder: what has a file there,
    once; nothing under a moved clock, because such bars are adjusted by what came after it. Simulated: nothing.
    """
    if settings.simulated:
        return []
    if settings.files_dir is None:
        asked = [n for n in LISTINGS if not PROVIDERS[n].needs_key or settings.source(n).api_key is not None]
        return [listing for name in asked for listing in LISTINGS[name]]
    if settings.clock_now().moved:
        return []
    once = {listing.id: listing for many in reversed([*LISTINGS.values()]) for listing in many}
    return [listing for listing in once.values() if _filed(settings.files_dir, listing.instrument)]


def _filed(folder: Path, instrument: Instrument) -> bool:
    provider = PROVIDERS[BAR_FILES]
    code = provider.bars.code_of(instrument) if provider.bars else None
    return code is not None and file_name(folder, provider, Listing(instrument, provider.name, code)) is not None
