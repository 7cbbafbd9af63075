"""`liquidity daily` on a day on which one publisher is down: the run ends well and says what is missing, and why."""

from pathlib import Path

from liquidity_platform_tests import misbehaving as bad
from liquidity_platform_tests.cli.conftest import command
from liquidity_platform_tests.misbehaving import Misbehaving
from liquidity_platform_tests.publishers.graph import files_of
from liquidity_platform_tests.publishers.serving import Served


def test_a_daily_run_says_what_is_missing_and_loads_the_rest(data: Path, tmp_path: Path) -> None:
    treasury, home = Misbehaving(bad.says(bad.LOGIN, "503 Service Unavailable")), tmp_path / "home"
    with Served(files_of(data)) as fred:
        places = {
            "LIQUIDITY_SOURCES__FRED__BASE_URL": fred.url,
            "LIQUIDITY_SOURCES__TREASURY__BASE_URL": treasury.url,
        }
        done = command(home, "daily", "--select", "WALCL,WDTGAL,RRPONTSYD,TEDRATE,DTS", **places)
    treasury.close()
    assert done.returncode == 0, done.stderr
    missing = [line for line in done.stderr.splitlines() if line.startswith(("missing: ", "quarantined: "))]
    assert missing == [
        "missing: treasury DTS: 127.0.0.1 answered 503 (Service Unavailable); ask again later",
    ]
    assert "4 series published" in done.stderr
    assert len(treasury.asked) == 4
    query = "select source_id, count(distinct series_id) n from raw.observations group by 1"
    assert command(home, "sql", query, "--format", "csv").stdout.split() == ["source_id,n", "fred,4"]
    net = command(home, "show", "us.net_liquidity.weekly", "--format", "csv").stdout
    assert ",COMPLETE," in net.splitlines()[-1]
