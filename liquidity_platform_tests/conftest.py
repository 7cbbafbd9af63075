"""What every room's tests share: a real server, a fresh warehouse per test, the published data, a clean environment.

Belongs here: fixtures two or more rooms use. Keep out: doubles of our own code, anything of a single room.
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import coverage
import dagster as dg
import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from pydantic import SecretStr

from liquidity_platform.automation.instance import enter_dagster
from liquidity_platform.automation.resources import prepare
from liquidity_platform.settings import Settings, WarehouseSettings, settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.logins import agree_logins
from liquidity_platform.warehouse.schema import migrate
from liquidity_platform.warehouse.server.lease import Cluster, lease
from liquidity_platform_tests.addresses import plain

KEPT = "LIQUIDITY_TEST_"  # speaks to the tests, not to the platform
OWNER, PASSWORD = "tests_owner", "tests"
OWN, MIGRATED = "tests", "migrated"  # a test's own database, and the one it is copied from

hypothesis.settings.register_profile(
    "house",
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test hears the settings of the developer's shell, nor those another test read."""
    for name in list(os.environ):
        if name.startswith("LIQUIDITY_") and not name.startswith(KEPT):
            monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


def with_owner(cluster: Cluster) -> Cluster:
    """`cluster` with a login that owns databases and is no superuser, and the migrated database that tests copy.

    It does not wait for the disk, which doubles the time of small tests; servers that are killed are others. The
    copies find their logins made: granting takes longer than most tests.
    """
    with psycopg.connect(plain(cluster.url("postgres")), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(sql.Identifier(OWNER), PASSWORD)
        )
        connection.execute(f"CREATE DATABASE {OWN} OWNER {OWNER}")
        engine = sa.create_engine(url := cluster.url(OWN, OWNER, PASSWORD))
        agree_logins(engine, sa.make_url(url), None, renew=migrate(engine))
        engine.dispose()
        connection.execute(f"ALTER DATABASE {OWN} RENAME TO {MIGRATED}")
    return cluster


def own_database(cluster: Cluster, name: str = OWN) -> Iterator[str]:
    """The owner's address of a database, dropped after the test. Migrating takes ten times a copy's time."""
    with psycopg.connect(plain(cluster.url("postgres")), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # of a test that could not end
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {MIGRATED} STRATEGY FILE_COPY")
        yield cluster.url(name, OWNER, PASSWORD)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage rests in tests that draw or are marked `untraced`, their fixtures, and the processes that they start.

    What a hundred draws run, the tests beside them measure. pytest-cov's own mark fails where nothing is measured.
    """
    rests = item.get_closest_marker("untraced") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    tracing = coverage.Coverage.current() if rests else None
    if not tracing:
        return (yield)
    heard = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_")}
    tracing.stop()
    try:
        return (yield)
    finally:
        tracing.start()
        os.environ.update(heard)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """An embedded server of this test process."""
    with lease(tmp_path_factory.mktemp("server")) as held:
        yield with_owner(held.cluster)


@pytest.fixture
def database(server: Cluster) -> Iterator[str]:
    """The owner's address of a migrated database without a row of facts or of the catalog."""
    yield from own_database(server)


@pytest.fixture
def open_on(database: str, tmp_path: Path) -> Iterator[Callable[..., Warehouse]]:
    """open_on(**settings): this test's database opened under these settings, not yet claimed for any kind of data."""
    opened: list[Warehouse] = []

    def open_it(**given: object) -> Warehouse:
        served = WarehouseSettings(url=SecretStr(database))
        chosen = Settings(_env_file=None, **{"home": tmp_path / "home", "warehouse": served, **given})  # type: ignore[arg-type]
        opened.append(open_warehouse(chosen))
        return opened[-1]

    yield open_it
    for warehouse in opened:
        warehouse.close()


@pytest.fixture
def warehouse(open_on: Callable[..., Warehouse]) -> Warehouse:
    """A migrated, empty warehouse for real data under the real clock, with the catalog in it."""
    fresh = open_on()
    prepare(fresh)
    return fresh


@contextmanager
def instance_of(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The real instance of a home: its tables in the warehouse's server."""
    for name in ("DAGSTER_HOME", "DAGSTER_PG_URL", "DAGSTER_COMPUTE_LOGS", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")  # given back after the test
    enter_dagster(warehouse)
    with dg.DagsterInstance.get() as found:
        yield found


@pytest.fixture
def instance(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance beside this test's warehouse."""
    with instance_of(warehouse, monkeypatch) as found:
        yield found


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published numbers (LIQUIDITY_TEST_DATA); skipped with the reason where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LIQUIDITY_TEST_DATA") or default)
    if not (folder / "fred").is_dir():
        pytest.skip(f"no published data in {folder}: set LIQUIDITY_TEST_DATA")
    return folder


LONGEST = (
    "cli/test_commands", "test_kill_short", "cli/test_up", "realtime/test_stream.py", "cli/test_mistakes",
    "cli/test_history", "automation/test_marts", "cli/test_served", "test_week_short", "test_notifying",
    "deploy/test_served_apart", "test_server_recovery", "test_bad_day", "test_sources_everybody", "test_looking_ahead",
    "warehouse/test_backup", "cli/test_backup", "test_stream_macros", "test_fact_tables", "test_user_metrics_command",
    "test_knowledge", "test_server_sharing", "test_report_browser", "test_stream_feeds", "prove/",
)  # fmt: skip


def _turn(item: pytest.Item) -> int:
    return next((place for place, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin, so that no worker is left alone with one at the end."""
    items.sort(key=_turn)
