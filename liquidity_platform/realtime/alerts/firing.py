"""What the rules say when they fire, as the rest of the sidecar takes it.

Belongs here: the record of a firing, its lasting id. Keep out: when a rule fires (rules/), whether it is sent
(suppressing.py).
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

_NAMESPACE = uuid.UUID("6c1f7a52-6a0f-5c5e-9a3e-0d6b8f1f2b11")


@dataclass(frozen=True, slots=True)
class Alert:
    """A firing of a rule. Instants are microseconds since 1970-01-01 UTC."""

    rule_id: int
    rule_uid: str
    rule_version: int
    rule_name: str
    rule_type: str
    instrument: str | None  # catalog id; None for a rule over macro values alone
    edge_id: str
    fired_at: int  # event time
    value: float | None
    threshold: float | None
    condition: str
    severity: str
    message: str
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        """The same for the same rule, instrument and edge, in whichever run it is found."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.rule_uid}|{self.instrument}|{self.edge_id}"))
