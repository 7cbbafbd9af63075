"""Real yields and the inflation that Treasury yields compensate for, in percent.

A breakeven is a nominal less a real yield of the same day and maturity (finance guide 4.4); FRED's own (T5YIE, T10YIE,
T5YIFR) cross-check ours. The five years after five are compounded as FRED does it: T5YIFR's note gives
(((1 + b10)^10 / (1 + b5)^5)^(1/5) - 1), which is (1 + b10)^2 / (1 + b5) - 1.
Belongs here: those. Keep out: spreads between nominal yields, expectations from surveys.
"""

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.declare import Metric

GUIDE = "Finance guide 4.4"
YEARS = (5, 10, 30)


def _real(years: int) -> Metric:
    return Metric(
        id=f"us.real_yield.{years}y",
        title=f"{years}-year Treasury inflation-indexed yield",
        unit=Unit.PERCENT,
        version=1,
        anchor="real",
        inputs={"real": at_period(f"ust.real_yield_{years}y")},
        formula="real",
        source=GUIDE,
    )


def _breakeven(years: int) -> Metric:
    return Metric(
        id=f"us.breakeven.{years}y",
        title=f"{years}-year breakeven inflation",
        unit=Unit.PERCENT,
        version=1,
        anchor="nominal",
        inputs={
            "nominal": at_period(f"ust.yield_{years}y"),
            "real": at_period(f"ust.real_yield_{years}y"),
        },
        formula="nominal - real",
        source=GUIDE,
    )


def _five_after_five(frame: pl.DataFrame) -> pl.Series:
    """Percent a year over the five years that begin in five years."""
    long, short = 1 + frame["long"] / 100, 1 + frame["short"] / 100
    return 100 * (long * long / short - 1)


METRICS = [
    *(_real(years) for years in YEARS),
    *(_breakeven(years) for years in YEARS),
    Metric(
        id="us.breakeven.5y5y",
        title="Breakeven inflation over five years, five years from now",
        unit=Unit.PERCENT,
        version=1,
        anchor="long",
        inputs={"long": at_period("us.breakeven.10y"), "short": at_period("us.breakeven.5y")},
        function=_five_after_five,
        source=f"{GUIDE}; FRED's note on T5YIFR",
    ),
]
