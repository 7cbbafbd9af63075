"""Sums done with a pencil: numbers as their publishers print them, and what a metric is by plain arithmetic over them.

    A = Printed("WALCL", "2023-03-08 8342283, 2023-03-15 8639300")
    millions("us.net_liquidity.weekly.d1w.assets", "2023-03-15", A["2023-03-15"] - A["2023-03-08"], 297_017)

A line has the arithmetic, written out over the names of what was printed, and the number it comes to. Nothing of the
engine is in it. What is not published anywhere in the data is made up, and says so.
Belongs here: `Printed`, `Sum`, where a number is printed. Keep out: the sums (pencil_<family>.py), computing metrics.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import polars as pl
from published_inputs import LINES, published, statement

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES, find_series

NYFED = {"sofr.rate": "nyfed_rates_secured_sofr_search_2024-06-01_2024-06-06.json"}
EVER = date(1900, 1, 1)
ROUNDED = 6e-7  # half of the last digit that a line tells of a number, and what a computer adds to that

CLIPPINGS: list["Printed"] = []  # every one that was ever made: none escapes the comparison with the files


class Printed(dict[str, float]):
    """Numbers of one code by day, in the unit they are printed in: millions of dollars, billions, percent."""

    def __init__(self, code: str, numbers: str, *, made_up: bool = False):
        pairs = [one.split() for one in numbers.split(",")]
        super().__init__({day: float(text) for day, text in pairs})
        assert len(self) == len(pairs), f"{code}: a day stands there twice"
        self.code, self.made_up = code, made_up
        CLIPPINGS.append(self)

    @property
    def source(self) -> str:
        """What metrics call it."""
        return self.code if self.code in CLOSES or self.code in SERIES else find_series(self.code).id

    @property
    def stored(self) -> dict[date, float | None]:
        """The same in base units."""
        scale = 1.0 if self.code in CLOSES else SERIES[self.source].published.scale
        return {date.fromisoformat(day): round(number * scale, 9) for day, number in self.items()}


@cache
def in_files(folder: Path, code: str) -> Mapping[date, float | None]:
    """Every number of a code that the data holds, in base units; empty where there is no file of it."""
    if code in NYFED:
        rates = json.loads((folder / "api_samples" / NYFED[code]).read_text())["refRates"]
        return {date.fromisoformat(one["effectiveDate"]): one["percentRate"] for one in rates}
    if code in LINES:
        return statement(folder, code, EVER)
    return published(folder, code, EVER) if (folder / "fred" / f"{code}.csv").exists() else {}


@dataclass(frozen=True)
class Sum:
    """One line: the metric, the arithmetic over what was printed, the number it comes to, the status beside it."""

    metric: str
    period: str
    worked: float
    value: float
    status: str = "COMPLETE"
    known: str | None = None  # as known at that instant; None: by the newest word
    unit: float = 1.0  # of `worked` and `value`: a million where they are in millions


def plain(
    metric: str, period: str, worked: float, value: float, status: str = "COMPLETE", known: str | None = None
) -> Sum:
    """A line in the metric's own unit."""
    return Sum(metric, period, worked, value, status, known)


def millions(
    metric: str, period: str, worked: float, value: float, status: str = "COMPLETE", known: str | None = None
) -> Sum:
    """A line in millions of dollars."""
    return Sum(metric, period, worked, value, status, known, unit=1e6)


def found(rows: pl.DataFrame, line: Sum) -> tuple[float | None, str]:
    """Value and status among a metric's steps, in base units: at the line's instant, or by the newest word."""
    own = rows.filter((pl.col("metric_id") == line.metric) & (pl.col("period") == date.fromisoformat(line.period)))
    if line.known:
        own = own.filter(pl.col("known_at") <= datetime.fromisoformat(line.known))
    return own.sort("known_at").select("value", "status").row(-1)
