"""The same platform on a server of one's own: Debian's PostgreSQL 15 behind LIQUIDITY_WAREHOUSE__URL."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests import misbehaving as bad
from liquidity_platform_tests.cli.conftest import command
from liquidity_platform_tests.misbehaving import Misbehaving
from liquidity_platform_tests.publishers.graph import files_of
from liquidity_platform_tests.publishers.serving import Served

PG15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """URL of an empty database whose login may create roles, on PostgreSQL 15."""
    if not (PG15 / "postgres").exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed (apt-get install postgresql-15)")
    held = lease(tmp_path / "server", PG15)
    with psycopg.connect(held.cluster.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'a b/c@d'")
        connection.execute("CREATE DATABASE desk OWNER desk")
    yield f"postgresql://desk:a%20b%2Fc%40d@127.0.0.1:{held.cluster.port}/desk"
    held.release()


def test_daily_on_a_server_of_one_s_own_says_what_is_missing_and_loads_the_rest(
    server: str, data: Path, tmp_path: Path
) -> None:
    """On a day on which one publisher is down: the run ends well, and what it loaded can be shown and asked for."""
    treasury, home = Misbehaving(bad.says(bad.LOGIN, "503 Service Unavailable")), tmp_path / "home"
    place = {"LIQUIDITY_WAREHOUSE__URL": server}
    with Served(files_of(data)) as fred:
        asked = {
            "LIQUIDITY_SOURCES__FRED__BASE_URL": fred.url,
            "LIQUIDITY_SOURCES__TREASURY__BASE_URL": treasury.url,
        }
        done = command(home, "daily", "--select", "SOFR,IORB,RRPONTSYD,TEDRATE,DTS", **asked, **place)
    treasury.close()
    assert done.returncode == 0, done.stderr
    missing = [line for line in done.stderr.splitlines() if line.startswith(("missing: ", "quarantined: "))]
    assert missing == [
        "missing: treasury DTS: 127.0.0.1 answered 503 (Service Unavailable); ask again later",
    ]
    assert "4 series published" in done.stderr
    assert len(treasury.asked) == 4
    assert not (home / "postgres").exists()
    query = "select source_id, count(distinct series_id) n from raw.observations group by 1"
    assert command(home, "sql", query, "--format", "csv", **place).stdout.split() == ["source_id,n", "fred,4"]
    shown = command(home, "show", "us.spread.sofr_iorb", "--to", "2022-04-13", "--format", "json", **place)
    newest = json.loads(shown.stdout)[-1]
    assert (newest["value"], newest["status"]) == (-11, "COMPLETE")  # SOFR.csv 0.29 less IORB.csv 0.40
    asked_for = "select sofr_iorb from marts.spreads_daily where period = '2022-04-13'"
    assert float(command(home, "sql", asked_for, "--format", "csv", **place).stdout.split()[1]) == -11
    refused = command(home, "sql", "select set_config('role', 'desk', false)", **place)
    assert refused.returncode == 1
    assert "permission denied" in refused.stderr
