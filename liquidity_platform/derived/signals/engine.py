"""Evaluating a declared signal at every step of knowledge.

At each instant at which an input became known the path of states is walked again from the earliest date whose score
that touched, with every score as known then. The rows of an instant are: the dates one of whose inputs became known at
it, and every later date that is known by then, because a state depends on the ones before. So which rows there are
follows from what became known when, never from values: a late older vintage only adds rows.
Belongs here: the walk, confidence, what a row says of its inputs. Keep out: declarations, SQL, Dagster.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import polars as pl

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.signals.declare import INSUFFICIENT, Signal

SIGNAL_ROWS = {
    "signal_id": pl.String(),
    "definition_version": pl.Int32(),
    "period": pl.Date(),
    "known_at": INSTANT,
    "state": pl.String(),
    "score": pl.Float64(),
    "confidence": pl.Float64(),
    "inputs": pl.String(),  # JSON
}
CONFIDENT, FAIRLY = 0.75, 0.5  # shares of components from which confidence is HIGH, MEDIUM; less is LOW


@dataclass(frozen=True, slots=True)
class Held:
    """A state and for how many releases it has been held, this one included."""

    state: str
    releases: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a metric said of a date, since when."""

    value: float | None
    status: str
    known_at: datetime


def advance(signal: Signal, before: Held | None, score: float | None) -> Held:
    """The state after one more release."""
    if score is None:
        return Held(INSUFFICIENT, 1 if before is None or before.state != INSUFFICIENT else before.releases + 1)
    if before is None or before.state == INSUFFICIENT:
        return Held(signal.rule(None, score), 1)
    wanted = signal.rule(before.state, score)
    if wanted != before.state and before.releases >= signal.dwell:
        return Held(wanted, 1)
    return Held(before.state, before.releases + 1)


def agreement(signal: Signal, state: str, components: Mapping[str, float | None]) -> float | None:
    """The share of components that agree with the state; NULL without components, 0 for INSUFFICIENT."""
    if not components:
        return None
    low, high = signal.agree.get(state, (1.0, -1.0))
    return sum(value is not None and low <= value <= high for value in components.values()) / len(components)


def spoken(confidence: float | None) -> str | None:
    """HIGH, MEDIUM or LOW."""
    if confidence is None:
        return None
    return "HIGH" if confidence >= CONFIDENT else "MEDIUM" if confidence >= FAIRLY else "LOW"


def evaluate(signal: Signal, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of `signal` (SIGNAL_ROWS) from rows of metrics: input_id, period, known_at, value, status (KNOWN_INPUT).

    Pure: dropping every row known after T only drops result rows known after T.
    """
    instants = list(_instants(signal, known))
    walk = _Walk(signal, _releases(signal, [at for at, _ in instants]))
    rows: list[tuple[Any, ...]] = []
    for at, batch in instants:
        rows += walk.step(at, batch)
    return pl.DataFrame(rows, schema=SIGNAL_ROWS, orient="row")


def _instants(signal: Signal, known: pl.DataFrame) -> Iterator[tuple[datetime, list[tuple[Any, ...]]]]:
    own = known.filter(pl.col("input_id").is_in(sorted(set(signal.inputs.values())))).sort("known_at", "period")
    read = own.select("known_at", "input_id", "period", "value", "status").iter_rows()
    for at, batch in groupby(read, key=lambda row: row[0]):
        yield at.astimezone(UTC), list(batch)


class _Walk:
    """What is known so far, and the path of states it makes."""

    def __init__(self, signal: Signal, releases: Sequence[datetime]) -> None:
        self.signal = signal
        self.releases = releases  # in order
        self.told: dict[str, dict[date, Told]] = {metric: {} for metric in signal.inputs.values()}
        self.periods: list[date] = []
        self.path: dict[date, Held] = {}

    def step(self, at: datetime, batch: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Take in what became known at one instant; the rows of that instant."""
        touched: set[date] = set()
        scored: list[date] = []
        for _, metric, period, value, status in batch:
            self.told[metric][period] = Told(value, status, at)
            touched.add(period)
            if metric == self.signal.score:
                scored.append(period)
        for period in scored:
            if period not in self.path:
                insort(self.periods, period)
                self.path[period] = Held(INSUFFICIENT, 0)  # until it is walked, now
        if scored:
            start = bisect_left(self.periods, min(scored))
            for place in range(start, len(self.periods)):
                self._walk(place)
                touched.add(self.periods[place])
        coming = bisect_right(self.releases, at)
        due = iso(self.releases[coming]) if coming < len(self.releases) else None
        return [self._row(period, at, due) for period in sorted(touched) if period in self.path]

    def _walk(self, place: int) -> None:
        period = self.periods[place]
        before = self.path[self.periods[place - 1]] if place else None
        self.path[period] = advance(self.signal, before, self.told[self.signal.score][period].value)

    def _row(self, period: date, at: datetime, due: str | None) -> tuple[Any, ...]:
        held = self.path[period]
        said = {name: self.told[metric].get(period) for name, metric in self.signal.inputs.items()}
        components = {name: one.value if (one := said[name]) else None for name in self.signal.components}
        confidence = agreement(self.signal, held.state, components)
        inputs = {
            "inputs": {name: _described(self.signal.inputs[name], one) for name, one in said.items()},
            "confidence": spoken(confidence),
            "held_for_releases": held.releases,
            "next_due": due,
        }
        score = self.told[self.signal.score][period].value
        text = json.dumps(inputs, ensure_ascii=False)
        return (self.signal.id, self.signal.version, period, at, held.state, score, confidence, text)


def _described(metric: str, told: Told | None) -> dict[str, Any]:
    if told is None:
        return {"metric": metric, "value": None, "status": "MISSING_INPUT", "known_at": None}
    return {"metric": metric, "value": told.value, "status": told.status, "known_at": iso(told.known_at)}


def _releases(signal: Signal, instants: Sequence[datetime]) -> list[datetime]:
    """Every release instant of the series the signal waits for, from the first instant to two weeks after the last."""
    release, frequency = SERIES[signal.due].release, SERIES[signal.due].frequency
    if release.clock is None or not instants:
        return []
    ahead = max(instants) + timedelta(days=14)
    count = (ahead - min(instants)).days // max(1, frequency.days) + 5
    periods = pl.Series("period", release.periods_before(frequency, ahead, count), dtype=pl.Date)
    return sorted(moment.astimezone(UTC) for moment in release.known_at(periods).to_list())


def evaluate_all(signals: Mapping[str, Signal], known: pl.DataFrame) -> pl.DataFrame:
    """Rows of all `signals`."""
    found = [evaluate(signal, known) for signal in signals.values()]
    return pl.concat(found) if found else pl.DataFrame(schema=SIGNAL_ROWS)
