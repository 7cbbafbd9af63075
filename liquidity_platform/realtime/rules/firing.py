"""What the engine says when a rule fires.

Belongs here: the firing and how its edge id is made. Keep out: suppression, delivery, storage.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule fired. `at_us` is event time, microseconds since 1970-01-01 UTC; `value` is what was compared.

    `edge_id` depends on nothing but the rule's id and the ticks: the same input gives the same ids.
    `context`: `gap_cross` when the value before was of another session, and what else the kind of rule knows.
    """

    rule_id: int
    instrument: str
    edge_id: str
    at_us: int
    value: float | None
    threshold: float | None
    condition: str
    context: dict[str, Any] = field(default_factory=dict)


class Outlet:
    """Where firings of one rule go in: numbers those of one instant, so that each edge id is unique.

    With `log` shared by every rule of an engine, which empties it after every call.
    """

    __slots__ = ("instrument", "last_at", "log", "ordinal", "rule_id")

    def __init__(self, rule_id: int, instrument: str, log: list[Firing]) -> None:
        self.rule_id, self.instrument, self.log = rule_id, instrument, log
        self.last_at, self.ordinal = -1, 0

    def fire(
        self, at_us: int, value: float | None, threshold: float | None, condition: str, context: dict[str, Any]
    ) -> None:
        """Adds a firing to the log."""
        self.ordinal = self.ordinal + 1 if at_us == self.last_at else 0
        self.last_at = at_us
        edge_id = f"{self.rule_id}:{at_us}:{self.ordinal}"
        self.log.append(Firing(self.rule_id, self.instrument, edge_id, at_us, value, threshold, condition, context))
