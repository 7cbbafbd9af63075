"""What a caller hands the report: frames already read, nothing left to ask.

Belongs here: `ReportData` and the columns of its frames. Keep out: SQL, formatting, drawing.
Every frame holds what was known at one moment: one row a period, whatever the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from liquidity_platform.core.facts import INSTANT

Columns = Mapping[str, pl.DataType]

_FACT: Columns = {"period": pl.Date(), "value": pl.Float64(), "status": pl.String(), "known_at": INSTANT}

# One row a Wednesday, USD; a NULL leg or result is missing, `status` says why.
NET_LIQUIDITY: Columns = {
    "period": pl.Date(),
    "net_liquidity": pl.Float64(),
    "fed_assets": pl.Float64(),
    "tga": pl.Float64(),
    "rrp": pl.Float64(),
    "status": pl.String(),
    "known_at": INSTANT,
}
VARIANTS: Columns = {"metric": pl.String(), **_FACT}  # newest row of each variant and of its deltas, USD
SPREADS: Columns = {"metric": pl.String(), **_FACT}  # whole history, basis points
NEWEST: Columns = {
    "series_id": pl.String(),
    "code": pl.String(),
    "title": pl.String(),
    "unit": pl.String(),
    "period": pl.Date(),
    "value": pl.Float64(),
    "known_at": INSTANT,
    "known_basis": pl.String(),
    "source": pl.String(),
    "status_text": pl.String(),  # why it is missing or late; empty when there is nothing to say
}
LATE: Columns = {
    "series_id": pl.String(),
    "code": pl.String(),
    "title": pl.String(),
    "release": pl.String(),
    "newest_period": pl.Date(),
    "expected_period": pl.Date(),
    "late_by_text": pl.String(),
}

OLD: Columns = {
    "series_id": pl.String(), "code": pl.String(), "title": pl.String(), "release": pl.String(),
    "newest_period": pl.Date(),
}  # fmt: skip

REGIMES: Columns = {"period": pl.Date(), "state": pl.String(), "known_at": INSTANT}  # of us.regime, as known
# Every row held of some revised series, of their newest years: what was printed, and what it became.
VINTAGES: Columns = {
    "series_id": pl.String(),
    "title": pl.String(),
    "unit": pl.String(),
    "period": pl.Date(),
    "value": pl.Float64(),
    "known_at": INSTANT,
}


def empty(columns: Columns) -> pl.DataFrame:
    """A frame of these columns and no rows, for a warehouse that has none yet."""
    return pl.DataFrame(schema=dict(columns))


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything one report shows. Raises ValueError when a frame lacks a column.

    `as_of` is the moment asked about, None for now. `simulated` marks invented data, `clock_moved` a "now" that is not
    the real one. Instants are aware.
    """

    title: str
    generated_at: datetime
    as_of: datetime | None
    simulated: bool
    clock_moved: bool
    net_liquidity: pl.DataFrame
    variants: pl.DataFrame
    spreads: pl.DataFrame
    newest: pl.DataFrame
    late: pl.DataFrame
    failures: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)  # rows that numbers here do without, and why
    flagged: list[str] = field(default_factory=list)  # what stands against rows that pass nevertheless
    regimes: pl.DataFrame = field(default_factory=lambda: empty(REGIMES))
    vintages: pl.DataFrame = field(default_factory=lambda: empty(VINTAGES))
    headline_late: str = ""  # by how much the headline's latest input is late; empty when none is
    old: pl.DataFrame = field(default_factory=lambda: empty(OLD))  # no release clock on file, and behind their pace
    absent: list[str] = field(default_factory=list)  # codes of series that metrics read, of which nothing is held
    absent_others: int = 0  # the other series of the catalog that hold nothing

    def __post_init__(self) -> None:
        wanted = {
            "net_liquidity": NET_LIQUIDITY,
            "variants": VARIANTS,
            "spreads": SPREADS,
            "newest": NEWEST,
            "late": LATE,
            "old": OLD,
            "regimes": REGIMES,
            "vintages": VINTAGES,
        }
        for name, columns in wanted.items():
            lacking = [column for column in columns if column not in getattr(self, name).columns]
            if lacking:
                raise ValueError(f"report frame '{name}' lacks {', '.join(lacking)}")
