"""Why the variants of net liquidity differ: each less the canonical one, and that difference leg by leg.

| variant | what makes it differ from `us.net_liquidity.weekly` |
|---|---|
| `h41` | `.rrp`: reverse repos with others of the balance sheet, less the operation of that Wednesday |
| `openbb` | `.rrp`: the pool of foreign official accounts, and what `h41` has |
| `mixed` | `.tga`: the week's average of the Treasury's account, less its Wednesday |
| `daily` | the days since the Wednesday: `.tga` and `.rrp` moved on; `.assets` while a newer one is not out |

The three legs add up to the difference exactly; a leg that both variants read alike is 0. `daily` is compared with the
newest Wednesday, its own on a Wednesday, and is PROVISIONAL as `daily` is.
Belongs here: differences between variants. Keep out: changes in time (contributions.py), other publishers (checks.py).
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, newest_weekly
from liquidity_platform.derived.contributions import NAMES, SIGNS, signed
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.net_liquidity import GUIDE, OLDEST_BALANCE_SHEET, VARIANTS, WEDNESDAY

CANONICAL, *OTHERS = VARIANTS


def _canonical(variant: Metric, leg: str = "") -> Input:
    """The canonical variant, or a leg of it, of the date that `variant` is compared with."""
    source = f"{CANONICAL.id}.{leg}" if leg else CANONICAL.id
    if variant.anchor == CANONICAL.anchor:
        return at_period(source)
    return newest_weekly(source, weekday=WEDNESDAY, calendar_days=OLDEST_BALANCE_SHEET)


def _difference(variant: Metric) -> Metric:
    return Metric(
        id=f"{variant.id}.vs_weekly",
        title=f"{variant.title}, less the canonical one",
        unit=Unit.USD,
        version=1,
        anchor="theirs",
        inputs={"theirs": at_period(variant.id), "ours": _canonical(variant)},
        formula="theirs - ours",
        source=GUIDE,
    )


def _by_leg(variant: Metric, leg: str) -> Metric:
    return Metric(
        id=f"{variant.id}.vs_weekly.{leg}",
        title=f"{variant.title}, less the canonical one: by {NAMES[leg]}",
        unit=Unit.USD,
        version=1,
        anchor="theirs",
        inputs={"theirs": at_period(f"{variant.id}.{leg}"), "ours": _canonical(variant, leg)},
        formula=signed(leg, "theirs", "ours"),
        source=GUIDE,
    )


METRICS = [
    *(_difference(variant) for variant in OTHERS),
    *(_by_leg(variant, leg) for variant in OTHERS for leg in SIGNS),
]
