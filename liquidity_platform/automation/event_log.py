"""Dagster's event log on PostgreSQL, written in batches.

A run over a range of windows intends one materialization for each asset and window, and tells of each when it is done:
thousands for a first load. dagster-postgres inserts one by one what is intended, what is put out and what is judged,
and composes each statement anew: half of a run's time. Here what a step tells in a burst is gathered, for a second at
most, and written in one transaction; whatever else happens, and whoever reads, has it written first. A process that is
killed loses what it gathered in its last second, as it loses what it was about to tell.
Belongs here: those batches. Keep out: which events there are (Dagster), connections (storage.py).
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import dagster as dg
import sqlalchemy as sa
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._serdes import serialize_value
from dagster_postgres import PostgresEventLogStorage
from dagster_postgres.utils import DagsterPostgresException

_Type = dg.DagsterEventType
_BATCHED = frozenset(
    {_Type.ASSET_MATERIALIZATION_PLANNED, _Type.ASSET_CHECK_EVALUATION_PLANNED, _Type.ASSET_MATERIALIZATION}
)
_GATHERED = frozenset(
    {_Type.STEP_OUTPUT, _Type.HANDLED_OUTPUT, _Type.ASSET_MATERIALIZATION, _Type.ASSET_CHECK_EVALUATION}
)
_OF_ASSETS = frozenset({_Type.ASSET_MATERIALIZATION_PLANNED, _Type.ASSET_MATERIALIZATION})
MOST, LONGEST_S = 200, 1.0  # gathered events, and since when
# composed once, whatever the number of rows; the ids come in the order of the rows
_INSERT = sa.insert(SqlEventLogStorageTable).returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)


class EventLog(PostgresEventLogStorage):
    """dagster-postgres's event log; what comes in bursts is stored in another way, as the same rows."""

    _tables: frozenset[str] = frozenset()  # seen to be there
    _columns: frozenset[str] = frozenset()  # of assets

    def __init__(self, postgres_url: str, should_autocreate_tables: bool = True, token_provider: object = None) -> None:
        self._lock = threading.RLock()
        self._gathered: list[dg.EventLogEntry] = []
        self._since = 0.0  # when the first of them came
        self._writing: sa.Connection | None = None  # over which a batch is being written, by the holder of the lock
        super().__init__(postgres_url, should_autocreate_tables, token_provider=token_provider)  # type: ignore[arg-type]

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Gather what steps tell in bursts; store everything else at once, after what was gathered before it."""
        kind = event.dagster_event_type if event.is_dagster_event and event.run_id else None
        with self._lock:
            if kind not in _GATHERED:
                self._write_gathered()
                super().store_event(event)
                return
            if not self._gathered:
                self._since = time.monotonic()
            self._gathered.append(event)
            if len(self._gathered) >= MOST or time.monotonic() - self._since > LONGEST_S:
                self._write_gathered()

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store what is intended and what is done in one transaction, whatever else there is as Dagster does."""
        with self._lock:
            self._write_gathered()
            own = [event for event in events if event.dagster_event_type in _BATCHED]
            others = [event for event in events if event.dagster_event_type not in _BATCHED]
            if own:
                self._write(own)
            if others:
                super().store_event_batch(others)

    def dispose(self) -> None:
        """Close the connections that are kept open, those of runs and schedules too (storage.py)."""
        with self._lock:
            self._write_gathered()
        super().dispose()
        self._engine.dispose()

    @property
    def asset_records_have_last_observation(self) -> bool:
        """Nothing that a step reads is only observed: else each input without an event is a query of its own."""
        return True

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists; asked of the server until it does."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables |= {table_name}
        return table_name in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has the column; asked of the server until it has."""
        if column_name not in self._columns and super().has_asset_key_col(column_name):
            self._columns |= {column_name}
        return column_name in self._columns

    def _connect(self) -> AbstractContextManager[sa.Connection]:
        """A connection to read what was told up to now: what is gathered is written first."""
        with self._lock:
            if self._writing is not None:
                return nullcontext(self._writing)
            self._write_gathered()
        return super()._connect()

    def _write_gathered(self) -> None:
        """Write the batch; of one that cannot be written, as Dagster does with its own, each event by itself.

        Without a server they are kept, and whoever told the last one hears of it.
        """
        events, self._gathered = self._gathered, []
        if not events:
            return
        try:
            self._write(events)
        except (sa.exc.OperationalError, DagsterPostgresException):
            self._gathered = events
            raise
        except Exception as error:
            sys.stderr.write(f"a batch of {len(events)} events is stored one by one: {error}\n")
            self._write_singly(events)

    def _write_singly(self, events: Sequence[dg.EventLogEntry]) -> None:
        failed = None
        for event in events:
            try:
                super().store_event(event)
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """One transaction, which everything that asks for a connection meanwhile is given."""
        with super()._connect() as connection:
            given = connection.execution_options(isolation_level="READ COMMITTED")
            with given.begin():
                self._writing = given
                try:
                    yield given
                finally:
                    self._writing = None

    def _write(self, events: Sequence[dg.EventLogEntry]) -> None:
        with self._transaction() as connection:
            ids = [row[0] for row in connection.execute(_INSERT, [self._event_to_row(event) for event in events])]
            own: dict[_Type | None, list[tuple[dg.EventLogEntry, int]]] = {}
            for event, number in zip(events, ids, strict=True):
                own.setdefault(event.dagster_event_type, []).append((event, number))
            if planned := own.get(_Type.ASSET_CHECK_EVALUATION_PLANNED):
                rows = [row for event, number in planned for row in self._planned_check(event, number)]
                connection.execute(sa.insert(AssetCheckExecutionsTable), rows)
            if done := own.get(_Type.ASSET_MATERIALIZATION):
                self._store_asset_event_tags(connection, [event for event, _ in done], [number for _, number in done])
            for event, number in own.get(_Type.ASSET_CHECK_EVALUATION, []):
                self._update_asset_check_evaluation(event, number)
            # of an asset's entry only the last event counts; in order of keys, as Dagster does, against deadlocks
            told = [pair for kind in _OF_ASSETS for pair in own.get(kind, [])]
            newest = {
                str(event.get_dagster_event().asset_key): (number, event)
                for event, number in sorted(told, key=lambda pair: pair[1])
            }
            for _, (number, event) in sorted(newest.items(), key=lambda item: item[0]):
                self._store_asset_event(connection, event, number)

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
