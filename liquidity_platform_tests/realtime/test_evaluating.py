"""What the rules know outlives a kill: the run after it fires what an undisturbed one would have fired."""

from pathlib import Path
from typing import Any

from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.journal import reading
from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.ticks import Tick, TickFlags
from liquidity_platform.realtime.watching import DEFAULT, drop_rule, ensure_instruments, parsed, save_rule
from liquidity_platform_tests.realtime.sidecars import OPEN

RULE: dict[str, Any] = {
    "instrument": "fut.es", "rule_type": "cross_level", "direction": "either", "level": 4500.0, "cooldown_s": 1,
    "dedupe_window_s": 0,
}  # fmt: skip
SECOND = 1_000_000


def test_each_run_after_a_kill_goes_on_where_the_one_before_was(tmp_path: Path) -> None:
    path, prices = tmp_path / "j.sqlite", (4499.0, 4501.0, 4499.0, 4501.0, 4499.0)
    open_journal(path).dispose()
    with connect(path) as journal:
        ids = ensure_instruments(journal, DEFAULT)
        save_rule(journal, parsed(RULE, {}), RULE, ids["fut.es"], OPEN, None)
    with Writer(path, ids) as writer, connect(path) as journal:
        first = Evaluator(writer, ids, [], lambda: None, lambda: OPEN)
        first.resume(journal)
        first.keep()
    for number, price in enumerate(prices):  # one tick a run; nothing is written down at its end, as in a kill
        with Writer(path, ids) as writer, connect(path) as journal:
            run = Evaluator(writer, ids, [], lambda: None, lambda: OPEN)
            run.resume(journal)
            at = OPEN + 2 * number * SECOND
            run.tick(Tick("fut.es", at, at, price, 1.0, seq=1, flags=int(TickFlags.AFTER_GAP)))
    with connect(path) as journal:
        fired = journal.execute("SELECT value, condition FROM alert_logs ORDER BY id").fetchall()
    assert fired == [(4501.0, "up"), (4499.0, "down"), (4501.0, "up"), (4499.0, "down")]


def test_a_rule_taken_between_two_ticks_sees_only_what_came_after_it_also_after_a_kill(tmp_path: Path) -> None:
    """The run after the kill evaluates every tick again; it must find what the killed one found."""
    path = tmp_path / "j.sqlite"
    open_journal(path).dispose()
    with connect(path) as journal:
        ids = ensure_instruments(journal, DEFAULT)
    level = {**RULE, "level": 4490.0}
    with Writer(path, ids) as writer, connect(path) as journal:
        run = Evaluator(writer, ids, [], lambda: None, lambda: OPEN)
        run.resume(journal)
        for number, price in enumerate((4499.0, 4501.0, 4489.0, 4501.0, 4489.0, 4501.0, 4489.0)):
            if number == 2:
                _saved(run, writer, ids, 1, RULE)
            if number == 4:
                _saved(run, writer, ids, 1, level)
            if number == 6:
                assert writer.submit(lambda c: drop_rule(c, 1, OPEN)).result()
                run.drop(1)
            run.tick(Tick("fut.es", OPEN + 2 * number * SECOND, OPEN, price, 1.0, seq=number))
    with connect(path) as journal:
        fired = journal.execute("SELECT fired_at, rule_version, value FROM alert_logs ORDER BY id").fetchall()
        assert [(at - OPEN) // SECOND // 2 for at, *_ in fired] == [2, 3, 4, 5]
        assert [version for _, version, _ in fired] == [1, 1, 2, 2]
        journal.execute("DELETE FROM alert_logs")  # as if the kill had come before they were written
    with Writer(path, ids) as writer, connect(path) as journal:
        again = Evaluator(writer, ids, [], lambda: None, lambda: OPEN)
        assert again.resume(journal) == 7
        assert again.rows() == []
    with connect(path) as journal:
        assert journal.execute("SELECT fired_at, rule_version, value FROM alert_logs ORDER BY id").fetchall() == fired


def test_an_alert_the_ledger_refuses_is_accounted_for_and_said(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    open_journal(path).dispose()
    with connect(path) as journal:
        ids = ensure_instruments(journal, DEFAULT)
    with Writer(path, ids) as writer, connect(path) as journal:
        run = Evaluator(writer, ids, ["hook", "hook"], lambda: None, lambda: OPEN)  # a delivery has one row a channel
        run.resume(journal)
        _saved(run, writer, ids, 1, RULE)
        for number, price in enumerate((4499.0, 4501.0)):
            run.tick(Tick("fut.es", OPEN + number * SECOND, OPEN, price, 1.0, seq=number))
    with connect(path) as journal:
        (why,) = journal.execute("SELECT suppressed FROM alert_logs").fetchone()
    assert why.startswith("not sent: an alert could not be recorded for sending: IntegrityError")
    assert run.fault is not None


def _saved(run: Evaluator, writer: Writer, ids: dict[str, int], number: int, body: dict[str, Any]) -> None:
    rule, known = parsed(body, {}), run.row(number) and number
    made = writer.submit(lambda c: save_rule(c, rule, body, ids["fut.es"], OPEN, known)).result()
    with connect(writer._path) as journal:
        row = reading.rule(journal, made or 0)
    assert made == number
    assert row is not None
    run.take(number, rule, row)
