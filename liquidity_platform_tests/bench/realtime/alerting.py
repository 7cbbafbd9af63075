"""From a tick on the socket to the alert on a client's socket, in three processes; with a client that never reads.

Time is the client's receipt less the moment the tick that fired was given to the sender's socket, by the one
monotonic clock of this machine; the sender keeps its schedule whatever the sidecar does, so queueing is in it.
Belongs here: those runs, their figures. Keep out: the processes (standing.py), clients (listening.py).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liquidity_platform_tests.bench.measures import Measure
from liquidity_platform_tests.bench.realtime.listening import Heard, gather, never_reading
from liquidity_platform_tests.bench.realtime.standing import Loaded, loaded

RULES, CLIENTS, SECONDS = 1_000, 3, 20.0
SLOW, FAST = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run: milliseconds from tick to alert in order of the ticks, over all clients; what was lost."""

    millis: list[float]
    report: dict[str, Any]
    missing: int


def quantile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all are at most."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def spread(values: Sequence[float]) -> str:
    """Median and greatest, in words."""
    return f"median {quantile(values, 0.5):.2f}, greatest {max(values):.2f}"


def run(desk: Loaded, rate: int, seconds: float = SECONDS) -> Run:
    """Send at `rate` and listen."""

    def sending() -> dict[str, Any]:
        desk.order(rate, seconds)
        return desk.sent()

    report, notes = gather(desk.running.port, CLIENTS, sending)
    left = dict(report["stamps"])
    millis = [(at - left[fired]) / 1e6 for fired, at in sorted(_all(notes)) if fired in left]
    return Run(millis, report, len(left) * CLIENTS - len(millis))


def _all(notes: Sequence[Heard]) -> Heard:
    return [each for heard in notes for each in heard]


def alert_times(folder: Path) -> Iterator[Measure]:
    """At 1,000 ticks a second, the same beside a client that never reads, then at 10,000."""
    with loaded(folder / "alerting", RULES, folder / "alerting" / "journal.sqlite") as desk:
        run(desk, SLOW, 3)  # the first connection, the first prices
        alone = run(desk, SLOW)
        yield _latency(f"tick to alert, {SLOW:,} ticks/s, {RULES:,} rules", alone, 10.0)
        with never_reading(desk.running.port):
            beside = run(desk, SLOW)
        yield _latency("  beside a client that never reads", beside, 10.0)
        yield from _sustained(desk)


def _latency(what: str, one: Run, limit: float | None) -> Measure:
    late = f"sender late by {one.report['late_ms']:.1f}"
    missing = f", {one.missing} alerts missing" if one.missing else ""
    value = float("inf") if one.missing else quantile(one.millis, 0.99)
    return Measure(f"{what}, p99", value, "ms", limit, f"{spread(one.millis)}, {late}{missing}")


def _journaled(desk: Loaded) -> int:
    """Ticks in the journal, once none waits."""
    time.sleep(0.5)  # the writer gathers for a tenth of a second
    desk.running.until(lambda: desk.running.health()["journal"]["ticks_waiting"] == 0)
    return desk.counter("journal_ticks_total")


def _sustained(desk: Loaded) -> Iterator[Measure]:
    before = _journaled(desk)
    fast = run(desk, FAST)
    lost = fast.report["sent"] - (_journaled(desk) - before)
    rate = fast.report["sent"] / fast.report["seconds"]
    yield Measure(f"ticks/s sent, {FAST:,} wanted", rate, "ticks/s", least=FAST * 0.99)
    yield Measure("  of them not in the journal", lost, "ticks", 0)
    quarter = len(fast.millis) // 4
    first, last = quantile(fast.millis[:quarter], 0.5), quantile(fast.millis[-quarter:], 0.5)
    yield Measure("  lag grown, first to last quarter, median", last - first, "ms", 20.0, f"{first:.2f} to {last:.2f}")
    yield _latency(f"  tick to alert, {FAST:,} ticks/s", fast, None)
    yield Measure("  memory of the sidecar after it", desk.megabytes(), "MB", 256)
