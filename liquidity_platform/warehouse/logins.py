"""The three logins of a warehouse: owner (migrations, catalog, marts), writer (adds facts), reader (selects).

The owner's comes from settings or from the embedded server. The other two are made by migrate with random passwords
that `ops.logins` keeps for the owner alone. Nobody reaches one login from another: no role is a member of another.
Belongs here: making, granting, finding them. Keep out: connections (connect.py), the owner's own password.
"""

import contextlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from liquidity_platform.core.errors import WarehouseError
from liquidity_platform.warehouse.schema import SCHEMAS

_LOCK = 7_402_003
# every table of facts (rows.py, which is not read here: whoever opens a warehouse need not load polars), and others
ADDED_TO = (
    "raw.observations", "raw.bars", "raw.corporate_actions", "raw.events", "raw.news", "raw.ticks",
    "meta.universe_members", "derived.metrics", "derived.signals",
    "raw.payloads", "ops.quarantine", "ops.alert_rules", "ops.alert_log", "ops.deliveries", "ops.journal_marks",
    "ops.metric_marks", "ops.notices", "meta.series_contracts", "ops.findings", "ops.held_rows",
    "ops.quarantine_decisions", "ops.series_quality",
)  # fmt: skip
_READERS_LIMITS = {
    "statement_timeout": "'60s'", "default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "'60s'",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Logins:
    """Addresses of the writer and the reader; the writer is the owner where this owner may not make roles."""

    writer: URL
    reader: URL


def agree_logins(engine: Engine, owner: URL, given: str | None, renew: bool) -> Logins:
    """The logins of the database at `owner`, made and granted when `renew` or when anything is missing.

    `given` is the reader's own URL. Raises WarehouseError when a role is needed and this login may not create roles.
    """
    writer, reader = (owner.set(username=f"{owner.database}_{kind}") for kind in ("writer", "reader"))
    reader = make_url(given).set(drivername=owner.drivername) if given else reader
    names = str(writer.username), str(reader.username)
    with engine.begin() as connection:
        known = _kept(connection)
        if renew or not _granted(connection, *names, kept=known.keys(), given=bool(given)):
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
            _make(connection, names[0], None, optional=True)
            _make(connection, names[1], reader.password if given else None, optional=bool(given))
            _grant_writer(connection, names[0])
            _grant_reader(connection, names[1])
            known = _kept(connection)
    return Logins(
        writer.set(password=known[names[0]]) if names[0] in known else owner,
        reader if given else reader.set(password=known[names[1]]),
    )


def _kept(connection: Connection) -> dict[str, str]:
    return dict(connection.execute(sa.text("SELECT login, password FROM ops.logins")).tuples().all())


def _granted(connection: Connection, writer: str, reader: str, kept: Collection[str], given: bool) -> bool:
    """True when both logins may do what they must; a run killed between migrating and granting leaves it undone."""
    roles = set(
        connection.scalars(sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:n)"), {"n": [writer, reader]})
    )
    if reader not in roles or not (given or reader in kept):
        return False
    asked = "SELECT has_schema_privilege(:r, 'raw', 'USAGE') AND has_table_privilege(:r, 'raw.observations', 'SELECT')"
    able = bool(connection.scalar(sa.text(asked), {"r": reader}))
    if writer in kept:
        may = "SELECT bool_and(has_table_privilege(:w, t, 'INSERT')) FROM unnest(cast(:t AS text[])) t"
        able = able and writer in roles and bool(connection.scalar(sa.text(may), {"w": writer, "t": list(ADDED_TO)}))
    return able


def _make(connection: Connection, name: str, password: str | None, optional: bool) -> None:
    """Give the login `name` its password: the given one, the kept one, or a new one. Kept unless it was given."""
    asked = {"r": name}
    exists = connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :r"), asked)
    if password is not None and exists:
        return
    kept = connection.scalar(sa.text("SELECT password FROM ops.logins WHERE login = :r"), asked)
    chosen = str(password or kept or secrets.token_urlsafe(18))
    literal = "'" + chosen.replace("'", "''") + "'"
    # a new role has no powers; taking away what one has not is refused to a login that has not either
    strong = "SELECT 1 FROM pg_roles WHERE rolname = :r AND (rolcreatedb OR rolcreaterole)"
    powers = "LOGIN NOINHERIT" + (" NOCREATEDB NOCREATEROLE" if connection.scalar(sa.text(strong), asked) else "")
    verb = "ALTER" if exists else "CREATE"
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f'{verb} ROLE "{name}" {powers} PASSWORD {literal}')
    except sa.exc.ProgrammingError:
        if optional:
            return
        raise WarehouseError(
            f"this login may not create roles: create '{name}' yourself and set LIQUIDITY_WAREHOUSE__READER_URL"
        ) from None
    if password is None:
        connection.execute(
            sa.text(
                "INSERT INTO ops.logins VALUES (:r, :p) ON CONFLICT (login) DO UPDATE SET password = EXCLUDED.password"
            ),
            {**asked, "p": chosen},
        )


def _select(connection: Connection, name: str) -> None:
    for schema in SCHEMAS:
        connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA {schema} TO "{name}"')
        connection.exec_driver_sql(f'GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO "{name}"')
        connection.exec_driver_sql(f'ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO "{name}"')
    connection.exec_driver_sql(f'REVOKE ALL ON ops.logins FROM "{name}"')


def _grant_writer(connection: Connection, name: str) -> None:
    if not connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": name}):
        return
    _select(connection, name)
    connection.exec_driver_sql(f'GRANT INSERT ON {", ".join(ADDED_TO)} TO "{name}"')
    connection.exec_driver_sql(f'GRANT EXECUTE ON FUNCTION raw.make_tick_partitions(date, date) TO "{name}"')
    database = connection.scalar(sa.text("SELECT current_database()"))
    connection.exec_driver_sql(f'GRANT TEMPORARY ON DATABASE "{database}" TO "{name}"')


def _grant_reader(connection: Connection, name: str) -> None:
    for setting, value in _READERS_LIMITS.items():
        with contextlib.suppress(sa.exc.ProgrammingError), connection.begin_nested():  # an administrator's own login
            connection.exec_driver_sql(f'ALTER ROLE "{name}" SET {setting} = {value}')
    _select(connection, name)
    database = connection.scalar(sa.text("SELECT current_database()"))
    connection.exec_driver_sql(f'REVOKE TEMPORARY, CREATE ON DATABASE "{database}" FROM PUBLIC')
    connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
