"""Signals in a real warehouse: walked when their metrics have news, append-only, answered as of any instant."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from liquidity_platform.automation.signal_assets import compute_signals
from liquidity_platform.core.facts import METRIC_ROWS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.warehouse.append import WriteReport, append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.history import signal_history
from liquidity_platform.warehouse.signals import signals_as_of

REGIME = SIGNALS["us.regime"]
NOW = Window.current(datetime.now(UTC))
FIRST = date(2024, 1, 3)
WEEK = timedelta(days=7)


def released(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 21, 30, tzinfo=UTC) + timedelta(days=1)


def add(warehouse: Warehouse, *scores: float, at: datetime | None = None) -> dict[str, WriteReport]:
    """Write scores of the weeks from FIRST on, each known at its release (`at`: all of them then)."""
    version = METRICS[REGIME.score].version
    rows = [
        (REGIME.score, version, day, at or released(day), score, "COMPLETE", "hash")
        for number, score in enumerate(scores)
        for day in [FIRST + number * WEEK]
    ]
    with warehouse.session() as connection:
        frame = pl.DataFrame(rows, schema=METRIC_ROWS, orient="row")
        return append_metrics(connection, frame, Window(2002, 2030), Clock(), "run")


def walked(warehouse: Warehouse, written: dict[str, WriteReport] | None = None) -> dict[str, int]:
    """Rows appended of each signal that was walked."""
    _, reports = compute_signals(warehouse, NOW, "run", written or {})
    return {signal: report.appended for signal, report in reports.items()}


def states(warehouse: Warehouse, at: datetime | None = None) -> list[str]:
    with warehouse.session() as connection:
        return signals_as_of(connection, {REGIME.id: REGIME.version}, at)["status"].to_list()


def test_a_signal_is_walked_when_its_metrics_have_news_and_twice_adds_nothing(warehouse: Warehouse) -> None:
    assert walked(warehouse) == {}
    written = add(warehouse, 0.6, 0.6, 0.1)
    assert walked(warehouse, written) == {REGIME.id: 3}
    assert walked(warehouse) == {}
    assert walked(warehouse, written) == {REGIME.id: 0}
    assert states(warehouse) == ["EXPANSION", "EXPANSION", "NEUTRAL"]


def test_what_an_earlier_run_wrote_and_did_not_come_to_is_walked_by_the_next(warehouse: Warehouse) -> None:
    walked(warehouse, add(warehouse, 0.6))
    add(warehouse, 0.6, 0.6)
    assert walked(warehouse) == {REGIME.id: 1}


def test_a_revision_leaves_what_was_said_and_is_told_from_its_own_instant_on(warehouse: Warehouse) -> None:
    walked(warehouse, add(warehouse, 0.6, 0.6, 0.3))
    later = released(FIRST + 3 * WEEK)
    assert walked(warehouse, add(warehouse, -0.6, -0.6, at=later)) == {REGIME.id: 3}
    assert states(warehouse, later - timedelta(seconds=1)) == ["EXPANSION", "EXPANSION", "EXPANSION"]
    assert states(warehouse) == ["CONTRACTION", "CONTRACTION", "NEUTRAL"]
    with warehouse.session() as connection:
        steps = signal_history(connection, REGIME.id, FIRST, None)
    assert steps.select("known_at", "status").rows() == [(released(FIRST), "EXPANSION"), (later, "CONTRACTION")]


def test_a_window_of_a_past_year_writes_the_steps_of_that_year_only(warehouse: Warehouse) -> None:
    written = add(warehouse, *[0.6] * 60)
    _, reports = compute_signals(warehouse, Window(2024, 2024), "run", written)
    assert (reports[REGIME.id].appended, reports[REGIME.id].outside) == (52, 8)
