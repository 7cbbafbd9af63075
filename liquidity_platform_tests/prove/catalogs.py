"""The whole catalog refreshed against stand-ins of its publishers, with every fault switched on at each of them.

A warehouse is filled once with every series of every provider, through the real `load`, all providers at once as
`daily` asks them. A draw switches one fault on at one publisher and refreshes: the others are published, each series
of the faulty one says why it is missing in one line, and no fact is added or changed. Then the fault goes, a minute
passes (the breaker's), and everything is published again with nothing to append. A refresh of a draw asks for all
series of the faulty publisher and FEW of each other one: 275 at a time take most of a minute, and there are 45 draws.
Belongs here: draws and their judgement. Keep out: stand-ins and faults (publishers), pace and patience (patience.py).
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from liquidity_platform.automation.answers import NOTHING_WRITTEN, Outcome
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.bench.refreshing import refresh
from liquidity_platform_tests.publishers.everybody import Everybody
from liquidity_platform_tests.publishers.patience import Minutes, impatient, unpaced
from liquidity_platform_tests.publishers.serving import Fault

EVERY_LINE = tuple(SERIES.values())
FEW = 4  # series of each healthy publisher in a draw
LONGEST = 400  # characters of a line that a person still reads
HELD = (
    "SELECT count(*), sum(hashtextextended(fact::text, 0)) FROM raw.observations fact WHERE source_id = %s",
    "SELECT count(*), 0 FROM raw.payloads WHERE accepted AND source_id = %s",
)


@dataclass(frozen=True, slots=True)
class CatalogDraw:
    """One fault at one publisher. `wrong` are sentences; none means that it stayed with its own series."""

    number: int
    name: str
    fault: Fault
    others: int  # series of other publishers that were published meanwhile
    missing: int
    said: str  # the first reason
    ill_s: float
    well_s: float
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        more = f" (and {len(self.wrong) - 3} more)" if len(self.wrong) > 3 else ""
        verdict = "; ".join(self.wrong[:3]) + more or "whole"
        return (
            f"catalog draw {self.number:>2}: {self.name}, {self.fault}: {self.others} of others published, "
            f"{self.missing} missing in {self.ill_s:.1f} s ({self.said}); all back in {self.well_s:.1f} s: {verdict}"
        )


@dataclass(frozen=True, slots=True)
class _World:
    """Everything a draw needs."""

    lines: Sequence[Series]
    everybody: Everybody
    warehouse: Warehouse
    minutes: Minutes

    def refresh(self, lines: Sequence[Series], window: Window) -> tuple[float, list[Outcome]]:
        """Load `lines`, all providers at once, a minute after whatever was before: seconds and outcomes."""
        self.minutes.pass_by()
        started = time.monotonic()
        outcomes = refresh(self.warehouse, unpaced({line.source for line in lines}), lines, window)
        return time.monotonic() - started, outcomes

    def around(self, name: str) -> list[Series]:
        """All lines of `name`, and FEW of each other publisher."""
        seen: Counter[str] = Counter()
        seen.update({name: -len(self.lines)})
        chosen = []
        for line in self.lines:
            seen[line.source] += 1
            if seen[line.source] <= FEW:
                chosen.append(line)
        return chosen

    def held(self, name: str) -> list[object]:
        """What stands in the warehouse of `name`: rows with a digest of them, and accepted answers."""
        with self.warehouse.session() as connection:
            return [connection.execute(query, [name]).fetchone() for query in HELD]


def catalog_draws(
    real: Path | None, folder: Path, drawn: Sequence[tuple[str, Fault]] = (), lines: Sequence[Series] = EVERY_LINE
) -> Iterator[CatalogDraw]:
    """A draw for each of `drawn` (none given: every fault at every publisher) in one warehouse, filled first."""
    names = dict.fromkeys(line.source for line in lines)
    every = drawn or [(name, fault) for fault in Fault for name in names]
    with Everybody(real) as everybody:
        settings = Settings(_env_file=None, home=folder / "catalog", data="live", sources=everybody.sources())
        with impatient(everybody.faults.__contains__) as minutes, open_warehouse(settings) as warehouse:
            prepare(warehouse)
            world = _World(lines, everybody, warehouse, minutes)
            _fill(world)
            for number, (name, fault) in enumerate(every, 1):
                yield _draw(number, world, name, fault)


def _fill(world: _World) -> None:
    """The first load. Raises RuntimeError when it is not whole: there is nothing to compare then."""
    seconds, outcomes = world.refresh(world.lines, Window.all_until(world.warehouse.settings.clock_now().now()))
    if missing := [outcome for outcome in outcomes if not outcome.published]:
        raise RuntimeError(f"the first load lacks {len(missing)} series: {_reason(missing[0])}")
    rows = sum((outcome.report for outcome in outcomes), NOTHING_WRITTEN).appended
    print(f"catalog: {len(outcomes)} series, {rows:,} rows filled in {seconds:.1f} s", flush=True)


def _draw(number: int, world: _World, name: str, fault: Fault) -> CatalogDraw:
    window = Window.current(world.warehouse.settings.clock_now().now())
    lines, before = world.around(name), world.held(name)
    world.everybody.faults[name] = fault
    ill_s, ill = world.refresh(lines, window)
    del world.everybody.faults[name]
    changed = world.held(name) != before
    wrong = [f"facts or accepted answers of {name} were added or changed"] if changed else []
    wrong += judged_ill(name, ill)
    well_s, well = world.refresh(lines, window)
    wrong += judged_well(well)
    missing = [outcome for outcome in ill if not outcome.published]
    others = sum(outcome.published for outcome in ill if outcome.series.source != name)
    said = _reason(missing[0]) if missing else "nothing"
    return CatalogDraw(number, name, fault, others, len(missing), said, ill_s, well_s, tuple(wrong))


def judged_ill(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    """What is wrong with a refresh during which `name` was ill."""
    wrong = [
        f"{outcome.series.id} of {outcome.series.source} is missing too: {_reason(outcome)}"
        for outcome in outcomes
        if outcome.series.source != name and not outcome.published
    ]
    own = [outcome for outcome in outcomes if outcome.series.source == name]
    wrong += [f"{outcome.series.id} counts as published" for outcome in own if outcome.published]
    for outcome in own:
        reason = _reason(outcome)
        if not outcome.published and not (name in reason and "\n" not in reason and len(reason) <= LONGEST):
            wrong.append(f"{outcome.series.id}: not one line that names {name}: {reason!r}")
    rows = sum((outcome.report for outcome in outcomes), NOTHING_WRITTEN).appended
    return wrong + ([f"{rows} rows were appended"] if rows else [])


def judged_well(outcomes: Sequence[Outcome]) -> list[str]:
    """What is wrong with the refresh after it."""
    wrong = [f"{each.series.id} did not come back: {_reason(each)}" for each in outcomes if not each.published]
    rows = sum((outcome.report for outcome in outcomes), NOTHING_WRITTEN).appended
    return wrong + ([f"{rows} rows were appended when it came back"] if rows else [])


def _reason(outcome: Outcome) -> str:
    return outcome.failure or outcome.quarantined or ""
