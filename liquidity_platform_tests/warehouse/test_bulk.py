"""Large vintage files: copied in when nothing is known of them, compared without staging when read again."""

from datetime import date, timedelta

import pytest
from offering import EVERYTHING, SERIES, Publisher, instant

from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.bulk import LARGE
from liquidity_platform.warehouse.connect import Warehouse

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

SERVERS = ("embedded", "postgres15")
FETCH, LATER = instant("2024-09-01"), instant("2024-09-02")
FIRST, SECOND = instant("2024-05-03"), instant("2024-06-03")
DAYS = [date(2000, 1, 1) + timedelta(days=n) for n in range(LARGE // 2 + 500)]
FILE = [
    (day, None if place % 7 == 0 else float(place), known, "vintage")
    for place, day in enumerate(DAYS)
    for known in (FIRST, SECOND)
]


def standing(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.session() as connection:
        return connection.execute(
            "SELECT period, value, known_at FROM raw.observations ORDER BY period, known_at, recorded_at"
        ).fetchall()


def offered(warehouse: Warehouse, rows: list[tuple[date, float | None, object, str]]) -> WriteReport:
    with warehouse.session() as connection:
        return Publisher(connection).offers(rows, FETCH)  # type: ignore[arg-type]


def test_a_large_file_read_again_adds_only_what_it_says_anew(warehouse: Warehouse) -> None:
    assert offered(warehouse, FILE) == WriteReport(offered=len(FILE), appended=len(FILE))
    assert standing(warehouse) == [row[:3] for row in FILE]
    assert offered(warehouse, FILE) == WriteReport(offered=len(FILE), unchanged=len(FILE))
    corrected = [(FILE[0][0], 5.0, FIRST, "vintage"), *FILE[1:], (DAYS[0], None, FETCH, "vintage")]
    assert offered(warehouse, corrected) == WriteReport(
        offered=len(corrected), appended=2, revised=2, unchanged=len(corrected) - 2
    )
    more = [*FILE[:1], (FILE[0][0], 5.0, FIRST, "vintage"), *FILE[1:], (DAYS[0], None, FETCH, "vintage")]
    assert standing(warehouse) == sorted([row[:3] for row in more], key=lambda row: (row[0], row[2]))


def test_what_this_very_transaction_wrote_is_not_written_again(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        assert Publisher(connection).offers(FILE, FETCH).appended == len(FILE)
        assert Publisher(connection).offers(FILE, FETCH) == WriteReport(offered=len(FILE), unchanged=len(FILE))


def test_other_rows_of_a_large_file_are_compared_with_what_is_known_now(warehouse: Warehouse) -> None:
    offered(warehouse, FILE)
    today = [(DAYS[1], 1.0, LATER, "fetched"), (DAYS[2], 99.0, LATER, "fetched")]
    with warehouse.session() as connection:
        report = Publisher(connection).offers([*FILE, *today], LATER)
    assert report == WriteReport(offered=len(FILE) + 2, appended=1, revised=1, unchanged=len(FILE) + 1)


@pytest.mark.parametrize("size", [2, LARGE])
def test_a_first_load_writes_only_what_was_known_within_its_window(warehouse: Warehouse, size: int) -> None:
    rows = [(day, 1.0, known, "vintage") for day in DAYS[: size // 2] for known in (FIRST, instant("2023-12-31", 23))]
    with warehouse.session() as connection:
        report = Publisher(connection, window=Window(2024, 2024)).offers(rows, FETCH)
        assert report == WriteReport(offered=len(rows), appended=len(rows) // 2, outside=len(rows) // 2)
        heads = connection.execute("SELECT count(*), min(known_at) FROM raw.observation_heads").fetchone()
    assert heads == (len(rows) // 2, FIRST)
    assert {row[2] for row in standing(warehouse)} == {FIRST}


def test_a_first_load_of_one_id_does_not_keep_another_from_being_compared(warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        Publisher(connection, SERIES, window=EVERYTHING).offers(FILE[:2], FETCH)
        Publisher(connection, "fed.on_rrp").offers(FILE[:2], FETCH)
        assert Publisher(connection, SERIES).offers(FILE[:2], FETCH).appended == 0


DAILY = [date(1980, 1, 1) + timedelta(days=n) for n in range(LARGE + 500)]
SHOWN = [(day, None if place % 7 == 0 else float(place), FIRST, "release_rule") for place, day in enumerate(DAILY)]


@pytest.mark.parametrize("written_before", [False, True])
def test_a_publisher_asked_again_adds_only_what_it_says_anew(warehouse: Warehouse, written_before: bool) -> None:
    """In a transaction that has written already everything is compared in the server: the answer is the same."""
    assert offered(warehouse, SHOWN).appended == len(SHOWN)
    number, blank = (DAILY[1], None, LATER, "release_rule"), (DAILY[7], 7.0, LATER, "release_rule")
    twice = (DAILY[2], 2.5, LATER, "release_rule")  # beside the row that says what is known: the later of two pages
    fresh = (date(2024, 8, 1), None, LATER, "fetched")
    today = [*SHOWN[:1], number, *SHOWN[2:7], blank, *SHOWN[8:], twice, fresh]
    with warehouse.session() as connection:
        if written_before:
            Publisher(connection, "fed.iorb").offers([SHOWN[1]], FETCH)
        report = Publisher(connection).offers(today, LATER)
    assert report == WriteReport(offered=len(today), appended=4, revised=3, unchanged=len(today) - 4)
    with warehouse.session() as connection:
        new = connection.execute(
            "SELECT period, value, known_at, known_basis FROM raw.observations WHERE fetched_at = %s "
            "ORDER BY period", [LATER]
        ).fetchall()  # fmt: skip
    assert new == [(day, value, LATER, "fetched") for day, value, *_ in (number, twice, blank, fresh)]


def test_what_this_very_transaction_said_is_what_is_known(warehouse: Warehouse) -> None:
    changed = [(day, 0.5, LATER, "fetched") for day, *_ in SHOWN]
    with warehouse.session() as connection:
        publisher = Publisher(connection)
        assert publisher.offers(SHOWN, FETCH).appended == len(SHOWN)
        assert publisher.offers(changed, LATER).appended == len(SHOWN)
        assert publisher.offers(changed, LATER).unchanged == len(SHOWN)


def test_a_first_load_of_what_is_known_since_its_fetch_is_copied_and_a_second_compared(warehouse: Warehouse) -> None:
    rows = [(DAYS[0], 1.0, FETCH, "fetched"), (DAYS[0], 2.0, FETCH, "fetched"), (DAYS[1], 3.0, FETCH, "fetched")]
    assert offered(warehouse, rows) == WriteReport(offered=3, appended=3)
    assert standing(warehouse) == [(row[0], row[1], FETCH) for row in rows]
    with warehouse.session() as connection:
        again = [(day, value, LATER, basis) for day, value, _, basis in rows[1:]]
        assert Publisher(connection).offers(again, LATER) == WriteReport(offered=2, unchanged=2)
