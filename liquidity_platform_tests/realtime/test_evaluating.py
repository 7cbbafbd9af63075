"""What the rules know outlives a kill: the run after it fires what an undisturbed one would have fired."""

from pathlib import Path
from typing import Any

from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.ticks import Tick, TickFlags
from liquidity_platform.realtime.watching import DEFAULT, ensure_instruments, parsed, save_rule
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
