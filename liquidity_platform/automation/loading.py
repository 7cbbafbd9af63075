"""Loading a provider's series: fetch, archive, parse, judge, append. Pure of Dagster, one transaction a portion.

A portion is what came within `PORTION_S` seconds: all of a folder's files, or forty series of a publisher asked twice a
second. It is written and told of before the next is asked for; a run that is killed loses one portion at most.
A publisher's bad answer concerns its own series: it becomes an outcome with a reason, the others are loaded.
Belongs here: the windows a series is loaded for, one transaction for all that came and what is judged of it. Keep out:
one series' answers (answers.py), judging what arrived (judging.py), Dagster events.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

import polars as pl
import psycopg

from liquidity_platform.automation.answers import NOTHING_WRITTEN, Answer, Dated, Outcome, ask_for, hold_back_answer
from liquidity_platform.automation.judging import judge_written, remember
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.quality.schemas import misshapen
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.fetching import KeyMissing, open_fetcher
from liquidity_platform.warehouse.append import WriteReport, append_observations, append_vintages
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import last_asks, last_vintage_asks, stored_values_of
from liquidity_platform.warehouse.terms import accept_first


@dataclass(frozen=True, slots=True)
class Kept:
    """What needs no download: whole `answers` of series (by id), read instead of asking; a session `around` the live
    one that answers what it was told before.
    """

    answers: Mapping[str, Sequence[Payload]] = field(default_factory=dict)
    around: Callable[[Session], Session] = lambda session: session


NOTHING_KEPT = Kept()
OVERLAP = timedelta(days=14)  # vintages are asked for again from this long before the last time: some come late
PORTION_S = 20.0
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
    kept: Kept = NOTHING_KEPT,
) -> Iterator[Outcome]:
    """Ask `provider` for `lines` and append what became known in `window`; one outcome a line, in order.

    Outcomes come when their portion is written; what nobody takes is not asked for.

    A series never loaded from its beginning is loaded for every window, unless `whole` is False. A window that holds
    the current year begins, for each series, where its last load ended, so that what became known around New Year is
    not lost. `vintages=False` leaves vintages alone, those of a folder and those of a publisher. What is `kept` of
    earlier answers is not asked for again.
    """
    settings = warehouse.settings
    now = settings.clock_now().now()
    with warehouse.session() as connection:
        asked = last_asks(connection, [line.id for line in lines])
        mark = provider.vintage_mark
        told = last_vintage_asks(connection, [line.id for line in lines], mark) if mark else {}
        stored = stored_values_of(connection, [line.id for line in lines])
    portion, begun = _Portion(warehouse, run_id), monotonic()
    with ExitStack() as closing:
        try:
            fetcher = closing.enter_context(open_fetcher(provider, settings))
        except KeyMissing as error:
            yield from (Outcome(line, failure=str(error)) for line in lines)
            return
        if fetcher.folder is None and not settings.simulated:
            fetcher = replace(fetcher, session=kept.around(fetcher.session))
        for count, line in enumerate(lines, 1):
            progress(f"{provider.name} {line.code} ({count}/{len(lines)})")
            own = window_of(window, asked.get(line.id), now) if whole or line.id in asked else window
            last = told.get(line.id)
            since = (last - OVERLAP).date() if last else None
            told_before = kept.answers.get(line.id, ())
            ask = Dated(vintages, since)
            portion.add(ask_for(fetcher, line, own, warehouse, run_id, ask, stored[line.id], told_before), own)
            if monotonic() - begun > PORTION_S:
                yield from portion.written()
                portion, begun = _Portion(warehouse, run_id), monotonic()
    yield from portion.written()


@dataclass(frozen=True, slots=True)
class _Portion:
    """Answers that are written together."""

    warehouse: Warehouse
    run_id: str | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    answers: dict[Window, list[Answer]] = field(default_factory=dict)

    def add(self, answer: Answer, window: Window) -> None:
        """An answer, of which is written what became known in `window`."""
        self.outcomes[answer.outcome.series.id] = answer.outcome
        if answer.outcome.published:
            self.answers.setdefault(window, []).append(answer)

    def written(self) -> list[Outcome]:
        """Write what was added; the outcomes in the order in which they were."""
        self._refuse_misshapen()
        for line_id, report in _write(self.warehouse, self.answers, self.run_id).items():
            self.outcomes[line_id] = replace(self.outcomes[line_id], report=report)
        return remember(self.warehouse, list(self.outcomes.values()), self.run_id)

    def _refuse_misshapen(self) -> None:
        """Hold back the answers whose rows are not of the shape of what is appended: one look at all of them."""
        frames = [one for group in self.answers.values() for answer in group for one in (answer.frame, answer.dated)]
        bad = misshapen(pl.concat(frames)) if frames else {}
        for window, group in self.answers.items():
            for answer in [one for one in group if one.outcome.series.id in bad]:
                line = answer.outcome.series.id
                hold_back_answer(self.warehouse, answer, bad[line], window)
                self.outcomes[line] = replace(answer.outcome, quarantined=bad[line])
            group[:] = [one for one in group if one.outcome.series.id not in bad]


def window_of(window: Window, asked: datetime | None, now: datetime) -> Window:
    """The knowledge windows in which the load of a series last loaded at `asked` writes; of past years those alone."""
    if not window.holds_year_of(now):
        return window
    return Window.all_until(now) if asked is None else Window(min(window.first, asked.year), window.last)


def _of_vintages(window: Window, clock: Clock) -> Window:
    """A vintage file tells of every year: a run of the present writes what of it is new, whenever it became known."""
    now = clock.now()
    return Window.all_until(now) if window.holds_year_of(now) else window


def _write(warehouse: Warehouse, answers: dict[Window, list[Answer]], run_id: str | None) -> dict[str, WriteReport]:
    """Append everything and judge what is new in one transaction: after a kill all of it stands or nothing does."""
    clock = warehouse.settings.clock_now()

    def write(connection: psycopg.Connection) -> dict[str, WriteReport]:
        reports: dict[str, WriteReport] = {}
        for window, group in answers.items():
            if not group:
                continue
            # vintages first: what is in force now is then compared with the newest of them
            dated = pl.concat([answer.dated for answer in group])
            known = append_vintages(connection, dated, _of_vintages(window, clock), clock)
            frame = pl.concat([answer.frame for answer in group])
            payloads = [row for answer in group for row in answer.payloads]
            found = append_observations(connection, frame, payloads, window, clock)
            accept_first(connection, [answer.told for answer in group if answer.told], clock)
            reports |= {line: report + known.get(line, NOTHING_WRITTEN) for line, report in found.items()}
        fetched = [row["payload_id"] for group in answers.values() for answer in group for row in answer.payloads]
        news = [line for line, report in reports.items() if report.appended]
        judge_written(connection, news, fetched, clock, run_id)
        return reports

    return warehouse.run(write)
