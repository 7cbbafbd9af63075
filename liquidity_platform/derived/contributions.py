"""Which leg moved net liquidity: the legs of every variant as numbers of their own, and their share in each change.

A leg (`us.net_liquidity.weekly.tga`) is the number that the variant reads, with its own status, on the variant's dates.
A contribution (`us.net_liquidity.weekly.d1w.tga`) is what the leg did to the change, in dollars, with the sign it has
in the formula: a Treasury account that grows by 10 takes 10 away. The three add up to the change exactly. Where one leg
is missing the change is NULL, and the contributions of the others still stand.
Belongs here: legs and contributions. Keep out: the variants (net_liquidity.py), differences between them
(reconciliation.py).
"""

from dataclasses import replace

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import dates_only
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.net_liquidity import CHANGES, GUIDE, VARIANTS

NAMES = {"assets": "Fed assets", "tga": "Treasury's account", "rrp": "reverse repos"}
SIGNS = {"assets": 1, "tga": -1, "rrp": -1}  # of the formula assets - tga - rrp


def signed(leg: str, first: str, second: str) -> str:
    """The formula `first - second` as it enters net liquidity by this leg."""
    return f"{first} - {second}" if SIGNS[leg] > 0 else f"{second} - {first}"


def _leg(variant: Metric, leg: str) -> Metric:
    """What the variant reads of one leg, as it reads it; a row wherever the variant has one."""
    read = {variant.anchor: dates_only(variant.inputs[variant.anchor])} | {leg: variant.inputs[leg]}
    return Metric(
        id=f"{variant.id}.{leg}",
        title=f"{variant.title}: {NAMES[leg]}",
        unit=Unit.USD,
        version=1,
        anchor=variant.anchor,
        inputs=read,
        formula=leg,
        source=variant.source,
    )


def _contribution(change: Metric, leg: str) -> Metric:
    """The leg's change between the two dates that the change compares."""
    return Metric(
        id=f"{change.id}.{leg}",
        title=f"{change.title}: contribution of {NAMES[leg]}",
        unit=Unit.USD,
        version=1,
        anchor="now",
        inputs={name: replace(read, source=f"{read.source}.{leg}") for name, read in change.inputs.items()},
        formula=signed(leg, "now", "then"),
        source=f"{GUIDE}: the legs of the change",
    )


LEGS = [_leg(variant, leg) for variant in VARIANTS for leg in SIGNS]
CONTRIBUTIONS = [_contribution(change, leg) for change in CHANGES for leg in SIGNS]
METRICS = LEGS + CONTRIBUTIONS
