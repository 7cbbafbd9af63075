"""How many examples a property is drawn with: a short draw in CI, LIQUIDITY_TEST_DRAWS times as many in `make prove`.

Belongs here: that one number. Keep out: strategies and properties (beside what they hold).
"""

import os

from hypothesis import Phase
from hypothesis import settings as _settings

TIMES = int(os.environ.get("LIQUIDITY_TEST_DRAWS", "1"))


def draws(count: int, shrink: bool = True) -> _settings:
    """Settings of a property; `shrink=False` where one example costs a server's work and shrinking takes minutes."""
    phases = tuple(Phase) if shrink else (Phase.generate,)
    return _settings(max_examples=count * TIMES, phases=phases)
