"""How much of the world's central banks `global.liquidity.gross` covers: its share in a published total of more.

The totals are dated figures from print (REFERENCES, one line each, with who said it), never a constant: beyond YEAR
after the newest one `.coverage` is NULL, because a share of the world of years ago says nothing of today's. How old the
reference is says `.coverage.age` in any case. A newer total is one more line.
Belongs here: references, the share. Keep out: the totals of our own banks (global_liquidity.py).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, dates_only
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.global_liquidity import GROSS, GUIDE


@dataclass(frozen=True, slots=True)
class Reference:
    """Total assets of more central banks than ours, as published: the day it was told, dollars, by whom."""

    day: date
    dollars: float
    told: str


REFERENCES = (
    Reference(date(2016, 10, 18), 21.4e12, "the ten largest central banks, data collected by Bloomberg, in the "
              "Arkansas Democrat-Gazette: \"10 central banks' assets top $21 trillion\""),
)  # fmt: skip
YEAR = 366  # days that a reference is good for


def _beside(frame: pl.DataFrame) -> pl.DataFrame:
    """Per row of `frame` the newest reference told on its day or before: dollars, days since; NULL before the first."""
    told = pl.DataFrame({"day": [one.day for one in REFERENCES], "dollars": [one.dollars for one in REFERENCES]})
    rows = frame.select("period").with_row_index().sort("period")
    found = rows.join_asof(told.sort("day"), left_on="period", right_on="day", coalesce=False).sort("index")
    return found.select("dollars", days=(pl.col("period") - pl.col("day")).dt.total_days().cast(pl.Float64))


def covered(frame: pl.DataFrame) -> pl.Series:
    """`total` in percent of the newest reference; NULL where that is older than YEAR."""
    share = pl.when(pl.col("days") <= YEAR).then(100 * pl.col("total") / pl.col("dollars"))
    return _beside(frame).with_columns(frame["total"]).select(share).to_series()


def age(frame: pl.DataFrame) -> pl.Series:
    """Days between the newest reference and the row's day."""
    return _beside(frame)["days"]


NEWEST = max(REFERENCES, key=lambda one: one.day)
NAME = f"{GROSS}.coverage"
METRICS = [
    Metric(
        id=NAME,
        title="Assets of Fed, ECB and Bank of Japan, in percent of more central banks'",
        unit=Unit.PERCENT,
        version=1,
        anchor="total",
        inputs={"total": at_period(GROSS)},
        function=covered,
        source=f"{GUIDE}. Reference of {NEWEST.day}: ${NEWEST.dollars / 1e12:g} trn, {NEWEST.told}",
    ),
    Metric(
        id=f"{NAME}.age",
        title="Age of what coverage is measured against",
        unit=Unit.DAYS,
        version=1,
        anchor="week",
        inputs={"week": dates_only(at_period("fed.total_assets"))},
        function=age,
        source=GUIDE,
    ),
]
