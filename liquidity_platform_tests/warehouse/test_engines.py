"""Engines: pooled, sync and async from one settings object; a server that restarts costs nobody a batch."""

import asyncio
import os
import shutil
import signal
import subprocess
from datetime import date
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from offering import SERIES, Publisher, instant
from pydantic import SecretStr

from liquidity_platform.automation.dbt_process import environment
from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.settings import Settings, WarehouseSettings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.server.guardian import running
from liquidity_platform.warehouse.server.lease import Cluster, lease

DAY, KNOWN = date(2024, 5, 1), instant("2024-05-02")


def test_the_async_engine_reads_and_only_reads(warehouse: Warehouse) -> None:
    async def ask() -> list[str]:
        async with warehouse.async_engine.connect() as connection:
            return list(await connection.scalars(sa.text("SELECT series_id FROM meta.series ORDER BY 1")))

    async def write() -> None:
        async with warehouse.async_engine.begin() as connection:
            await connection.execute(sa.text("SET default_transaction_read_only = off"))
            await connection.execute(sa.text("DELETE FROM meta.series"))

    async def both() -> list[str]:
        try:
            with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|read-only"):
                await write()
            return await ask()
        finally:
            await warehouse.async_engine.dispose()

    assert SERIES in asyncio.run(both())


def test_a_server_that_restarts_costs_no_batch(tmp_path: Path) -> None:
    """The server is killed in the middle of a batch, after rows were sent, and comes back: the batch is done whole."""
    with lease(tmp_path / "server") as first:
        with psycopg.connect(first.cluster.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'")
            connection.execute("CREATE DATABASE desk OWNER desk")
        url = SecretStr(first.cluster.url("desk", "desk", "desk"))
        served = Settings(_env_file=None, home=tmp_path / "home", warehouse=WarehouseSettings(url=url))
        with open_warehouse(served) as opened:
            prepare(opened)
            tries: list[int] = []

            def batch(connection: psycopg.Connection) -> int:
                report = Publisher(connection).offers([(DAY, 10.0, KNOWN, "vintage")], KNOWN)
                tries.append(report.appended)
                if len(tries) == 1:
                    found = running(str(tmp_path / "server" / "postgres" / "data"))
                    assert found is not None
                    os.kill(found.pid, signal.SIGKILL)
                    lease(tmp_path / "server").release()  # brings it back, at the same address
                return report.appended

            assert opened.run(batch) == 1
            assert tries == [1, 1]  # the first try was taken back
            with opened.session() as connection:
                assert connection.execute("SELECT count(*) FROM raw.observations").fetchone() == (1,)


def test_a_server_that_stays_away_is_one_line(warehouse: Warehouse) -> None:
    def batch(connection: psycopg.Connection) -> None:
        raise psycopg.OperationalError("the connection is lost")

    with pytest.raises(WarehouseUnavailable, match="the connection is lost"):
        warehouse.run(batch, patience_s=0)


def test_an_error_of_the_batch_itself_is_not_tried_again(warehouse: Warehouse) -> None:
    tries = []

    def batch(connection: psycopg.Connection) -> None:
        tries.append(1)
        connection.execute("SET LOCAL statement_timeout = 10")
        connection.execute("SELECT pg_sleep(5)")

    with pytest.raises(psycopg.errors.QueryCanceled):
        warehouse.run(batch)
    assert tries == [1]


@pytest.fixture
def encrypted(debian: Cluster, tmp_path: Path) -> tuple[Cluster, Path]:
    """PostgreSQL 15 that speaks TLS, and the certificate that vouches for it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate can be made")
    data, certificate = debian.folder / "data", tmp_path / "server.crt"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    files = ["-keyout", str(tmp_path / "server.key"), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files], check=True, capture_output=True
    )
    for name in ("server.key", "server.crt"):
        shutil.copy(tmp_path / name, data / name)
        os.chmod(data / name, 0o600)
        os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
    with psycopg.connect(debian.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET ssl = on")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("SELECT pg_sleep(0.5)")
        connection.execute("CREATE DATABASE encrypted OWNER tests_owner")
    return debian, certificate


def test_tls_options_of_the_url_hold_for_every_login(encrypted: tuple[Cluster, Path], tmp_path: Path) -> None:
    cluster, certificate = encrypted
    plain = cluster.url("encrypted", "tests_owner", "tests")

    def served(options: str) -> Settings:
        return Settings(_env_file=None, home=tmp_path, warehouse=WarehouseSettings(url=SecretStr(plain + options)))

    with open_warehouse(served(f"?sslmode=verify-full&sslrootcert={certificate}")) as opened:
        for url in (opened.url, opened.writer_url, opened.reader_url):
            with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
                asked = "SELECT ssl, current_user::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                assert connection.execute(asked).fetchone() == (True, url.username)
        told = environment(opened)
        assert (told["LIQUIDITY_DBT_SSLMODE"], told["LIQUIDITY_DBT_SSLROOTCERT"]) == ("verify-full", str(certificate))
    (tmp_path / "other.crt").write_bytes(certificate.read_bytes().replace(b"M", b"N", 3))
    with pytest.raises(WarehouseUnavailable, match="cannot be used") as error:
        open_warehouse(served(f"?sslmode=verify-full&sslrootcert={tmp_path / 'other.crt'}"))
    assert "\n" not in str(error.value)
