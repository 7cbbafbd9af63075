"""The Federal Reserve's balance sheet from its other side: assets = currency + TGA + reverse repos + reserves + rest.

All five are Wednesday levels of one release (H.4.1), so the rest (deposits of foreign officials and others, capital,
what is owed to the Treasury) is a few hundred billion and moves slowly. That makes it a check of every leg that net
liquidity reads: a leg in another unit, of another week, or a week's average in the place of a level lands in the rest.
Reserves themselves are the liability side of what net liquidity approximates from the asset side.
`check.balance_sheet.difference` judges its change over a week. The currency is the one in circulation
(WCICL), the Treasury's coins included: the rest is that much smaller than on the printed page.
Belongs here: the identity, reserves. Keep out: net liquidity, other publishers (checks.py).
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, lagged
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.net_liquidity import SPANS, change

GUIDE = "Finance guide 4.1: identity of the balance sheet"

LEGS = {
    "assets": at_period("fed.total_assets"), "currency": at_period("fed.currency"),
    "tga": at_period("treasury.tga_wednesday"), "rrp": at_period("fed.reverse_repos_all"),
    "reserves": at_period("fed.reserve_balances"),
}  # fmt: skip

RESERVES = Metric(
    id="us.balance_sheet.reserves",
    title="Reserve balances at the Federal Reserve, Wednesday level",
    unit=Unit.USD,
    version=1,
    anchor="reserves",
    inputs={"reserves": at_period("fed.reserve_balances")},
    formula="reserves",
    source="Finance guide 4.1: the liability side",
)
REST = Metric(
    id="us.balance_sheet.rest",
    title="Fed assets less currency, Treasury's account, reverse repos and reserves",
    unit=Unit.USD,
    version=1,
    anchor="assets",
    inputs=LEGS,
    formula="assets - currency - tga - rrp - reserves",
    source=GUIDE,
)
# The rest moves by tens of billions over a quarter's end, when foreign officials and others shift their deposits. More
# than this in a week is a leg in another unit or of another week: a judgement, from no publication.
TOLERANCE = 100e9  # dollars

METRICS = [
    RESERVES,
    *(change(RESERVES, name, days) for name, days in SPANS.items()),
    REST,
    change(REST, "d1w", 7),
    Metric(
        id="check.balance_sheet.difference",
        title="Fed balance sheet: what no leg explains, less that of a week before",
        unit=Unit.USD,
        version=1,
        anchor="told",
        inputs={"told": at_period(REST.id), "other": lagged(REST.id, days=7, calendar_days=0)},
        formula="told - other",
        source=GUIDE,
        tolerance=TOLERANCE,
    ),
]
