"""Asking stand-ins at nobody's pace: no turns to wait for, no pauses between tries, little patience with who is ill.

Everything else of the real session is as it is, the breaker too: `Minutes` lets its minute pass without waiting.
Belongs here: pace, patience and the ledgers' clock. Keep out: stand-ins, faults, what is loaded.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from liquidity_platform.settings import Settings
from liquidity_platform.sources import fetching
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.http import Asker, Limits
from liquidity_platform.sources.ledger import Ledgers, MemoryLedger
from liquidity_platform.sources.registry import PROVIDERS

# shorter than a drip, smaller than a bomb; two tries, so that trying again is part of it
LITTLE = Limits(connect_s=2, read_s=0.6, total_s=0.6, size=8 * 2**20, tries=2)
PLENTY = Limits()


class Minutes:
    """The clock of ledgers in memory; `pass_by` is a minute later, when a breaker that opened lets one try pass."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self.ledgers = Ledgers(MemoryLedger(self), MemoryLedger(self))

    def __call__(self) -> float:
        return time.time() + self._ahead_s

    def pass_by(self) -> None:
        """A minute, and a second."""
        self._ahead_s += 61.0


def unpaced(names: Iterable[str]) -> dict[str, Provider]:
    """The real providers `names`, under their own names, without a pace."""
    return {name: replace(PROVIDERS[name], rate_limit=1e9) for name in names}


@contextmanager
def impatient(ill: Callable[[str], bool] = lambda _: False, minutes: Minutes | None = None) -> Iterator[Minutes]:
    """In the block every live session asks without pauses, and those `ill` by name with LITTLE patience."""
    passing = minutes or Minutes()

    def asker(provider: Provider, settings: Settings) -> Asker:
        limits = LITTLE if ill(provider.name) else PLENTY
        return Asker(provider, settings, limits, lambda _: None, passing.ledgers)

    with patch.object(fetching, "Asker", asker):
        yield passing
