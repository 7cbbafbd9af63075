"""Which servers the warehouse's tests run on: a module that names SERVERS runs once on each of them.

Belongs here: databases on Debian's PostgreSQL 15 and on TimescaleDB. Keep out: the embedded server's (conftest above).
"""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from liquidity_platform.warehouse.server.lease import Cluster, lease
from liquidity_platform_tests.conftest import OWNER, PASSWORD, own_database, with_owner

PG15 = Path("/usr/lib/postgresql/15/bin")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One run a server for every test that opens a database."""
    servers = getattr(metafunc.module, "SERVERS", None)
    if servers and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", servers, indirect=True)


@pytest.fixture(scope="session")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Debian's PostgreSQL 15 under our own start layer."""
    if not (PG15 / "postgres").exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed (apt-get install postgresql-15)")
    with lease(tmp_path_factory.mktemp("debian"), PG15) as held:
        yield with_owner(held.cluster)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The owner's address of a database of this test's own, on the server the module asks for."""
    kind = getattr(request, "param", "embedded")
    if kind == "timescale":
        yield from _emptied(request.getfixturevalue("timescale"))
    else:
        yield from own_database(request.getfixturevalue("debian" if kind == "postgres15" else "server"))


@pytest.fixture(scope="session")
def timescale() -> Iterator[str]:
    """A superuser's address of a TimescaleDB, started once: it takes seconds, emptying it does not."""
    bridge = _bridge()
    try:
        with bridge.timescale_server() as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
                connection.execute(f"ALTER DATABASE postgres OWNER TO {OWNER}")
            yield url
    except bridge.TimescaleMissing as missing:
        pytest.skip(str(missing))


def _emptied(url: str) -> Iterator[str]:
    yield url.replace("postgres:password", f"{OWNER}:{PASSWORD}")
    with psycopg.connect(url, autocommit=True) as connection:
        owned = connection.execute("SELECT nspname FROM pg_namespace WHERE nspowner = %s::regrole", [OWNER]).fetchall()
        for (schema,) in owned:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def _bridge() -> ModuleType:
    """The module that starts TimescaleDB; it lives with its own tests."""
    if "timescale_bridge" not in sys.modules:
        path = Path(__file__).parents[1] / "timescale" / "server.py"
        spec = importlib.util.spec_from_file_location("timescale_bridge", path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["timescale_bridge"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["timescale_bridge"])
    return sys.modules["timescale_bridge"]
