"""Bringing a database to the current schema: Alembic upgrades, the catalog synced into `meta`.

Belongs here: migrate and the catalog tables. Keep out: logins (logins.py), starting servers, facts.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

if TYPE_CHECKING:  # whoever opens a warehouse need not load polars
    from liquidity_platform.catalog.instruments import Instrument
    from liquidity_platform.catalog.series import Series

HEAD = "0012"
_LOCK = 7_402_001  # advisory lock: two commands that start at once migrate once
SCHEMAS = ("meta", "raw", "derived", "marts", "ops")


def current_revision(connection: Connection) -> str | None:
    """The schema revision in the database; None for an empty one."""
    if connection.scalar(sa.text("SELECT to_regclass('meta.alembic_version')")) is None:
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM meta.alembic_version"))
    return revision


def migrate(engine: Engine, to: str = "head") -> bool:
    """Upgrade (or, for an older revision or `base`, downgrade) the schema; True when anything changed."""
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        before = current_revision(connection)
        if before == HEAD and to == "head":
            return False
        from alembic import command  # here: every other command is spared its import
        from alembic.config import Config

        connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS meta"))
        config = Config()
        config.set_main_option("script_location", str(files("liquidity_platform.warehouse") / "migrations"))
        config.attributes["connection"] = connection
        if before is not None and (to == "base" or (to != "head" and to < before)):
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)
        return True


def offline_sql() -> str:
    """The SQL of all migrations, for an administrator to read or to run by hand on an empty database."""
    from alembic import command
    from alembic.config import Config

    printed = io.StringIO()
    config = Config(output_buffer=printed)
    config.set_main_option("script_location", str(files("liquidity_platform.warehouse") / "migrations"))
    command.upgrade(config, "head", sql=True)
    return printed.getvalue()


def sync_catalog(
    engine: Engine,
    sources: Iterable[Mapping[str, Any]],
    series: "Iterable[Series]",
    instruments: "Iterable[Instrument]",
) -> None:
    """Write the catalog into `meta`; lines that are gone stay, for old facts."""
    rows = [
        {
            "series_id": line.id, "source_id": line.source, "code": line.code, "title": line.title,
            "unit": line.unit.value, "published_unit": line.published.label, "scale": line.published.scale,
            "frequency": line.frequency.value, "release_id": line.release_id, "revisable": line.revisable,
            "plausible_low": line.plausible[0], "plausible_high": line.plausible[1], "ended": line.ended,
        }
        for line in series
    ]  # fmt: skip
    traded = [
        {
            "instrument_id": line.id, "symbol": line.symbol, "feed_symbol": line.feed_symbol, "name": line.name,
            "asset_class": line.asset_class.value, "exchange": line.exchange, "zone": line.zone,
            "session_calendar": line.session_calendar, "currency": line.currency, "multiplier": line.multiplier,
            "tick_size": line.tick_size,
        }
        for line in instruments
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        _upsert(connection, "meta.data_sources", "source_id", list(sources))
        _upsert(connection, "meta.series", "series_id", rows)
        _upsert(connection, "meta.instruments", "instrument_id", traded)


def _upsert(connection: Connection, table: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    changes = ", ".join(f"{c} = EXCLUDED.{c}" for c in columns if c != key)
    connection.execute(
        sa.text(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)}) "
            f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
        ),
        rows,
    )


@contextmanager
def migrations_wait(connection: psycopg.Connection) -> Iterator[None]:
    """Nobody migrates while the block runs: whoever opens the warehouse waits. Wants an autocommit connection."""
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
