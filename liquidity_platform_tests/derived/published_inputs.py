"""Published files as inputs of metrics: parsed here by hand, known at their release.

Belongs here: reading shared data for tests of derived numbers, which metrics they look at.
Keep out: the platform's own parsers.
"""

import csv
import gzip
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import polars as pl

from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import FAMILIES

CODES = [
    "WALCL", "WDTGAL", "WTREGEN", "WLRRAL", "RRPONTSYD", "DGS10", "DGS2", "DGS3MO", "SOFR", "IORB", "BAMLH0A0HYM2",
    "BAMLC0A0CM", "ECBASSETSW", "JPNASSETS", "DEXUSEU", "DEXJPUS", "M2SL",
]  # fmt: skip


def families(*names: str) -> dict[str, Metric]:
    """The metrics of some families by id: what a test looks at, without the hundreds of others."""
    return {metric.id: metric for name, metrics in FAMILIES.items() if name in names for metric in metrics}


def published(folder: Path, code: str, since: date) -> dict[date, float | None]:
    """Numbers of one file in base units, from `since` on."""
    with (folder / "fred" / f"{code}.csv").open() as lines:
        rows = {date.fromisoformat(day): text for day, text in list(csv.reader(lines))[1:]}
    scale = find_series(code).published.scale
    # 2.001 billion is 2,001,000,000 dollars: rounded to the cent; a rate of 1.1382 is what is printed
    digits = 2 if scale > 1 else 9
    return {day: round(float(text) * scale, digits) if text else None for day, text in rows.items() if day >= since}


ACCOUNT = ("Federal Reserve Account", "Treasury General Account (TGA)")
LINES = {
    "DTS": ("Treasury General Account (TGA) Closing Balance", "close_today_bal"),
    "DTS.opening": ("Treasury General Account (TGA) Opening Balance", "open_today_bal"),
    "DTS.deposits": ("Total TGA Deposits (Table II)", None),
    "DTS.withdrawals": ("Total TGA Withdrawals (Table II) (-)", None),
}


def statement(folder: Path, code: str, since: date) -> dict[date, float | None]:
    """One line of the Daily Treasury Statement's operating cash balance, in dollars."""
    own, old_field = LINES[code]
    found: dict[date, float | None] = {}
    with gzip.open(folder / "treasury" / "dts_operating_cash_balance.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["record_date"])
            if row["account_type"] == own:
                found[day] = float(row["open_today_bal"]) * 1e6
            elif old_field and row["account_type"] in ACCOUNT:
                found[day] = float(row[old_field]) * 1e6
    return {day: value for day, value in found.items() if day >= since}


def inputs(folder: Path, since: date, codes: Iterable[str] = CODES) -> pl.DataFrame:
    """KNOWN_INPUT of all published inputs of metrics since a day."""
    frames = [known_input(code, published(folder, code, since)) for code in codes]
    return pl.concat([*frames, *(known_input(code, statement(folder, code, since)) for code in LINES)])


def known_input(code: str, numbers: dict[date, float | None], known_at: datetime | None = None) -> pl.DataFrame:
    """Numbers of one series as KNOWN_INPUT, known at their release or at one instant."""
    series = find_series(code)
    days = pl.Series("period", list(numbers), dtype=pl.Date)
    known = pl.lit(known_at) if known_at else series.release.known_at(days)
    values = pl.Series("value", list(numbers.values()), dtype=pl.Float64)
    return pl.DataFrame({"period": days, "value": values}).select(
        input_id=pl.lit(series.id), period="period", known_at=known, value="value", status=pl.lit(None, pl.String)
    ).cast(KNOWN_INPUT)  # type: ignore[arg-type]  # fmt: skip
