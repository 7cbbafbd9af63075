"""Dagster's event log on PostgreSQL, in which what a run intends to do is written at once.

A run over a range of windows intends one materialization for each asset and window, thousands for a first load.
dagster-postgres collects them, and then inserts them one by one: half of a first run's time.
Belongs here: that one batch. Keep out: which events there are (Dagster), the instance's environment (instance.py).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config

if TYPE_CHECKING:
    from dagster._core.storage.config import PostgresStorageConfig

PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED


class EventLog(PostgresEventLogStorage):
    """dagster-postgres's event log; only planned materializations are stored in another way, as the same rows."""

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store the planned materializations of `events` by one INSERT, whatever else there is as Dagster does."""
        planned = [event for event in events if event.get_dagster_event().event_type == PLANNED]
        others = [event for event in events if event.get_dagster_event().event_type != PLANNED]
        if planned:
            self._store_planned(planned)
        if others:
            super().store_event_batch(others)

    def _store_planned(self, planned: Sequence[dg.EventLogEntry]) -> None:
        statement = self.prepare_insert_event_batch(planned).returning(SqlEventLogStorageTable.c.id)
        with self._connect() as connection:
            ids = [row[0] for row in connection.execute(statement)]
        # of an asset's entry only the last event counts; in order of keys, as Dagster does, against deadlocks
        newest = {str(event.get_dagster_event().asset_key): place for place, event in enumerate(planned)}
        with self.index_transaction() as connection:
            for _, place in sorted(newest.items()):
                self._store_asset_event(connection, planned[place], ids[place])


class Storage(DagsterPostgresStorage):
    """dagster-postgres's storage with that event log; dagster.yaml names it."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: object = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)  # type: ignore[arg-type]
        self._event_log_storage = EventLog(postgres_url, should_autocreate_tables, token_provider=token_provider)  # type: ignore[arg-type]

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
