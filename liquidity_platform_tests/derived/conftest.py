"""Liquidity on the published numbers, computed once for the files that look at it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs

from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import FAMILIES

LOOKED_AT = (
    "net_liquidity", "contributions", "reconciliation", "balance_sheet", "money", "global_liquidity", "global_coverage",
    "stealth_qe", "reference",
)  # fmt: skip
CODES = [
    "WALCL", "WDTGAL", "WTREGEN", "RRPONTSYD", "WLRRAL", "SOFR", "ECBASSETSW", "JPNASSETS", "DEXUSEU", "DEXJPUS",
    "M2SL",
]  # fmt: skip
SINCE = date(2013, 1, 1)


@pytest.fixture(scope="session")
def liquidity(real_data: Path) -> pl.DataFrame:
    """Every step of every liquidity metric since 2013, from the published files, each number known at its release."""
    metrics = {metric.id: metric for family in LOOKED_AT for metric in FAMILIES[family]}
    return evaluate_all(metrics, inputs(real_data, SINCE, CODES)).sort("metric_id", "period", "known_at")


@pytest.fixture(scope="session")
def known_now(liquidity: pl.DataFrame) -> pl.DataFrame:
    """The newest word on each: metric_id, period, value, status."""
    return liquidity.group_by("metric_id", "period", maintain_order=True).last()
