"""What the archive's index says of past years: a year is held by an answer that came after its end."""

from datetime import UTC, datetime
from uuid import uuid4

from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.held import Held, held
from liquidity_platform.warehouse.payloads import index_payloads

SERIES, MARK = "fed.total_assets", "realtime_start="


def answered(
    warehouse: Warehouse, first: int, last: int, at: datetime, request: str = "GET /x", accepted: bool = True
) -> str:
    """An answer in the index, of a run of its own: its id."""
    name = str(uuid4())
    row = {
        "payload_id": name, "sha256": "0" * 64, "bytes": 1, "source_id": "fred", "series_id": SERIES,
        "request": request, "fetched_at": at, "uri": f"00/{'0' * 64}.gz", "accepted": accepted, "run_id": name,
    }  # fmt: skip
    with warehouse.session() as connection:
        index_payloads(connection, [row], Window(first, last), Clock())
    return name


def of(warehouse: Warehouse, first: int, last: int, dated: bool = False) -> Held:
    with warehouse.session() as connection:
        return held(connection, "fred", [SERIES], [SERIES] if dated else [], MARK, Window(first, last))


def spring(year: int) -> datetime:
    return datetime(year, 4, 1, tzinfo=UTC)


def ids(found: Held) -> list[str]:
    return [row["payload_id"] for row in found.answers.get(SERIES, [])]


def test_a_year_is_written_by_an_answer_of_after_its_end_only(warehouse: Warehouse) -> None:
    first = answered(warehouse, 2002, 2024, spring(2024))
    assert of(warehouse, 2002, 2023).written == {SERIES}
    assert ids(of(warehouse, 2002, 2023)) == [first]
    assert of(warehouse, 2023, 2024) == Held(frozenset(), {})
    second = answered(warehouse, 2024, 2025, spring(2025))
    assert of(warehouse, 2010, 2024).written == {SERIES}
    assert of(warehouse, 2024, 2025).written == frozenset()
    assert ids(of(warehouse, 2010, 2024)) == [second]


def test_a_gap_between_two_loads_is_not_written_but_answered(warehouse: Warehouse) -> None:
    answered(warehouse, 2002, 2010, spring(2025))
    newest = answered(warehouse, 2013, 2015, spring(2026))
    assert of(warehouse, 2009, 2013).written == frozenset()
    assert ids(of(warehouse, 2009, 2013)) == [newest]


def test_files_and_refused_answers_hold_nothing(warehouse: Warehouse) -> None:
    answered(warehouse, 2002, 2025, spring(2025), "files fred/WALCL.csv")
    answered(warehouse, 2002, 2025, spring(2025), accepted=False)
    assert of(warehouse, 2010, 2011) == Held(frozenset(), {})


def test_of_a_series_with_vintages_an_answer_without_them_holds_nothing(warehouse: Warehouse) -> None:
    answered(warehouse, 2002, 2025, spring(2025))
    assert of(warehouse, 2010, 2011).written == {SERIES}
    assert of(warehouse, 2010, 2011, dated=True) == Held(frozenset(), {})
    whole = answered(warehouse, 2002, 2025, spring(2025), f"GET /y?{MARK}1776-07-04")
    answered(warehouse, 2025, 2026, spring(2026), f"GET /y?{MARK}2025-03-18")
    found = of(warehouse, 2010, 2011, dated=True)
    assert (found.written, ids(found)) == ({SERIES}, [whole])
