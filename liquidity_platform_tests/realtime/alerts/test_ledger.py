"""The ledger on a real journal: fired is delivered, waiting, dead or suppressed, each with its reason."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.journal.opening import connect, open_journal

SECOND = ledger.SECOND


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    open_journal(tmp_path / "j.sqlite").dispose()
    with connect(tmp_path / "j.sqlite") as connection:
        yield connection
    connection.close()


def alert(edge: str) -> Alert:
    return Alert(1, "rule-1", 1, "ES", "threshold", "fut.es", edge, 7 * SECOND, 4500.0, 4500.0, "above", "info", "hi")


def states(journal: sqlite3.Connection) -> list[tuple[str, int, str | None]]:
    return journal.execute("SELECT state, attempts, reason FROM deliveries ORDER BY id").fetchall()


def test_a_firing_and_its_deliveries_are_one_and_come_once(journal: sqlite3.Connection) -> None:
    found = ledger.record(journal, alert("a"), None, None, ["ws", "webhook"], 100)
    assert found is not None
    assert [one.channel for one in found[1]] == ["ws", "webhook"]
    assert ledger.record(journal, alert("a"), None, None, ["ws"], 200) is None
    assert states(journal) == [("pending", 0, None)] * 2
    assert len({one.key for one in found[1]}) == 2
    assert ledger.due_now(journal, "ws", 100) == [found[1][0]]
    assert ledger.due_now(journal, "ws", 99) == []


def test_a_failed_delivery_is_tried_after_1_2_4_8_seconds_and_then_dies(journal: sqlite3.Connection) -> None:
    ledger.record(journal, alert("a"), None, None, ["webhook"], 0)
    now, waits = 0, []
    while due := ledger.due_now(journal, "webhook", now):
        if ledger.failed(journal, due[0], now, "503") == "dead":
            break
        assert ledger.due_now(journal, "webhook", now) == []
        (then,) = journal.execute("SELECT next_try_at FROM deliveries").fetchone()
        waits.append((then - now) / SECOND)
        now = then
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert states(journal) == [("dead", 8, "503")]
    said = journal.execute("SELECT attempt, state FROM delivery_log ORDER BY id").fetchall()
    assert said == [(0, "pending"), *((n, "failed") for n in range(1, 8)), (8, "dead")]


def test_a_channel_that_names_its_wait_is_obeyed(journal: sqlite3.Connection) -> None:
    _, (due,) = ledger.record(journal, alert("a"), None, None, ["webhook"], 0)  # type: ignore[misc]
    ledger.failed(journal, due, 0, "429", wait_s=30)
    assert ledger.due_now(journal, "webhook", 30 * SECOND - 1) == []
    assert len(ledger.due_now(journal, "webhook", 30 * SECOND)) == 1


def test_an_acknowledgement_is_kept_from_the_first_time_on(journal: sqlite3.Connection) -> None:
    number, (due,) = ledger.record(journal, alert("a"), None, None, ["ws"], 0)  # type: ignore[misc]
    ledger.sent(journal, due, 5)
    assert ledger.acknowledge(journal, number, 10)
    assert ledger.acknowledge(journal, number, 20)
    assert journal.execute("SELECT acknowledged_at FROM alert_logs").fetchone() == (10,)
    assert states(journal) == [("acknowledged", 1, None)]
    assert not ledger.acknowledge(journal, 99, 20)
    ledger.failed(journal, due, 30, "late answer of an earlier try")
    assert states(journal) == [("acknowledged", 1, None)]


def test_a_suppressed_firing_has_its_reason_and_no_delivery(journal: sqlite3.Connection) -> None:
    ledger.record(journal, alert("a"), None, "cooldown: sent 1 s ago (cooldown 60 s)", ["ws"], 0)
    assert states(journal) == []
    proof = ledger.prove(journal)
    assert (proof.fired, proof.suppressed, proof.whole) == (1, {"cooldown": 1}, True)


def test_a_firing_without_deliveries_is_not_accounted_for(journal: sqlite3.Connection) -> None:
    ledger.record(journal, alert("a"), None, None, ["ws"], 0)
    journal.execute("DELETE FROM delivery_log")
    journal.execute("DELETE FROM deliveries")
    assert not ledger.prove(journal).whole


steps = st.lists(st.sampled_from(["sent", "failed", "refuse", "ack", "again"]), max_size=12)


@runs(max_examples=50, deadline=None)
@given(stories=st.lists(st.tuples(st.booleans(), steps, steps), max_size=5))
def test_whatever_happens_every_firing_is_accounted_for(stories: list[tuple[bool, list[str], list[str]]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        open_journal(Path(folder) / "j.sqlite").dispose()
        journal = connect(Path(folder) / "j.sqlite")
        fates = {"suppressed": 0, "sent": 0, "dead": 0, "waiting": 0}
        for place, (held_back, *each) in enumerate(stories):
            why = "silenced" if held_back else None
            found = ledger.record(journal, alert(str(place)), None, why, ["ws", "webhook"], 0)
            assert found is not None
            ends = [
                _live(journal, found[0], due, steps, place) for due, steps in zip(found[1], each, strict=held_back < 1)
            ]
            fates[_fate(held_back, ends)] += 1
        proof = ledger.prove(journal)
        journal.close()
    assert proof.whole
    assert proof.fired == len(stories)
    assert sum(proof.suppressed.values()) == fates["suppressed"]
    assert (proof.sent, sum(proof.dead.values()), proof.waiting) == (fates["sent"], fates["dead"], fates["waiting"])


def _live(journal: sqlite3.Connection, number: int, due: ledger.Due, steps: list[str], place: int) -> str:
    """Play the steps; the end the delivery must have come to, by the obvious reading of the rules."""
    state, tries = "waiting", 0
    for step in steps:
        one = ledger.Due(due.id, due.alert_id, due.channel, tries, due.key)
        if step == "sent":
            ledger.sent(journal, one, 1)
        elif step == "failed":
            ledger.failed(journal, one, 1, "no answer")
        elif step == "refuse":
            ledger.refuse(journal, one, 1, "gone")
        elif step == "again":
            assert ledger.record(journal, alert(str(place)), None, None, ["ws"], 9) is None
        if state == "waiting" and step in ("sent", "failed", "refuse"):
            tries += 1
            state = {"sent": "sent", "refuse": "dead"}.get(step, "dead" if tries == 8 else "waiting")
    return state


def _fate(held_back: bool, ends: list[str]) -> str:
    if held_back:
        return "suppressed"
    return next(state for state in ("sent", "waiting", "dead") if state in ends)
