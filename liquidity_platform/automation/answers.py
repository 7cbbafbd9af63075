"""The answers of one series: asked for, read, judged; ready to be written, or held back with a sentence.

Belongs here: that order. Keep out: each step's own logic (sources, quality, warehouse), many series, writing facts
(loading.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.automation.archived import sorted_by_kind
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description, first_of, in_force
from liquidity_platform.core.errors import SourceChanged, SourceError
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.window import Window
from liquidity_platform.quality.ends import judge_end
from liquidity_platform.quality.terms import differences, in_terms, judge_terms
from liquidity_platform.quality.units import judge_units
from liquidity_platform.report.sparks import POINTS
from liquidity_platform.settings import Settings
from liquidity_platform.sources.contract import Payload
from liquidity_platform.sources.fetching import Fetcher
from liquidity_platform.sources.proposal import propose
from liquidity_platform.sources.vintages import propose_vintages
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.findings import Found
from liquidity_platform.warehouse.payloads import quarantine
from liquidity_platform.warehouse.read import stored_values
from liquidity_platform.warehouse.terms import Told, accepted_terms, hold_back

NOTHING_WRITTEN = WriteReport()


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
    archived: bool = False  # read from the archive: nobody was asked
    recent: tuple[tuple[date, float | None], ...] = ()  # newest periods of the answer, oldest first, for a small chart
    found: tuple[Found, ...] = ()  # what stands against its rows, newly found or found before

    @property
    def published(self) -> bool:
        """True when the publisher's answer was accepted."""
        return self.failure is None and self.quarantined is None

    @property
    def news(self) -> bool:
        """True when rows were appended."""
        return bool(self.report.appended)


@dataclass(frozen=True, slots=True)
class Answer:
    """An accepted answer of one series, not yet written."""

    outcome: Outcome
    frame: pl.DataFrame
    dated: pl.DataFrame  # vintages: rows that carry their own knowledge
    payloads: list[dict[str, Any]]
    told: Told | None = None  # what the publisher said the series is


@dataclass(frozen=True, slots=True)
class Dated:
    """Whether to ask for vintages, and since when (None: ever)."""

    wanted: bool
    since: date | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """Everything a publisher answered for one series."""

    payloads: list[Payload]
    described: list[Payload]  # what says what the series is; may be one of `payloads`
    vintages: list[Payload]

    @property
    def all(self) -> list[Payload]:
        return [*self.payloads, *(one for one in self.described if one not in self.payloads), *self.vintages]


def ask_for(
    fetcher: Fetcher,
    line: Series,
    window: Window,
    warehouse: Warehouse,
    run_id: str | None,
    ask: Dated,
    stored: pl.DataFrame,
    archived: Sequence[Payload] = (),
) -> Answer:
    """Fetch, parse and judge one series against what is `stored` of it; a bad answer is quarantined here and now.

    `archived`, an earlier answer to all of it, is read instead, as at its own fetch; nobody is asked then.
    """
    nothing = pl.DataFrame()
    try:
        heard = _heard_before(fetcher, archived) if archived else _hear(fetcher, line, window, ask)
    except SourceError as error:
        return Answer(Outcome(line, failure=str(error)), nothing, nothing, [])
    indexed = [index_row(payload, run_id) for payload in heard.all]
    clock = warehouse.settings.clock_now()
    then = archived[-1].fetched_at if archived else None
    parsed: list[pl.DataFrame] = []
    told: Told | None = None
    try:
        said = fetcher.parse_description(heard.described, line)
        told = Told(line.id, said, heard.described[0].payload_id, run_id) if said else None
        with warehouse.session() as connection:
            stored = stored_values(connection, line.id, then) if then else stored
            printed = as_printed(connection, line, said, (then or clock.now()).date())
        parsed = [fetcher.parse(payload, printed) for payload in heard.payloads]
        answers = fetcher.parse_vintages(heard.vintages, printed)
        dated = [
            propose_vintages(line, rows, p, run_id, clock) for rows, p in zip(answers, heard.vintages, strict=True)
        ]
        judge_rows(printed, pl.concat(parsed), stored, heard.payloads)
    except SourceChanged as error:
        _hold_back(warehouse, indexed, str(error), sum(frame.height for frame in parsed), window, told)
        return Answer(Outcome(line, quarantined=str(error), sha256=heard.payloads[0].sha256), nothing, nothing, [])
    answer = _proposed(line, heard.payloads, parsed, dated, indexed, run_id, warehouse.settings)
    return replace(answer, told=told, outcome=replace(answer.outcome, archived=bool(archived)))


