"""The one tick type every feed makes and everything behind the feeds reads.

Belongs here: its fields, their units, its flags. Keep out: parsing of any feed (feeds/), judgement of ticks
(normalizing.py), rules (rules/).
"""

from dataclasses import dataclass
from enum import IntFlag


class TickFlags(IntFlag):
    """What is special about a tick; stored as the integer."""

    NONE = 0
    DELAYED = 1  # the feed says this is not live: never alerts as live
    SIMULATED = 2  # from the simulated feed
    REPLAYED = 4  # from a file
    AFTER_GAP = 8  # first of its instrument after a connect, a reconnect or a hole: what came before is unknown
    LATE = 16  # older than the watermark: kept, but changes no bar and fires nothing
    VOLUME_RESET = 32  # the session total went back: a correction, or a new session
    BACKFILLED = 64  # from the publisher's history after a gap: fills bars, fires nothing


@dataclass(slots=True)
class Tick:
    """One change of one instrument's market. Instants are microseconds since 1970-01-01 UTC.

    `price` is the last trade; `size` what traded since the instrument's tick before (None: no trade, or unknown);
    bid and ask as quoted. `seq` grows by one a tick of an instrument within one run of the process and breaks ties
    of `event_at`. Missing is None, never 0 or NaN.
    """

    instrument: str  # the catalog's id: fut.es
    event_at: int
    received_at: int
    price: float | None = None
    size: float | None = None
    bid: float | None = None
    ask: float | None = None
    seq: int = 0
    flags: int = 0
