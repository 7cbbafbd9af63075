"""A command killed while it holds a pool's slot does not block the next one."""

import signal
import subprocess
import sys
from pathlib import Path

from liquidity_platform_tests.cli.conftest import command, surroundings


def test_the_run_after_a_killed_one_is_not_kept_waiting_for_its_slot(few_files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    killed = subprocess.Popen(
        [str(Path(sys.executable).with_name("liquidity")), "daily", "--select", "WALCL", "--data", str(few_files)],
        env=surroundings(home), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert killed.stderr is not None
    for line in killed.stderr:
        if line.startswith("fred "):  # its step runs, and holds the pool of the provider
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    after = command(
        home, "daily", "--select", "WALCL", "--data", str(few_files)
    )  # waits for ever where the slot is kept
    assert after.returncode == 0, after.stderr
    found = command(home, "sql", "select count(*) as n from marts.net_liquidity_weekly", "--format", "csv")
    assert found.stdout.split() == ["n", "1231"]
