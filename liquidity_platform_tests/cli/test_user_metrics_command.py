"""A metric of one's own from the file in HOME, through the real commands: computed, shown, traced; refused early."""

import json
from pathlib import Path

import pytest

from liquidity_platform_tests.cli.conftest import command

MINE = """
[[metric]]
id = "user.rrp_share"
title = "Reverse repos out of the Federal Reserve's assets"
unit = "percent"
version = 1
anchor = "assets"
formula = "pct(rrp / assets)"
source = "test"
inputs.assets = { source = "WALCL" }
inputs.rrp = { source = "RRPONTSYD", align = "last_within", business_days = 2 }
"""


def test_a_metric_in_the_home_s_file_is_computed_shown_and_traced(few_files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "metrics.toml").write_text(MINE)
    done = command(home, "daily", "--data", str(few_files), "--select", "WALCL,RRPONTSYD", "--skip", "marts")
    assert done.returncode == 0, done.stderr
    shown = command(home, "show", "user.rrp_share", "--from", "2022-04-13", "--to", "2022-04-13", "--format", "json")
    (row,) = json.loads(shown.stdout)
    # WALCL.csv 8,965,487 million, RRPONTSYD.csv 1,815.555 billion
    assert (row["value"], row["unit"], row["status"]) == (20.25048946, "percent", "COMPLETE")
    steps = command(home, "history", "user.rrp_share", "2022-04-13", "--format", "json")
    assert [step["value"] for step in json.loads(steps.stdout)] == [row["value"]]
    another = MINE.replace("user.rrp_share", "user.other")
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
