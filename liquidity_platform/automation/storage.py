"""Dagster's storage on PostgreSQL: dagster-postgres's, with our event log, connections that are kept, fewer questions.

dagster-postgres connects anew for every statement, so that many instances hold nothing open: a new process of the
server with cold caches for each of the thousands of events of a run. Here a process keeps two, and gives them back
when it closes the instance; one that the server has ended meanwhile is noticed and replaced.
Belongs here: the storage dagster.yaml names. Keep out: how events are written (event_log.py), the instance's
environment (instance.py).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresScheduleStorage
from dagster_postgres.utils import create_pg_engine, get_token_provider_from_config, pg_url_from_config

from liquidity_platform.automation.event_log import EventLog

if TYPE_CHECKING:
    from dagster._core.storage.config import PostgresStorageConfig
    from dagster_postgres.auth import PgTokenProvider

KEPT, MORE = 2, 30  # connections: kept open, and more while many threads ask (the daemon's, the webserver's)
_RECYCLE_S = 600


class Schedules(PostgresScheduleStorage):
    """dagster-postgres's storage of schedules and sensors, which learns once what its tables can.

    Dagster asks for the names of all tables, and for migrations that are over, before every state that it reads: three
    queries of four of an asset's page, which shows the state of each schedule that may load it. What is there stays.
    """

    _there: frozenset[str] = frozenset()

    def has_instigators_table(self) -> bool:
        """True when states of schedules have a table of their own."""
        return self._once("instigators", super().has_instigators_table)

    def has_built_index(self, migration_name: str) -> bool:
        """True when this migration of Dagster's is over."""
        return self._once(migration_name, lambda: super(Schedules, self).has_built_index(migration_name))

    def _once(self, what: str, look: Callable[[], bool]) -> bool:
        if what not in self._there and look():
            self._there |= {what}
        return what in self._there


class Storage(DagsterPostgresStorage):
    """dagster-postgres's storage of runs, events and schedules over one pool of connections."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: "PgTokenProvider | None" = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        self._event_log_storage = EventLog(postgres_url, should_autocreate_tables, token_provider=token_provider)
        self._schedule_storage = Schedules(postgres_url, should_autocreate_tables, token_provider=token_provider)
        pool = create_pg_engine(
            postgres_url, token_provider, isolation_level="AUTOCOMMIT", pool_size=KEPT, max_overflow=MORE,
            pool_pre_ping=True, pool_recycle=_RECYCLE_S,
        )  # fmt: skip
        for each in (self._run_storage, self._event_log_storage, self._schedule_storage):
            each._engine = pool

    @classmethod
    def from_config_value(  # type: ignore[override]  # as in its parent
        cls, inst_data: ConfigurableClassData | None, config_value: "PostgresStorageConfig"
    ) -> "Storage":
        """Dagster's way in, from what dagster.yaml says."""
        return cls(
            pg_url_from_config(config_value),
            bool(config_value.get("should_autocreate_tables", True)),
            inst_data,
            get_token_provider_from_config(config_value),
        )
