"""Cross-checks: the same quantity told by two publishers, or told and computed; the difference is a metric.

A difference has its own tolerance, half of the last digit that the coarser of the two prints. Its status is that of
every metric (is there anything to compare?); whether it lies within the tolerance is judged beside it (quality). The
first input is the one that is checked and makes the row. A leg that is not there is NULL with a status, never an
agreement. To add one: a line below; it is an asset with a check, and `liquidity show` prints it.
Belongs here: such pairs. Keep out: the judgement, numbers that mean something by themselves.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.declare import Input, Metric, at_period, last_within

GUIDE = "Finance guide 4.1 and 4.4"


def _same(what: str, title: str, unit: Unit, tolerance: float, told: str, other: Input) -> Metric:
    """What one publisher tells less what the other does, in the unit of both."""
    return Metric(
        id=f"check.{what}.difference",
        title=title,
        unit=unit,
        version=1,
        anchor="told",
        inputs={"told": at_period(told), "other": other},
        weights={"told": 1.0, "other": -1.0},
        factor=1.0,
        source=GUIDE,
        tolerance=tolerance,
    )


def _spread(what: str, title: str, told: str, long: str, short: str) -> Metric:
    """A published spread (percent) less the difference of its legs, in basis points, all of one day."""
    return Metric(
        id=f"check.{what}.difference",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="told",
        inputs={"told": at_period(told), "long": at_period(long), "short": at_period(short)},
        weights={"told": 1.0, "long": -1.0, "short": 1.0},
        factor=100.0,
        source=GUIDE,
        tolerance=0.5,
    )


METRICS = [
    _same(
        "tga_wednesday", "Treasury's account on Wednesdays, H.4.1 (FRED) less Daily Treasury Statement", Unit.USD, 5e5,
        # a Wednesday that is a holiday has no statement: the close of the business day before stands
        "treasury.tga_wednesday", last_within("treasury.tga_daily", business_days=0),
    ),
    _spread("spread_10y2y", "FRED's T10Y2Y less DGS10 - DGS2", "fred.spread_10y2y", "ust.yield_10y", "ust.yield_2y"),
    _spread("spread_10y3m", "FRED's T10Y3M less DGS10 - DGS3MO", "fred.spread_10y3m", "ust.yield_10y", "ust.yield_3m"),
]  # fmt: skip
