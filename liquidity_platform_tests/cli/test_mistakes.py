"""Typed on purpose: every mistake gets one clear line and exit code 1 or 2, and nothing is lost."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from liquidity_platform_tests.cli.conftest import command
from liquidity_platform_tests.cli.forking import LONG


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "us.net_liquidty.weekly"], "did you mean us.net_liquidity.weekly"),
        (["show", "nonsense"], "no metric or series 'nonsense'"),
        (["show", "us.spread.10y2y", "--from", "2023-13-01"], "is not a date"),
        (["show", "us.spread.10y2y", "--from", "yesterday"], "is not a date"),
        (["show", "us.spread.10y2y", "--from", "2021-01-02", "--to", "2021-01-01"], "2021-01-02 lies after --to 2021"),
        (["show", "us.spread.10y2y", "--as-of", "2023-03-16"], "not an instant"),
        (["show", "us.spread.10y2y", "--as-of", "2023-03-16T20:00:00"], "no time zone"),
        (["show", "us.spread.10y2y", "--format", "xml"], "choose one of"),
        (["show", "WALC"], "did you mean WALCL"),
        (["show", "us.net_liquidity"], "did you mean us.net_liquidity.weekly"),
        (["show"], "METRIC"),
        (["demo", "--data", "/no/such/folder"], "no such folder"),
        (["daily", "--select", "WALCLX"], "no series 'WALCLX'"),
        (["daily", "--as-at", "2023-03-16T20:00:00Z", "--data", "live"], "moved clock"),
        (["backfill", "--from", "2020-01-01", "--to", "2019-12-31"], "lies after --to"),
        (["backfill", "--from", "2999-01-01", "--to", "2999-12-31"], "lies in the future"),
        (["backfill", "--from", "2019", "--to", "2019-12-31"], "is not a date"),
        (["backfill", "--from", "2019-01-01"], "--to"),
        (["frobnicate"], "frobnicate"),
        (["--nonsense"], "nonsense"),
        (["series", "zzz"], "no series matches"),
    ],
)
def test_a_typing_mistake_is_one_line(tmp_path: Path, words: list[str], says: str) -> None:
    done = command(tmp_path / "home", *words)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("liquidity: ")
    assert done.stdout == ""
    if words[0] in LONG:
        assert not (tmp_path / "home").exists()  # refused before anything is started


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("LIQUIDITY_WAREHOUSE__URL", "postgresql://u:secretpassword@127.0.0.1:1/x"),
        ("LIQUIDITY_WAREHOUSE__URL", "mysql://u:secretpassword@h/x"),
        ("LIQUIDITY_WAREHOUSE__URL", "nonsense secretpassword"),
        ("LIQUIDITY_WAREHOUSE__PG_BIN", "/tmp"),
        ("LIQUIDITY_CLOCK", "yesterday"),
        ("LIQUIDITY_DAGSTER__PORT", "many"),
    ],
)
def test_a_wrong_setting_is_one_line_without_the_secret(tmp_path: Path, setting: str, value: str) -> None:
    done = command(tmp_path / "home", "status", **{setting: value})
    assert done.returncode in (1, 2)
    assert done.stderr.count("\n") == 1, done.stderr
    assert "secretpassword" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    wrong = {"LIQUIDITY_WAREHOUSE_URL": "postgresql://u:secretpassword@h/x", "LIQUIDITY_NONSENSE": "1"}
    right = {"LIQUIDITY_SOURCES__FRED__API_KEY": "k", "LIQUIDITY_DAGSTER__PORT": "3001"}
    done = command(tmp_path / "home", "series", "WALCL", **wrong, **right)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "liquidity: LIQUIDITY_NONSENSE is not a setting and is ignored",
        "liquidity: LIQUIDITY_WAREHOUSE_URL is not a setting and is ignored; is LIQUIDITY_WAREHOUSE__URL meant?",
    ]


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for home in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/liquidity")):
        done = command(tmp_path / "x", "status", LIQUIDITY_HOME=str(home))
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr


def test_a_plan_of_a_backfill_says_what_would_be_fetched_and_makes_nothing(tmp_path: Path) -> None:
    words = ["--select", "WALCL,DGS10,NFCI,etf.spy", "--dry-run"]
    past = command(tmp_path / "home", "backfill", "--from", "2010-03-01", "--to", "2011-01-01", *words)
    assert past.returncode == 0, past.stderr
    assert "2010..2011" in past.stdout
    assert re.search(r"fred +series +2 +0 +0 +2 +0 s", past.stdout)  # half a second between two requests
    assert "2 requests at least" in past.stdout
    assert "known_basis fetched" in past.stderr
    assert "NFCI" in past.stderr
    assert "bars of 1 instruments" in past.stderr
    assert not (tmp_path / "home").exists()


def test_a_backfill_that_can_bring_nothing_says_so_and_fails(tmp_path: Path, few_files: Path) -> None:
    words = ["--to", "2001-12-31", "--select", "NFCI", "--data", str(few_files)]
    done = command(tmp_path / "home", "backfill", "--from", "1990-01-01", *words)
    assert done.returncode == 1
    assert "2002 is the first year of knowledge" in done.stderr
    assert "NFCI" in done.stderr
    assert done.stderr.splitlines()[-1] == ("liquidity: nothing chosen has numbers that became known in 2002..2002")
    assert "rows appended" not in done.stderr


def test_an_empty_warehouse_says_what_to_run(tmp_path: Path) -> None:
    done = command(tmp_path / "home", "show", "us.net_liquidity.weekly")
    assert done.returncode == 1
    assert "run `liquidity demo`" in done.stderr


def test_bad_files_are_named_and_the_rest_is_loaded(few_files: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_files, folder)
    (folder / "fred" / "DGS10.csv").write_text("<!DOCTYPE html><html><body>Service unavailable</body></html>")
    (folder / "fred" / "DGS2.csv").write_text("")
    (folder / "fred" / "SOFR.csv").write_text("observation_date,SOFR\n2026-07-01,4.3\n2026-07-02,four\n")
    (folder / "fred" / "IORB.csv").unlink()
    (folder / "fred" / "IORB.csv.gz").write_bytes(gzip.compress(b"observation_date,IORB\n")[:-4])
    shutil.copy(data / "trap_samples" / "WRESBAL_billions_asof_2025-04.csv", folder / "fred" / "WRESBAL.csv")
    home = tmp_path / "home"
    done = command(home, "daily", "--data", str(folder), "--skip", "metrics,marts")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith(("quarantined: ", "missing: "))]
    for code in ("DGS10", "DGS2", "SOFR", "IORB", "WRESBAL"):
        assert any(code in line for line in lines), (code, lines)
    wrong_unit = next(line for line in lines if "WRESBAL" in line)
    assert "expected" in wrong_unit
    assert "10^+3" in wrong_unit
    counted = command(
        home, "sql", "select series_id, count(*) from raw.observations group by 1", "--format", "csv"
    ).stdout
    assert "fed.total_assets,1231" in counted
    for series in ("ust.yield_10y", "ust.yield_2y", "nyfed.sofr", "fed.iorb", "fed.reserve_balances_average"):
        assert series not in counted
    computed = command(home, "sql", "select count(*) from derived.metrics", "--format", "csv").stdout
    assert computed.split() == ["count", "0"]  # as it was asked


def test_nothing_published_is_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "fred").mkdir(parents=True)
    (folder / "fred" / "WALCL.csv").write_text("<html><body>Please log in")
    done = command(tmp_path / "home", "demo", "--data", str(folder))
    assert done.returncode == 1
    assert "nothing was published: quarantined: fred WALCL (fed.total_assets): a web page came" in done.stderr
    assert "Traceback" not in done.stderr
