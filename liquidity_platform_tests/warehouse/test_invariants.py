"""Every invariant, broken on purpose, is reported with an example; a healthy warehouse is not."""

import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from offering import EVERYTHING, REAL, SERIES, Publisher, instant, payload

from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.facts import KnownBasis, Status
from liquidity_platform.warehouse.append import append_rows, index_payloads
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.invariants import INVARIANTS, Finding, examine
from liquidity_platform.warehouse.rows import Bar, Membership, MetricValue, Tick

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

OBSERVATION = (
    "INSERT INTO raw.observations (series_id, period, known_at, value, known_basis, source_id, fetched_at, payload_id, "
    "recorded_at) VALUES ('{series}', '2024-07-01', '{known}', 1, 'fetched', 'fred', '{fetched}', {payload}, "
    "'2024-07-02T12:00Z')"
)
ONE_PAYLOAD = "(SELECT payload_id FROM raw.payloads LIMIT 1)"
SOUND = {"series": SERIES, "known": "2024-07-02T11:00Z", "fetched": "2024-07-02T11:00Z", "payload": ONE_PAYLOAD}
MEMBER = (
    "INSERT INTO meta.universe_members (universe_id, instrument_id, valid_from, valid_to, known_at, known_basis, "
    "source_id, fetched_at, payload_id, recorded_at) SELECT 'tech', 'fut.es', '{}', '{}', '{}', 'fetched', "
    f"'fred', '2020-01-01', {ONE_PAYLOAD}, '2021-01-01'"
)


@pytest.fixture
def healthy(warehouse: Warehouse) -> Warehouse:
    """Rows of published, derived and streamed tables that agree with each other."""
    came = instant("2024-05-10")
    known = {"known_at": came, "known_basis": KnownBasis.FETCHED, "source_id": "fred", "fetched_at": came}
    with warehouse.owner_session() as connection:
        publisher = Publisher(connection)
        for day in (10, 11, 12):
            publisher.says(float(day), instant(f"2024-05-{day}"), date(2024, 5, 1), instant("2024-05-02"))
        publisher.says(7.0, instant("2024-05-12"), date(2024, 6, 1), instant("2024-05-02"))
        answer = payload("fut.es", "fred", came)
        index_payloads(connection, [answer], EVERYTHING, REAL)
        asked = {**known, "payload_id": uuid.UUID(answer["payload_id"]), "instrument_id": "fut.es"}
        bar = Bar(**asked, interval="1d", bar_start=instant("2024-05-09"), close=Decimal(5000))
        append_rows(connection, "raw.bars", [bar], EVERYTHING, REAL)
        spells = [(date(2024, 1, 1), date(2024, 3, 1)), (date(2024, 3, 1), None)]
        members = [Membership(**asked, universe_id="tech", valid_from=a, valid_to=b) for a, b in spells]
        append_rows(connection, "meta.universe_members", members, EVERYTHING, REAL)
        connection.execute("SELECT raw.make_tick_partitions('2024-05-01', '2024-05-02')")
        tick = Tick(instrument_id="fut.es", event_at=came, received_at=came, seq=1)
        append_rows(connection, "raw.ticks", [tick], EVERYTHING, REAL)
        metric = MetricValue(
            metric_id="m", definition_version=1, period=date(2024, 5, 1), known_at=came, value=1.0,
            status=Status.COMPLETE, inputs_hash="x",
        )  # fmt: skip
        append_rows(connection, "derived.metrics", [metric], EVERYTHING, REAL)
    return warehouse


def broken(warehouse: Warehouse) -> dict[str, Finding]:
    """Findings with breaches, by name."""
    with warehouse.owner_session() as connection:
        return {found.name: found for found in examine(connection) if found.broken}


def change(warehouse: Warehouse, statement: str) -> None:
    with warehouse.owner_session() as connection:
        connection.execute(statement.encode())


def test_a_healthy_warehouse_is_not_reported(healthy: Warehouse) -> None:
    with healthy.owner_session() as connection:
        findings = examine(connection)
    assert [found.name for found in findings] == [each.name for each in INVARIANTS]
    assert [(found.broken, found.example, found.skipped) for found in findings] == [(0, None, None)] * len(INVARIANTS)


