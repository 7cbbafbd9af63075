"""Opening the warehouse: the embedded server or the one LIQUIDITY_WAREHOUSE__URL names, migrated and ready.

Belongs here: which server, which login, engines, the claim of what kind of data it holds.
Keep out: table definitions (migrations), appends, queries.
"""

import fcntl
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from liquidity_platform.core.errors import ConfigError, WarehouseRefused, WarehouseUnavailable
from liquidity_platform.core.instants import iso
from liquidity_platform.core.whole import written_whole
from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.logins import agree_logins
from liquidity_platform.warehouse.schema import migrate
from liquidity_platform.warehouse.server.lease import Cluster, Lease, lease

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Result = TypeVar("Result")
DATABASE, OWNER = "liquidity", "liquidity_owner"


@dataclass
class Warehouse:
    """An open warehouse. Close it (or use `with`): the embedded server stops with its last user."""

    settings: Settings
    url: URL  # owner's login, psycopg 3 dialect
    writer_url: URL
    reader_url: URL
    lease: Lease | None = field(default=None, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """Pooled engine of the owner's login; sessions are in UTC."""
        return _engine(self.url)

    @cached_property
    def writer_engine(self) -> Engine:
        """Pooled engine of the login that adds facts and cannot change any."""
        return _engine(self.writer_url)

    def plain_url(self, *, reader: bool = False) -> str:
        """The address as `psql` and libpq take it, password included."""
        url = (self.reader_url if reader else self.url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False).replace(" ", "%20")  # libpq takes no space as it is

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """The writer's psycopg connection in one transaction: committed at the end, rolled back on any error."""
        with self._pooled(self.writer_engine) as connection:
            try:
                yield connection
                connection.commit()
            except BaseException:
                with suppress(psycopg.OperationalError):  # a lost connection took everything back already
                    connection.rollback()
                raise

    @cached_property
    def async_engine(self) -> "AsyncEngine":
        """Pooled engine of the reader's login for code that awaits (the API); close it with `await ...dispose()`."""
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(self.reader_url, **_POOL)

    def run(self, batch: Callable[[psycopg.Connection], Result], patience_s: float = 60.0) -> Result:
        """`batch(connection)` in a session; done again, whole, when the server went away meanwhile.

        Only for batches that may be done twice, as appends may. Raises WarehouseUnavailable when the server stays away.
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with self.session() as connection:
                    return batch(connection)
            except (psycopg.OperationalError, sa.exc.OperationalError) as error:
                if not _went_away(error):
                    raise
                if time.monotonic() > deadline:
                    raise WarehouseUnavailable(_reachable(self.url, error)) from None
                time.sleep(0.5)

    @contextmanager
    def owner_session(self) -> Iterator[psycopg.Connection]:
        """The same as the owner, for what only the owner may do."""
        with self._pooled(self.engine) as connection, connection.transaction():
            yield connection

    @contextmanager
    def _pooled(self, engine: Engine | None = None) -> Iterator[psycopg.Connection]:
        pooled = (engine or self.engine).raw_connection()
        try:
            connection = pooled.driver_connection
            assert isinstance(connection, psycopg.Connection)
            yield connection
        finally:
            pooled.close()

    def close(self) -> None:
        """Give the connections and the lease back."""
        for engine in ("engine", "writer_engine"):
            if engine in self.__dict__:
                self.__dict__[engine].dispose()
        if self.lease is not None:
            self.lease.release()

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# pre-ping: a connection that a server restart cut is replaced before it is handed out
_POOL: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 4, "connect_args": {"options": "-c timezone=UTC"}}


def _engine(url: URL) -> Engine:
    return sa.create_engine(url, **_POOL)


def _went_away(error: Exception) -> bool:
    """True for a lost or refused connection and a server that ends or begins, not for a wrong password or a lock."""
    found = getattr(error, "orig", error)
    state = getattr(found, "sqlstate", None)
    lost = state is None and "password" not in str(found)
    return lost or (state is not None and state.startswith(("08", "57P")))


def open_warehouse(settings: Settings) -> Warehouse:
    """Start or reach the warehouse of `settings`, migrate it when it is older, and return it.

    Raises WarehouseUnavailable or ConfigError in one line. Simulated data always lives on the embedded
    server below HOME/sample, whatever the URL says.
    """
    url = settings.warehouse.url
    warehouse = _served(settings, url.get_secret_value()) if url and not settings.simulated else _embedded(settings)
    try:
        allow_logins(warehouse, renew=migrate(warehouse.engine))
    except sa.exc.OperationalError as error:
        warehouse.close()
        raise WarehouseUnavailable(_reachable(warehouse.url, error)) from None
    except BaseException:
        warehouse.close()
        raise
    return warehouse


def is_made(settings: Settings) -> bool:
    """Whether there is a warehouse to open; the embedded one is made by the first command that fills it."""
    served = settings.warehouse.url is not None and not settings.simulated
    return served or (settings.data_home / "postgres" / "data").is_dir()


def allow_logins(warehouse: Warehouse, renew: bool = True) -> None:
    """Find the writer's and the reader's login of this warehouse; `renew`: make and grant them again."""
    given = warehouse.settings.warehouse.reader_url if not warehouse.settings.simulated else None
    found = agree_logins(warehouse.engine, warehouse.url, given.get_secret_value() if given else None, renew)
    warehouse.writer_url, warehouse.reader_url = found.writer, found.reader


def _reachable(url: URL, error: Exception) -> str:
    said = str(getattr(error, "orig", error)).strip().splitlines()
    reason = said[-1].strip() if said else type(error).__name__
    where = f"{url.host or 'socket'}:{url.port or 5432}"
    return f"warehouse at {where} cannot be used ({reason}); check LIQUIDITY_WAREHOUSE__URL"


def _served(settings: Settings, text: str) -> Warehouse:
    try:
        url = make_url(text)
        if not url.drivername.startswith(("postgresql", "postgres")) or not url.database:
            raise ValueError
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigError("LIQUIDITY_WAREHOUSE__URL is not postgresql://user:password@host:port/database") from None
    owner = url.set(drivername="postgresql+psycopg")
    _check_encoding(owner)
    return Warehouse(settings, owner, owner, owner)


def _check_encoding(url: URL) -> None:
    """Raises WarehouseUnavailable unless the database keeps text as UTF8; other texts come back as bytes."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False).replace(" ", "%20")
    try:
        with psycopg.connect(plain) as connection:
            encoding = connection.info.parameter_status("server_encoding")
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise WarehouseUnavailable(_reachable(url, error)) from None
    if encoding != "UTF8":
        raise WarehouseUnavailable(
            f"the database {url.database} keeps text as {encoding}: make it with CREATE DATABASE ... ENCODING 'UTF8' "
            "TEMPLATE template0"
        )


def _embedded(settings: Settings) -> Warehouse:
    held = lease(settings.data_home, settings.warehouse.pg_bin)
    try:
        password = _owners_password(settings.data_home / "postgres")
        _ensure_database(held.cluster, password)
    except psycopg.OperationalError as error:
        held.release()
        said = (str(error).strip().splitlines() or ["it did not answer"])[-1]
        raise WarehouseUnavailable(f"the embedded server in {settings.data_home / 'postgres'}: {said}") from None
    except BaseException:
        held.release()
        raise
    owner = make_url(held.cluster.url(DATABASE, OWNER, password))
    return Warehouse(settings, owner, owner, owner, held)


def _owners_password(folder: Path) -> str:
    """The owner's password, made once and kept in a file only this user may read."""
    path = folder / "logins.json"
    try:
        with path.with_suffix(".lock").open("a") as lock:  # two first commands at once agree on one password
            fcntl.flock(lock, fcntl.LOCK_EX)
            known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
            if OWNER not in known:
                known[OWNER] = secrets.token_urlsafe(18)
                with written_whole(path, 0o600) as file:
                    file.write(json.dumps(known).encode())
        return known[OWNER]
    except (OSError, ValueError) as error:
        raise WarehouseUnavailable(f"{path} cannot be used: {error}") from None


def _ensure_database(cluster: Cluster, password: str) -> None:
    """Create the owner's login and the database on a new cluster. Two commands at once do it once."""
    url = make_url(cluster.url("postgres")).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7402000)")
        literal = psycopg.sql.Literal(password)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            connection.execute(
                psycopg.sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(
                    psycopg.sql.Identifier(OWNER), literal
                )
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def claim(warehouse: Warehouse) -> None:
    """Say, before the first write, what kind of data and clock this warehouse lives by; refuse another kind.

    Raises WarehouseRefused when it holds the other kind, was filled under another kind of clock, or was last
    written at an instant later than the clock now shows.
    """
    clock = warehouse.settings.clock_now()
    wanted = {
        "kind": "simulated" if warehouse.settings.simulated else "real",
        "clock": "moved" if clock.moved else "real",
    }
    with warehouse.engine.begin() as connection:
        for key, value in wanted.items():
            connection.execute(
                sa.text("INSERT INTO meta.warehouse (key, value) VALUES (:k, :v) ON CONFLICT (key) DO NOTHING"),
                {"k": key, "v": value},
            )
        held = claims(connection)
        newest = connection.scalar(sa.text("SELECT max(recorded_at) FROM raw.payloads"))
    if held["kind"] != wanted["kind"]:
        raise WarehouseRefused(
            f"this warehouse holds {held['kind']} data; {wanted['kind']} data needs a HOME of its own"
        )
    if held["clock"] != wanted["clock"]:
        raise WarehouseRefused(
            f"this was filled under a {held['clock']} clock and refuses a {wanted['clock']} one; use another --home"
        )
    if newest is not None and clock.moved and newest > clock.now():
        raise WarehouseRefused(f"this home was last filled at {iso(newest)}; a clock at {iso(clock.now())} is earlier")


def claims(connection: sa.engine.Connection) -> dict[str, str]:
    """What the warehouse says it holds: {'kind': ..., 'clock': ...}; empty before the first write."""
    return {row.key: row.value for row in connection.execute(sa.text("SELECT key, value FROM meta.warehouse"))}
