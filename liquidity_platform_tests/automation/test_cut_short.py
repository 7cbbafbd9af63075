"""Lines that were cut short on their way, by somebody who announced the shorter length: no part of them is stored."""

from collections.abc import Callable, Iterator

import pytest
from loads import loaded

from liquidity_platform.automation.reparsing import reparse
from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.window import Window
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.publishers.graph import graph_page
from liquidity_platform_tests.publishers.serving import Served

WHOLE = b"observation_date,WALCL\n2026-07-01,6743028\n2026-07-08,6743100\n2026-07-15,6742999\n"
WITHIN, BETWEEN = WHOLE[:-5], WHOLE[:61]


@pytest.fixture
def says() -> dict[str, bytes]:
    """What the publisher says, to be changed."""
    return {"WALCL": WHOLE}


@pytest.fixture
def live(open_on: Callable[..., Warehouse], says: dict[str, bytes]) -> Iterator[Warehouse]:
    with Served(graph_page(says.get)) as served:
        warehouse = open_on(sources={"fred": SourceSettings(base_url=served.url)})
        prepare(warehouse)
        yield warehouse


def rows(warehouse: Warehouse) -> int:
    with warehouse.session() as connection:
        return connection.execute("SELECT count(*) FROM raw.observations").fetchone()[0]


def test_a_number_that_breaks_off_is_not_stored_the_first_time_either(live: Warehouse, says: dict[str, bytes]) -> None:
    says["WALCL"] = WITHIN
    assert "breaks off within a line" in (loaded(live, "WALCL")["WALCL"].quarantined or "")
    assert rows(live) == 0


@pytest.mark.parametrize(("cut", "why"), [(WITHIN, "breaks off within a line"), (BETWEEN, "stored is 2026-07-15")])
def test_a_shorter_history_revises_nothing_and_is_not_read_from_the_archive_later(
    live: Warehouse, says: dict[str, bytes], cut: bytes, why: str
) -> None:
    assert BETWEEN.endswith(b"\n")
    current = Window.current(live.settings.clock_now().now())
    assert loaded(live, "WALCL", run_id="whole")["WALCL"].report.appended == 3
    says["WALCL"] = cut
    assert why in (loaded(live, "WALCL", window=current, run_id="cut")["WALCL"].quarantined or "")
    found = reparse(PROVIDERS["fred"], None, live, "again", lambda _: None)
    assert (found.held, found.refused, found.report.appended) == (1, [], 0)
    says["WALCL"] = WHOLE
    again = loaded(live, "WALCL", window=current, run_id="well")["WALCL"]
    assert again.published
    assert (again.report.appended, rows(live)) == (0, 3)
