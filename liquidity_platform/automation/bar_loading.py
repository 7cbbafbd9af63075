"""Loading a provider's bars: fetch, archive, parse, judge, append. Pure of Dagster, one transaction an instrument.

A publisher's bad answer concerns its own instrument. Bars are known since their fetch, so that a load writes in the
current knowledge year only; a load for past years writes nothing and says so.
Belongs here: the order of the steps. Keep out: each step's own logic (sources, quality, warehouse), Dagster events.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
import psycopg

from liquidity_platform.automation.answers import NOTHING_WRITTEN, index_row
from liquidity_platform.automation.loading import NOTHING_KEPT, Kept
from liquidity_platform.catalog.instruments import Instrument
from liquidity_platform.core.errors import SourceChanged, SourceError
from liquidity_platform.core.window import Window
from liquidity_platform.quality.bars import judge_same, judge_sound
from liquidity_platform.quality.schemas import misshapen_bars
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.report.sparks import POINTS
from liquidity_platform.sources.bar_fetching import BarFetcher, open_bar_fetcher
from liquidity_platform.sources.bars import propose_bars
from liquidity_platform.sources.contract import Listing, Payload, Provider, Quotes
from liquidity_platform.sources.fetching import KeyMissing
from liquidity_platform.warehouse.append import WriteReport, append_facts
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import quarantine
from liquidity_platform.warehouse.read import stored_closes

_NOTHING = Verdict(True, "no bars")


@dataclass(frozen=True, slots=True)
class BarOutcome:
    """What became of one instrument. `failure` or `quarantined` is a sentence; else `bars` says what was written."""

    instrument: Instrument
    bars: WriteReport = NOTHING_WRITTEN
    actions: WriteReport = NOTHING_WRITTEN
    failure: str | None = None
    quarantined: str | None = None
    sound: Verdict = _NOTHING
    recent: Sequence[tuple[date, float | None]] = ()  # (trading day, close), oldest first; the last is the newest
    unfinished: int = 0
    blanks: int = 0
    source: str = ""
    sha256: str | None = None

    @property
    def newest(self) -> tuple[date | None, float | None]:
        """The newest trading day with a close, and that."""
        return self.recent[-1] if self.recent else (None, None)

    @property
    def published(self) -> bool:
        """True when the publisher's answer was accepted."""
        return self.failure is None and self.quarantined is None

    @property
    def news(self) -> bool:
        """True when rows were appended."""
        return bool(self.bars.appended or self.actions.appended)


def load_bars(
    provider: Provider,
    lines: Sequence[Instrument],
    window: Window,
    warehouse: Warehouse,
    run_id: str | None,
    progress: Callable[[str], None],
    kept: Kept = NOTHING_KEPT,
) -> list[BarOutcome]:
    """Ask `provider` (or the folder that replaces it) for bars of `lines` and append them; one outcome each.

    What is `kept` of earlier answers is not asked for again.
    """
    outcomes: list[BarOutcome] = []
    with ExitStack() as closing:
        try:
            fetcher = closing.enter_context(open_bar_fetcher(provider, warehouse.settings))
        except KeyMissing as error:
            return [BarOutcome(line, failure=str(error), source=provider.name) for line in lines]
        if fetcher.folder is None:
            fetcher = replace(fetcher, session=kept.around(fetcher.session))
        for count, line in enumerate(lines, 1):
            progress(f"{fetcher.provider.name} {line.symbol} ({count}/{len(lines)})")
            outcomes.append(_load(fetcher, line, window, warehouse, run_id))
    return outcomes


def _load(
    fetcher: BarFetcher, line: Instrument, window: Window, warehouse: Warehouse, run_id: str | None
) -> BarOutcome:
    """Fetch, parse, judge and append one instrument."""
    payloads: list[Payload] = []
    quotes: list[Quotes] = []
    try:
        listing = fetcher.listing(line)
        payloads = fetcher.fetch(listing, window)
        try:
            quotes = [fetcher.parse(payload, listing) for payload in payloads]
            _refuse_misshapen(listing, quotes)
            _refuse_other(fetcher, listing, quotes, warehouse)
        except SourceChanged as error:
            clock = warehouse.settings.clock_now()
            rows = sum(one.bars.height for one in quotes)
            with warehouse.session() as connection:
                quarantine(connection, index_row(payloads[0], run_id), str(error), rows, window, clock)
            return BarOutcome(line, quarantined=str(error), source=fetcher.provider.name)
        return _append(fetcher, listing, list(zip(quotes, payloads, strict=True)), window, warehouse, run_id)
    except SourceError as error:
        return BarOutcome(line, failure=str(error), source=fetcher.provider.name)


def _refuse_misshapen(listing: Listing, quotes: list[Quotes]) -> None:
    """Raises SourceChanged for bars out of the shape of what is appended."""
    for one in quotes:
        wrong = misshapen_bars(one.bars)
        if wrong:
            raise SourceChanged(f"{listing.source} {listing.code} ({listing.id}): {wrong}")


def _refuse_other(fetcher: BarFetcher, listing: Listing, quotes: list[Quotes], warehouse: Warehouse) -> None:
    """Raises SourceChanged for bars as traded that are not those stored; adjusted ones change with every dividend."""
    if fetcher.feed.adjusted:
        return
    with warehouse.session() as connection:
        stored = stored_closes(connection, listing.id, fetcher.provider.name, "1d")
    offered = pl.concat([one.bars for one in quotes]).filter(pl.col("interval") == "1d")
    verdict = judge_same(listing.instrument, offered, stored)
    if not verdict.passed:
        raise SourceChanged(f"{listing.source} {listing.code}: {verdict.reason}")


def _append(
    fetcher: BarFetcher, listing: Listing, answers: list[tuple[Quotes, Payload]], window: Window, warehouse: Warehouse,
    run_id: str | None,
) -> BarOutcome:  # fmt: skip
    clock = warehouse.settings.clock_now()
    proposals = [
        propose_bars(listing, quotes, payload, run_id, clock, fetcher.feed.adjusted) for quotes, payload in answers
    ]
    bars = pl.concat([each.bars for each in proposals])
    actions = pl.concat([each.actions for each in proposals])
    payloads = [index_row(payload, run_id) for _, payload in answers]

    def write(connection: psycopg.Connection) -> tuple[WriteReport, WriteReport]:
        acts = append_facts(connection, "raw.corporate_actions", actions, window, clock)
        found = append_facts(connection, "raw.bars", bars, window, clock, payloads)
        return found.get(listing.id, NOTHING_WRITTEN), acts.get(listing.id, NOTHING_WRITTEN)

    written, acts = warehouse.run(write)
    return BarOutcome(
        listing.instrument,
        written,
        acts,
        sound=judge_sound(listing.instrument, pl.concat([quotes.bars for quotes, _ in answers])),
        recent=_recent(bars, listing.instrument),
        unfinished=sum(each.unfinished for each in proposals),
        blanks=sum(quotes.blanks for quotes, _ in answers),
        source=listing.source,
        sha256=answers[0][1].sha256,
    )


def _recent(bars: pl.DataFrame, line: Instrument) -> list[tuple[date, float]]:
    """Day and close of the newest bars, as many as a small chart draws."""
    closes = bars.filter(pl.col("interval") == "1d").drop_nulls("close").sort("bar_start").tail(POINTS)
    days = closes["bar_start"].dt.convert_time_zone(line.zone).dt.date()
    return list(zip(days, closes["close"].cast(pl.Float64), strict=True))
