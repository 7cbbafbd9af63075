"""What is plausible for each kind of instrument: signs, ranges, jumps.

No blanket "price > 0": TICK and ADD are negative half the time, CL closed at -37.63 USD on 2020-04-20.
Belongs here: those bounds, by instrument. Keep out: applying them (normalizing.py), limits of silence (silence.py).
"""

import math
from dataclasses import dataclass
from functools import cache

from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass, Instrument


@dataclass(frozen=True, slots=True)
class Traits:
    """Bounds of one instrument; prices in its own points.

    A change from the last price is absurd beyond both `jump_pct` of it and `jump_abs` points; infinite: never.
    """

    low: float = 0.0
    low_allowed: bool = False  # whether the price may equal `low`
    high: float = math.inf
    jump_pct: float = 10.0
    jump_abs: float = 0.0

    def in_range(self, price: float) -> bool:
        """Whether a price can be meant; false for NaN and infinities."""
        above = price >= self.low if self.low_allowed else price > self.low
        return above and price <= self.high and math.isfinite(price)

    def absurd(self, price: float, before: float, widened: float = 1.0) -> bool:
        """Whether the step from `before` is beyond belief; `widened` after a gap."""
        step = abs(price - before)
        return step > widened * self.jump_abs and step > widened * abs(before) * self.jump_pct / 100


_BY_CLASS = {
    AssetClass.FUTURE: Traits(),
    AssetClass.INDEX: Traits(),
    AssetClass.INTERNAL: Traits(),
    AssetClass.ETF: Traits(jump_pct=15.0),
    AssetClass.EQUITY: Traits(jump_pct=20.0),
    AssetClass.CRYPTO: Traits(jump_pct=20.0),
}
_BY_ID = {
    "fut.cl": Traits(low=-math.inf, jump_abs=5.0),  # near zero a percentage says nothing
    "idx.vix": Traits(jump_pct=50.0, jump_abs=10.0),
    "int.tick": Traits(low=-10_000.0, low_allowed=True, high=10_000.0, jump_pct=math.inf),
    "int.add": Traits(low=-20_000.0, low_allowed=True, high=20_000.0, jump_pct=math.inf),
    "int.trin": Traits(high=1_000.0, jump_pct=math.inf),  # a ratio
}


@cache
def traits_of(instrument: str) -> Traits:
    """The bounds of an instrument by id; an id outside the catalog gets a future's."""
    line: Instrument | None = INSTRUMENTS.get(instrument)
    return _BY_ID.get(instrument) or _BY_CLASS[line.asset_class if line else AssetClass.FUTURE]