@pytest.mark.parametrize(
    ("statement", "name", "count", "example"),
    [
        (OBSERVATION.format(**{**SOUND, "known": "2024-07-02T12:01Z"}), "known before recorded", 1,
         "raw.observations fed.total_assets 2024-07-01 2024-07-02 12:01:00+00"),
        ("INSERT INTO raw.ticks (instrument_id, event_at, seq, received_at) "
         "VALUES ('fut.es', '2024-05-03', 2, now() + interval '1 hour')", "known before recorded", 1,
         "raw.ticks fut.es"),
        ("INSERT INTO derived.metrics (metric_id, definition_version, period, known_at, status, inputs_hash) "
         "VALUES ('m', 1, '2024-05-02', now() + interval '1 hour', 'COMPLETE', 'x')", "known before recorded", 1,
         "derived.metrics m 1 2024-05-02"),
        (OBSERVATION.format(**{**SOUND, "fetched": "2024-07-02T12:01Z"}), "fetched before recorded", 1,
         "raw.observations fed.total_assets 2024-07-01"),
        ("INSERT INTO raw.payloads SELECT gen_random_uuid(), sha256, bytes, source_id, series_id, request, "
         "recorded_at + interval '1 s', uri, known_from, known_to, accepted, run_id, recorded_at FROM raw.payloads",
         "fetched before recorded", 5, "raw.payloads"),
        (OBSERVATION.format(**{**SOUND, "payload": "gen_random_uuid()"}), "payload is indexed", 1, "raw.observations"),
        ("INSERT INTO raw.bars (instrument_id, source_id, interval, bar_start, known_at, known_basis, fetched_at, "
         "payload_id) VALUES ('fut.es', 'fred', '1d', '2024-05-20', '2024-05-21', 'fetched', '2024-05-21', "
         "gen_random_uuid())",
         "payload is indexed", 1, "raw.bars fut.es fred 1d"),
        ("INSERT INTO derived.metrics (metric_id, definition_version, period, known_at, status, inputs_hash, "
         "payload_id) VALUES ('m', 1, '2024-05-02', '2024-05-03', 'COMPLETE', 'x', gen_random_uuid())",
         "payload is indexed", 1, "derived.metrics m 1 2024-05-02"),
        ("INSERT INTO ops.quarantine (series_id, source_id, payload_id, sha256, reason, rows) "
         "VALUES ('fed.total_assets', 'fred', gen_random_uuid(), 'x', 'x', 1)", "payload is indexed", 1,
         "ops.quarantine 1"),
        (OBSERVATION.format(**{**SOUND, "series": "fed.nothing"}), "id is in the catalog", 1,
         "raw.observations fed.nothing 2024-07-01"),
        ("INSERT INTO raw.ticks (instrument_id, event_at, seq, received_at) "
         "VALUES ('fut.no', '2024-05-03', 2, '2024-05-03')",
         "id is in the catalog", 1, "raw.ticks fut.no"),
        ("INSERT INTO raw.events (event_id, known_at, kind, title, occurs_at, instrument_id, known_basis, source_id, "
         "fetched_at, payload_id) VALUES ('e', '2024-05-03', 'earnings', 'x', '2024-05-03', 'fut.no', 'fetched', "
         f"'fred', '2024-05-03', {ONE_PAYLOAD})", "id is in the catalog", 1, "raw.events e fut.no"),
        (MEMBER.format("2024-02-15", "2024-02-16", "2020-01-01"), "memberships do not overlap", 1,
         "tech fut.es 2024-01-01 and 2024-02-15"),
        ("UPDATE raw.observation_heads SET value = 1 WHERE period = '2024-06-01'", "heads are what is known last", 1,
         "fed.total_assets 2024-06-01 has a head that is not the row known last"),
        ("UPDATE raw.observation_heads SET first_known_at = '2001-01-01'", "heads are what is known last", 2,
         "fed.total_assets 2024-05-01"),
        ("DELETE FROM raw.observation_heads WHERE period = '2024-06-01'", "heads are what is known last", 1,
         "fed.total_assets 2024-06-01 has no head"),
        ("INSERT INTO raw.observation_heads SELECT 'fed.gone', period, known_at, value, known_basis, source_id, "
         "fetched_at, payload_id, run_id, recorded_at, first_known_at FROM raw.observation_heads "
         "WHERE period = '2024-05-01'",
         "heads are what is known last", 1, "fed.gone 2024-05-01 has a head and no row"),
    ],
)  # fmt: skip
def test_a_breach_is_counted_with_an_example(
    healthy: Warehouse, statement: str, name: str, count: int, example: str
) -> None:
    change(healthy, statement)
    found = broken(healthy)
    assert list(found) == [name]
    assert found[name].broken == count
    assert (found[name].example or "").startswith(example)


def test_a_row_without_its_head_is_seen_when_the_trigger_was_off(healthy: Warehouse) -> None:
    with healthy.owner_session() as connection:
        connection.execute("ALTER TABLE raw.observations DISABLE TRIGGER keep_heads")
        connection.execute(OBSERVATION.format(**SOUND).encode())
        connection.execute("ALTER TABLE raw.observations ENABLE TRIGGER keep_heads")
    found = broken(healthy)["heads are what is known last"]
    assert (found.broken, found.example) == (1, f"{SERIES} 2024-07-01 has no head")


def test_a_membership_that_was_corrected_is_judged_as_it_is_known_now(healthy: Warehouse) -> None:
    change(healthy, MEMBER.format("2024-02-15", "2024-02-16", "2020-01-01"))
    assert "memberships do not overlap" in broken(healthy)
    change(healthy, MEMBER.format("2024-02-15", "2024-02-15", "2020-01-02"))  # withdrawn
    assert broken(healthy) == {}


def test_a_moved_clock_is_not_held_against_the_rows(open_on: Callable[..., Warehouse]) -> None:
    moved = open_on(clock="2024-05-10T12:00:00Z")
    prepare(moved)
    change(moved, "INSERT INTO raw.payloads SELECT gen_random_uuid(), 'x', 1, 'fred', 'x', 'x', '2024-05-11', 'x', "
           "'2024-05-01', '2024-05-01', true, NULL, '2024-05-10'")  # fmt: skip
    with moved.owner_session() as connection:
        skipped = [found.name for found in examine(connection) if found.skipped]
    assert skipped == ["known before recorded", "fetched before recorded"]
    assert broken(moved) == {}


def test_examining_writes_nothing(healthy: Warehouse) -> None:
    with healthy.session() as connection:
        examine(connection)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TEMP TABLE x AS SELECT 1; INSERT INTO meta.warehouse VALUES ('a', 'b')")
        connection.rollback()
