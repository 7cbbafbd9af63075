"""The proof of publishers' bad days in short: one publisher, two faults. `make prove ARGS=catalog` draws all."""

from dataclasses import replace
from pathlib import Path

import pytest

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.catalog.series import SERIES
from liquidity_platform_tests.prove.catalogs import catalog_draws, judged_ill, judged_well
from liquidity_platform_tests.publishers.serving import Fault

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

FEWER = [SERIES[name] for name in ("fed.total_assets", "fed.iorb", "treasury.tga_daily", "worldbank.world_gdp")]
FEWER += [line for line in SERIES.values() if line.code.startswith(("sofr.", "EXR."))]


def test_a_publisher_that_is_down_or_cut_short_is_missing_by_itself_and_comes_back(tmp_path: Path) -> None:
    draws = list(catalog_draws(None, tmp_path, [("fred", Fault.TRUNCATED), ("fred", Fault.DOWN)], FEWER))
    assert [done.wrong for done in draws] == [(), ()], "\n".join(map(str, draws))
    assert [done.missing for done in draws] == [2, 2]
    assert all(done.others >= 4 for done in draws)


def test_a_neighbour_that_is_missing_too_and_a_reason_that_names_nobody_are_wrong() -> None:
    fred, treasury = Outcome(SERIES["fed.iorb"]), Outcome(SERIES["treasury.tga_daily"])
    down = replace(fred, failure="fred IORB: answered 503")
    assert judged_ill("fred", [down, treasury]) == []
    assert "counts as published" in judged_ill("fred", [fred])[0]
    assert "missing too" in judged_ill("fred", [down, replace(treasury, failure="no")])[0]
    for said in ("something failed", "fred:\nTraceback", "fred " * 100):
        assert "not one line" in judged_ill("fred", [replace(fred, failure=said)])[0]
    assert judged_well([fred]) == []
    assert "did not come back" in judged_well([down])[0]
