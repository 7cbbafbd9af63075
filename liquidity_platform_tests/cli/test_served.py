"""The same platform on a server of one's own: Debian's PostgreSQL 15 behind LIQUIDITY_WAREHOUSE__URL."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.cli.conftest import command

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


def test_daily_show_and_sql_work_on_a_server_named_by_its_url(server: str, few_files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    place = {"LIQUIDITY_WAREHOUSE__URL": server}
    filled = command(home, "daily", "--select", "WALCL,WDTGAL,RRPONTSYD", "--data", str(few_files), **place)
    assert filled.returncode == 0, filled.stderr
    assert not (home / "postgres").exists()
    shown = command(home, "show", "us.net_liquidity.weekly", "--format", "json", **place)
    assert json.loads(shown.stdout)[-1]["value"] == 5946901000000
    mart = command(home, "sql", "select count(*) from marts.net_liquidity_weekly", "--format", "csv", **place)
    assert mart.stdout.split() == ["count", "1231"]
    refused = command(home, "sql", "select set_config('role', 'desk', false)", **place)
    assert refused.returncode == 1
    assert "permission denied" in refused.stderr
