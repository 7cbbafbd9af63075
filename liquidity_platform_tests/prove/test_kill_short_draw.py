"""The long proofs in short: a few kills of the demo, a server and the sidecar. `make prove` does more, and sessions."""

import os
from pathlib import Path

import pytest

from liquidity_platform_tests.prove.__main__ import main, prove
from liquidity_platform_tests.prove.appends import append_draws
from liquidity_platform_tests.prove.backfills import asked_twice
from liquidity_platform_tests.prove.days import day
from liquidity_platform_tests.prove.draws import differences
from liquidity_platform_tests.prove.fires import fire_draws

REAL = Path(os.environ.get("LIQUIDITY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
# few metrics hang on these: a draw is three demos, whose marts are made of what is compared; `make prove` has all
FEWER = ("fred/SOFR.csv", "fred/IORB.csv", "fred/RRPONTSYD.csv")


@pytest.mark.skipif(not (REAL / "fred").is_dir(), reason=f"no real data in {REAL}: set LIQUIDITY_TEST_DATA")
def test_a_demo_killed_and_run_again_holds_what_an_undisturbed_one_holds(tmp_path: Path) -> None:
    draws = list(prove(1, 7, REAL, tmp_path, FEWER, "marts"))
    assert [done.wrong for done in draws] == [()], "\n".join(map(str, draws))
    assert all(done.killed for done in draws)


def test_a_request_made_twice_is_wrong_unless_it_was_on_its_way_at_the_kill() -> None:
    one, two, three = ("/fred", "1"), ("/fred", "2"), ("/fred", "3")
    assert asked_twice([one, two], [two, three]) == []
    assert "asked 2 times: /fred 1" in asked_twice([one, two], [one, three])[0]
    assert "asked 2 times: /fred 2" in asked_twice([one, two], [two, two])[0]


def test_a_server_killed_while_rows_are_appended_loses_and_halves_no_batch(tmp_path: Path) -> None:
    draws = list(append_draws(2, 7, tmp_path))
    assert [done.wrong for done in draws] == [(), ()], "\n".join(map(str, draws))
    assert all(done.committed for done in draws)


def test_a_sidecar_killed_between_fire_and_send_loses_doubles_and_invents_no_alert(tmp_path: Path) -> None:
    draws = list(fire_draws(1, 4, tmp_path))
    assert [done.wrong for done in draws] == [()], "\n".join(map(str, draws))


def test_minutes_of_a_busy_day_make_no_file_grow_and_old_ticks_go(tmp_path: Path) -> None:
    (done,) = day(30_000, tmp_path, kept=0.6)
    assert done.wrong == (), str(done)
    assert done.alerts


def test_missing_data_is_not_a_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIQUIDITY_TEST_DATA", str(tmp_path))
    assert main(["demo", "--count", "1"]) == 2
    assert "LIQUIDITY_TEST_DATA" in capsys.readouterr().err


def test_a_lost_a_changed_and_a_doubled_row_are_differences() -> None:
    whole = {"raw.observations": [b"a\t1", b"b\t2"]}
    assert differences(whole, whole) == []
    for lines, word in (
        ([b"a\t1"], "1 missing"),
        ([b"a\t1", b"b\t3"], "1 unexpected"),
        ([*[b"a\t1"] * 2, b"b\t2"], "1 dup"),
    ):
        assert word in differences(whole, {"raw.observations": lines})[0]
