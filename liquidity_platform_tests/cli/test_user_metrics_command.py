"""A metric of one's own from the file in HOME, through the real commands: computed, shown, traced; refused early."""

import json
from pathlib import Path

import pytest

from liquidity_platform_tests.cli.conftest import command

MINE = """
[[metric]]
id = "user.sofr_of_iorb"
title = "The secured rate out of the rate on reserves"
unit = "percent"
version = 1
anchor = "sofr"
formula = "pct(sofr / iorb)"
source = "test"
inputs.sofr = { source = "SOFR" }
inputs.iorb = { source = "IORB", align = "last_within", business_days = 2 }
"""


def test_a_metric_in_the_home_s_file_is_computed_shown_and_traced(few_files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "metrics.toml").write_text(MINE)
    done = command(home, "daily", "--data", str(few_files), "--select", "SOFR,IORB", "--skip", "marts")
    assert done.returncode == 0, done.stderr
    shown = command(home, "show", "user.sofr_of_iorb", "--from", "2022-04-13", "--to", "2022-04-13", "--format", "json")
    (row,) = json.loads(shown.stdout)
    # SOFR.csv 0.29, IORB.csv 0.4
    assert (row["value"], row["unit"], row["status"]) == (72.5, "percent", "COMPLETE")
    steps = command(home, "history", "user.sofr_of_iorb", "2022-04-13", "--format", "json")
    known = [(step["status"], step["value"]) for step in json.loads(steps.stdout)]
    assert known == [("CARRIED", 72.5), ("COMPLETE", 72.5)], "the rate on reserves is heard of after the secured one"
    another = MINE.replace("user.sofr_of_iorb", "user.other")
    (home / "metrics.toml").write_text(MINE + another)
    fresh = command(home, "show", "user.other", "--format", "json")
    assert (fresh.returncode, fresh.stdout) == (0, "[]\n")
    assert fresh.stderr == "user.other: not computed yet as it is defined now: run `liquidity daily`\n"


@pytest.mark.parametrize(
    ("old", "new", "says"), [("pct(", "bp(", "bp takes percent, not ratio"), ("[[", "[[[", "(at line 2")]
)
def test_a_mistake_in_the_file_is_one_line_and_exit_code_2(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace(old, new, 1))
    done = command(tmp_path / "home", "show", "us.spread.10y2y", LIQUIDITY_METRICS__FILE=str(path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"liquidity: {path}: ")
    assert says in done.stderr
