"""Publishers that write in their own ways, asked live, fill a real warehouse; one's bad day is a line of its own."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from loads import loaded

from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.publishers.everybody import Everybody
from liquidity_platform_tests.publishers.serving import Fault

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

RATES = [line.code for line in SERIES.values() if line.code.startswith(("sofr.", "effr."))]
AGGREGATES = [line.code for line in SERIES.values() if line.source == "world_bank"]


@pytest.fixture
def world(real_data: Path) -> Iterator[Everybody]:
    with Everybody(real_data) as everybody:
        yield everybody


@pytest.fixture
def live(open_on: Callable[..., Warehouse], world: Everybody) -> Warehouse:
    """A prepared warehouse that asks the stand-ins."""
    warehouse = open_on(sources=world.sources())
    prepare(warehouse)
    return warehouse


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.session() as connection:
        return connection.execute(query.encode()).fetchall()


def test_one_answer_fills_many_series_and_a_second_load_adds_nothing(live: Warehouse, world: Everybody) -> None:
    first = loaded(live, *RATES)
    assert all(outcome.published and outcome.report.appended > 1_000 for outcome in first.values()), first
    assert [path for path, _ in world.asked("ny_fed")] == [
        "/api/rates/secured/sofr/search.json", "/api/rates/unsecured/effr/search.json",
    ]  # fmt: skip
    # each series has a payload of its own, two bodies stand behind them, and every row leads to its series' payload
    assert rows(live, "SELECT count(DISTINCT payload_id), count(DISTINCT sha256), count(*) FROM raw.payloads") == [
        (len(RATES), 2, len(RATES))
    ]
    both = "raw.observations o JOIN raw.payloads p USING (payload_id)"
    astray = f"SELECT count(*) FROM {both} WHERE o.series_id <> p.series_id"
    assert rows(live, astray) == [(0,)]
    assert {outcome.report.appended for outcome in loaded(live, *RATES).values()} == {0}
    bases = "SELECT DISTINCT known_basis FROM raw.observations WHERE period < '2026-07-01'"
    assert rows(live, bases) == [("release_rule",)]


@pytest.mark.parametrize("fault", [Fault.LOGIN_PAGE, Fault.TRUNCATED, Fault.CHARSET, Fault.REDIRECT])
def test_a_lying_publisher_fills_nothing_and_the_next_one_everything(
    live: Warehouse, world: Everybody, fault: Fault
) -> None:
    world.faults["ny_fed"] = fault
    for outcome in loaded(live, "sofr.rate", "sofr.p99").values():
        said = outcome.failure or outcome.quarantined
        assert said
        assert "\n" not in said
    assert all(outcome.published for outcome in loaded(live, *AGGREGATES).values())
    told = "SELECT DISTINCT split_part(series_id, '.', 1), source_id FROM raw.observations"
    assert rows(live, told) == [("worldbank", "world_bank")]
    newest = "SELECT max(period) FROM raw.observations_latest WHERE series_id = 'worldbank.world_gdp'"
    assert rows(live, newest) == [(date(2025, 1, 1),)]
