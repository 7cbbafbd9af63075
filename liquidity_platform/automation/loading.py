"""Loading a provider's series: fetch, archive, parse, judge, append. Pure of Dagster, one transaction a provider.

A publisher's bad answer concerns its own series: it becomes an outcome with a reason, the others are loaded.
Belongs here: the order of the steps and the windows a series is loaded for. Keep out: each step's own logic
(sources, quality, warehouse), Dagster events.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import SourceChanged, SourceError
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.quality.units import judge_units
from liquidity_platform.settings import Settings
from liquidity_platform.sources.contract import Payload, Provider
from liquidity_platform.sources.fetching import Fetcher, KeyMissing, open_fetcher
from liquidity_platform.sources.proposal import propose
from liquidity_platform.sources.vintages import propose_vintages
from liquidity_platform.warehouse.append import WriteReport, append_observations, append_vintages
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import quarantine
from liquidity_platform.warehouse.read import last_asks, last_vintage_asks, stored_values

NOTHING_WRITTEN = WriteReport()
OVERLAP = timedelta(days=14)  # vintages are asked for again from this long before the last time: some come late


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one series. `failure` or `quarantined` is a sentence; else `report` says what was written."""

    series: Series
    report: WriteReport = NOTHING_WRITTEN
    failure: str | None = None
    quarantined: str | None = None
    newest: date | None = None
    value: float | None = None
    withheld: int = 0
    early: int = 0
    sha256: str | None = None

    @property
    def published(self) -> bool:
        """True when the publisher's answer was accepted."""
        return self.failure is None and self.quarantined is None


@dataclass(frozen=True, slots=True)
class _Answer:
    """An accepted answer of one series, not yet written."""

    outcome: Outcome
    frame: pl.DataFrame
    dated: pl.DataFrame  # vintages: rows that carry their own knowledge
    payloads: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Dated:
    """Whether to ask for vintages, and since when (None: ever)."""

    wanted: bool
    since: date | None


Progress = Callable[[str], None]


def load(
    provider: Provider,
    lines: Sequence[Series],
    window: Window,
    warehouse: Warehouse,
    run_id: str | None,
    progress: Progress,
    whole: bool = True,
    vintages: bool = True,
) -> list[Outcome]:
    """Ask `provider` for `lines` and append what became known in `window`; one outcome a line, in order.

    A series never loaded from its beginning is loaded for every window, unless `whole` is False. A window that holds
    the current year begins, for each series, where its last load ended, so that what became known around New Year is
    not lost. `vintages=False` leaves vintages alone, those of a folder and those of a publisher.
    """
    settings = warehouse.settings
    now = settings.clock_now().now()
    with warehouse.session() as connection:
        asked = last_asks(connection, [line.id for line in lines])
        mark = provider.vintage_mark
        told = last_vintage_asks(connection, [line.id for line in lines], mark) if mark else {}
    outcomes: dict[str, Outcome] = {}
    answers: dict[Window, list[_Answer]] = {}
    with ExitStack() as closing:
        try:
            fetcher = closing.enter_context(open_fetcher(provider, settings))
        except KeyMissing as error:
            return [Outcome(line, failure=str(error)) for line in lines]
        for count, line in enumerate(lines, 1):
            progress(f"{provider.name} {line.code} ({count}/{len(lines)})")
            own = window_of(window, asked.get(line.id), now) if whole or line.id in asked else window
            last = told.get(line.id)
            since = (last - OVERLAP).date() if last else None
            answer = _ask(fetcher, line, own, warehouse, run_id, _Dated(vintages, since))
            outcomes[line.id] = answer.outcome
            if answer.outcome.published:
                answers.setdefault(own, []).append(answer)
    for line_id, report in _write(warehouse, answers).items():
        outcomes[line_id] = replace(outcomes[line_id], report=report)
    return [outcomes[line.id] for line in lines]


def window_of(window: Window, asked: datetime | None, now: datetime) -> Window:
    """The knowledge windows in which the load of a series last loaded at `asked` writes."""
    if asked is None:
        return Window.all_until(now)
    return Window(min(window.first, asked.year), window.last) if window.holds_year_of(now) else window


