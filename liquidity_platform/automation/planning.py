"""What a backfill would do, publisher by publisher: what is asked for, what the archive answers, how long it takes.

Belongs here: the plan, made without asking anybody or writing anything. Keep out: running it (backfilling.py),
printing it (cli).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from liquidity_platform.automation.remembering import held_of_past, is_keyed
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import SourceError
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.contract import Listing, Provider, Session
from liquidity_platform.sources.fetching import absent
from liquidity_platform.sources.keeping import Imagined, WouldAsk
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.sources.vintages import vintage_paths
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.held import Held


@dataclass(frozen=True, slots=True)
class Part:
    """One publisher's series, or its bars: one run."""

    provider: str
    what: str  # series or bars
    ask: tuple[Series, ...] = ()  # asked for
    archived: tuple[Series, ...] = ()  # read from the archive
    written: tuple[Series, ...] = ()  # read for these years before: nothing to do
    listings: tuple[Listing, ...] = ()
    requests: int = 0  # at least: what follows an answer depends on it
    seconds: float = 0.0  # at least, by the publisher's limits
    note: str = ""

    @property
    def lines(self) -> tuple[Series, ...]:
        """The series of the run."""
        return (*self.ask, *self.archived)

    @property
    def idle(self) -> bool:
        """True when there is nothing to run."""
        return not self.lines and not self.listings


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a backfill would do."""

    window: Window
    parts: tuple[Part, ...]
    unknowable: tuple[Series, ...]  # known since they are fetched: a past year gets no row of them
    absent: tuple[Series, ...]  # not in the folder or the sample
    left_bars: int  # instruments whose bars are left out, for the same reason
    again: bool


def make_plan(
    settings: Settings,
    warehouse: Warehouse | None,
    lines: Sequence[Series],
    listings: Sequence[Listing],
    window: Window,
    again: bool,
) -> Plan:
    """The plan for `lines` and `listings` over `window`; `warehouse` None: there is none yet, nothing is held.

    `again`: what the archive holds is downloaded once more.
    """
    past = not window.holds_year_of(settings.clock_now().now())
    missing = {line.id for line in absent(lines, settings)}
    unknowable = [line for line in lines if past and line.revisable and not _tells_vintages(settings, line)]
    left_out = missing | {line.id for line in unknowable}
    parts: list[Part] = []
    for name, own in _by_source(line for line in lines if line.id not in left_out):
        provider = PROVIDERS[name]
        found = Held(frozenset(), {})
        if warehouse is not None and not again:
            found = held_of_past(warehouse, provider, own, window, is_keyed(provider, settings))
        parts.append(_of_series(settings, provider, own, window, found))
    if not past:
        sources = dict.fromkeys(each.source for each in listings)
        parts += [
            _of_bars(settings, PROVIDERS[n], [one for one in listings if one.source == n], window) for n in sources
        ]
    return Plan(
        window, tuple(parts), tuple(line for line in unknowable if line.id not in missing),
        tuple(line for line in lines if line.id in missing), len(listings) if past else 0, again,
    )  # fmt: skip


def _tells_vintages(settings: Settings, line: Series) -> bool:
    """Whether vintages of `line` are to be had: without them a revised number is known since it is fetched."""
    if settings.simulated:
        return False
    if settings.files_dir is not None:
        return bool(vintage_paths(settings.files_dir, line))
    provider = PROVIDERS[line.source]
    return provider.vintages is not None and is_keyed(provider, settings)


def _by_source(lines: Iterable[Series]) -> list[tuple[str, list[Series]]]:
    found: dict[str, list[Series]] = {}
    for line in lines:
        found.setdefault(line.source, []).append(line)
    return [*found.items()]


def _of_series(settings: Settings, provider: Provider, lines: list[Series], window: Window, found: Held) -> Part:
    written = tuple(line for line in lines if line.id in found.written)
    archived = tuple(line for line in lines if line.id in found.answers and line not in written)
    ask = tuple(line for line in lines if line not in written and line not in archived)

    def calls(line: Series) -> Iterator[Callable[[Session], object]]:
        yield lambda session: provider.fetch(session, line, window)
        if provider.describe:
            yield lambda session: provider.describe and provider.describe(session, line)
        if provider.vintages:
            yield lambda session: provider.vintages and provider.vintages(session, line, None)

    requests = _requests(settings, provider, [call for line in ask for call in calls(line)])
    return Part(
        provider.name, "series", ask, archived, written, (), requests, _seconds(provider, requests),
        _note(settings, provider, requests, bool(ask)),
    )  # fmt: skip


def _of_bars(settings: Settings, provider: Provider, listings: list[Listing], window: Window) -> Part:
    def call(listing: Listing) -> Callable[[Session], object]:
        return lambda session: provider.bars and provider.bars.fetch(session, listing, window)

    requests = _requests(settings, provider, [call(listing) for listing in listings])
    return Part(
        provider.name, "bars", listings=tuple(listings), requests=requests, seconds=_seconds(provider, requests),
        note=_note(settings, provider, requests, True),
    )  # fmt: skip


def _requests(settings: Settings, provider: Provider, calls: Sequence[Callable[[Session], object]]) -> int:
    """How many different requests `calls` begin with; none where nobody is asked."""
    if settings.simulated or settings.files_dir is not None:
        return 0
    session = Imagined(provider.name, is_keyed(provider, settings), settings.clock_now().now())
    for call in calls:
        with suppress(WouldAsk, SourceError):
            call(session)
    return len(session.requests)


def _seconds(provider: Provider, requests: int) -> float:
    """The least time the publisher's limits allow for so many requests."""
    by_minute = (requests - 1) // provider.quota_per_minute * 60.0 if provider.quota_per_minute else 0.0
    return max(0.0, (requests - 1) / provider.rate_limit, by_minute)


def _note(settings: Settings, provider: Provider, requests: int, asks: bool) -> str:
    if settings.simulated:
        return "simulated"
    if settings.files_dir is not None:
        return "read from files"
    if asks and provider.needs_key and settings.source(provider.name).api_key is None:
        return f"needs a key: LIQUIDITY_SOURCES__{provider.name.upper()}__API_KEY"
    if provider.quota_per_day is not None and requests > provider.quota_per_day:
        return f"more than a day's quota of {provider.quota_per_day}"
    return ""
