"""Facts rebuilt from the archive, with no network: every payload is parsed again, in the order of its fetch.

What a payload says is compared with what was known when it was fetched, by the rules of the load, and appended with
that fetch's instants. A parser that says what it always said appends nothing; an answer that was held back and can be
read now is loaded as if it had been read then.
Belongs here: the order of the steps, the counts. Keep out: each step's own logic (sources, quality, warehouse), asking.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.automation.answers import as_printed, judge_rows
from liquidity_platform.automation.archived import parsed_again, payload_of, said_by, sorted_by_kind, vintages_of
from liquidity_platform.automation.judging import judge_written
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import iso
from liquidity_platform.core.window import FIRST_YEAR, Window
from liquidity_platform.sources.archive import Archive, ArchiveError, open_archive
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.proposal import propose
from liquidity_platform.warehouse.append import ReadAgain, WriteReport, append_facts, append_vintages
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import decided_answers, indexed_payloads, released
from liquidity_platform.warehouse.read import stored_values


@dataclass
class Reparsed:
    """What was found. A sentence for each answer that was accepted once and is refused now, or is not as archived."""

    payloads: int = 0
    repeated: int = 0  # the same bytes as the series' answer before: they say nothing new
    report: WriteReport = field(default_factory=WriteReport)
    released: int = 0  # answers that were held back and are read now
    held: int = 0  # answers that are held back still
    strangers: int = 0  # answers about what the catalog does not name as a series
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ask:
    """What one load got for one series: its payloads in order."""

    line: Series
    rows: list[dict[str, Any]]

    @property
    def accepted(self) -> bool:
        return bool(self.rows[0]["accepted"])

    @property
    def window(self) -> Window:
        return Window(max(FIRST_YEAR, self.rows[0]["known_from"]), self.rows[0]["known_to"])

    @property
    def fetched_at(self) -> datetime:
        last: datetime = self.rows[-1]["fetched_at"]
        return last

    @property
    def again(self) -> ReadAgain:
        return ReadAgain(max(row["recorded_at"] for row in self.rows), [row["payload_id"] for row in self.rows])


def reparse(
    provider: Provider, since: datetime | None, warehouse: Warehouse, run_id: str, progress: Callable[[str], None]
) -> Reparsed:
    """Parse what `provider` answered from `since` on (None: ever) again, and append what that makes known.

    Each ask is a transaction of its own. Raises WarehouseError.
    """
    with warehouse.session() as connection:
        index = indexed_payloads(connection, provider.name, since)
    archive = open_archive(warehouse.settings)
    found = Reparsed(payloads=index.height)
    last: dict[str, tuple[list[str], Window]] = {}
    done = 0
    with warehouse.session() as connection:
        decided = decided_answers(connection, provider.name)
    for ask in _asks(index, found):
        progress(f"reading {provider.name} payload {done} of {index.height}, fetched {iso(ask.fetched_at)}")
        done += len(ask.rows)
        bytes_ = [row["sha256"] for row in ask.rows]
        # under a moved clock the same bytes say more at a later fetch: what was out by then
        before, window = last.get(ask.line.id, ([], ask.window))
        repeated = before == bytes_ and window.first <= ask.window.first and ask.window.last <= window.last
        if repeated and ask.accepted and not warehouse.settings.clock_now().moved:
            found.repeated += len(ask.rows)
            continue
        word = None if ask.accepted else decided.get((ask.line.id, bytes_[0]))
        if word == "rejected":
            found.held += len(ask.rows)
        elif _read(provider, ask, warehouse, archive, run_id, found, word == "accepted"):
            last[ask.line.id] = bytes_, ask.window
    return found


def _asks(index: pl.DataFrame, found: Reparsed) -> list[_Ask]:
    """Payloads of one series and one run belong together; in the order of the last fetch of each."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in index.iter_rows(named=True):
        groups.setdefault((row["series_id"], row["run_id"] or row["payload_id"]), []).append(row)
    known = {key: rows for key, rows in groups.items() if key[0] in SERIES}
    found.strangers = index.height - sum(len(rows) for rows in known.values())
    return sorted((_Ask(SERIES[key[0]], rows) for key, rows in known.items()), key=lambda ask: ask.fetched_at)


