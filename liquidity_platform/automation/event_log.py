"""Dagster's event log on PostgreSQL, written in batches where Dagster says what belongs together.

A run over a range of windows intends one materialization for each asset and window, and tells of each when it is done:
thousands for a first load. dagster-postgres collects them, and then inserts what is intended one by one and composes
each batch's statement anew: half of a first run's time.
Belongs here: those batches. Keep out: which events there are (Dagster), the instance's environment (instance.py).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy as sa
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config

if TYPE_CHECKING:
    from dagster._core.storage.config import PostgresStorageConfig

_BATCHED = (
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
)
# composed once, whatever the number of rows; the ids come in the order of the rows
_INSERT = sa.insert(SqlEventLogStorageTable).returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)


class EventLog(PostgresEventLogStorage):
    """dagster-postgres's event log; what comes in batches is stored in another way, as the same rows."""

    _tables: frozenset[str] = frozenset()  # seen to be there

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store what is intended and what is done by one INSERT each, whatever else there is as Dagster does."""
        kinds: dict[dg.DagsterEventType, list[dg.EventLogEntry]] = {}
        for event in events:
            kinds.setdefault(event.get_dagster_event().event_type, []).append(event)
        for kind, own in kinds.items():
            if kind in _BATCHED:
                self._store(kind, own)
            else:
                super().store_event_batch(own)

    @property
    def asset_records_have_last_observation(self) -> bool:
        """Nothing that a step reads is only observed: else each input without an event is a query of its own."""
        return True

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists; asked of the server until it does."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables |= {table_name}
        return table_name in self._tables

    def _store(self, kind: dg.DagsterEventType, events: Sequence[dg.EventLogEntry]) -> None:
        with self._connect() as connection:
            ids = [row[0] for row in connection.execute(_INSERT, [self._event_to_row(event) for event in events])]
        with self.index_transaction() as connection:
            if kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
                pairs = zip(events, ids, strict=True)
                rows = [row for event, number in pairs for row in self._planned_check(event, number)]
                connection.execute(sa.insert(AssetCheckExecutionsTable), rows)
                return
            if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
                self._store_asset_event_tags(connection, events, ids)
            # of an asset's entry only the last event counts; in order of keys, as Dagster does, against deadlocks
            newest = {str(event.get_dagster_event().asset_key): place for place, event in enumerate(events)}
            for _, place in sorted(newest.items()):
                self._store_asset_event(connection, events[place], ids[place])

    def _planned_check(self, event: dg.EventLogEntry, number: int) -> list[dict[str, object]]:
        """Rows of the table of check executions, one a window."""
        planned = event.get_dagster_event().event_specific_data
        assert isinstance(planned, AssetCheckEvaluationPlanned)
        subset = planned.partitions_subset
        windows: list[str | None] = [*subset.get_partition_keys()] if subset else [None]
        at = self._event_insert_timestamp(event)  # type: ignore[no-untyped-call]
        return [
            {
                "asset_key": planned.asset_key.to_string(),
                "check_name": planned.check_name,
                "partition": window,
                "run_id": event.run_id,
                "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
                "evaluation_event": serialize_value(event),
                "evaluation_event_timestamp": at,
                "evaluation_event_storage_id": number,
            }
            for window in windows
        ]


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
