"""Appending computed metrics: nothing twice, a new value at the same step is a new row, windows hold."""

from collections.abc import Iterator
from datetime import date, datetime

import polars as pl
import psycopg
import pytest
from offering import instant

from liquidity_platform.core.facts import METRIC_ROWS
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import WriteReport, append_metrics
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import metrics_as_of

SERVERS = ("embedded", "postgres15")
METRIC, DAY, STEP, LATER = "us.net_liquidity.weekly", date(2024, 5, 1), instant("2024-05-02"), instant("2024-06-02")
EVERYTHING = Window(2002, 2030)


def computed(*rows: tuple[datetime, float | None, str], version: int = 1) -> pl.DataFrame:
    listed = [(METRIC, version, DAY, step, value, status, "hash") for step, value, status in rows]
    return pl.DataFrame(listed, schema=METRIC_ROWS, orient="row")


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    with warehouse._pooled() as pooled:
        yield pooled


def append(
    connection: psycopg.Connection, frame: pl.DataFrame, window: Window = EVERYTHING, clock: Clock = Clock()
) -> WriteReport:
    return append_metrics(connection, frame, window, clock, "run")[METRIC]


def known(connection: psycopg.Connection, at: datetime) -> list[tuple[object, ...]]:
    return connection.execute("SELECT value, status FROM derived.metrics_as_of(%s, %s)", [at, [METRIC]]).fetchall()


def test_the_same_steps_again_append_nothing(connection: psycopg.Connection) -> None:
    rows = computed((STEP, 1.0, "COMPLETE"), (LATER, None, "STALE_INPUT"))
    assert append(connection, rows) == WriteReport(offered=2, appended=2)
    assert append(connection, rows) == WriteReport(offered=2, unchanged=2)


def test_another_value_at_the_same_step_is_a_new_row_and_the_last_word(connection: psycopg.Connection) -> None:
    for value in (1.0, 2.0, 1.0):
        assert append(connection, computed((STEP, value, "COMPLETE"))).appended == 1
    assert known(connection, STEP) == [(1.0, "COMPLETE")]
    assert connection.execute("SELECT count(*) FROM derived.metrics").fetchone() == (3,)


def test_another_status_at_the_same_step_is_a_new_row(connection: psycopg.Connection) -> None:
    append(connection, computed((STEP, None, "MISSING_INPUT")))
    assert append(connection, computed((STEP, None, "STALE_INPUT"))).appended == 1
    assert known(connection, STEP) == [(None, "STALE_INPUT")]


def test_recorded_at_grows_under_a_standing_clock(connection: psycopg.Connection) -> None:
    for value in (1.0, 2.0, 3.0):
        append(connection, computed((STEP, value, "COMPLETE")), clock=Clock(LATER))
    assert known(connection, STEP) == [(3.0, "COMPLETE")]
    stamps = connection.execute("SELECT count(DISTINCT recorded_at), min(recorded_at) FROM derived.metrics").fetchone()
    assert stamps == (3, LATER)


def test_the_same_value_at_a_later_step_is_a_row_of_its_own(connection: psycopg.Connection) -> None:
    append(connection, computed((STEP, 1.0, "COMPLETE")))
    assert append(connection, computed((STEP, 1.0, "COMPLETE"), (LATER, 1.0, "COMPLETE"))).appended == 1


def test_steps_outside_the_runs_years_are_not_written(connection: psycopg.Connection) -> None:
    rows = computed((instant("2023-12-31"), 1.0, "COMPLETE"), (STEP, 2.0, "COMPLETE"))
    assert append(connection, rows, Window(2024, 2024)) == WriteReport(offered=2, appended=1, outside=1)
    assert known(connection, instant("2024-01-01")) == []


def test_another_version_of_a_definition_does_not_touch_the_first(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        append(connection, computed((STEP, 1.0, "COMPLETE")))
        append(connection, computed((STEP, 2.0, "COMPLETE"), version=2))
    with warehouse.session() as connection:
        for version, value in ((1, 1.0), (2, 2.0)):
            assert metrics_as_of(connection, {METRIC: version})["value"].to_list() == [value]
        assert metrics_as_of(connection, {METRIC: 1}, instant("2024-05-01")).is_empty()


def test_a_status_that_nobody_declared_is_refused(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        append(connection, computed((STEP, 1.0, "FINE")))
