"""Telling people once: each channel is brought up to what is wrong now, and told of nothing else.

What a channel was told stands in the warehouse. A problem that lasts is told once, its end once; what came and went
while the channel took nothing is never told; all that is new at one moment is one message. A channel that takes nothing
is left alone for 5 minutes, then twice as long each time, an hour at most.
Belongs here: that comparison. Keep out: what is wrong (automation), words (wording.py), addresses (channels.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from liquidity_platform.publish.channels import Channel
from liquidity_platform.publish.wording import message
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.marks import server_now
from liquidity_platform.warehouse.notices import Notice, add, failures, standing

FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong now, by topic. `covered`: topics nobody can judge now; they stay as they were told.

    `why` says, for people, why topics that were told stay as they are.
    """

    notices: Mapping[str, Notice]
    covered: frozenset[str] = frozenset()
    why: str = ""


def tell(warehouse: Warehouse, wrong: Wrong, to: Sequence[Channel]) -> list[str]:
    """Bring every channel up to `wrong`; a sentence for each that was written to."""
    return [said for channel in to if (said := _tell(warehouse, wrong, channel))]


def _tell(warehouse: Warehouse, wrong: Wrong, channel: Channel) -> str | None:
    with warehouse.session() as connection:
        told = standing(connection, channel.name)
        failed, last = failures(connection, channel.name)
        now = server_now(connection)
    new = [one for topic, one in wrong.notices.items() if topic not in told and topic not in wrong.covered]
    ended = [one for topic, one in told.items() if topic not in wrong.notices and topic not in wrong.covered]
    if not new and not ended:
        return None
    if last is not None and now - last < min(FIRST * 2 ** (failed - 1), LONGEST):
        return None
    taken = channel.send(message(new, ended, warehouse.settings.simulated))
    with warehouse.session() as connection:
        if taken:
            add(connection, channel.name, "open", new)
            add(connection, channel.name, "closed", ended)
        else:
            add(connection, channel.name, "failed", [Notice("", "", "", "the channel took nothing")])
    return f"{channel.name}: {len(new)} new, {len(ended)} over" if taken else f"{channel.name}: took nothing"
