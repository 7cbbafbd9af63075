"""Loading from publishers' files in one line.

Belongs here: what tests of loading share. Keep out: files, assertions about them.
"""

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.automation.loading import load
from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse


def loaded(
    warehouse: Warehouse, *codes: str, window: Window | None = None, whole: bool = True, vintages: bool = True,
    run_id: str = "run",
) -> dict[str, Outcome]:  # fmt: skip
    """What came of each publisher's code, all of one provider, over `window` (all years without one)."""
    lines = [find_series(code) for code in codes]
    years = window or Window.all_until(warehouse.settings.clock_now().now())
    outcomes = list(load(PROVIDERS[lines[0].source], lines, years, warehouse, run_id, lambda _: None, whole, vintages))
    assert [outcome.series for outcome in outcomes] == lines
    return {outcome.series.code: outcome for outcome in outcomes}
