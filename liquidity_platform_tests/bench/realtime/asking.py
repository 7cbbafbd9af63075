"""Times of API answers over a journal of ten million ticks, while a thousand ticks a second come in.

The journal is filled by SQL before the sidecar starts; rules and alerts come through its own ways.
Belongs here: the questions. Keep out: ticks sent (sender.py), alerts' way (alerting.py).
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.watching import DEFAULT, ensure_instruments
from liquidity_platform_tests.bench.measures import Measure
from liquidity_platform_tests.bench.realtime.alerting import RULES, SLOW, quantile, spread
from liquidity_platform_tests.bench.realtime.load import rules_of
from liquidity_platform_tests.bench.realtime.standing import Loaded, loaded

TICKS, ALERTS, CHANGES, QUESTIONS = 10_000_000, 10_000, 100, 50
LIMIT_MS = 50.0
_FILL = """
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
INSERT INTO market_data (instrument_id, event_at, received_at, seq, price, size, bid, ask, flags)
SELECT n % 12 + 1, ? + n * 1000, ? + n * 1000, n, 100.0, 1.0, NULL, NULL, 0 FROM n
"""
_ALERTS = """
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
INSERT INTO alert_logs (uid, rule_id, rule_version, instrument_id, edge_id, fired_at, written_at, value, threshold,
    condition, severity, context)
SELECT 'bench-' || n, 1, 1, 1, n, ? + n * 1000, ? + n * 1000, 102.0, 101.0, 'above', 'info', '{"rule": "r"}' FROM n
"""


def api_times(folder: Path) -> Iterator[Measure]:
    """Fill, start, ask."""
    path = folder / "asking" / "journal.sqlite"
    _fill(path)
    with loaded(folder / "asking", RULES, path) as desk:
        desk.order(SLOW, 2)
        desk.sent()
        with _busy(desk):
            yield from _changes(desk.running.http)
            yield from _questions(desk.running.http)


def _fill(path: Path) -> None:
    open_journal(path).dispose()
    connection: sqlite3.Connection = connect(path)
    ensure_instruments(connection, DEFAULT)
    began = time.time_ns() // 1000 - TICKS * 1000 - 60_000_000
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("DROP INDEX market_data_time")
    connection.execute(_FILL, (TICKS - 1, began, began))
    connection.execute("CREATE INDEX market_data_time ON market_data (instrument_id, event_at)")
    connection.execute(_ALERTS, (ALERTS, began, began))
    connection.close()


class _busy:
    """Ticks come while this is open, a second's worth at a time."""

    def __init__(self, desk: Loaded) -> None:
        self._desk, self._ends = desk, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._ends.is_set():
            self._desk.order(SLOW, 1)
            self._desk.sent()


def _millis(ask: Callable[[], httpx.Response]) -> float:
    began = time.perf_counter()
    ask().raise_for_status()
    return (time.perf_counter() - began) * 1000


def _changes(http: httpx.Client) -> Iterator[Measure]:
    """A rule taken, read, replaced and deleted, a hundred times."""
    body = {"instrument_id": 1, **list(rules_of(2))[1]}
    times: dict[str, list[float]] = {"take": [], "read": [], "replace": [], "delete": []}
    last = http.get("/api/rules").json()[-1]["id"]
    for number in range(last + 1, last + 1 + CHANGES):
        where = f"/api/rules/{number}"
        times["take"].append(_millis(lambda: http.post("/api/rules", json=body)))
        times["read"].append(_millis(lambda where=where: http.get(where)))
        times["replace"].append(_millis(lambda where=where: http.put(where, json=body)))
        times["delete"].append(_millis(lambda where=where: http.delete(where)))
    for what, millis in times.items():
        yield Measure(
            f"{what} a rule, {TICKS:,} ticks kept, p99", quantile(millis, 0.99), "ms", LIMIT_MS, spread(millis)
        )


def _questions(http: httpx.Client) -> Iterator[Measure]:
    for where in ("/api/instruments", "/api/alerts?limit=50", "/api/alerts?limit=50&offset=9000", "/api/rules",
                  "/api/health", "/metrics"):  # fmt: skip
        millis = [_millis(lambda where=where: http.get(where)) for _ in range(QUESTIONS)]
        yield Measure(f"GET {where}, p99", quantile(millis, 0.99), "ms", LIMIT_MS, spread(millis))
