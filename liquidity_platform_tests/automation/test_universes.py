"""Declared universes in a real warehouse: each claim once, known since its declaration, with its bytes."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from liquidity_platform.automation.resources import prepare
from liquidity_platform.automation.universes import declare_universes
from liquidity_platform.catalog.universes import FIRST, MEMBERS, Member
from liquidity_platform.cli.rows import refuse_empty
from liquidity_platform.core.errors import WarehouseError
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.invariants import examine

Open = Callable[..., Warehouse]
LATER = "2027-03-01T00:00:00Z"


def known(warehouse: Warehouse, universe: str, at: str = "infinity", day: date | None = None) -> list[str]:
    asked = "SELECT instrument_id FROM meta.universe_as_of(%s, %s) WHERE universe_id = %s ORDER BY 1"
    with warehouse.session() as connection:
        return [row[0] for row in connection.execute(asked, [at, day, universe]).fetchall()]


@pytest.fixture
def later(open_on: Open) -> Warehouse:
    """A warehouse whose clock stands after the declarations, whatever the real one says."""
    opened = open_on(clock=LATER)
    prepare(opened)
    return opened


def test_every_claim_is_written_once(later: Warehouse) -> None:
    assert declare_universes(later) == len(MEMBERS)
    assert declare_universes(later) == 0
    for universe in {member.universe for member in MEMBERS}:
        assert known(later, universe) == sorted(m.instrument for m in MEMBERS if m.universe == universe)
    with later.session() as connection:
        assert [found for found in examine(connection) if found.broken] == []


def test_nothing_was_known_before_its_declaration(later: Warehouse) -> None:
    declare_universes(later)
    assert known(later, "quantum", "2026-11-21T17:59:59Z") == []
    assert "eq.ionq" in known(later, "quantum", "2026-11-21T18:00:00Z", date(2026, 11, 21))
    assert known(later, "quantum", day=date(2026, 11, 20)) == []


def test_a_clock_before_the_declaration_hears_nothing_of_it(open_on: Open) -> None:
    before = open_on(clock="2026-07-22T21:00:00Z")
    prepare(before)
    assert declare_universes(before) == 0
    assert known(before, "quantum") == []


def test_a_member_that_leaves_was_one_as_long_as_nothing_else_was_known(later: Warehouse) -> None:
    joined = Member("test", "etf.spy", date(2026, 11, 21), FIRST)
    left = replace(joined, known_from=FIRST + timedelta(days=90), until=date(2027, 2, 19))
    assert declare_universes(later, [joined]) == 1
    assert declare_universes(later, [joined, left]) == 1
    assert known(later, "test", "2027-02-01T00:00:00Z", date(2027, 2, 25)) == ["etf.spy"]
    assert known(later, "test", LATER, date(2027, 2, 25)) == []
    assert known(later, "test", LATER, date(2027, 2, 18)) == ["etf.spy"]


def test_the_bytes_behind_a_claim_say_the_same(later: Warehouse) -> None:
    declare_universes(later)
    with later.session() as connection:
        asked = (
            "SELECT DISTINCT p.uri, p.sha256, p.source_id, m.known_basis FROM meta.universe_members m "
            "JOIN raw.payloads p USING (payload_id)"
        )
        ((uri, sha256, source, basis),) = connection.execute(asked).fetchall()
    assert (source, basis) == ("catalog", "vintage")
    said = json.loads(open_archive(later.settings).read(uri, sha256))
    assert len(said) == len(MEMBERS)
    assert datetime.fromisoformat(said[0]["known_from"]) == FIRST == datetime(2026, 11, 21, 18, tzinfo=UTC)


def test_a_warehouse_with_nothing_but_universes_is_empty(later: Warehouse) -> None:
    declare_universes(later)
    with pytest.raises(WarehouseError, match="the warehouse is empty"):
        refuse_empty(later, pl.DataFrame())


def test_a_warehouse_that_nobody_claimed_is_left_alone(open_on: Open) -> None:
    fresh = open_on()
    assert declare_universes(fresh) == 0
    prepare(fresh)  # a clock of its own is still free to claim it
