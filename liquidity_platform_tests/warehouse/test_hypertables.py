"""Where TimescaleDB is there: hypertables, their compression and policies; compressed chunks answer and take rows."""

from datetime import date
from typing import Any

import psycopg
from offering import SERIES, Publisher, instant

from liquidity_platform.warehouse.connect import Warehouse

SERVERS = ("timescale",)
OLD, BETWEEN, NEW = instant("2015-06-03"), instant("2015-07-03"), instant("2024-06-03")
PERIOD = date(2015, 5, 1)
BY_KNOWLEDGE = ("derived.metrics", "derived.signals", "raw.bars", "raw.events", "raw.news", "raw.observations")
INFO = "timescaledb_information"


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_seven_hypertables_with_their_chunks_segments_and_policies(warehouse: Warehouse) -> None:
    made = ask(
        warehouse,
        "SELECT hypertable_schema || '.' || hypertable_name, column_name::text, extract(day FROM time_interval)::int "
        f"FROM {INFO}.dimensions ORDER BY 1",
    )
    assert [(table, column) for table, column, _ in made] == [
        *((table, "known_at") for table in BY_KNOWLEDGE),
        ("raw.ticks", "event_at"),
    ]
    assert {days for table, _, days in made if table != "raw.ticks"} <= {
        360,
        365,
    }  # a year is 360 days to some releases
    assert made[-1][2] == 1
    segments = (
        f"SELECT hypertable_name::text, attname::text FROM {INFO}.compression_settings WHERE segmentby_column_index = 1"
    )
    found = dict(ask(warehouse, segments))
    assert (len(found), found["observations"], found["ticks"]) == (7, "series_id", "instrument_id")
    jobs = f"SELECT count(*), min(config->>'compress_after') FROM {INFO}.jobs WHERE config ? 'compress_after'"
    assert ask(warehouse, jobs) == [(7, "2 years")]


def test_a_compressed_chunk_answers_and_takes_late_vintages(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        Publisher(connection).offers([(PERIOD, 10.0, OLD, "vintage"), (PERIOD, 12.0, NEW, "vintage")], NEW)
    job = ask(warehouse, f"SELECT job_id FROM {INFO}.jobs WHERE hypertable_name = 'observations'")[0][0]
    with psycopg.connect(warehouse.plain_url(), autocommit=True) as connection:
        connection.execute(f"CALL run_job({job})".encode())
    chunks = f"SELECT is_compressed FROM {INFO}.chunks WHERE hypertable_name = 'observations' ORDER BY range_start"
    assert (True,) in ask(warehouse, chunks)
    with warehouse.session() as connection:
        late = Publisher(connection)
        assert late.as_of(OLD, PERIOD) == 10.0
        assert late.offers([(PERIOD, 10.0, OLD, "vintage")], NEW).appended == 0
        assert late.offers([(PERIOD, 11.0, BETWEEN, "vintage")], NEW).appended == 1
        assert [late.as_of(at, PERIOD) for at in (OLD, BETWEEN, NEW)] == [10.0, 11.0, 12.0]
    with psycopg.connect(warehouse.plain_url(reader=True)) as connection:
        asked = f"SELECT value FROM raw.observations_latest WHERE series_id = '{SERIES}'"
        assert connection.execute(asked.encode()).fetchall() == [(12.0,)]
