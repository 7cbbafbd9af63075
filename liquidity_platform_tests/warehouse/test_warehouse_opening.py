"""Opening a warehouse: migrations both ways, the synced catalog, and which kind of data and clock it is claimed for."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from offering import SERIES, Publisher, instant, payload
from pydantic import SecretStr

from liquidity_platform.automation.resources import sync
from liquidity_platform.catalog.series import SERIES as CATALOG
from liquidity_platform.core.errors import ConfigError, WarehouseError, WarehouseRefused, WarehouseUnavailable
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, WarehouseSettings
from liquidity_platform.warehouse.connect import Warehouse, claim, open_warehouse
from liquidity_platform.warehouse.payloads import index_payloads
from liquidity_platform.warehouse.schema import HEAD, current_revision, migrate, offline_sql
from liquidity_platform.warehouse.server.lease import Cluster
from liquidity_platform_tests.addresses import plain

Open = Callable[..., Warehouse]
RISING = [(10.0, "2024-05-03"), (12.0, "2024-06-03"), (13.0, "2024-07-03")]
NOON, LATER = "2024-05-10T12:00:00Z", "2024-05-11T12:00:00Z"


def tables(warehouse: Warehouse) -> set[str]:
    asked = sa.text(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('meta', 'raw', 'derived', 'ops')"
    )
    with warehouse.engine.connect() as connection:
        return set(connection.scalars(asked)) - {"meta.alembic_version"}


def test_the_schema_goes_down_and_up_again(open_on: Open) -> None:
    warehouse = open_on()
    whole = tables(warehouse)
    assert {"raw.observations", "derived.metrics", "ops.quarantine", "meta.series"} <= whole
    assert migrate(warehouse.engine, "base")
    assert tables(warehouse) == set()
    assert migrate(warehouse.engine)
    assert tables(warehouse) == whole
    with warehouse.engine.connect() as connection:
        assert current_revision(connection) == HEAD


def test_migrating_a_current_warehouse_changes_nothing(open_on: Open) -> None:
    assert not migrate(open_on().engine)


def test_the_catalog_is_in_the_warehouse_and_a_line_that_is_gone_stays(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        connection.execute(sa.text("UPDATE meta.series SET title = 'old' WHERE series_id = 'fed.m2'"))
        connection.execute(sa.text(
            "INSERT INTO meta.series SELECT 'fed.gone', source_id, 'GONE', title, unit, published_unit, scale, "
            "frequency, release_id, revisable, plausible_low, plausible_high, ended FROM meta.series "
            "WHERE series_id = 'fed.m2'"
        ))  # fmt: skip
    sync(warehouse)
    with warehouse.engine.connect() as connection:
        held = dict(connection.execute(sa.text("SELECT series_id, title FROM meta.series")).all())
        scale = connection.scalar(sa.text("SELECT scale FROM meta.series WHERE code = 'RRPONTSYD'"))
    assert set(held) == {*CATALOG, "fed.gone"}
    assert held["fed.m2"] == CATALOG["fed.m2"].title
    assert scale == 1e9


def test_a_warehouse_of_one_kind_refuses_the_other(open_on: Open, warehouse: Warehouse) -> None:
    simulated = Warehouse(
        Settings(_env_file=None, data="sample"), warehouse.url, warehouse.writer_url, warehouse.reader_url
    )
    with pytest.raises(WarehouseRefused, match="holds real data; simulated data needs a HOME of its own"):
        claim(simulated)
    simulated.close()
    claim(warehouse)


def test_a_warehouse_of_simulated_data_refuses_real_data(open_on: Open) -> None:
    real = open_on()
    with Warehouse(Settings(_env_file=None, data="sample"), real.url, real.writer_url, real.reader_url) as simulated:
        claim(simulated)
    with pytest.raises(WarehouseRefused, match="holds simulated data"):
        claim(real)


@pytest.mark.parametrize(("first", "then"), [(None, NOON), (NOON, None)])
def test_a_home_filled_under_one_kind_of_clock_refuses_the_other(
    open_on: Open, first: str | None, then: str | None
) -> None:
    claim(open_on(clock=first))
    with pytest.raises(WarehouseRefused, match="use another --home"):
        claim(open_on(clock=then))


def test_a_moved_clock_may_stand_still_or_go_on_but_not_go_back(open_on: Open) -> None:
    filled = open_on(clock=LATER)
    claim(filled)
    with filled.session() as connection:
        moment = instant("2024-05-11")
        index_payloads(connection, [payload(SERIES, "fred", moment)], Window(2024, 2024), Clock(moment))
    claim(open_on(clock=LATER))
    claim(open_on(clock="2024-05-12T12:00:00Z"))
    with pytest.raises(WarehouseRefused, match="is earlier"):
        claim(open_on(clock=NOON))


def test_an_error_in_a_session_takes_back_all_of_it(warehouse: Warehouse) -> None:
    def fail() -> None:
        with warehouse.owner_session() as connection:
            connection.execute("INSERT INTO meta.warehouse (key, value) VALUES ('half', 'done')")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fail()
    with warehouse.session() as connection:
        assert connection.execute("SELECT count(*) FROM meta.warehouse WHERE key = 'half'").fetchone() == (0,)


def test_sessions_speak_utc(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        stamp = connection.execute("SELECT clock_timestamp()").fetchone()[0]
    assert stamp.utcoffset() == timedelta(0)


@pytest.mark.parametrize("url", ["mysql://a:b@localhost/c", "postgresql://localhost", "nonsense", "postgresql://["])
def test_an_address_that_is_no_postgresql_database_is_refused_in_one_line(url: str) -> None:
    wrong = Settings(_env_file=None, warehouse=WarehouseSettings(url=SecretStr(url)))
    with pytest.raises(ConfigError, match="LIQUIDITY_WAREHOUSE__URL is not"):
        open_warehouse(wrong)


def test_a_wrong_password_is_one_line_that_does_not_repeat_it(warehouse: Warehouse) -> None:
    url = warehouse.url.set(password="hidden-secret").render_as_string(hide_password=False)
    with pytest.raises(WarehouseUnavailable) as error:
        open_warehouse(warehouse.settings.model_copy(update={"warehouse": WarehouseSettings(url=SecretStr(url))}))
    assert "hidden-secret" not in str(error.value)
    assert "\n" not in str(error.value)
    assert "URL" in str(error.value)


def test_every_home_that_knows_the_owner_finds_the_same_logins(warehouse: Warehouse, tmp_path: Path) -> None:
    with open_warehouse(warehouse.settings.model_copy(update={"home": tmp_path / "another"})) as again:
        assert (again.writer_url, again.reader_url) == (warehouse.writer_url, warehouse.reader_url)
    for login in (warehouse.writer_url, warehouse.reader_url):
        with psycopg.connect(login.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (login.username,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT password FROM ops.logins")


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(server: Cluster, tmp_path: Path) -> None:
    """With a reader made by an administrator such an owner works, and writes as itself."""
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        connection.execute("CREATE ROLE plain_reads LOGIN PASSWORD 'reads'")
        connection.execute("CREATE DATABASE plain OWNER plain")
        connection.execute("ALTER ROLE plain_reads SET statement_timeout = '60s'")
    url = server.url("plain", "plain", "plain")
    alone = Settings(_env_file=None, home=tmp_path, warehouse=WarehouseSettings(url=SecretStr(url)))
    with pytest.raises(WarehouseError, match="create 'plain_reader' yourself and set LIQUIDITY_WAREHOUSE__READER_URL"):
        open_warehouse(alone)
    given = WarehouseSettings(url=SecretStr(url), reader_url=SecretStr(server.url("plain", "plain_reads", "reads")))
    with open_warehouse(alone.model_copy(update={"warehouse": given})) as opened:
        assert (opened.writer_url, opened.reader_url.username) == (opened.url, "plain_reads")
        with psycopg.connect(opened.plain_url(reader=True)) as connection:
            assert connection.execute("SELECT count(*) FROM raw.observations").fetchone() == (0,)


def catalogued(url: str) -> list[tuple[Any, ...]]:
    """Everything a schema is made of, as the server lists it: columns, constraints, functions, triggers, comments."""
    ours = "nspname IN ('meta', 'raw', 'derived', 'marts', 'ops')"
    asked = (
        "SELECT attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text, "
        "col_description(attrelid, attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
        f"JOIN pg_namespace n ON n.oid = relnamespace WHERE {ours} AND attnum > 0 AND NOT attisdropped "
        "AND relkind IN ('r', 'p', 'v')",
        f"SELECT conrelid::regclass::text, pg_get_constraintdef(c.oid), '', '', '' FROM pg_constraint c "
        f"JOIN pg_namespace n ON n.oid = connamespace WHERE {ours}",
        "SELECT p.oid::regprocedure::text, prosrc, proconfig::text, prosecdef::text, obj_description(p.oid) "
        f"FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE {ours}",
        "SELECT tgrelid::regclass::text, pg_get_triggerdef(t.oid), '', '', '' FROM pg_trigger t WHERE NOT tgisinternal",
    )
    with psycopg.connect(url) as connection:
        return sorted(row for each in asked for row in connection.execute(each.encode()).fetchall())


def test_the_printed_sql_makes_the_same_schema(warehouse: Warehouse, server: Cluster) -> None:
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE printed")
    printed = server.url("printed").replace("+psycopg", "")
    with psycopg.connect(printed, autocommit=True) as connection:
        connection.execute(offline_sql().encode())
    assert catalogued(printed) == catalogued(warehouse.plain_url())


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_each_revision_can_be_gone_back_to_and_forward_from_with_its_rows(warehouse: Warehouse, revision: str) -> None:
    with warehouse.session() as connection:
        Publisher(connection).offers(
            [(date(2024, 5, 1), v, instant(d), "vintage") for v, d in RISING], instant("2024-09-01")
        )
    whole = catalogued(warehouse.plain_url())
    assert migrate(warehouse.engine, revision)
    with warehouse.owner_session() as connection:
        rows = connection.execute("SELECT value FROM raw.observations_as_of('2024-06-15')").fetchall()
    assert rows == [(12.0,)]
    assert migrate(warehouse.engine)
    assert catalogued(warehouse.plain_url()) == whole
    with warehouse.owner_session() as connection:
        assert connection.execute("SELECT value FROM raw.observations_latest").fetchall() == [(13.0,)]


def test_a_database_of_bytes_instead_of_text_is_refused_in_one_line(debian: Cluster, tmp_path: Path) -> None:
    with psycopg.connect(plain(debian.url("postgres")), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    chosen = WarehouseSettings(url=SecretStr(plain(debian.url("bytes"))))
    settings = Settings(_env_file=None, home=tmp_path, warehouse=chosen)  # type: ignore[call-arg]
    with pytest.raises(WarehouseUnavailable, match="keeps text as SQL_ASCII"):
        open_warehouse(settings)
