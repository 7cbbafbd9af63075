"""The sidecar's own path in one process, no socket: time of a tick's evaluation, memory as ticks go by.

The market is open in these ticks (a Wednesday morning, a thousand ticks a second), whatever day it is: every bar,
volume and extreme moves. Memory is that of a fresh process: `python -m ...bench.realtime.evaluating FOLDER TICKS`.
Belongs here: those two. Keep out: rules and prices (load.py), sockets (alerting.py).
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.delivering import now_us
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.rules.engine import Engine
from liquidity_platform.realtime.rules.validation import parse_rule
from liquidity_platform.realtime.ticks import Tick
from liquidity_platform.realtime.watching import DEFAULT, ensure_instruments, parsed, save_rule
from liquidity_platform_tests.bench.measures import Measure
from liquidity_platform_tests.bench.realtime.alerting import RULES, quantile, spread
from liquidity_platform_tests.bench.realtime.load import price, rules_of

OPENING = 1_772_634_600_000_000  # Wednesday 2026-03-04, 09:30 in New York
SOME, ALL, STEPS = 2_000_000, 10_000_000, 10
ME = "liquidity_platform_tests.bench.realtime.evaluating"


def evaluation_times() -> Iterator[Measure]:
    """Every tick of one instrument with a hundred rules timed by itself; one in a hundred fires."""
    engine = Engine()
    for number, body in enumerate(rules_of(100), 1):
        engine.add(number, parse_rule({"instrument": "fut.es", **body}))
    micros = []
    for number in range(200_000):
        at = OPENING + number * 10_000
        tick = Tick("fut.es", at, at, price(number * 12, number % 100 == 50), 3.0)
        began = time.perf_counter_ns()
        engine.on_tick(tick)
        micros.append((time.perf_counter_ns() - began) / 1000)
    yield Measure("evaluation of a tick, 100 rules on it, p99", quantile(micros, 0.99), "us", 50, spread(micros))


def memory(folder: Path, ticks: int) -> Iterator[Measure]:
    """Memory after `ticks`, and after ten million by the growth of the second half where they are fewer."""
    done = subprocess.run(
        [sys.executable, "-m", ME, str(folder), str(ticks)], stdout=subprocess.PIPE, text=True, check=True
    )
    held = json.loads(done.stdout)
    half, last = held["megabytes"][STEPS // 2 - 1], held["megabytes"][-1]
    a_million = (last - half) / (ticks / 2 / 1e6)
    said = f"{half:.0f} after half of them, {ticks / held['seconds']:,.0f} ticks/s"
    yield Measure(f"memory after {ticks:,} ticks, {RULES:,} rules", last, "MB", 256, said)
    if ticks < ALL:
        reckoned = last + max(a_million, 0.0) * (ALL - ticks) / 1e6
        yield Measure("  after 10,000,000 if it grows on like that", reckoned, "MB", 256, "--full sends them all")


def _drive(folder: Path, ticks: int) -> dict[str, object]:
    """Normalizer, engine, journal over `ticks`; memory after each tenth, once the journal has them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "journal.sqlite"
    open_journal(path).dispose()
    connection = connect(path)
    ids = ensure_instruments(connection, DEFAULT)
    names = {number: name for name, number in ids.items()}
    for one in names:
        traded = INSTRUMENTS[names[one]].asset_class not in ("index", "internal")
        for body in rules_of(RULES // len(names) + 1, traded):
            save_rule(connection, parsed({**body, "instrument_id": one}, names), {**body, "instrument_id": one}, one, 0)
    process, began, held = psutil.Process(), time.perf_counter(), []
    with Writer(path, ids) as writer:
        evaluator, normalizer = Evaluator(writer, ids, ["websocket"], lambda: None, now_us), Normalizer()
        evaluator.resume(connection)
        for number in range(ticks):
            for tick in normalizer.ticks(_update(number)):
                evaluator.tick(tick)
            if number % 5_000 == 0:
                _until_below(writer, 5_000)  # as fast as the file takes them
            if (number + 1) % (ticks // STEPS) == 0:
                _until_below(writer, 1)
                gc.collect()
                held.append(process.memory_info().rss / 2**20)
    return {"megabytes": held, "seconds": time.perf_counter() - began, "fired": evaluator.fired}


def _until_below(writer: Writer, waiting: int) -> None:
    time.sleep(0.001)
    while writer.health.ticks_waiting >= waiting:
        time.sleep(0.001)


def _update(number: int) -> RawUpdate:
    at, place = OPENING + number * 1_000, number // len(DEFAULT)
    fires = number % 100 == 50
    return RawUpdate(DEFAULT[number % len(DEFAULT)].id, at, at, True, price(number, fires), volume=place * 3.0)


if __name__ == "__main__":
    print(json.dumps(_drive(Path(sys.argv[1]), int(sys.argv[2]))))
