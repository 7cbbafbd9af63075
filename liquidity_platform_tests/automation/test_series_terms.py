"""A publisher that changes what a series is, over a real socket, until a person accepts it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from loads import loaded
from pydantic import SecretStr

from liquidity_platform.automation.reparsing import reparse
from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.window import Window
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.terms import accept, held_back_terms
from liquidity_platform_tests.publishers.fred import EVER, FOREVER, KEY, History, StandInFred
from liquidity_platform_tests.publishers.serving import Served

WEEKS = [date(2026, 6, day) for day in (3, 10, 17, 24)]
MILLIONS, BILLIONS = "Millions of U.S. Dollars", "Billions of U.S. Dollars"


def of_assets(unit: str, numbers: list[str]) -> History:
    rows = [(day, FOREVER, day, number) for day, number in zip(WEEKS, numbers, strict=False)]
    return History(rows, WEEKS[: len(numbers)], units=[(EVER, unit)])


@pytest.fixture
def publisher() -> StandInFred:
    return StandInFred({"WALCL": of_assets(MILLIONS, ["6700000", "6710000", "6720000"])})


@pytest.fixture
def keyed(open_on: Callable[..., Warehouse], publisher: StandInFred) -> Iterator[Warehouse]:
    with Served(publisher) as served:
        warehouse = open_on(sources={"fred": SourceSettings(base_url=served.url, api_key=SecretStr(KEY))})
        prepare(warehouse)
        yield warehouse


def numbers(warehouse: Warehouse) -> dict[date, float]:
    with warehouse.session() as connection:
        return dict(
            connection.execute("SELECT period, value FROM raw.observations ORDER BY period, known_at").fetchall()
        )


def test_numbers_in_another_unit_wait_until_a_person_accepts_it_and_then_fit(
    keyed: Warehouse, publisher: StandInFred
) -> None:
    assert loaded(keyed, "WALCL")["WALCL"].published
    before = numbers(keyed)
    publisher.histories["WALCL"] = of_assets(BILLIONS, ["6700", "6710", "6720", "6730"])
    window = Window.current(keyed.settings.clock_now().now())
    for _ in range(2):  # it waits as long as it takes
        refused = loaded(keyed, "WALCL", window=window)["WALCL"]
        assert refused.quarantined is not None
        assert f"unit is now '{BILLIONS}', accepted is '{MILLIONS}'" in refused.quarantined
        assert numbers(keyed) == before
    today = keyed.settings.clock_now().now().date()
    with keyed.session() as connection:
        waiting = held_back_terms(connection, "fed.total_assets")
        assert waiting is not None
        accept(connection, waiting, today, keyed.settings.clock_now())
    outcome = loaded(keyed, "WALCL", window=window)["WALCL"]
    assert outcome.published, outcome.quarantined
    assert outcome.report.revised == 0
    assert numbers(keyed) == {**before, WEEKS[3]: 6_730_000_000_000.0}


def test_what_waited_is_read_again_once_it_is_accepted_and_old_answers_keep_their_unit(
    keyed: Warehouse, publisher: StandInFred
) -> None:
    loaded(keyed, "WALCL", run_id="first")
    publisher.histories["WALCL"] = of_assets(BILLIONS, ["6700", "6710", "6720", "6730"])
    assert loaded(keyed, "WALCL", run_id="second")["WALCL"].quarantined
    before = numbers(keyed)
    again = reparse(PROVIDERS["fred"], None, keyed, "again", lambda _: None)
    assert (again.report.appended, again.refused, again.released) == (0, [], 0)
    with keyed.session() as connection:
        waiting = held_back_terms(connection, "fed.total_assets")
        assert waiting is not None
        accept(connection, waiting, datetime.now(UTC).date(), keyed.settings.clock_now())
    again = reparse(PROVIDERS["fred"], None, keyed, "once more", lambda _: None)
    assert (again.released, again.refused) == (2, [])
    assert numbers(keyed) == {**before, WEEKS[3]: 6_730_000_000_000.0}


@pytest.mark.parametrize(
    ("field", "says"), [("title", "title is now 'Gold'"), ("frequency", "frequency is now 'Gold'")]
)
def test_another_title_or_frequency_waits_too(keyed: Warehouse, publisher: StandInFred, field: str, says: str) -> None:
    loaded(keyed, "WALCL")
    publisher.words[field] = "Gold"
    refused = loaded(keyed, "WALCL")["WALCL"]
    assert refused.quarantined is not None
    assert says in refused.quarantined


def test_a_first_answer_in_a_unit_the_catalog_contradicts_is_refused(keyed: Warehouse, publisher: StandInFred) -> None:
    publisher.histories["WALCL"] = of_assets(BILLIONS, ["6700", "6710", "6720"])
    refused = loaded(keyed, "WALCL")["WALCL"]
    assert refused.quarantined is not None
    assert f"unit is '{BILLIONS}', the catalog says millions of US dollars" in refused.quarantined
    assert numbers(keyed) == {}
