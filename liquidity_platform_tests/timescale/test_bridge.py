"""That drivers reach a real TimescaleDB through the bridge: the extension, COPY, errors, users, turns, SQLAlchemy.

Belongs here: what tests that use the bridge rely on. Keep out: what the warehouse does with TimescaleDB.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import errors
from server import TimescaleMissing, timescale_server

Row = tuple[str, datetime, float | None]
ROWS: list[Row] = [("a", datetime(2024, 1, 1 + day, tzinfo=UTC), None if day % 5 else day / 7) for day in range(20)]
INTO = "COPY facts FROM STDIN (FORMAT BINARY)"
OUT = "COPY (SELECT * FROM facts ORDER BY at) TO STDOUT (FORMAT BINARY)"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of this module's own, its database with the extension."""
    try:
        with timescale_server() as address:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION timescaledb")
            yield address
    except TimescaleMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    """A connection in autocommit, and an empty hypertable `facts`."""
    with psycopg.connect(url, autocommit=True) as opened:
        opened.execute("DROP TABLE IF EXISTS facts")
        opened.execute("CREATE TABLE facts (id text NOT NULL, at timestamptz NOT NULL, value double precision)")
        opened.execute("SELECT create_hypertable('facts', by_range('at', interval '7 days'))")
        yield opened


def fill(connection: psycopg.Connection, rows: list[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(INTO) as copy:
        copy.set_types(["text", "timestamptz", "float8"])
        for row in rows:
            copy.write_row(row)


def stored(connection: psycopg.Connection) -> list[Row]:
    return connection.execute("SELECT * FROM facts ORDER BY at").fetchall()


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def test_the_extension_is_timescaledb_with_what_the_warehouse_needs(connection: psycopg.Connection) -> None:
    version = str(one(connection, "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"))
    major, minor = version.split(".")[:2]
    assert (int(major), int(minor)) >= (2, 18)
    assert one(connection, "SELECT current_database()") == "postgres"


def test_a_hypertable_is_compressed_by_its_policy(connection: psycopg.Connection) -> None:
    fill(connection, ROWS)
    connection.execute(
        "ALTER TABLE facts SET (timescaledb.compress, timescaledb.compress_segmentby = 'id',"
        " timescaledb.compress_orderby = 'at DESC')"
    )
    job = one(connection, "SELECT add_compression_policy('facts', interval '30 days')")
    connection.execute(f"CALL run_job({job})")
    compressed = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'facts' AND is_compressed"
    assert one(connection, compressed) == one(connection, "SELECT count(*) FROM show_chunks('facts')") == 4
    assert stored(connection) == ROWS


def test_copy_out_is_what_was_copied_in(connection: psycopg.Connection) -> None:
    with connection.transaction():
        fill(connection, ROWS)
    assert stored(connection) == ROWS
    with connection.cursor() as cursor, cursor.copy(OUT) as copy:
        copy.set_types(["text", "timestamptz", "float8"])
        assert [tuple(row) for row in copy.rows()] == ROWS


def test_a_copy_goes_with_its_transaction(connection: psycopg.Connection) -> None:

    def fill_and_fail() -> None:
        with connection.transaction():
            fill(connection, ROWS)
            assert len(stored(connection)) == len(ROWS)
            connection.execute("SELECT 1 / 0")

    with pytest.raises(errors.DivisionByZero):
        fill_and_fail()
    assert stored(connection) == []


def test_a_refused_copy_leaves_the_connection_usable(connection: psycopg.Connection) -> None:
    def copy_text(table: str, value: str, failing: type[Exception] | None = None) -> None:
        with connection.transaction(), connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            copy.write(f"a\t2024-01-01\t{value}\n")
            if failing:
                raise failing

    with pytest.raises(errors.InvalidTextRepresentation, match="column value"):
        copy_text("facts", "much")
    with pytest.raises(errors.UndefinedTable):
        copy_text("nothing", "1")
    with pytest.raises(KeyError):
        copy_text("facts", "1", failing=KeyError)
    assert stored(connection) == []
    copy_text("facts", "1")
    assert stored(connection) == [("a", ROWS[0][1], 1.0)]


def test_a_failing_statement_is_its_own_class_and_the_connection_goes_on(url: str) -> None:
    with closing(psycopg.connect(url)) as connection:
        with pytest.raises(errors.UndefinedColumn):
            connection.execute("SELECT absent FROM pg_class WHERE oid = %s", [1])
        with pytest.raises(errors.InFailedSqlTransaction):
            connection.execute("SELECT 1")
        connection.rollback()
        assert one(connection, "SELECT 1") == 1


def test_each_connection_keeps_its_user_settings_and_statements(url: str, connection: psycopg.Connection) -> None:
    connection.execute("CREATE ROLE reader LOGIN; ALTER ROLE reader SET work_mem = '7MB'")
    theirs = url.replace("postgres:password", "reader:any")
    with psycopg.connect(theirs, autocommit=True, options="-c search_path=pg_catalog -c TimeZone=Asia/Tokyo") as reader:
        connection.execute("SET TIME ZONE 'Europe/Paris'")
        for number in range(8):  # from the sixth on the drivers' prepared statements bear equal names
            assert connection.execute("SELECT %s + 1, session_user", [number]).fetchone() == (number + 1, "postgres")
            assert reader.execute("SELECT %s + 2, session_user", [number]).fetchone() == (number + 2, "reader")
        assert (one(reader, "SHOW search_path"), one(reader, "SHOW work_mem")) == ("pg_catalog", "7MB")
        assert (str(connection.info.timezone), str(reader.info.timezone)) == ("Europe/Paris", "Asia/Tokyo")
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("SELECT * FROM public.facts")
    connection.execute("DROP ROLE reader")


def test_a_transaction_elsewhere_is_waited_for(url: str, connection: psycopg.Connection) -> None:
    seen: list[object] = []
    with psycopg.connect(url, autocommit=True) as other:
        asking = threading.Thread(target=lambda: seen.append(one(other, "SELECT count(*) FROM facts")))
        with connection.transaction():
            connection.execute("INSERT INTO facts VALUES ('a', '2024-01-01', 1)")
            asking.start()
            connection.execute("INSERT INTO facts VALUES ('a', '2024-01-02', 1)")
        asking.join(10)
    assert seen == [2]


def test_sqlalchemy_runs_transactions(url: str, connection: psycopg.Connection) -> None:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    rows = [dict(zip(("id", "at", "value"), row, strict=True)) for row in ROWS]

    def insert_then(query: str) -> None:
        with engine.begin() as transaction:
            transaction.execute(sa.text("INSERT INTO facts VALUES (:id, :at, :value)"), rows)
            transaction.execute(sa.text(query))

    insert_then("SELECT 1")
    with pytest.raises(sa.exc.DataError):
        insert_then("SELECT 1 / 0")
    engine.dispose()
    assert stored(connection) == ROWS
