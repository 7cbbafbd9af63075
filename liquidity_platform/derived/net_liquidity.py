"""US net liquidity: Federal Reserve assets less the Treasury's account less reverse repos, five ways.

Ids and formulas: design section 7; facts and ages: finance guide 4.1. Every variant is in US dollars, dated on the
day of its anchor, and NULL (with a status) when a leg is missing: never read as zero.
Belongs here: the variants and their changes. Keep out: spreads, regimes, evaluation.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, lagged, last_within, newest_weekly
from liquidity_platform.derived.declare import Metric

WEDNESDAY = 2
GUIDE = "Finance guide 4.1"

# ON RRP has no value on holidays: at most two business days are carried over.
ON_RRP = last_within("fed.on_rrp", business_days=2)


def _net(variant: str, title: str, assets: Input, tga: Input, rrp: Input, *, anchor: str = "assets") -> Metric:
    return Metric(
        id=f"us.net_liquidity.{variant}",
        title=title,
        unit=Unit.USD,
        version=1,
        anchor=anchor,
        inputs={"assets": assets, "tga": tga, "rrp": rrp},
        formula="assets - tga - rrp",
        source=GUIDE,
    )


def _change(metric: Metric, name: str, days: int, calendar_days: int) -> Metric:
    """Change against the last date on or before `days` calendar days earlier, in the metric's unit."""
    return Metric(
        id=f"{metric.id}.{name}",
        title=f"{metric.title}, change over {days // 7} week{'s' if days > 7 else ''}",
        unit=metric.unit,
        version=1,
        anchor="now",
        inputs={"now": at_period(metric.id), "then": lagged(metric.id, days=days, calendar_days=calendar_days)},
        formula="now - then",
        source=f"{GUIDE}, trap 4: changes by calendar lookup",
    )


ASSETS = at_period("fed.total_assets")
TGA = at_period("treasury.tga_wednesday")
VARIANTS = [
    _net("weekly", "US net liquidity", ASSETS, TGA, ON_RRP),
    _net("h41", "US net liquidity, H.4.1 only", ASSETS, TGA, at_period("fed.reverse_repos_others")),
    _net("openbb", "US net liquidity, all reverse repos", ASSETS, TGA, at_period("fed.reverse_repos_all")),
    _net("mixed", "US net liquidity, Treasury week average", ASSETS, at_period("treasury.tga_week_average"), ON_RRP),
    _net(
        "daily",
        "US net liquidity, daily",
        # 8 days are ordinary (a Thursday before a release put off to Friday), one day is grace
        newest_weekly("fed.total_assets", weekday=WEDNESDAY, calendar_days=9),
        at_period("treasury.tga_daily"),
        ON_RRP,
        anchor="tga",
    ),
]  # fmt: skip

# A weekly date is hit exactly or not at all; a day may be a holiday, so up to four days more are looked back.
_LOOK_BACK = {"daily": 4}
CHANGES = [
    _change(metric, name, days, _LOOK_BACK.get(metric.id.rsplit(".", 1)[-1], 0))
    for metric in VARIANTS
    for name, days in (("d1w", 7), ("d4w", 28), ("d13w", 91))
]
METRICS = VARIANTS + CHANGES
