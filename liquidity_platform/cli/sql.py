"""One read-only statement as the reader's own login.

Three locks, any of which would do: the statement must begin like a query, the extended protocol takes one statement
only, and the login may neither write nor become another role.
Belongs here: running it and shaping the answer. Keep out: printing.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

from liquidity_platform.core.errors import UsageError, WarehouseRefused, WarehouseUnavailable
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse

_COMMENTS = re.compile(r"^\s*(--[^\n]*\n\s*|/\*.*?\*/\s*)*", re.DOTALL)
_QUERIES = ("select", "with", "values", "table", "explain", "show")


class _Instants(TimestamptzLoader):
    """Instants as datetimes; `infinity`, and what no datetime can hold, as PostgreSQL writes it."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


def select(statement: str, most: int | None = None) -> tuple[pl.DataFrame, bool]:
    """(the query's own columns and rows, at most `most` of them, simulated).

    Raises UsageError or WarehouseRefused in one line.
    """
    words = _COMMENTS.sub("", statement, count=1).split(None, 1)
    if not words or words[0].lower().strip("(;") not in _QUERIES:
        seen = words[0].upper() if words else "nothing"
        raise WarehouseRefused(f"`sql` takes one statement that reads ({', '.join(_QUERIES)}), not {seen}")
    with open_warehouse(settings()) as warehouse:
        try:
            with psycopg.connect(warehouse.plain_url(reader=True), options="-c timezone=UTC") as connection:
                connection.read_only = True
                connection.adapters.register_loader("timestamptz", _Instants)
                for kind in ("json", "jsonb"):
                    connection.adapters.register_loader(kind, TextLoader)
                cursor = psycopg.RawCursor(connection)
                cursor.execute(statement.rstrip().rstrip(";").encode(), [], prepare=True)
                return _frame(cursor, most), settings().simulated
        except psycopg.errors.SyntaxError as error:
            raise UsageError(_line(error)) from None
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
            raise WarehouseRefused(f"the reader may only read: {_line(error)}") from None
        except psycopg.OperationalError as error:
            raise WarehouseUnavailable(_line(error)) from None
        except psycopg.Error as error:
            raise UsageError(_line(error)) from None


def _line(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).splitlines()[0]
    return "`sql` takes one statement" if "multiple commands" in said else said


def _frame(cursor: "psycopg.RawCursor[Any]", most: int | None) -> pl.DataFrame:
    names: list[str] = []
    for column in cursor.description or []:
        names.append(column.name if column.name not in names else f"{column.name}_{len(names) + 1}")
    rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
    columns = {name: _column([row[place] for row in rows]) for place, name in enumerate(names)}
    return pl.DataFrame(columns)


def _column(values: list[Any]) -> pl.Series:
    values = [float(value) if isinstance(value, Decimal) else value for value in values]
    kinds = {type(value) for value in values if value is not None}
    if (
        kinds <= {int, float}
        or (len(kinds) <= 1 and kinds <= {str, bool, datetime})
        or all(k.__name__ == "date" for k in kinds)
    ):
        return pl.Series(values, strict=False)
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