def _ask(
    fetcher: Fetcher, line: Series, window: Window, warehouse: Warehouse, run_id: str | None, ask: _Dated
) -> _Answer:
    """Fetch, parse and judge one series; a bad answer is quarantined here and now."""
    nothing = pl.DataFrame()
    try:
        payloads = fetcher.fetch(line, window)
        vintages = fetcher.vintages(line, ask.since) if ask.wanted else []
    except SourceChanged as error:
        return _Answer(Outcome(line, failure=str(error)), nothing, nothing, [])
    except SourceError as error:
        return _Answer(Outcome(line, failure=str(error)), nothing, nothing, [])
    indexed = [index_row(payload, run_id) for payload in [*payloads, *vintages]]
    clock = warehouse.settings.clock_now()
    parsed: list[pl.DataFrame] = []
    try:
        parsed = [fetcher.parse(payload, line) for payload in payloads]
        told = fetcher.parse_vintages(vintages, line)
        dated = [propose_vintages(line, rows, p, run_id, clock) for rows, p in zip(told, vintages, strict=True)]
        with warehouse.session() as connection:
            stored = stored_values(connection, line.id)
        verdict = judge_units(line, pl.concat(parsed), stored)
        if not verdict.passed:
            raise SourceChanged(verdict.reason)
    except SourceChanged as error:
        _hold_back(warehouse, indexed, str(error), sum(frame.height for frame in parsed), window)
        return _Answer(Outcome(line, quarantined=str(error), sha256=payloads[0].sha256), nothing, nothing, [])
    return _proposed(line, payloads, parsed, dated, indexed, run_id, warehouse.settings)


def _proposed(
    line: Series,
    payloads: list[Payload],
    parsed: list[pl.DataFrame],
    dated: list[pl.DataFrame],
    rows: list[dict[str, Any]],
    run_id: str | None,
    settings: Settings,
) -> _Answer:
    offers = [
        propose(line, frame, payload, run_id, settings.clock_now())
        for frame, payload in zip(parsed, payloads, strict=True)
    ]
    frame = pl.concat([offer.frame for offer in offers])
    numbers = frame.drop_nulls("value").sort("period").tail(1)
    outcome = Outcome(
        line,
        newest=numbers["period"][0] if numbers.height else None,
        value=numbers["value"][0] if numbers.height else None,
        withheld=sum(offer.withheld for offer in offers),
        early=sum(offer.early for offer in offers),
        sha256=payloads[0].sha256,
    )
    return _Answer(outcome, frame, pl.concat([pl.DataFrame(schema=OFFERED), *dated]), rows)


def index_row(payload: Payload, run_id: str | None) -> dict[str, Any]:
    """The row of raw.payloads for an accepted answer."""
    return {
        "payload_id": payload.payload_id, "sha256": payload.sha256, "bytes": len(payload.body),
        "source_id": payload.source_id, "series_id": payload.series_id, "request": payload.request,
        "fetched_at": payload.fetched_at, "uri": payload.uri, "accepted": True, "run_id": run_id,
    }  # fmt: skip


def _hold_back(warehouse: Warehouse, payloads: list[dict[str, Any]], reason: str, rows: int, window: Window) -> None:
    with warehouse.session() as connection:
        first, *others = payloads
        quarantine(connection, first, reason, rows, window, warehouse.settings.clock_now(), others)


def _of_vintages(window: Window, clock: Clock) -> Window:
    """A vintage file tells of every year: a run of the present writes what of it is new, whenever it became known."""
    now = clock.now()
    return Window.all_until(now) if window.holds_year_of(now) else window


def _write(warehouse: Warehouse, answers: dict[Window, list[_Answer]]) -> dict[str, WriteReport]:
    """Append everything in one transaction: after a kill either all of it stands or nothing does."""
    clock = warehouse.settings.clock_now()

    def write(connection: psycopg.Connection) -> dict[str, WriteReport]:
        reports: dict[str, WriteReport] = {}
        for window, group in answers.items():
            # vintages first: what is in force now is then compared with the newest of them
            dated = pl.concat([answer.dated for answer in group])
            known = append_vintages(connection, dated, _of_vintages(window, clock), clock)
            frame = pl.concat([answer.frame for answer in group])
            payloads = [row for answer in group for row in answer.payloads]
            found = append_observations(connection, frame, payloads, window, clock)
            reports |= {line: report + known.get(line, NOTHING_WRITTEN) for line, report in found.items()}
        return reports

    return warehouse.run(write)
