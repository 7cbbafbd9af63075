"""Cross-checks: the same quantity told by two publishers, or told and computed; the difference is a metric.

A difference has its own tolerance: half of the last digit that the coarser of the two prints, once for each number that
was rounded where a sum is checked; more only where the two are not the same moment, and then the line says why. Its
status is that of every metric (is there anything to compare?); whether it lies within the tolerance is judged beside it
(quality). The first input is the one that is checked and makes the row. A leg that is not there is NULL with a status,
never an agreement. To add one: a line below; it is an asset with a check, and `liquidity show` prints it.
Belongs here: such pairs. Keep out: the judgement, numbers that mean something by themselves.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, business_day_before, last_within
from liquidity_platform.derived.declare import Metric

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
        formula="told - other",
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
        formula="bp(told - long + short)",
        source=GUIDE,
        tolerance=0.5,
    )


def _foot(what: str, title: str, tolerance: float, first: str, plus: str, less: str, close: str) -> Metric:
    """Opening + inflows - outflows - close of one day, in dollars; a row where the inflows were published."""
    sums = {"inflows": at_period(plus), "opening": at_period(first), "outflows": at_period(less)}
    return Metric(
        id=f"check.{what}.difference",
        title=title,
        unit=Unit.USD,
        version=1,
        anchor="inflows",
        inputs={**sums, "close": at_period(close)},
        formula="inflows + opening - outflows - close",
        source=GUIDE,
        tolerance=tolerance,
    )


DTS = "treasury.tga_daily"
HUNDREDTH, THOUSANDTH = 0.005, 0.0005  # half of the last digit of a rate, in percent

METRICS = [
    _same(
        "tga_wednesday", "Treasury's account on Wednesdays, H.4.1 (FRED) less Daily Treasury Statement", Unit.USD, 5e5,
        # a Wednesday that is a holiday has no statement: the close of the business day before stands
        "treasury.tga_wednesday", last_within(DTS, business_days=0),
    ),
    _foot(
        # four numbers, each rounded to a million
        "tga_foot", "Treasury's account: opening + deposits - withdrawals less close (Daily Treasury Statement)", 2e6,
        "treasury.tga_opening_daily", "treasury.tga_deposits_daily", "treasury.tga_withdrawals_daily", DTS,
    ),
    _same(
        "tga_opening", "Treasury's account: opening less the close of the statement before", Unit.USD, 5e5,
        # also of a Friday on which a holiday of Saturday is observed: there are statements for those. Where the close
        # of the business day before is missing there is nothing to compare with: an older one is no opening
        "treasury.tga_opening_daily", business_day_before(DTS),
    ),
    _spread("spread_10y2y", "FRED's T10Y2Y less DGS10 - DGS2", "fred.spread_10y2y", "ust.yield_10y", "ust.yield_2y"),
    _spread("spread_10y3m", "FRED's T10Y3M less DGS10 - DGS3MO", "fred.spread_10y3m", "ust.yield_10y", "ust.yield_3m"),
    _same(
        "sofr", "SOFR, FRED less New York Fed", Unit.PERCENT, HUNDREDTH,
        "nyfed.sofr", at_period("nyfed.sofr_direct"),
    ),
    _same(
        "effr", "Effective federal funds rate, FRED less New York Fed", Unit.PERCENT, HUNDREDTH,
        "nyfed.effr", at_period("nyfed.effr_direct"),
    ),
    _same(
        "on_rrp", "Overnight reverse repos, FRED less New York Fed", Unit.USD, 5e5,
        "fed.on_rrp", at_period("nyfed.on_rrp_direct"),
    ),
    _same(
        # noon in New York less 14:15 in Frankfurt, under four hours earlier: 2 cents are 1.5 % of 1.33 dollars
        "usd_per_eur", "US dollars per euro, H.10 (FRED) less ECB reference rate", Unit.USD_PER_EUR, 0.02,
        "fx.usd_per_eur", at_period("ecb.usd_per_eur"),
    ),
    _same(
        "estr", "Euro short-term rate, FRED less ECB", Unit.PERCENT, THOUSANDTH,
        "ecb.estr", at_period("ecb.estr_direct"),
    ),
    _same(
        "ecb_deposit_rate", "ECB deposit facility rate, FRED less ECB", Unit.PERCENT, HUNDREDTH,
        "ecb.deposit_rate", at_period("ecb.deposit_rate_direct"),
    ),
    _same(
        "ecb_main_refinancing_rate", "ECB main refinancing rate, FRED less ECB", Unit.PERCENT, HUNDREDTH,
        "ecb.main_refinancing_rate", at_period("ecb.main_refinancing_rate_direct"),
    ),
]  # fmt: skip
