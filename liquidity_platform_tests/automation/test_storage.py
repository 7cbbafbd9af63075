"""Dagster's storage of schedules asks once what its tables can, and answers as before."""

import dagster as dg
import pytest
import sqlalchemy as sa

from liquidity_platform.automation.storage import Schedules


@pytest.fixture
def storage(instance: dg.DagsterInstance) -> Schedules:
    found = instance.schedule_storage
    assert isinstance(found, Schedules)
    return found


def statements(storage: Schedules, selector: str) -> int:
    """How many statements the state of a schedule takes."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa.event.listen(storage._engine, "before_cursor_execute", hear)
    assert storage.get_instigator_state("origin", selector) is None
    sa.event.remove(storage._engine, "before_cursor_execute", hear)
    return len(said)


def test_the_state_of_a_schedule_is_one_statement_after_the_first(storage: Schedules) -> None:
    assert statements(storage, "one") > 1
    assert [statements(storage, name) for name in ("one", "two")] == [1, 1]


def test_a_migration_that_is_not_over_is_asked_about_again(storage: Schedules) -> None:
    assert not storage.has_built_index("of tomorrow")
    storage.mark_index_built("of tomorrow")
    assert storage.has_built_index("of tomorrow")
    assert not storage.has_built_index("of the day after")