def _hear(fetcher: Fetcher, line: Series, window: Window, ask: Dated) -> _Heard:
    """Everything asked for one series. Raises SourceError."""
    payloads = fetcher.fetch(line, window)
    described = fetcher.describe(line, payloads)
    return _Heard(payloads, described, fetcher.vintages(line, ask.since) if ask.wanted else [])


def _heard_before(fetcher: Fetcher, archived: Sequence[Payload]) -> _Heard:
    kinds = sorted_by_kind(fetcher.provider, archived)
    says = fetcher.provider.parse_description is not None
    return _Heard(kinds.plain, kinds.described if says else [], [*kinds.files, *kinds.windows])


def as_printed(
    connection: psycopg.Connection, line: Series, said: Description | None, day: date, by: datetime | None = None
) -> Series:
    """`line` in the unit its publisher prints on `day`. Raises SourceChanged when `said` is not what is accepted.

    `by`: what was accepted at that instant counts (None: now).
    """
    accepted = accepted_terms(connection, line.id, by)
    standing = in_force(accepted, day)
    verdict = judge_terms(line, said, standing, day)
    if not verdict.passed:
        raise SourceChanged(verdict.reason)
    return in_terms(line, standing, first_of(accepted))


def judge_rows(line: Series, offered: pl.DataFrame, stored: pl.DataFrame, payloads: list[Payload]) -> None:
    """Judge all rows of an answer against what is stored. Raises SourceChanged for the first refusal."""
    requests = [payload.request for payload in payloads]
    for verdict in (judge_units(line, offered, stored), judge_end(line, offered, stored, requests)):
        if not verdict.passed:
            raise SourceChanged(verdict.reason)


def _proposed(
    line: Series,
    payloads: list[Payload],
    parsed: list[pl.DataFrame],
    dated: list[pl.DataFrame],
    rows: list[dict[str, Any]],
    run_id: str | None,
    settings: Settings,
) -> Answer:
    offers = [
        propose(line, frame, payload, run_id, settings.clock_now())
        for frame, payload in zip(parsed, payloads, strict=True)
    ]
    frame = pl.concat([offer.frame for offer in offers])
    recent = frame.sort("period").tail(POINTS).select("period", "value").rows()
    numbers = frame.drop_nulls("value").sort("period").tail(1)
    outcome = Outcome(
        line,
        newest=numbers["period"][0] if numbers.height else None,
        value=numbers["value"][0] if numbers.height else None,
        withheld=sum(offer.withheld for offer in offers),
        early=sum(offer.early for offer in offers),
        sha256=payloads[0].sha256,
        recent=tuple(recent),
    )
    return Answer(outcome, frame, pl.concat([pl.DataFrame(schema=OFFERED), *dated]), rows)


def index_row(payload: Payload, run_id: str | None) -> dict[str, Any]:
    """The row of raw.payloads for an accepted answer."""
    return {
        "payload_id": payload.payload_id, "sha256": payload.sha256, "bytes": len(payload.body),
        "source_id": payload.source_id, "series_id": payload.series_id, "request": payload.request,
        "fetched_at": payload.fetched_at, "uri": payload.uri, "accepted": True, "run_id": run_id,
    }  # fmt: skip


def hold_back_answer(warehouse: Warehouse, answer: Answer, reason: str, window: Window) -> None:
    """Quarantine an answer that had been accepted, whole."""
    _hold_back(warehouse, answer.payloads, reason, answer.frame.height, window, None)


def _hold_back(
    warehouse: Warehouse, payloads: list[dict[str, Any]], reason: str, rows: int, window: Window, told: Told | None
) -> None:
    clock = warehouse.settings.clock_now()
    with warehouse.session() as connection:
        first, *others = payloads
        quarantine(connection, first, reason, rows, window, clock, others)
        standing = in_force(accepted_terms(connection, told.series_id), clock.now().date()) if told else None
        if told and (standing is None or differences(told.said, standing)):
            hold_back(connection, told, clock)
