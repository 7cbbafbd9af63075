"""Facts cannot be changed, the reader can only read, and every column says what it means and in which zone."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from offering import Publisher, instant
from psycopg import errors

from liquidity_platform.warehouse.connect import Warehouse, allow_logins
from liquidity_platform.warehouse.logins import ADDED_TO
from liquidity_platform.warehouse.rows import FACTS as TABLES

SERVERS = ("embedded", "postgres15")
FACTS = (*TABLES, "raw.payloads")
OURS = "table_schema IN ('meta', 'raw', 'derived', 'marts', 'ops')"


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    allow_logins(warehouse, renew=True)  # what is granted on a database itself is not in a copy of it
    with warehouse.session() as connection:
        Publisher(connection).says(10.0, instant("2024-05-10"), date(2024, 5, 1), instant("2024-05-02"))
    return warehouse


@pytest.fixture
def reader(filled: Warehouse) -> Iterator[psycopg.Connection]:
    with psycopg.connect(filled.plain_url(reader=True), autocommit=True) as connection:
        yield connection


CHANGES = ("UPDATE {} SET recorded_at = now()", "DELETE FROM {}", "TRUNCATE {}")


def refused(connection: psycopg.Connection, statement: str, says: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match=says), connection.transaction():
        connection.execute(statement.encode())


def test_facts_cannot_be_changed_not_even_by_their_owner(filled: Warehouse) -> None:
    with filled._pooled() as connection:
        for table in FACTS:
            for change in CHANGES:
                refused(connection, change.format(table), "append-only: a correction is a new row")


def test_the_reader_reads_facts_views_and_as_of_functions(reader: psycopg.Connection) -> None:
    for asked in ("raw.observations", "raw.observations_latest", "raw.observations_first", "raw.observations_as_of()"):
        assert reader.execute(f"SELECT value FROM {asked}").fetchall() == [(10.0,)]
    assert reader.execute("SELECT count(*) FROM derived.metrics_as_of()").fetchone() == (0,)
    assert reader.execute("SELECT count(*) > 30 FROM meta.series").fetchone() == (True,)


def test_the_reader_works_read_only_under_a_time_limit(reader: psycopg.Connection) -> None:
    shown = {
        name: reader.execute(f"SHOW {name}").fetchone()
        for name in ("default_transaction_read_only", "statement_timeout")
    }
    assert shown == {"default_transaction_read_only": ("on",), "statement_timeout": ("1min",)}


BEYOND_THE_READER = (
    "INSERT INTO meta.warehouse (key, value) VALUES ('kind', 'mine')",
    "UPDATE meta.series SET scale = 1",
    "DELETE FROM raw.observations",
    "TRUNCATE ops.quarantine",
    "CREATE TABLE public.mine (a int)",
    "CREATE TABLE raw.mine (a int)",
    "CREATE TEMP TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "ALTER TABLE raw.observations DISABLE TRIGGER append_only",
    "COPY raw.observations TO PROGRAM 'cat'",
    "SELECT raw.make_tick_partitions(date '2031-01-01', date '2031-02-01')",
    "SELECT password FROM ops.logins",
)


def test_the_reader_cannot_write_even_when_it_asks_for_a_writing_transaction(reader: psycopg.Connection) -> None:
    reader.execute("SET default_transaction_read_only = off")
    for statement in BEYOND_THE_READER:
        with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
            reader.execute(statement.encode())


def test_the_reader_cannot_become_anybody_else(filled: Warehouse, reader: psycopg.Connection) -> None:
    for role in (str(filled.url.username), "postgres", "pg_write_all_data"):
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role)))
    assert reader.execute("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole").fetchone() == (
        0,
    )
    powers = "rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
    asked = f"SELECT {powers} FROM pg_roles WHERE rolname = current_user"
    assert reader.execute(asked).fetchone() == (False,) * 5


def test_the_writer_has_no_right_to_change_facts_even_without_the_trigger(filled: Warehouse) -> None:
    with filled.owner_session() as connection:
        for table in FACTS:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only".encode())
    with filled._pooled(filled.writer_engine) as connection:
        for table in FACTS:
            for change in CHANGES:
                refused(connection, change.format(table), "permission denied")


BEYOND_THE_WRITER = (
    "INSERT INTO meta.series (series_id) VALUES ('mine')",
    "INSERT INTO raw.observation_heads SELECT * FROM raw.observation_heads",
    "UPDATE raw.observation_heads SET value = 1",
    "CREATE TABLE raw.mine (a int)",
    "DROP TRIGGER append_only ON raw.observations",
    "SELECT * FROM ops.logins",
    "SET ROLE {owner}",
)


def test_the_writer_may_add_to_every_table_of_facts() -> None:
    assert set(FACTS) <= set(ADDED_TO)


def test_the_writer_only_adds_facts(filled: Warehouse) -> None:
    with filled._pooled(filled.writer_engine) as connection:
        for statement in BEYOND_THE_WRITER:
            refused(connection, statement.format(owner=filled.url.username), "permission denied|must be owner")


def test_the_owner_is_no_superuser(warehouse: Warehouse) -> None:
    with warehouse.owner_session() as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)


def test_no_column_holds_a_time_without_zone(warehouse: Warehouse) -> None:
    columns = f"SELECT table_name, column_name, data_type FROM information_schema.columns WHERE {OURS}"
    with warehouse.session() as connection:
        kinds = connection.execute(columns).fetchall()
    assert [row for row in kinds if "without time zone" in row[2]] == []
    assert {row[2] for row in kinds if row[1].endswith("_at")} == {"timestamp with time zone"}


def test_every_table_and_every_column_says_what_it_is(warehouse: Warehouse) -> None:
    silent_columns = (
        "SELECT table_schema, table_name, column_name FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        f"WHERE c.{OURS} AND t.table_type = 'BASE TABLE' AND table_name <> 'alembic_version' "
        "AND table_name NOT LIKE 'ticks_%' "
        "AND col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position) IS NULL"
    )
    silent_tables = (
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('meta', 'raw', 'derived', 'marts', 'ops') AND c.relkind IN ('r', 'v', 'p') "
        "AND NOT c.relispartition "
        "AND c.relname <> 'alembic_version' AND obj_description(c.oid) IS NULL"
    )
    silent_functions = (
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE n.nspname IN ('raw', 'derived') AND obj_description(p.oid) IS NULL"
    )
    with warehouse.session() as connection:
        for asked in (silent_columns, silent_tables, silent_functions):
            assert connection.execute(asked).fetchall() == []


def test_recorded_at_is_the_last_column_of_every_facts_key(warehouse: Warehouse) -> None:
    keys = (
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) "
        "FROM information_schema.key_column_usage WHERE table_name IN ('observations', 'metrics') GROUP BY 1 ORDER BY 1"
    )
    with warehouse.session() as connection:
        assert connection.execute(keys).fetchall() == [
            ("metrics", ["metric_id", "definition_version", "period", "known_at", "recorded_at"]),
            ("observations", ["series_id", "period", "known_at", "recorded_at"]),
        ]