def accept_answer(provider: Provider, payload_id: str, warehouse: Warehouse, run_id: str) -> Reparsed:
    """Read the refused answer that holds `payload_id` as of its own fetch; a person has judged its numbers.

    Raises SourceChanged where it is no data, or of another unit or title than is accepted, and ArchiveError.
    """
    with warehouse.session() as connection:
        index = indexed_payloads(connection, provider.name, None)
    found = Reparsed()
    asks = [ask for ask in _asks(index, found) if payload_id in [row["payload_id"] for row in ask.rows]]
    archive = open_archive(warehouse.settings)
    for ask in asks:
        found.payloads += len(ask.rows)
        _write(provider, ask, warehouse, archive, run_id, found, believed=True)
    return found


def _read(
    provider: Provider, ask: _Ask, warehouse: Warehouse, archive: Archive, run_id: str, found: Reparsed, believed: bool
) -> bool:
    """Parse, judge and append one ask; False when it is refused."""
    try:
        _write(provider, ask, warehouse, archive, run_id, found, believed)
    except (SourceChanged, ArchiveError) as error:
        if ask.accepted or isinstance(error, ArchiveError):
            found.refused.append(f"{ask.line.code} fetched {iso(ask.fetched_at)}: {error}")
        else:
            found.held += len(ask.rows)
        return False
    return True


def _write(
    provider: Provider, ask: _Ask, warehouse: Warehouse, archive: Archive, run_id: str, found: Reparsed,
    believed: bool,
) -> None:  # fmt: skip
    """Parse and append one ask, judged unless it is `believed`. Raises SourceChanged, ArchiveError."""
    clock = warehouse.settings.clock_now()
    payloads = [payload_of(row, provider.name, archive.read(row["uri"], row["sha256"])) for row in ask.rows]
    kinds = sorted_by_kind(provider, payloads)
    plain = kinds.plain
    with warehouse.session() as connection:
        stored = stored_values(connection, ask.line.id, ask.fetched_at)
        by = ask.again.recorded if ask.accepted else None  # what was held back is read by what is accepted now
        line = as_printed(connection, ask.line, said_by(provider, kinds, ask.line), ask.fetched_at.date(), by)
    parsed = [parsed_again(provider, one, line) for one in plain]
    dated = vintages_of(provider, kinds, line, run_id, clock)
    if not believed:
        judge_rows(line, pl.concat(parsed), stored, plain)
    offers = [propose(ask.line, frame, one, run_id, clock).frame for frame, one in zip(parsed, plain, strict=True)]
    rows = pl.concat([pl.DataFrame(schema=OFFERED), *offers])
    _append(warehouse, ask, rows, dated, found, None if believed else run_id)


def _append(
    warehouse: Warehouse, ask: _Ask, offered: pl.DataFrame, dated: list[pl.DataFrame], found: Reparsed,
    judged: str | None,
) -> None:  # fmt: skip
    """Append in one transaction; `judged`: the run that judges what is new, None where a person has."""
    clock, window = warehouse.settings.clock_now(), ask.window
    ever = Window.all_until(ask.fetched_at) if window.holds_year_of(ask.fetched_at) else window

    def write(connection: psycopg.Connection) -> WriteReport:
        report = WriteReport()
        for one in append_vintages(connection, pl.concat([pl.DataFrame(schema=OFFERED), *dated]), ever, clock).values():
            report += one
        for one in append_facts(connection, "raw.observations", offered, window, clock, again=ask.again).values():
            report += one
        if judged is not None and report.appended:
            judge_written(connection, [ask.line.id], ask.again.own, clock, judged)
        if not ask.accepted:
            released(connection, ask.line.id, ask.rows[0]["sha256"], clock, judged)
        return report

    found.report += warehouse.run(write)
    if not ask.accepted:
        found.released += len(ask.rows)
