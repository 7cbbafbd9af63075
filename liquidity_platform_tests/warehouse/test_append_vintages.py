"""Vintages in any order, and the as-of functions against a model that is only a list."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offering import SERIES, Publisher, instant

from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.drawing import draws

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

SERVERS = ("embedded", "postgres15")
MONTH = date(2024, 4, 1)
T1, T2, T3 = (instant(f"2024-0{month}-03") for month in (5, 6, 7))
FETCH = instant("2024-09-01")
PERIODS = [date(2024, month, 1) for month in (1, 2)]
MOMENTS = [instant(f"2024-0{month}-03") for month in range(3, 7)]
VALUES = [None, 0.0, 10.0, 12.0]
vintages = st.lists(
    st.tuples(st.sampled_from(PERIODS), st.sampled_from(VALUES), st.sampled_from(MOMENTS), st.just("vintage")),
    min_size=1, max_size=10, unique_by=lambda row: (row[0], row[2]),
)  # fmt: skip


@pytest.fixture
def alfred(warehouse: Warehouse) -> Iterator[Publisher]:
    with warehouse._pooled() as connection:
        yield Publisher(connection)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0), (2, 0, 1)])
def test_vintages_that_arrive_out_of_order_answer_as_they_were_published(
    alfred: Publisher, order: tuple[int, ...]
) -> None:
    published = [(MONTH, 10.0, T1, "vintage"), (MONTH, 12.0, T2, "vintage"), (MONTH, 10.0, T3, "vintage")]
    for place in order:
        assert alfred.offers([published[place]], FETCH).appended == 1
    assert [alfred.as_of(moment, MONTH) for moment in (T1, T2, T3)] == [10.0, 12.0, 10.0]
    assert alfred.as_of(T2 - timedelta(microseconds=1), MONTH) == 10.0
    assert alfred.offers(published, FETCH) == WriteReport(offered=3, unchanged=3)


def test_a_vintage_is_the_same_only_when_its_instant_and_its_value_are(alfred: Publisher) -> None:
    alfred.offers([(MONTH, None, T1, "vintage")], FETCH)
    assert alfred.offers([(MONTH, None, T1, "vintage")], FETCH).unchanged == 1
    assert alfred.offers([(MONTH, None, T2, "vintage")], FETCH).appended == 1
    assert alfred.offers([(MONTH, 5.0, T1, "vintage")], FETCH).appended == 1
    assert alfred.as_of(T1, MONTH) == 5.0


def test_a_vintage_never_becomes_fetched_because_the_publisher_was_asked_before(alfred: Publisher) -> None:
    alfred.silent(instant("2024-08-01"))
    alfred.offers([(MONTH, 10.0, T1, "vintage")], FETCH)
    assert alfred.history() == [(10.0, T1, "vintage")]


@draws(12, shrink=False)
@given(rows=vintages, data=st.data())
def test_as_of_is_the_newest_row_known_by_then_whatever_the_order_of_arrival(
    alfred: Publisher, rows: list[tuple[date, float | None, datetime, str]], data: st.DataObject
) -> None:
    for row in data.draw(st.permutations(rows)):
        alfred.offers([row], FETCH)
    assert alfred.offers(rows, FETCH) == WriteReport(offered=len(rows), unchanged=len(rows))
    for moment in [MOMENTS[0] - timedelta(days=1), *MOMENTS]:
        found = alfred.connection.execute(
            "SELECT period, value, known_at FROM raw.observations_as_of(%s)", [moment]
        ).fetchall()
        expected = {}
        for period, value, known_at, _ in sorted(rows, key=lambda row: row[2]):
            if known_at <= moment:
                expected[period] = (value, known_at)
        assert {period: rest for period, *rest in found} == {period: list(pair) for period, pair in expected.items()}
    first = alfred.connection.execute(
        "SELECT period, min(known_at) FROM raw.observations GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert (
        alfred.connection.execute("SELECT period, known_at FROM raw.observations_first ORDER BY 1").fetchall() == first
    )
    latest = alfred.connection.execute("SELECT period, value FROM raw.observations_latest ORDER BY 1").fetchall()
    assert (
        latest == alfred.connection.execute("SELECT period, value FROM raw.observations_as_of() ORDER BY 1").fetchall()
    )
    alfred.connection.rollback()


@draws(12, shrink=False)
@given(answers=st.lists(st.sampled_from(VALUES), min_size=1, max_size=6))
def test_answers_of_one_publisher_are_kept_exactly_where_they_change(
    alfred: Publisher, answers: list[float | None]
) -> None:
    released = instant("2024-05-02")
    for place, value in enumerate(answers):
        alfred.says(value, instant("2024-06-01") + timedelta(days=place), MONTH, released)
    kept = [value for place, value in enumerate(answers) if place == 0 or value != answers[place - 1]]
    assert [row[0] for row in alfred.history()] == kept
    for place, value in enumerate(answers):
        assert alfred.as_of(instant("2024-06-01") + timedelta(days=place), MONTH) == (value if place else answers[0])
    alfred.connection.rollback()


def test_as_of_limits_itself_to_the_series_asked_for(alfred: Publisher) -> None:
    alfred.offers([(MONTH, 10.0, T1, "vintage")], FETCH)
    Publisher(alfred.connection, "fed.m2").offers([(MONTH, 20.0, T1, "vintage")], FETCH)
    counted = "SELECT count(*) FROM raw.observations_as_of('infinity', %s)"
    assert alfred.connection.execute(counted, [[SERIES]]).fetchone() == (1,)
    assert alfred.connection.execute(counted, [None]).fetchone() == (2,)
    assert alfred.connection.execute(counted, [[]]).fetchone() == (0,)
