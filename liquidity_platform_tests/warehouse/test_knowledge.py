"""What was known when: every as-of answer against a model that is only a list of the rows that stand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offering import EVERYTHING, Publisher, instant, payload

from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.drawing import draws

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

PERIODS = [date(2024, month, 1) for month in (1, 2, 3)]
MOMENTS = [instant(f"2024-0{month}-03") for month in range(3, 8)]
CUTS = [MOMENTS[0] - timedelta(days=1), *MOMENTS, MOMENTS[-1] + timedelta(days=900)]
VALUES = [None, 0.0, 10.0, 12.0]
BASES = ["vintage", "release_rule", "fetched", "conservative"]
SERVERS = ("embedded", "postgres15", "timescale")
ONE, TWO = "fed.total_assets", "fed.on_rrp"
vintage_rows = st.lists(
    st.tuples(st.sampled_from(PERIODS), st.sampled_from(VALUES), st.sampled_from(MOMENTS), st.just("vintage")),
    min_size=1, max_size=12, unique_by=lambda row: (row[0], row[2]),
)  # fmt: skip
any_row = st.tuples(st.sampled_from(PERIODS), st.sampled_from(VALUES), st.sampled_from(MOMENTS), st.sampled_from(BASES))
asks = st.lists(st.tuples(st.sampled_from(MOMENTS), st.lists(any_row, max_size=5)), min_size=1, max_size=5)
Answer = dict[tuple[str, date], tuple[float | None, datetime, datetime]]


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Any]:
    with warehouse._pooled() as connection:
        yield connection


@pytest.fixture
def clean(connection: Any) -> Iterator[Any]:
    """A connection whose work is undone after each example."""
    yield connection
    connection.rollback()


def standing(connection: Any) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT series_id, period, value, known_at, recorded_at FROM raw.observations").fetchall()


def model(rows: list[tuple[Any, ...]], at: datetime, by: datetime | None = None) -> Answer:
    """Per fact the row with the greatest known_at <= at, then the greatest recorded_at; `by`: written down by then."""
    found: Answer = {}
    for series, period, value, known, recorded in sorted(rows, key=lambda row: (row[3], row[4])):
        if known <= at and (by is None or recorded <= by):
            found[series, period] = (value, known, recorded)
    return found


def answer(connection: Any, function: str, *given: Any) -> Answer:
    places = ", ".join(["%s"] * len(given))
    rows = connection.execute(
        f"SELECT series_id, period, value, known_at, recorded_at FROM raw.{function}({places})", given
    ).fetchall()
    found = {(row[0], row[1]): row[2:] for row in rows}
    assert len(found) == len(rows), "one fact was answered twice"
    return found


@draws(20, shrink=False)
@given(story=asks)
def test_every_answer_is_what_the_standing_rows_say(clean: Any, story: list[tuple[datetime, list[Any]]]) -> None:
    clean.rollback()
    moments = []
    for turn, (fetched, rows) in enumerate(story):
        publisher = Publisher(clean, (ONE, TWO)[turn % 2], "fred")
        publisher.offers([(p, v, min(k, fetched), b) for p, v, k, b in rows], fetched)
        moments.append(clean.execute("SELECT clock_timestamp()").fetchone()[0])
    rows = standing(clean)
    for at in CUTS:
        assert answer(clean, "observations_as_of", at) == model(rows, at)
        assert answer(clean, "observations_as_of", at, [ONE]) == model([r for r in rows if r[0] == ONE], at)
        for by in moments:
            assert answer(clean, "observations_as_of", at, None, by) == model(rows, at, by)
        known = {key: row for key, row in model(rows, at).items() if row[0] is not None}
        newest = {series: max(p for s, p in known if s == series) for series in {s for s, _ in known}}
        assert answer(clean, "newest_as_of", at) == {(s, p): known[s, p] for s, p in newest.items()}
        changed = clean.execute(
            "SELECT series_id, period, value, known_at, value_before, known_at_before "
            "FROM raw.observations_changed_since(%s)", [at]
        ).fetchall()  # fmt: skip
        before, now = model(rows, at), model(rows, CUTS[-1] + timedelta(days=1))
        assert {row[:2]: row[2:] for row in changed} == {
            key: (*row[:2], *before.get(key, (None, None))[:2]) for key, row in now.items() if row[1] > at
        }
    assert clean.execute("SELECT count(*) FROM raw.observations_latest").fetchone()[0] == len(model(rows, CUTS[-1]))


@draws(12, shrink=False)
@given(rows=vintage_rows, data=st.data())
def test_any_order_and_any_split_of_vintages_gives_the_same_answers(clean: Any, rows: list[Any], data: Any) -> None:
    clean.rollback()
    Publisher(clean, ONE).offers(rows, MOMENTS[-1])
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(rows)), max_size=3)) | {0, len(rows)})
    for start, end in pairwise(cuts):
        Publisher(clean, TWO).offers(shuffled[start:end], MOMENTS[-1])
    for at in CUTS:
        one, two = (
            {p: row[:2] for (_, p), row in answer(clean, "observations_as_of", at, [s]).items()} for s in (ONE, TWO)
        )
        assert one == two
        told = {}
        for period, value, known, _ in sorted(rows, key=lambda row: row[2]):
            if known <= at:
                told[period] = (value, known)
        assert one == told


@draws(12, shrink=False)
@given(rows=vintage_rows, cut=st.sampled_from(CUTS))
def test_truncating_the_future_changes_no_answer(clean: Any, rows: list[Any], cut: datetime) -> None:
    clean.rollback()
    Publisher(clean, ONE).offers(rows, MOMENTS[-1])
    Publisher(clean, TWO).offers([row for row in rows if row[2] <= cut], MOMENTS[-1])
    for at in (at for at in CUTS if at <= cut):
        one, two = (
            {p: row[:2] for (_, p), row in answer(clean, "observations_as_of", at, [s]).items()} for s in (ONE, TWO)
        )
        assert one == two


@draws(12, shrink=False)
@given(story=asks)
def test_applying_a_batch_twice_adds_nothing(clean: Any, story: list[tuple[datetime, list[Any]]]) -> None:
    clean.rollback()
    for fetched, rows in story:
        distinct = {(p, k if b == "vintage" else None): (p, v, min(k, fetched), b) for p, v, k, b in rows}.values()
        publisher = Publisher(clean, ONE)
        publisher.offers(distinct, fetched)
        before = standing(clean)
        again = publisher.offers([row for row in distinct if row[3] == "vintage"], fetched)
        assert again.appended == 0
        assert standing(clean) == before


def test_two_values_at_one_known_at_the_last_recorded_wins(connection: Any) -> None:
    alfred = Publisher(connection, ONE)
    alfred.offers([(PERIODS[0], 10.0, MOMENTS[0], "vintage"), (PERIODS[0], 12.0, MOMENTS[0], "vintage")], MOMENTS[1])
    assert alfred.as_of(MOMENTS[0], PERIODS[0]) == 12.0
    alfred.offers([(PERIODS[0], 11.0, MOMENTS[0], "vintage")], MOMENTS[1])
    assert alfred.as_of(MOMENTS[0], PERIODS[0]) == 11.0
    stamps = [row[4] for row in standing(connection)]
    assert len(set(stamps)) == 3


def test_a_row_said_twice_in_one_batch_is_one_row(connection: Any) -> None:
    alfred = Publisher(connection, ONE)
    row = (PERIODS[0], 10.0, MOMENTS[0], "vintage")
    assert alfred.offers([row, row], MOMENTS[1]) == WriteReport(offered=2, appended=1, unchanged=1)
    later = (PERIODS[0], 10.0, MOMENTS[1], "vintage")
    assert alfred.offers([row, later], MOMENTS[1]) == WriteReport(offered=2, appended=1, revised=1, unchanged=1)


def test_a_vintage_is_kept_beside_a_fetched_row_that_says_the_same(connection: Any) -> None:
    rows = [(PERIODS[0], 12.0, MOMENTS[0], "vintage"), (PERIODS[0], 10.0, MOMENTS[1], "conservative")]
    Publisher(connection, ONE).offers([*rows, (PERIODS[0], 10.0, MOMENTS[1], "vintage")], MOMENTS[4])
    known = [row[3] for row in standing(connection)]
    assert sorted(known) == [MOMENTS[0], MOMENTS[1], MOMENTS[1]]


def test_ten_twelve_ten_without_vintages_keeps_all_three(connection: Any) -> None:
    fred = Publisher(connection, ONE)
    for value, moment in zip([10.0, 12.0, 10.0], MOMENTS, strict=False):
        assert fred.offers([(PERIODS[0], value, moment, "fetched")], moment).appended == 1
    assert [fred.as_of(moment, PERIODS[0]) for moment in MOMENTS[:3]] == [10.0, 12.0, 10.0]


def test_what_changed_is_shown_beside_what_was_answered_before(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        Publisher(connection, ONE).offers([(p, 10.0, MOMENTS[0], "vintage") for p in PERIODS[:2]], MOMENTS[0])
    since = Clock().now()
    with warehouse.session() as connection:
        Publisher(connection, ONE).offers(
            [(PERIODS[1], 12.0, MOMENTS[1], "vintage"), (PERIODS[2], 7.0, MOMENTS[1], "vintage")], MOMENTS[1]
        )
        rows = connection.execute(
            "SELECT period, value, value_before FROM raw.observations_changed_since(%s, NULL, true) ORDER BY 1", [since]
        ).fetchall()
        assert rows == [(PERIODS[1], 12.0, 10.0), (PERIODS[2], 7.0, None)]
        assert connection.execute(
            "SELECT count(*) FROM raw.observations_changed_since(now() + '1 h', NULL, true)"
        ).fetchone() == (0,)


def test_rows_inserted_around_the_append_are_answered_too(connection: Any) -> None:
    """The heads are kept by the table itself: whoever may insert cannot make an answer miss its rows."""
    ids = payload(ONE, "fred", MOMENTS[0])
    for value, known in ((10.0, MOMENTS[1]), (9.0, MOMENTS[0]), (11.0, MOMENTS[2])):
        connection.execute(
            "INSERT INTO raw.observations VALUES (%s, %s, %s, %s, 'vintage', 'fred', %s, %s, NULL)",
            [ONE, PERIODS[0], known, value, MOMENTS[2], ids["payload_id"]],
        )
    for at, value in ((MOMENTS[0], 9.0), (MOMENTS[1], 10.0), (MOMENTS[4], 11.0)):
        assert [row[0] for row in answer(connection, "observations_as_of", at).values()] == [value]


def test_a_batch_that_fails_leaves_nothing_behind(warehouse: Warehouse) -> None:
    def fill() -> None:
        with warehouse.session() as connection:
            Publisher(connection, ONE).offers([(PERIODS[0], 1.0, MOMENTS[0], "vintage")], MOMENTS[0])
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fill()
    with warehouse.session() as connection:
        for table in ("raw.observations", "raw.observation_heads", "raw.payloads"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert Publisher(connection, ONE, window=EVERYTHING).offers(
            [(PERIODS[0], 1.0, MOMENTS[0], "vintage")], MOMENTS[0]
        ).appended == 1  # fmt: skip
