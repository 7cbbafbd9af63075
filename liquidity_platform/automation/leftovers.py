"""Runs whose process was killed: Dagster still takes them for running, and they hold their pools' slots for ever.

A run of this home's own commands holds `<HOME>/dagster/runs.lock`; whoever gets that lock knows that every earlier
run of such a command has ended, whatever Dagster's tables say.
Belongs here: the lock, telling dead runs from living ones, freeing what they held. Keep out: running.
"""

import fcntl
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psycopg
from dagster_postgres.utils import DagsterPostgresException
from dagster_shared.error import DagsterError
from sqlalchemy.exc import SQLAlchemyError

from liquidity_platform.automation.progress import announce
from liquidity_platform.core.errors import WarehouseUnavailable
from liquidity_platform.warehouse.connect import Warehouse

RUNNER_TAG = "liquidity/runner"
_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_BEGUN = [status for status in _UNFINISHED if status is not dg.DagsterRunStatus.NOT_STARTED]


def runner_of(warehouse: Warehouse) -> str:
    """Who runs here: this machine and this home."""
    return f"{socket.gethostname()}:{warehouse.settings.data_home}"


@contextmanager
def alone(warehouse: Warehouse) -> Iterator[None]:
    """Let one command at a time run assets in this home; a second one waits and says so."""
    with _runs_lock(warehouse).open("a") as lock:
        if not _got(lock.fileno()):
            announce("waiting for another command that runs in this home")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _got(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def clear_leftovers(instance: dg.DagsterInstance, warehouse: Warehouse) -> int:
    """Mark dead runs failed and free their slots; how many there were. The caller is `alone`.

    Runs of this home's commands are dead for sure. Others (the platform's) are dead when `up` does not run and the
    server is ours alone; on a shared server their own daemon looks after them.
    """
    others_dead = warehouse.lease is not None and not _up_runs(warehouse.settings.data_home)
    dead = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
        if run.tags.get(RUNNER_TAG) == runner_of(warehouse) or (RUNNER_TAG not in run.tags and others_dead)
    ]
    return _fail(instance, dead)


def clear_platform(warehouse: Warehouse) -> int:
    """Mark the runs of a platform whose code server has ended failed; how many there were. For `up`, as it begins and
    before it starts a code server again.

    Runs of commands are cleared too unless such a command is at it. On a shared server, and where runs have containers
    of their own, others look after them. Queued runs are left alone: they are started later.
    Raises WarehouseUnavailable while the server does not answer or its disk is full.
    """
    if not _own(warehouse):
        return 0
    try:
        with _if_alone(warehouse) as commands_dead, dg.DagsterInstance.get() as instance:
            runs = instance.get_runs(dg.RunsFilter(statuses=_BEGUN))
            return _fail(instance, [run for run in runs if commands_dead or RUNNER_TAG not in run.tags])
    except (DagsterError, DagsterPostgresException, SQLAlchemyError, OSError) as error:
        raise WarehouseUnavailable(f"Dagster's tables cannot be used: {type(error).__name__}") from None


def begun_runs(warehouse: Warehouse) -> set[str]:
    """Ids of the runs that a platform of this home has begun and not ended; none where others look after them.

    Raises WarehouseUnavailable while the server does not answer.
    """
    if not _own(warehouse):
        return set()
    query = (
        "SELECT r.run_id FROM dagster.runs r WHERE r.status = ANY (%s) AND NOT EXISTS "
        "(SELECT FROM dagster.run_tags t WHERE t.run_id = r.run_id AND t.key = %s)"
    )
    try:
        with warehouse.owner_session() as connection:
            rows = connection.execute(query, [[status.value for status in _BEGUN], RUNNER_TAG]).fetchall()
    except (psycopg.OperationalError, SQLAlchemyError) as error:
        raise WarehouseUnavailable(f"Dagster's tables cannot be used: {type(error).__name__}") from None
    return {row[0] for row in rows}


def _own(warehouse: Warehouse) -> bool:
    """Whether every run of the platform in these tables has its process here."""
    return warehouse.lease is not None and warehouse.settings.dagster.launcher == "default"


@contextmanager
def _if_alone(warehouse: Warehouse) -> Iterator[bool]:
    """Whether no command runs assets in this home; none does in the block then."""
    with _runs_lock(warehouse).open("a") as lock:
        yield _got(lock.fileno())


def _fail(instance: dg.DagsterInstance, dead: Sequence[dg.DagsterRun]) -> int:
    for run in dead:
        instance.report_run_failed(run, "the process of this run was killed")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return len(dead)


def _runs_lock(warehouse: Warehouse) -> Path:
    path = warehouse.settings.data_home / "dagster" / "runs.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _up_runs(home: Path) -> bool:
    """True while `liquidity up` holds its lock in this home."""
    path = home / "up" / "up.lock"
    if not path.exists():
        return False
    with path.open("a") as lock:
        return not _got(lock.fileno())
