"""What append decides about fetched values: nothing twice, corrections as fetched, first values by release."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import psycopg
import pytest
from offering import SERIES, Publisher, instant, payload

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import WriteReport, append_observations
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import quarantine
from liquidity_platform.warehouse.read import known_observations, last_asks, newest_period, stored_values

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

SERVERS = ("embedded", "postgres15")
WED = date(2024, 5, 1)
OUT = instant("2024-05-02", 20)  # released
FETCH, NEXT, LAST = (instant(f"2024-05-{day:02}") for day in (10, 17, 24))


@pytest.fixture
def fred(warehouse: Warehouse) -> Iterator[Publisher]:
    with warehouse._pooled() as connection:
        yield Publisher(connection)


def test_a_first_value_is_known_since_its_release(fred: Publisher) -> None:
    assert fred.says(10.0, FETCH, WED, OUT) == WriteReport(offered=1, appended=1)
    assert fred.history() == [(10.0, OUT, "release_rule")]


def test_asking_again_appends_nothing(fred: Publisher) -> None:
    fred.says(10.0, FETCH, WED, OUT)
    assert fred.says(10.0, NEXT, WED, OUT) == WriteReport(offered=1, unchanged=1)
    assert len(fred.history()) == 1


def test_a_changed_number_is_known_since_the_fetch_that_showed_it(fred: Publisher) -> None:
    fred.says(10.0, FETCH, WED, OUT)
    assert fred.says(12.0, NEXT, WED, OUT) == WriteReport(offered=1, appended=1, revised=1)
    assert fred.history() == [(10.0, OUT, "release_rule"), (12.0, NEXT, "fetched")]
    assert fred.as_of(NEXT - timedelta(microseconds=1), WED) == 10.0
    assert fred.as_of(NEXT, WED) == 12.0


def test_a_number_that_returns_to_an_earlier_value_is_kept_three_times(fred: Publisher) -> None:
    for value, asked in ((10.0, FETCH), (12.0, NEXT), (10.0, LAST), (10.0, LAST + timedelta(days=1))):
        fred.says(value, asked, WED, OUT)
    assert fred.history() == [(10.0, OUT, "release_rule"), (12.0, NEXT, "fetched"), (10.0, LAST, "fetched")]


def test_a_blank_equals_a_blank_and_differs_from_zero(fred: Publisher) -> None:
    fred.says(None, FETCH, WED, OUT)
    assert fred.says(None, NEXT, WED, OUT).unchanged == 1
    assert fred.says(0.0, LAST, WED, OUT).appended == 1
    assert [row[0] for row in fred.history()] == [None, 0.0]


def test_a_value_the_publisher_had_not_shown_after_its_release_is_known_since_the_fetch(fred: Publisher) -> None:
    fred.silent(OUT + timedelta(hours=1))
    fred.says(10.0, FETCH, WED, OUT)
    assert fred.history() == [(10.0, FETCH, "fetched")]


@pytest.mark.parametrize("asked", ["before the release", "of another publisher", "of another series"])
def test_an_earlier_ask_that_could_not_have_shown_the_value_does_not_count(fred: Publisher, asked: str) -> None:
    others = {
        "before the release": (fred, OUT - timedelta(seconds=1)),
        "of another publisher": (replace(fred, source="treasury"), FETCH - timedelta(days=1)),
        "of another series": (replace(fred, series="fed.m2"), FETCH - timedelta(days=1)),
    }
    publisher, moment = others[asked]
    publisher.silent(moment)
    fred.says(10.0, FETCH, WED, OUT)
    assert fred.history() == [(10.0, OUT, "release_rule")]


def test_an_ask_counts_only_for_the_knowledge_years_its_run_was_writing(fred: Publisher) -> None:
    """A run for 2025 wrote nothing of 2024, whatever it was shown."""
    replace(fred, window=Window(2025, 2025)).silent(instant("2025-02-01"))
    fred.says(10.0, instant("2025-03-01"), WED, OUT)
    assert fred.history() == [(10.0, OUT, "release_rule")]


def test_the_pages_of_one_answer_do_not_count_as_asks_before_each_other(fred: Publisher) -> None:
    rows = [(WED - timedelta(weeks=n), 10.0, OUT - timedelta(weeks=n), "release_rule") for n in range(4)]
    fred.offers(rows, FETCH, pages=2)
    assert {basis for _, _, basis in fred.history()} == {"release_rule"}


def test_a_refused_answer_does_not_count_as_an_ask(fred: Publisher) -> None:
    refused = payload(SERIES, "fred", FETCH)
    assert quarantine(fred.connection, refused, "in billions", 3, Window(2002, 2030), Clock())
    fred.says(10.0, NEXT, WED, OUT)
    assert fred.history() == [(10.0, OUT, "release_rule")]


def test_an_answer_that_drops_old_rows_deletes_nothing(fred: Publisher) -> None:
    for weeks in range(4):
        fred.says(float(weeks), FETCH, WED - timedelta(weeks=weeks), OUT - timedelta(weeks=weeks))
    fred.says(0.0, NEXT, WED, OUT)
    assert len(fred.history()) == 4
    assert fred.as_of(LAST, WED - timedelta(weeks=3)) == 3.0


def test_only_what_became_known_in_the_runs_years_is_written(fred: Publisher) -> None:
    rows = [(date(year, 5, 1), 1.0, instant(f"{year}-05-02"), "release_rule") for year in (1990, 2002, 2010, 2024)]
    old = replace(fred, window=Window(2002, 2002)).offers(rows, FETCH)
    assert old == WriteReport(offered=4, appended=2, outside=2)
    rest = replace(fred, window=Window(2003, 2024)).offers(rows, FETCH)
    assert rest == WriteReport(offered=4, appended=2, unchanged=2)


def test_a_correction_is_outside_the_windows_of_past_years(fred: Publisher) -> None:
    fred.says(10.0, FETCH, WED, OUT)
    past = replace(fred, window=Window(2002, 2023))
    assert past.says(12.0, NEXT, WED, OUT) == WriteReport(offered=1, outside=1)
    assert len(fred.history()) == 1


def test_an_unknown_series_is_refused_by_name_and_nothing_of_the_batch_is_written(warehouse: Warehouse) -> None:
    def fill() -> None:
        with warehouse.session() as connection:
            Publisher(connection).says(10.0, FETCH, WED, OUT)
            Publisher(connection, "fed.invented").says(10.0, FETCH, WED, OUT)

    with pytest.raises(CatalogError, match=r"fed\.invented"):
        fill()
    with warehouse.session() as connection:
        for table in ("raw.observations", "raw.payloads"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_number_that_is_no_number_is_refused_by_the_server(fred: Publisher) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        fred.says(float("nan"), FETCH, WED, OUT)


def test_a_frame_of_another_shape_is_refused(fred: Publisher) -> None:
    with pytest.raises(AssertionError, match="wrong shape"):
        append_observations(fred.connection, pl.DataFrame({"period": [WED]}), [], Window(2002, 2030), Clock())
    assert append_observations(fred.connection, pl.DataFrame(schema=OFFERED), [], Window(2002, 2030), Clock()) == {}


def test_under_a_standing_clock_the_last_word_still_has_the_greatest_recorded_at(fred: Publisher) -> None:
    still = replace(fred, clock=Clock(FETCH))
    for value in (10.0, 12.0, 10.0, 11.0):
        still.says(value, FETCH, WED, OUT)
    rows = fred.connection.execute(
        "SELECT value, known_at, recorded_at FROM raw.observations ORDER BY recorded_at, known_at"
    )
    written = rows.fetchall()
    assert [value for value, _, _ in written] == [10.0, 12.0, 10.0, 11.0]
    corrections = [at for _, known_at, at in written if known_at == FETCH]
    assert corrections == sorted(set(corrections))
    assert corrections[0] == FETCH
    assert corrections[-1] - FETCH < timedelta(seconds=1)
    assert fred.as_of(FETCH, WED) == 11.0


def test_what_was_written_is_read_back_as_frames(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        fred = Publisher(connection)
        fred.says(10.0, FETCH, WED, OUT)
        fred.says(12.0, NEXT, WED, OUT)
        fred.says(None, NEXT, WED + timedelta(weeks=1), NEXT - timedelta(days=1))
    with warehouse.session() as connection:
        recorded = connection.execute("SELECT recorded_at FROM raw.observations WHERE value = 12").fetchone()
        assert recorded
        known = known_observations(connection, [SERIES], recorded[0])
        assert known.select("value", "known_at", "new").rows() == [
            (10.0, OUT, False), (12.0, NEXT, True), (None, NEXT, True),
        ]  # fmt: skip
        assert stored_values(connection, SERIES).rows() == [(WED, 12.0)]
        assert newest_period(connection, SERIES) == WED
        assert last_asks(connection, [SERIES, "fed.m2"]) == {SERIES: NEXT}
