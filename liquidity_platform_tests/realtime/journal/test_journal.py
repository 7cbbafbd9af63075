"""The journal on a real file: schema, the writer, what a kill or a full disk leaves."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from liquidity_platform.realtime.journal.opening import JournalError, connect, open_journal
from liquidity_platform.realtime.journal.tables import Table
from liquidity_platform.realtime.journal.writing import BATCH, Writer
from liquidity_platform.realtime.ticks import Tick

ES = {"fut.es": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "journal.sqlite"
    engine = open_journal(file)
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO instruments VALUES (1, 'fut.es', 'ES', '/ES', 'E-mini', 'future', 'active')")
        )
    engine.dispose()
    return file


def ticks(count: int, start: int = 0) -> list[Tick]:
    return [Tick("fut.es", n, n + 5, 4500.0 + n, 1.0, None, None, n) for n in range(start, start + count)]


def held(path: Path, table: str = "market_data") -> int:
    with connect(path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_the_migrated_file_is_what_the_models_say(path: Path) -> None:
    with open_journal(path).connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Table.metadata)
        assert [change for change in found if "alembic_version" not in str(change)] == []
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"


@pytest.mark.parametrize("spoil", ["folder", "garbage", "newer", "below a file"])
def test_a_file_that_is_no_journal_is_one_line(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "journal.sqlite"
    if spoil == "folder":
        path.mkdir()
    elif spoil == "garbage":
        path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    elif spoil == "newer":
        open_journal(path).dispose()
        with connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
    else:
        path.write_text("")
        path = path / "below"
    with pytest.raises(JournalError, match=r"journal .*journal\.sqlite"):
        open_journal(path)


def test_every_tick_is_written_in_order(path: Path) -> None:
    offered = ticks(3 * BATCH + 7)
    with Writer(path, ES) as writer:
        writer.ticks(offered)
    with connect(path) as connection:
        rows = connection.execute("SELECT event_at, price, seq, bid FROM market_data ORDER BY id").fetchall()
    assert rows == [(t.event_at, t.price, t.seq, None) for t in offered]
    assert writer.health.ticks_written == len(offered)
    assert writer.health.fault is None


def test_a_tick_of_an_unknown_instrument_is_counted_and_harms_nobody(path: Path) -> None:
    with Writer(path, ES) as writer:
        writer.ticks([*ticks(2), Tick("fut.xx", 1, 1), *ticks(2, 5)])
    assert held(path) == 4
    assert writer.health.ticks_dropped == 1


def test_a_job_is_committed_when_its_answer_comes(path: Path) -> None:
    with Writer(path, ES) as writer:
        writer.ticks(ticks(20_000))
        answer = writer.submit(
            lambda c: c.execute("INSERT INTO engine_state VALUES ('a', 1, '{}') RETURNING name").fetchone()
        )
        assert answer.result(10) == ("a",)
        assert held(path, "engine_state") == 1


def test_a_job_that_is_wrong_fails_alone(path: Path) -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO engine_state VALUES ('half', 1, '{}')")
        raise ValueError("no")

    with Writer(path, ES) as writer:
        with pytest.raises(ValueError, match="no"):
            writer.submit(wrong).result(10)
        writer.ticks(ticks(3))
    assert held(path, "engine_state") == 0
    assert held(path) == 3


def test_a_locked_file_degrades_loudly_and_loses_no_job(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquidity_platform.realtime.journal.opening.BUSY_MS", 20)
    blocker = connect(path)
    with Writer(path, ES, keep=100) as writer:
        blocker.execute("BEGIN IMMEDIATE")
        job = writer.submit(lambda c: c.execute("INSERT INTO engine_state VALUES ('a', 1, '{}')").rowcount)
        while not writer.health.fault:
            assert writer._thread.is_alive()
        assert "locked" in writer.health.fault
        writer.ticks(ticks(150))
        assert not job.done()
        blocker.execute("ROLLBACK")
        assert job.result(10) == 1
    assert writer.health.fault is None
    assert writer.health.ticks_dropped == 50
    with connect(path) as connection:
        assert connection.execute("SELECT min(seq), max(seq), count(*) FROM market_data").fetchone() == (50, 149, 100)


def test_a_job_that_was_given_up_is_never_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquidity_platform.realtime.journal.opening.BUSY_MS", 20)
    blocker = connect(path)
    with Writer(path, ES) as writer:
        blocker.execute("BEGIN IMMEDIATE")
        jobs = [
            writer.submit(lambda c, name=name: c.execute("INSERT INTO engine_state VALUES (?, 1, '{}')", (name,)))
            for name in ("given up", "kept")
        ]
        while not writer.health.fault:
            assert writer._thread.is_alive()
        assert writer.withdraw(jobs[0])
        blocker.execute("ROLLBACK")
        jobs[1].result(10)
        assert not writer.withdraw(jobs[1])
        assert jobs[0].cancelled()
    with connect(path) as connection:
        assert connection.execute("SELECT name FROM engine_state").fetchall() == [("kept",)]


def test_a_full_disk_degrades_loudly_and_loses_no_job(path: Path) -> None:
    with Writer(path, ES) as writer:
        pages = writer.submit(lambda c: c.execute("PRAGMA page_count").fetchone()[0]).result(10)
        writer._connection.execute(f"PRAGMA max_page_count = {pages}")
        writer.ticks(ticks(5000))
        while not writer.health.fault:
            assert writer._thread.is_alive()
        assert "full" in writer.health.fault
        job = writer.submit(lambda c: c.execute("INSERT INTO engine_state VALUES ('a', 1, '{}')").rowcount)
        writer._connection.execute("PRAGMA max_page_count = 1000000")
        assert job.result(10) == 1
    assert held(path) == 5000


def test_what_was_answered_outlives_a_kill(path: Path) -> None:
    code = (
        "import os, sys\n"
        "from liquidity_platform.realtime.journal.writing import Writer\n"
        "from pathlib import Path\n"
        "w = Writer(Path(sys.argv[1]), {}); w.__enter__()\n"
        "for n in range(50): w.submit(lambda c: c.execute('INSERT INTO engine_state VALUES (?, 1, ?)', (str(n), '{}')"
        ")).result(10)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -9
    assert held(path, "engine_state") == 50


def test_a_job_in_order_sees_the_ticks_before_it_and_none_after(path: Path) -> None:
    def count(connection: sqlite3.Connection) -> int:
        return connection.execute("SELECT count(*) FROM market_data").fetchone()[0]

    seen = []
    with Writer(path, ES) as writer:
        for number in range(5):
            writer.ticks(ticks(700, number * 700))
            seen.append(writer.submit_in_order(count))
        writer.ticks(ticks(700, 5000))
        assert [each.result(10) for each in seen] == [700, 1400, 2100, 2800, 3500]
    assert held(path) == 4200
