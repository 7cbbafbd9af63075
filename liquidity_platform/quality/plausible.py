"""Is a series' newest value within its plausible range?

Belongs here: single values against the catalog's range. Keep out: whole files in another unit (units.py).
"""

from datetime import date

from liquidity_platform.catalog.series import Series
from liquidity_platform.quality.verdict import Verdict


def judge_plausible(series: Series, period: date | None, value: float | None) -> Verdict:
    """Judge the newest stored value (catalog unit) of a series."""
    if period is None or value is None:
        return Verdict(False, "no value to judge")
    low, high = series.plausible
    shown = f"{value / series.published.scale:,.6g} {series.published.label} on {period}"
    if low <= value <= high:
        return Verdict(True, f"{shown} lies within {series.low:,.6g} to {series.high:,.6g}")
    return Verdict(False, f"{shown} lies outside {series.low:,.6g} to {series.high:,.6g}")
