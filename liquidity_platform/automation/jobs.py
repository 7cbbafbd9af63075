"""Jobs: one a layer, because a skipped series would skip every downstream step of its own run.

Belongs here: the jobs. Keep out: schedules, what follows what (following.py), assets.
"""

import dagster as dg

from liquidity_platform.automation.keys import KNOWLEDGE_YEARS, range_tags
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings

LOAD_RAW = dg.define_asset_job(
    "load_raw", selection=dg.AssetSelection.key_prefixes(["raw"]), partitions_def=KNOWLEDGE_YEARS,
    description="Ask the publishers and append what became known",
)  # fmt: skip
LOAD_BARS = dg.define_asset_job(
    "load_bars", selection=dg.AssetSelection.key_prefixes(["bars"]), partitions_def=KNOWLEDGE_YEARS,
    description="Ask for instruments' bars and append what is new",
)  # fmt: skip
COMPUTE_DERIVED = dg.define_asset_job(
    "compute_derived", selection=dg.AssetSelection.key_prefixes(["derived"]), partitions_def=KNOWLEDGE_YEARS,
    description="Compute every metric at every step of knowledge",
)  # fmt: skip
BUILD_MARTS = dg.define_asset_job(
    "build_marts", selection=dg.AssetSelection.key_prefixes(["marts"]),
    description="dbt build: marts and their tests; and what each hub holds",
)  # fmt: skip
WRITE_REPORT = dg.define_asset_job(
    "write_report", selection=dg.AssetSelection.key_prefixes(["report"]), description="Write the HTML report"
)
LAYERS = [LOAD_RAW, COMPUTE_DERIVED, BUILD_MARTS, WRITE_REPORT]


def current_range(since: str | None = None) -> dict[str, str]:
    """Run tags of the current knowledge year, with all years from `since` on when that is earlier."""
    current = Window.current(settings().clock_now().now())
    return range_tags(Window(min(int(since or current.first), current.first), current.last))
