"""The circuit breaker of a provider: a publisher that is down is left alone for a while.

Closed, everything passes. After AFTER unavailable answers in a row it opens: requests fail at once. COOL_S later it is
half open: one request passes, the others still fail; an answer closes it, another failure opens it again. A process
that is killed while it tries is forgotten after TRY_S.
Written here because the library there is (purgatory 3.0) lets every waiting request pass when half open, counts in
two steps that processes can interleave, fails with Redis, and holds the Redis client below version 6.
Belongs here: the states. Keep out: where they are kept (ledger.py), what counts as unavailable (http.py).
"""

from dataclasses import dataclass

from liquidity_platform.sources.ledger import Ledger, Record

AFTER = 5
COOL_S = 60.0
TRY_S = 180.0  # longer than one bounded try


@dataclass(frozen=True, slots=True)
class Standing:
    """What a breaker says: `failures` in a row, the last one's reason, and when it may be tried again if it is open."""

    failures: int
    why: str
    again_at: float | None  # seconds since 1970


class Breaker:
    """The breaker called `name`, in `ledger`."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self._name = f"{name}:breaker"
        self._ledger = ledger

    def refused(self) -> Standing | None:
        """None when the caller may ask now; it then says how that went. Else why it may not."""
        return self._ledger.change(self._name, _admit)

    def answered(self) -> None:
        """The publisher answered, whatever it said."""
        self._ledger.change(self._name, lambda record, now: ({}, None))

    def unavailable(self, why: str) -> None:
        """It did not."""
        self._ledger.change(self._name, lambda record, now: (_failed(record, now, why), None))

    def standing(self) -> Standing:
        """How it stands, changing nothing."""
        return _standing(*self._ledger.read(self._name))


def _standing(record: Record, now: float) -> Standing:
    failures, until = int(record.get("failures", 0)), float(record.get("until", 0.0))
    opened = failures >= AFTER and now < until <= now + max(COOL_S, TRY_S)  # later: the clock was set back
    return Standing(failures, str(record.get("why", "")), until if opened else None)


def _admit(record: Record, now: float) -> tuple[Record, Standing | None]:
    standing = _standing(record, now)
    if standing.again_at is not None:
        return record, standing
    return ({**record, "until": now + TRY_S} if standing.failures >= AFTER else record), None


def _failed(record: Record, now: float, why: str) -> Record:
    failures = int(record.get("failures", 0)) + 1
    return {"failures": failures, "why": why, "until": now + COOL_S if failures >= AFTER else 0.0}
