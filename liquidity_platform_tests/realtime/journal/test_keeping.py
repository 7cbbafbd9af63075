"""Retention: what is old goes, what was not sent or moved stays."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.journal.keeping import DAY, Retention, clean_step
from liquidity_platform.realtime.journal.opening import connect, open_journal

NOW = 1_000 * DAY


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    engine = open_journal(tmp_path / "j.sqlite")
    with engine.begin() as made:
        made.execute(sa.text("INSERT INTO instruments VALUES (1, 'fut.es', 'ES', '/ES', 'x', 'future', 'active')"))
    engine.dispose()
    with connect(tmp_path / "j.sqlite") as connection:
        yield connection
    connection.close()


def add_ticks(journal: sqlite3.Connection, *days: int) -> None:
    for day in days:
        journal.execute(
            "INSERT INTO market_data (instrument_id, event_at, received_at, seq, flags) VALUES (1, ?, 0, 0, 0)",
            (NOW - day * DAY,),
        )


def test_old_ticks_go_and_ids_are_not_given_again(journal: sqlite3.Connection) -> None:
    add_ticks(journal, 40, 31, 29)
    assert clean_step(journal, Retention(), NOW) == 2
    assert clean_step(journal, Retention(), NOW) == 0
    journal.execute("DELETE FROM market_data")
    add_ticks(journal, 1)
    assert journal.execute("SELECT id FROM market_data").fetchall() == [(4,)]


def test_what_is_not_in_the_warehouse_yet_stays(journal: sqlite3.Connection) -> None:
    add_ticks(journal, 40, 40, 40)
    assert clean_step(journal, Retention(), NOW, {"market_data": 1}) == 1
    assert journal.execute("SELECT id FROM market_data").fetchall() == [(2,), (3,)]


def test_an_old_alert_goes_with_its_deliveries_unless_one_is_still_owed(journal: sqlite3.Connection) -> None:
    for edge in ("a", "b", "c"):
        alert = Alert(1, "r", 1, "", "threshold", None, edge, NOW - 400 * DAY, 1.0, 1.0, "above", "info", "")
        found = ledger.record(journal, alert, None, None, ["ws"], NOW)
        assert found is not None
        if edge != "b":
            ledger.sent(journal, found[1][0], NOW)
    assert clean_step(journal, Retention(), NOW, {"alert_logs": 2}) == 1
    assert clean_step(journal, Retention(), NOW) == 1
    assert journal.execute("SELECT edge_id FROM alert_logs").fetchall() == [("b",)]
    assert journal.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)
    assert journal.execute("SELECT count(*) FROM delivery_log").fetchone() == (1,)
    assert ledger.prove(journal).whole


def test_an_alert_goes_without_reading_the_whole_log_of_deliveries(journal: sqlite3.Connection) -> None:
    steps = journal.execute("EXPLAIN QUERY PLAN DELETE FROM delivery_log WHERE delivery_id = 1").fetchall()
    assert "delivery_log_of" in str(steps)
