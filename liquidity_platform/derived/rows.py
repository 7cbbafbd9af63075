"""The known rows of one input as arrays: what the engine computes on, hundreds of metrics at a time.

A frame operation costs the same for ten rows as for ten thousand; with hundreds of metrics that is most of a day's
increment. So what each metric needs of its inputs, and of what stood before, is taken with numpy.
Belongs here: arrays of rows, their order, laying new ones over old. Keep out: looking rows up (reading.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import polars as pl

from liquidity_platform.core.facts import Status

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.int8]

_BAD_FIRST = [Status.MISSING_INPUT, Status.STALE_INPUT, Status.PROVISIONAL, Status.CARRIED, Status.COMPLETE]
RANK: Mapping[str, int] = {status.value: rank for rank, status in enumerate(_BAD_FIRST)}
OWN = len(RANK)  # rank of a raw row: how fresh it is says the reader
_NAMES = pl.Series([status.value for status in _BAD_FIRST])
_STATUS = pl.Enum(_NAMES)


@dataclass(frozen=True, slots=True)
class Rows:
    """One entry a row: day number, microseconds since 1970 in UTC, value (NaN: none), rank of its status, newness.

    `new`: it was not there at the last computation, or said something else.
    """

    period: Ints
    known_at: Ints
    value: Floats
    rank: Ranks
    new: Bools

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Rows":
        """Rows with the columns period, known_at, value, status and perhaps `new`, by (period, known_at)."""
        rank = frame["status"].cast(_STATUS, strict=False).to_physical().cast(pl.Float64).to_numpy()
        found = cls(
            frame["period"].to_physical().to_numpy().astype(np.int64),
            frame["known_at"].to_physical().to_numpy(),
            frame["value"].to_numpy(),
            np.where(np.isnan(rank), OWN, rank).astype(np.int8),
            frame["new"].to_numpy() if "new" in frame.columns else np.zeros(frame.height, dtype=bool),
        )
        return found.taken(np.lexsort((found.known_at, found.period)))

    def taken(self, which: Ints | Bools) -> "Rows":
        """The rows of these numbers, or the marked ones."""
        return Rows(*(getattr(self, field.name)[which] for field in fields(self)))

    def laid_over(self, old: "Rows") -> "Rows":
        """What stood, with these rows in its place; new is what says something else than before, or was not there."""
        pairs = ((getattr(old, field.name), getattr(self, field.name)) for field in fields(self))
        both = Rows(*(np.concatenate(pair) for pair in pairs))
        both.new[:] = np.arange(len(both.period)) >= len(old.period)
        both = both.taken(np.lexsort((both.known_at, both.period)))  # stable: of two of one step, ours comes second
        again = (both.period[1:] == both.period[:-1]) & (both.known_at[1:] == both.known_at[:-1])
        before, now = both.value[:-1], both.value[1:]
        alike = (before == now) | (np.isnan(before) & np.isnan(now))
        both.new[1:] &= ~(again & alike & (both.rank[1:] == both.rank[:-1]))
        replaced = np.zeros(len(both.period), dtype=bool)
        replaced[:-1] = again
        return both.taken(~replaced)


def statuses(ranks: Ranks) -> pl.Series:
    """The names of `ranks`, as strings."""
    return _NAMES[ranks.astype(np.int64)]
