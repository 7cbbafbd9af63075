"""Getting a frame into the server and a result out of it, fast.

Belongs here: binary COPY in (encoded from Arrow), CSV COPY out, advisory locks of fact tables.
Keep out: what is compared or inserted (append.py), what is asked (read.py).
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import psycopg
from pgpq import ArrowToPostgresBinaryEncoder

_TYPES = {pl.String: "text", pl.Date: "date", pl.Float64: "double precision", pl.Int32: "integer", pl.Datetime: "timestamptz"}


def stage(connection: psycopg.Connection, name: str, frame: pl.DataFrame) -> None:
    """Create the temporary table `name` with the frame's columns and rows; it is dropped at commit."""
    columns = ", ".join(f'"{column}" {_TYPES[dtype.base_type()]}' for column, dtype in frame.schema.items())
    connection.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    encoder = ArrowToPostgresBinaryEncoder(table.schema)
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(encoder.write_header())
        for batch in table.to_batches(max_chunksize=65_536):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())
    connection.execute(f"ANALYZE {name}")


def lock_writers(connection: psycopg.Connection, table: str) -> None:
    """Let one transaction at a time append to `table`, so that `recorded_at` grows in commit order."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table])


def pull(connection: psycopg.Connection, query: str, parameters: Sequence[Any], shape: Mapping[str, Any]) -> pl.DataFrame:
    """Rows of `query` as a frame of dtypes `shape`. Instants must be selected as epoch microseconds (bigint)."""
    wire = {name: pl.Int64() if isinstance(dtype, pl.Datetime) else dtype for name, dtype in shape.items()}
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT CSV)", parameters) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pl.DataFrame(schema=dict(shape))
    buffer.seek(0)
    frame = pl.read_csv(buffer, has_header=False, new_columns=list(wire), schema_overrides=list(wire.values()))
    return frame.with_columns(pl.col(name).cast(dtype) for name, dtype in shape.items())
