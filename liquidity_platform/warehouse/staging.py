"""Getting a frame into the server and a result out of it, fast.

Belongs here: binary COPY in (encoded from Arrow), Arrow out over ADBC, advisory locks of fact tables.
Keep out: what is compared or inserted (append.py), what is asked (read.py).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import adbc_driver_manager as adbc
import adbc_driver_postgresql
import polars as pl
import psycopg
from pgpq import ArrowToPostgresBinaryEncoder

_TYPES = {
    pl.String: "text",
    pl.Date: "date",
    pl.Float64: "double precision",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.Datetime: "timestamptz",
    pl.List: "text[]",
}


def stage(connection: psycopg.Connection, name: str, frame: pl.DataFrame, kinds: Mapping[str, str]) -> None:
    """Create the temporary table `name` with the frame's rows; it is dropped at commit.

    `kinds`: SQL types of columns; others have the type of their dtype. Texts sort as bytes, as ids do.
    """
    types = {column: kinds.get(column) or _TYPES[dtype.base_type()] for column, dtype in frame.schema.items()}
    numeric = {column for column, kind in types.items() if kind.startswith("numeric")}
    sent = {column: "text" if column in numeric else kind for column, kind in types.items()}
    copied = f"{name}_text" if numeric else name
    columns = ", ".join(f'"{c}" {kind}' + (' COLLATE "C"' if kind == "text" else "") for c, kind in sent.items())
    connection.execute(f"CREATE TEMP TABLE {copied} ({columns}) ON COMMIT DROP")
    copy_into(connection, copied, frame, types)
    if numeric:
        chosen = ", ".join(f'"{c}"::{types[c]} AS "{c}"' if c in numeric else f'"{c}"' for c in types)
        connection.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {chosen} FROM {copied}")
        connection.execute(f"DROP TABLE {copied}")
    connection.execute(f"ANALYZE {name}")


def _sent(column: str, kind: str) -> pl.Expr:
    """The column in a form whose bytes PostgreSQL reads as `kind`: Arrow has no uuid, jsonb or numeric of its own."""
    whole = pl.col(column)
    if kind == "uuid":  # sixteen bytes
        return whole.str.replace_all("-", "", literal=True).str.decode("hex")
    if kind == "jsonb":  # a version byte, then the text
        return pl.concat_str(pl.lit("\x01"), whole).alias(column)
    return whole.cast(pl.String) if kind.startswith("numeric") else whole


def copy_into(connection: psycopg.Connection, name: str, frame: pl.DataFrame, types: Mapping[str, str]) -> None:
    """Binary COPY of `frame` into the columns of the table `name`, encoded from Arrow; `types` are SQL types."""
    sent = frame.with_columns(_sent(column, kind) for column, kind in types.items())
    table = sent.to_arrow(compat_level=pl.CompatLevel.oldest())
    encoder = ArrowToPostgresBinaryEncoder(table.schema)
    columns = ", ".join(f'"{column}"' for column in sent.columns)
    into = f"COPY {name} ({columns}) FROM STDIN WITH (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.write(encoder.write_header())
        for batch in table.to_batches(max_chunksize=65_536):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())


def copy_facts(connection: psycopg.Connection, name: str, frame: pl.DataFrame, kinds: Mapping[str, str]) -> None:
    """COPY of `frame` into the table `name`; numbers that binary COPY cannot carry go by way of text."""
    if not any(kind.startswith("numeric") for kind in kinds.values()):
        copy_into(connection, name, frame, kinds)
        return
    types = {column: kinds.get(column) or _TYPES[dtype.base_type()] for column, dtype in frame.schema.items()}
    sent = {column: "text" if kind.startswith("numeric") else kind for column, kind in types.items()}
    columns = ", ".join(f'"{column}" {kind}' for column, kind in sent.items())
    connection.execute(f"CREATE TEMP TABLE copied ({columns}) ON COMMIT DROP")
    copy_into(connection, "copied", frame, types)
    listed, cast = ", ".join(f'"{c}"' for c in types), ", ".join(f'"{c}"::{kind}' for c, kind in types.items())
    connection.execute(f"INSERT INTO {name} ({listed}) SELECT {cast} FROM copied")
    connection.execute("DROP TABLE copied")


def lock_writers(connection: psycopg.Connection, table: str) -> None:
    """Let one transaction at a time append to `table`, so that `recorded_at` grows in commit order."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table])


@lru_cache(maxsize=8)
def _database(uri: str) -> adbc.AdbcDatabase:
    """ADBC's idea of a database: it asks the server for all its types when made, so one serves all connections."""
    database: adbc.AdbcDatabase = adbc_driver_postgresql.connect(uri)
    return database


def pull(
    connection: psycopg.Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any], shape: Mapping[str, Any]
) -> pl.DataFrame:
    """Rows of `query` (%s placeholders) as a frame of dtypes `shape`, columns taken by place.

    Read as Arrow over a connection of its own: nine times faster than rows of tuples. It sees what is committed.
    """
    info = connection.info
    uri = psycopg.conninfo.make_conninfo(info.dsn, password=info.password)
    text = psycopg.ClientCursor(connection).mogrify(query, parameters)
    # below its DB-API layer, which would import pyarrow.dataset and pandas: half a second a command
    with (
        adbc.AdbcConnection(_database(uri)) as reader,
        adbc.AdbcStatement(reader) as asked,
    ):
        asked.set_sql_query(text)
        stream, _ = asked.execute_query()
        frame = pl.DataFrame(stream)
    return frame.rename(dict(zip(frame.columns, shape, strict=True))).cast(pl.Schema(shape))
