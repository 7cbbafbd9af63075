"""What a provider is, what it hands over, and what it may ask of its session.

`fetch` touches the network and decides nothing; `parse` is pure and decides everything: its frame has exactly the
columns of `core.facts.PARSED`, values in the catalog's unit, one row a period, sorted by period. A provider may have
series, bars of instruments, or both.
Belongs here: the types every provider shares. Keep out: HTTP, folders, text parsing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import polars as pl

from liquidity_platform.catalog.instruments import Instrument
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.errors import SourceMissing
from liquidity_platform.core.window import Window


@dataclass(frozen=True, slots=True)
class Payload:
    """One answer of a publisher, already archived."""

    payload_id: str  # uuid4: this fetch; the bytes are `sha256`
    source_id: str
    series_id: str
    request: str  # for people; never a secret
    fetched_at: datetime  # UTC, the process clock at the end of the fetch
    body: bytes
    sha256: str
    uri: str  # relative to the archive's root


class Subject(Protocol):
    """What is asked for: a series, or an instrument under a provider's code."""

    @property
    def id(self) -> str:
        """The catalog's id."""

    @property
    def source(self) -> str:
        """The provider's name."""

    @property
    def code(self) -> str:
        """The publisher's code."""


class Session(Protocol):
    """What `fetch` may use."""

    @property
    def keyed(self) -> bool:
        """True when requests carry the user's key."""

    def now(self) -> datetime:
        """The process clock, UTC."""

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """The archived answer to a GET below the provider's base URL. Raises SourceError."""

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Archive bytes that did not come over the network."""


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument under a provider's code: what a provider of bars is asked for."""

    instrument: Instrument
    source: str
    code: str

    @property
    def id(self) -> str:
        """The instrument's id."""
        return self.instrument.id


@dataclass(frozen=True, slots=True)
class Quotes:
    """What `parse` of a provider of bars makes of an answer.

    `bars` (core.facts.PARSED_BARS): one row a bar, sorted. `actions` (PARSED_ACTIONS): splits and dividends, where the
    publisher tells them. `blanks`: days the publisher lists without any price; they are no bars.
    """

    bars: pl.DataFrame
    actions: pl.DataFrame
    blanks: int = 0


@dataclass(frozen=True, slots=True)
class BarFeed:
    """How a provider gives bars of instruments.

    `adjusted` False: prices and volumes are those of the day, and `parse` has undone whatever the publisher adjusts
    for. True: they come adjusted for splits and dividends and cannot be brought back; such a provider has no actions,
    its bars are stored as what they are and are never adjusted again nor joined with others. `code_of` is the
    provider's code of an instrument, None for one it does not have.
    """

    code_of: Callable[[Instrument], str | None]
    fetch: Callable[[Session, Listing, Window], list[Payload]]
    parse: Callable[[bytes, Listing], Quotes]
    adjusted: bool = False


def no_series(session: Session, series: Series, window: Window) -> list[Payload]:
    """`fetch` of a provider that has bars only. Raises SourceMissing."""
    raise SourceMissing(f"{series.source} {series.code} ({series.id}): {series.source} has bars, no series")


def no_frame(body: bytes, series: Series) -> pl.DataFrame:
    """`parse` of a provider that has bars only. Raises SourceMissing."""
    raise SourceMissing(f"{series.source} {series.code} ({series.id}): {series.source} has bars, no series")


@dataclass(frozen=True, slots=True)
class Provider:
    """One publisher. `file_names` maps a code to its file's stem where `files` calls it something else.

    The user's key goes into the query as `key_param`, put there by the session; `fetch` and payloads never see it.
    `needs_key` False beside a `key_param`: it answers without a key, and says more with one.
    `vintages(session, series, since)` asks what was published when, since a day (None: ever); no payloads where there
    is nothing to ask. `parse_vintages` is pure and reads all those answers together, as `vintages.DATED`.
    `parse_description` reads what a series is in the publisher's words; it is pure. `describe` asks for it, and is None
    where the first answer of `fetch` says it itself.
    """

    name: str
    title: str
    base_url: str
    needs_key: bool
    rate_limit: float  # requests a second
    licence: str
    terms: str
    verified: bool  # a real answer of this endpoint was seen and is tested against
    fetch: Callable[[Session, Series, Window], list[Payload]] = no_series
    parse: Callable[[bytes, Series], pl.DataFrame] = no_frame
    file_names: Mapping[str, str] = field(default_factory=dict)
    key_param: str | None = None
    keyed_base_url: str | None = None  # asked instead of `base_url` by a session that carries a key
    key_check: tuple[str, Mapping[str, str]] | None = None  # path and query that only a wrong key can have refused
    shared_answers: bool = False  # one answer holds several series: a session asks for it once
    vintage_mark: str | None = None  # text that every request for vintages holds, and no other
    vintages: Callable[[Session, Series, date | None], list[Payload]] | None = None
    parse_vintages: Callable[[Sequence[bytes], Series], pl.DataFrame] | None = None
    describe: Callable[[Session, Series], list[Payload]] | None = None
    description_mark: str | None = None  # text that every request of `describe` holds, and none of `fetch`
    parse_description: Callable[[bytes, Series], Description] | None = None
    quota_per_day: int | None = None  # requests a UTC day
    quota_per_minute: int | None = None  # where bursts are counted; an even pace is `rate_limit`'s
    bars: BarFeed | None = None
    page: str = ""  # where people read about a series or a quote; `{code}` is the publisher's code
