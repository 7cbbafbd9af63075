"""How many requests a publisher allows a day or a minute, and how many were made.

Days and minutes are those of UTC. Every request counts when it is sent, whatever the answer; one that would exceed
the quota is not sent.
Belongs here: counting. Keep out: the numbers (each provider states its own), where they are kept (ledger.py).
"""

from dataclasses import dataclass

from liquidity_platform.sources.ledger import Ledger, Record


@dataclass(frozen=True, slots=True)
class Budget:
    """`used` of `allowed` requests in a span of `span_s` seconds that ends at `resets_at` (seconds since 1970)."""

    allowed: int
    used: int
    span_s: int
    resets_at: float


class Quota:
    """At most `allowed` requests of the provider `name` in each span of `span_s` seconds."""

    def __init__(self, name: str, allowed: int, span_s: int, ledger: Ledger) -> None:
        self._name = f"{name}:quota:{span_s}"
        self._allowed = allowed
        self._span_s = span_s
        self._ledger = ledger

    def exceeded(self) -> tuple[Budget, float] | None:
        """None when the caller's request is within the quota, and counted; else the budget, and seconds to its end."""
        return self._ledger.change(self._name, self._spend)

    def budget(self) -> Budget:
        """How it stands, changing nothing."""
        return self._of(*self._ledger.read(self._name))

    def _of(self, record: Record, now: float) -> Budget:
        span = int(now // self._span_s)
        used = int(record.get("used", 0)) if record.get("span") == span else 0
        return Budget(self._allowed, used, self._span_s, float((span + 1) * self._span_s))

    def _spend(self, record: Record, now: float) -> tuple[Record, tuple[Budget, float] | None]:
        budget = self._of(record, now)
        if budget.used >= self._allowed:
            return record, (budget, budget.resets_at - now)
        return {"span": int(now // self._span_s), "used": budget.used + 1}, None
