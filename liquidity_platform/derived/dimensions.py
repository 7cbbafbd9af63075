"""The algebra of units: what a formula's result is measured in.

A dimension is a product of base units with exponents: `usd_per_eur` is usd / eur, a ratio is nothing at all. Percent,
basis points and an index are bases of their own, so that they are never added to a ratio or to each other by accident.
Belongs here: dimensions, their products, roots and names. Keep out: formulas (formula.py), which value has which unit.
"""

from collections import Counter
from collections.abc import Mapping

from liquidity_platform.core.units import Unit

Dimension = tuple[tuple[str, int], ...]  # base units with exponents other than 0, in order of name

NONE: Dimension = ()  # a plain number, a ratio, a score
_SINGULAR = {"hours": "hour", "weeks": "week"}  # of `usd_per_hour`


def _from(exponents: Mapping[str, int]) -> Dimension:
    return tuple(sorted((base, power) for base, power in exponents.items() if power))


def dimension_of(unit: Unit) -> Dimension:
    """The dimension of a stored value's unit."""
    if unit is Unit.RATIO:
        return NONE
    over, _, under = unit.value.partition("_per_")
    bases = {_SINGULAR.get(over, over): 1}
    return _from({**bases, under: -1} if under else bases)


def product(left: Dimension, right: Dimension, sign: int = 1) -> Dimension:
    """The dimension of left x right, of left / right with `sign` -1."""
    exponents = Counter(dict(left))
    for base, power in right:
        exponents[base] += sign * power
    return _from(exponents)


def root(of: Dimension) -> Dimension | None:
    """The dimension of a square root; None where there is none."""
    return None if any(power % 2 for _, power in of) else tuple((base, power // 2) for base, power in of)


_NAMES = {dimension_of(unit): unit.value for unit in Unit}


def spoken(dimension: Dimension) -> str:
    """The dimension as a person reads it: the unit's own name, or a product such as usd*percent/eur."""
    if dimension in _NAMES:
        return _NAMES[dimension]
    over = "*".join(_power(base, power) for base, power in dimension if power > 0)
    under = "/".join(_power(base, -power) for base, power in dimension if power < 0)
    return f"{over or '1'}/{under}" if under else over


def _power(base: str, power: int) -> str:
    return base if power == 1 else f"{base}^{power}"
