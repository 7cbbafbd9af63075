"""What a channel is: it takes one alert at a time and says what became of it.

Belongs here: the contract, the words of a message. Keep out: retries and states (delivering.py), the channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to. `taken` False: `reason` says why; `final`: trying again is useless.

    `wait_s`: the receiver asked for this pause (Retry-After).
    """

    taken: bool
    reason: str | None = None
    final: bool = False
    wait_s: float | None = None


TAKEN = Outcome(True)


class Channel(Protocol):
    """A way out. `name` stands in the ledger; `parallel`: so many alerts at once."""

    name: str
    parallel: int

    def ready(self) -> bool:
        """False while nobody is there to take anything: deliveries wait then, and no try is counted."""

    async def send(self, alert: Mapping[str, Any], key: str) -> Outcome:
        """Try once; `key` is the same for every try of this alert, for receivers that know such keys.

        `alert` is what `reading.alert` gives. Never raises for what a receiver or the network does.
        """

    async def close(self) -> None:
        """Give everything back."""


def sentence(alert: Mapping[str, Any]) -> str:
    """The alert as one line for people."""
    where = alert["symbol"] or "macro"
    rule = alert["rule"] or f"rule {alert['rule_id']}"
    value, level = alert["value"], alert["threshold"]
    met = f"{value:g}" if value is not None else "no value"
    if level is not None:
        met += f" {alert['condition']} {level:g}"
    said = f"[{alert['severity']}] {where}: {rule}: {met} at {alert['timestamp']}"
    return f"{said}. {alert['message']}" if alert["message"] else said
