"""Money: M2 and its growth over a year.

M2 is monthly, dated on the first of its month, seasonally adjusted and revised for years: without vintages a value is
known since our fetch, with them since it was printed. Growth compares two months as both are known at the same instant.
Belongs here: monetary aggregates. Keep out: central banks' balance sheets.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, lagged
from liquidity_platform.derived.declare import Metric

GUIDE = "Federal Reserve, H.6"

METRICS = [
    Metric(
        id="us.m2",
        title="M2, seasonally adjusted",
        unit=Unit.USD,
        version=1,
        anchor="level",
        inputs={"level": at_period("fed.m2")},
        formula="level",
        source=GUIDE,
    ),
    Metric(
        id="us.m2.growth_12m",
        title="M2, change over twelve months in percent",
        unit=Unit.PERCENT,
        version=1,
        anchor="now",
        # the first of the month a year before is 365 days back, 366 over a 29th of February
        inputs={"now": at_period("us.m2"), "then": lagged("us.m2", days=365, calendar_days=1)},
        formula="pct(now / then - 1)",
        source=GUIDE,
    ),
]
