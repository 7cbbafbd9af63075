"""What append decides (design section 2), on a real server."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import psycopg
import pytest

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import METRIC_ROWS, OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import WriteReport, append_metrics, append_observations
from liquidity_platform.warehouse.connect import Warehouse

P = date(2026, 1, 7)
RELEASED = datetime(2026, 1, 8, 21, 30, tzinfo=UTC)
FETCHED = datetime(2026, 2, 1, tzinfo=UTC)
ALL = Window(2002, 2026)
DAY = timedelta(days=1)


def offer(
    warehouse: Warehouse, *rows: tuple[date, float | None, datetime], basis: str = "release_rule",
    fetched: datetime = FETCHED, window: Window = ALL, series: str = "fed.total_assets", clock: Clock = Clock(),
) -> WriteReport:  # fmt: skip
    """Offer (period, value, known_at) rows as one answer of the publisher."""
    payload = str(uuid.uuid4())
    columns: dict[str, Any] = {
        "series_id": series, "period": [r[0] for r in rows], "known_at": [r[2] for r in rows],
        "value": [r[1] for r in rows], "known_basis": basis, "source_id": "fred", "fetched_at": fetched,
        "payload_id": payload, "run_id": "test",
    }  # fmt: skip
    index = {
        "payload_id": payload, "sha256": "x", "bytes": 1, "source_id": "fred", "series_id": series, "request": "test",
        "fetched_at": fetched, "uri": "x", "accepted": True, "run_id": "test",
    }  # fmt: skip
    frame = pl.DataFrame(columns, schema_overrides=OFFERED).select(list(OFFERED)).cast(OFFERED)  # type: ignore[arg-type]
    with warehouse.session() as connection:
        report = append_observations(connection, frame, [index], window, clock)
    return report.get(series, WriteReport())


def stored(warehouse: Warehouse, columns: str = "value, known_at, known_basis") -> list[tuple[Any, ...]]:
    with warehouse.session() as connection:
        return connection.execute(f"SELECT {columns} FROM raw.observations ORDER BY known_at, recorded_at").fetchall()


def as_of(warehouse: Warehouse, moment: datetime) -> list[float | None]:
    with warehouse.session() as connection:
        rows = connection.execute("SELECT value FROM raw.observations_as_of(%s) ORDER BY period", [moment]).fetchall()
    return [row[0] for row in rows]


def test_a_first_value_keeps_its_release_and_the_same_again_adds_nothing(warehouse: Warehouse) -> None:
    assert offer(warehouse, (P, 1.0, RELEASED)) == WriteReport(offered=1, appended=1)
    assert offer(warehouse, (P, 1.0, RELEASED), fetched=FETCHED + DAY) == WriteReport(offered=1, unchanged=1)
    assert stored(warehouse) == [(1.0, RELEASED, "release_rule")]


def test_a_changed_number_is_known_since_its_fetch_and_the_past_stays(warehouse: Warehouse) -> None:
    offer(warehouse, (P, 10.0, RELEASED))
    assert offer(warehouse, (P, 12.0, RELEASED), fetched=FETCHED + DAY).revised == 1
    assert offer(warehouse, (P, 10.0, RELEASED), fetched=FETCHED + 2 * DAY).revised == 1
    assert [row[0] for row in stored(warehouse)] == [10.0, 12.0, 10.0]
    assert as_of(warehouse, RELEASED) == [10.0]
    assert as_of(warehouse, FETCHED + DAY) == [12.0]
    assert as_of(warehouse, FETCHED + 2 * DAY) == [10.0]
    assert as_of(warehouse, RELEASED - DAY) == []


def test_a_blank_is_a_value_that_equals_itself(warehouse: Warehouse) -> None:
    assert offer(warehouse, (P, None, RELEASED)).appended == 1
    assert offer(warehouse, (P, None, RELEASED)).unchanged == 1
    assert offer(warehouse, (P, 0.0, RELEASED), fetched=FETCHED + DAY).revised == 1
    assert [row[0] for row in stored(warehouse)] == [None, 0.0]


def test_vintages_answer_alike_in_any_order_of_arrival(warehouse: Warehouse) -> None:
    t1, t2, t3 = RELEASED, RELEASED + 30 * DAY, RELEASED + 60 * DAY
    for value, known in ((10.0, t1), (10.0, t3), (12.0, t2)):
        assert offer(warehouse, (P, value, known), basis="vintage").appended == 1
        assert offer(warehouse, (P, value, known), basis="vintage").unchanged == 1
    assert [as_of(warehouse, moment) for moment in (t1, t2, t3)] == [[10.0], [12.0], [10.0]]


def test_a_value_not_shown_when_the_publisher_was_asked_after_its_release_is_known_since_it_came(
    warehouse: Warehouse,
) -> None:
    offer(warehouse, (P, 1.0, RELEASED))  # asked on 1 February, well after the next release
    nxt, released = P + 7 * DAY, RELEASED + 7 * DAY
    offer(warehouse, (nxt, 2.0, released), fetched=FETCHED + DAY)
    assert stored(warehouse)[-1] == (2.0, FETCHED + DAY, "fetched")


def test_an_ask_whose_windows_left_that_instant_out_proves_nothing(warehouse: Warehouse) -> None:
    offer(warehouse, (P, 1.0, RELEASED), window=Window(2002, 2025))
    assert stored(warehouse) == []
    assert offer(warehouse, (P, 1.0, RELEASED), fetched=FETCHED + DAY).appended == 1
    assert stored(warehouse) == [(1.0, RELEASED, "release_rule")]


def test_a_run_writes_only_what_became_known_in_its_windows(warehouse: Warehouse) -> None:
    old = (date(2019, 1, 2), 5.0, datetime(2019, 1, 3, 21, 30, tzinfo=UTC))
    report = offer(warehouse, old, (P, 1.0, RELEASED), window=Window(2026, 2026))
    assert report == WriteReport(offered=2, appended=1, outside=1)
    assert offer(warehouse, old, (P, 9.0, RELEASED), window=Window(2019, 2019), fetched=FETCHED + DAY).appended == 1
    assert [row[0] for row in stored(warehouse)] == [5.0, 1.0]  # the revision belongs to the current year


def test_a_refresh_that_no_longer_carries_old_rows_deletes_nothing(warehouse: Warehouse) -> None:
    offer(warehouse, (P, 1.0, RELEASED), (P + 7 * DAY, 2.0, RELEASED + 7 * DAY))
    offer(warehouse, (P + 7 * DAY, 2.0, RELEASED + 7 * DAY), fetched=FETCHED + DAY)
    assert len(stored(warehouse)) == 2


def test_an_unknown_series_is_refused_and_nothing_of_the_batch_is_written(warehouse: Warehouse) -> None:
    with pytest.raises(CatalogError, match=r"no\.such"):
        offer(warehouse, (P, 1.0, RELEASED), series="no.such")
    with warehouse.session() as connection:
        assert connection.execute("SELECT count(*) FROM raw.payloads").fetchone() == (0,)


def test_under_a_clock_that_stands_still_the_last_word_wins(warehouse: Warehouse) -> None:
    still = Clock.at(FETCHED.isoformat())
    for value in (1.0, 2.0, 3.0):
        offer(warehouse, (P, value, FETCHED), basis="fetched", clock=still)
    assert as_of(warehouse, FETCHED) == [3.0]
    stamps = [row[0] for row in stored(warehouse, "recorded_at")]
    assert stamps == [FETCHED + timedelta(microseconds=n) for n in range(3)]


@pytest.mark.parametrize("table", ["raw.observations", "raw.payloads", "derived.metrics"])
@pytest.mark.parametrize("change", ["UPDATE {} SET run_id = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_facts_cannot_be_changed_even_by_their_owner(warehouse: Warehouse, table: str, change: str) -> None:
    offer(warehouse, (P, 1.0, RELEASED))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"), warehouse.session() as connection:
        connection.execute(change.format(table))  # type: ignore[arg-type]


def test_the_reader_may_read_and_nothing_else(warehouse: Warehouse) -> None:
    offer(warehouse, (P, 1.0, RELEASED))
    with psycopg.connect(warehouse.plain_url(reader=True), autocommit=True) as reader:
        assert reader.execute("SELECT value FROM raw.observations_latest").fetchone() == (1.0,)
        assert reader.execute("SHOW statement_timeout").fetchone() == ("1min",)
        reader.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO raw.observations SELECT * FROM raw.observations", "CREATE TABLE public.t (a int)",
            "CREATE TEMP TABLE t (a int)", "DELETE FROM meta.series", "SET ROLE postgres",
            f'SET ROLE "{warehouse.url.username}"', "CREATE SCHEMA s",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_no_column_is_a_naive_timestamp_and_every_column_says_what_it_is(warehouse: Warehouse) -> None:
    ours = "table_schema IN ('meta', 'raw', 'derived', 'marts', 'ops') AND table_name <> 'alembic_version'"
    with warehouse.session() as connection:
        naive = connection.execute(
            f"SELECT table_name, column_name FROM information_schema.columns WHERE {ours} "  # type: ignore[arg-type]
            "AND data_type = 'timestamp without time zone'"
        ).fetchall()
        silent = connection.execute(
            f"""SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE t.table_type = 'BASE TABLE' AND c.{ours.replace("table_name <>", "c.table_name <>")}
            AND col_description((c.table_schema || '.' || c.table_name)::regclass, c.ordinal_position) IS NULL"""  # type: ignore[arg-type]
        ).fetchall()
    assert naive == []
    assert silent == []


def test_a_metric_step_is_skipped_only_when_value_and_status_stand(warehouse: Warehouse) -> None:
    def metric(value: float | None, status: str) -> int:
        row = ["us.net_liquidity.weekly", 1, P, RELEASED, value, status, "h"]
        frame = pl.DataFrame([row], schema=METRIC_ROWS, orient="row")
        with warehouse.session() as connection:
            return append_metrics(connection, frame, ALL, Clock(), "test")["us.net_liquidity.weekly"].appended

    assert [
        metric(1.0, "COMPLETE"),
        metric(1.0, "COMPLETE"),
        metric(1.0, "CARRIED"),
        metric(None, "MISSING_INPUT"),
    ] == [1, 0, 1, 1]
    with warehouse.session() as connection:
        latest = connection.execute("SELECT value, status FROM derived.metrics_latest").fetchall()
    assert latest == [(None, "MISSING_INPUT")]
