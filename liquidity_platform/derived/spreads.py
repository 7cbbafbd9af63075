"""Interest-rate and credit spreads, in basis points.

Ids: design section 7; formulas and sources: finance guide 4.4. Both legs of a difference are of the same day; a day
without the anchor's value (a holiday) has no row. T10Y2Y and T10Y3M only cross-check ours.
Belongs here: spreads. Keep out: stress composites, evaluation.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.declare import Metric

GUIDE = "Finance guide 4.4"


def _difference(spread: str, title: str, long: str, short: str) -> Metric:
    """(long - short) x 100: percent to basis points, both on the same day; the long leg is the anchor."""
    return Metric(
        id=f"us.spread.{spread}",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="long",
        inputs={"long": at_period(long), "short": at_period(short)},
        formula="bp(long - short)",
        source=GUIDE,
    )


def _level(spread: str, title: str, series: str) -> Metric:
    """A published spread in percent, shown in basis points."""
    return Metric(
        id=f"us.spread.{spread}",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="level",
        inputs={"level": at_period(series)},
        formula="bp(level)",
        source=GUIDE,
    )


METRICS = [
    _difference("10y2y", "10-year less 2-year Treasury", "ust.yield_10y", "ust.yield_2y"),
    _difference("10y3m", "10-year less 3-month Treasury", "ust.yield_10y", "ust.yield_3m"),
    _level("hy_oas", "US high yield option-adjusted spread", "ice.hy_oas"),
    _level("ig_oas", "US corporate option-adjusted spread", "ice.ig_oas"),
    _difference("sofr_iorb", "SOFR less interest on reserves", "nyfed.sofr", "fed.iorb"),
]
