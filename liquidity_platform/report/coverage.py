"""The page of what is held: per series and universe the periods, gaps, vintages, and how knowledge is dated.

Belongs here: `CoverageData`, its sentences, the page. Keep out: queries (warehouse), which periods were due (catalog).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.report.page import part
from liquidity_platform.report.templating import TEMPLATES

# One row a catalog series; of one that holds nothing all but the first five are NULL or 0. Shares are percent of rows.
SERIES_HELD: Mapping[str, pl.DataType] = {
    "series_id": pl.String(), "code": pl.String(), "title": pl.String(), "source": pl.String(),
    "frequency": pl.String(), "first_period": pl.Date(), "newest_period": pl.Date(), "periods": pl.Int64(),
    "blanks": pl.Int64(), "missing": pl.Int64(), "missing_named": pl.String(), "longest_gap_days": pl.Int64(),
    "vintages": pl.Int64(), "later_rows": pl.Int64(), "first_known_at": INSTANT, "dated_share": pl.Float64(),
}  # fmt: skip
# One row a universe: its members, how many have daily bars, the others by name.
UNIVERSES_HELD: Mapping[str, pl.DataType] = {
    "universe_id": pl.String(), "members": pl.Int64(), "covered": pl.Int64(), "missing": pl.String(),
    "bars": pl.Int64(), "first_day": pl.Date(), "newest_day": pl.Date(), "first_known_at": INSTANT,
}  # fmt: skip
NAMED = 30  # missing things that are named one by one


@dataclass(frozen=True, slots=True)
class CoverageData:
    """Everything the page shows, as known now. `simulated` marks invented data."""

    generated_at: datetime
    simulated: bool
    series: pl.DataFrame
    universes: pl.DataFrame
    years: int  # over which missing periods are counted


def render_coverage(data: CoverageData) -> str:
    """The whole page; it needs nothing else, as the report does not."""
    held = data.series.filter(pl.col("first_period").is_not_null())
    return TEMPLATES.get_template("coverage.html.j2").render(
        data=data,
        held=held.to_dicts(),
        sources=sources(data.series),
        universes=[{**row, "said": covered(row["covered"], row["members"], row["missing"])}
                   for row in data.universes.to_dicts()],
        style=part("report.css"),
    )  # fmt: skip


def sources(series: pl.DataFrame) -> list[dict[str, object]]:
    """Of each provider how much of the catalog is held, and what is missing by name."""
    found = []
    for (name,), own in series.sort("source", "series_id").partition_by("source", as_dict=True).items():
        missing = own.filter(pl.col("first_period").is_null())["code"].to_list()
        said = covered(own.height - len(missing), own.height, ", ".join(missing))
        found.append({"source": name, "series": own.height, "held": own.height - len(missing), "said": said})
    return found


def covered(count: int, of: int, missing: str | None) -> str:
    """`100 %`, or the share and the missing by name."""
    if count == of:
        return "100 %"
    names = (missing or "").split(", ")
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    share = f"{100 * count / of:.1f}"
    return f"{'99.9' if share == '100.0' else share} %; missing: {', '.join(names[:NAMED])}{more}"
