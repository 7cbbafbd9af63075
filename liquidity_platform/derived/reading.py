"""What was known when: the rows of one input, looked up as of any instant.

Rows are arrays in order of (period, known_at). An answer is the number of a row, or for windows a stretch of rows laid
one after the other, so that values, dates and digests are all taken by the same index.
Belongs here: `Known`, its look-ups. Keep out: alignments (align.py), steps and statuses (engine.py).
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from liquidity_platform.derived.rows import OWN, Bools, Floats, Ints, Rows

Words = npt.NDArray[np.uint64]

NEVER = np.iinfo(np.int64).max
NO_ROW = -1
ROW_BYTES = 24


@dataclass(frozen=True, slots=True)
class Stretches:
    """Windows laid end to end: `rows` of the input, each window's [start, end) in them."""

    rows: Ints
    start: Ints
    end: Ints


class Known:
    """Every known row of one input. `raw`: a blank is a holiday, and is looked past; a metric's NULL is an answer, and
    so is a raw row with a status: the gate holds it back.
    """

    def __init__(self, source: str, rows: Rows, raw: bool):
        self.source = source
        self.period, self.known_at, self.value, self.rank, self.new = (
            rows.period, rows.known_at, rows.value, rows.rank, rows.new,
        )  # fmt: skip
        self.number: Bools = ~np.isnan(self.value)
        self.stands: Bools = self.number | (self.rank != OWN) if raw else np.ones(len(self.value), dtype=bool)
        self.days, self._first, self._many = np.unique(self.period, return_index=True, return_counts=True)
        self.instants, moments = np.unique(self.known_at, return_inverse=True)
        self._step = len(self.instants) + 1
        self._digests: Words = np.zeros((len(self.period), 2), dtype="<u8")
        self._digested = np.zeros(len(self.period), dtype=bool)
        self._place: Ints = np.repeat(np.arange(len(self.days)), self._many) * self._step + moments

    def first_published(self) -> tuple[Ints, Ints]:
        """Days on which a row makes a row of what is anchored here, and since when: not a blank."""
        told = self.number | (self.rank != OWN)
        first = np.full(len(self.days), NEVER)
        np.minimum.at(first, np.repeat(np.arange(len(self.days)), self._many)[told], self.known_at[told])
        return self.days[first < NEVER], first[first < NEVER]

    def ever_since(self, targets: Ints, before: bool = False) -> Ints:
        """Since when a number of the target's day or an older one has been known; `before`: without the new rows."""
        counts = self.number & ~self.new if before else self.number
        since = np.minimum.accumulate(np.where(counts, self.known_at, NEVER)) if len(self.days) else self.days
        last = np.searchsorted(self.period, targets, "right") - 1
        found = np.full(len(targets), NEVER)
        found[last >= 0] = since[last[last >= 0]]
        return found

    def places(self, oldest: Ints, newest: Ints) -> tuple[Ints, Ints]:
        """[from, to) among `days` of every span of days."""
        return np.searchsorted(self.days, oldest, "left"), np.searchsorted(self.days, newest, "right")

    def moment(self, at: Ints) -> Ints:
        """How many of `instants` had come by each instant."""
        return np.searchsorted(self.instants, at, "right")

    def newest(self, oldest: Ints, newest: Ints, at: Ints) -> Ints:
        """The row of the newest day of each span that stands at the instant; NO_ROW without one."""
        first, last = self.places(oldest, newest)
        moment = self.moment(at)
        found = np.full(len(at), NO_ROW)
        left = np.flatnonzero(last > first)
        place = last[left] - 1
        while len(left):
            row = self._at(place, moment[left])
            good = (row != NO_ROW) & self.stands[row]
            found[left[good]] = row[good]
            more = ~good & (place > first[left])
            left, place = left[more], place[more] - 1
        return found

    def first_told(self, row: Ints) -> Ints:
        """The first number of each row's day; the row itself where the day had none by then."""
        found = np.array(row)
        there = np.flatnonzero(row != NO_ROW)
        found[there] = np.minimum(row[there], self._first_number[row[there]])
        return found

    @cached_property
    def _first_number(self) -> Ints:
        """Of each row the row of its day's first number; NEVER where its day has none."""
        place = np.repeat(np.arange(len(self.days)), self._many)
        first = np.full(len(self.days), NEVER)
        numbers = np.flatnonzero(self.number)
        np.minimum.at(first, place[numbers], numbers)
        return first[place]

    def windows(self, oldest: Ints, newest: Ints, at: Ints, rows: int | None) -> Stretches:
        """The numbers of each span as known at the instant, oldest first, the last `rows` of them at most.

        Spans of one instant share what was known then: where every day is revised at once, as an index that is
        estimated anew each week is, each day is looked up once an instant and not once a window.
        """
        first, last = self.places(oldest, newest)
        last = np.maximum(first, last)
        moments, page = np.unique(self.moment(at), return_inverse=True)
        low, high = np.full(len(moments), len(self.days)), np.zeros(len(moments), dtype=np.int64)
        np.minimum.at(low, page, first)
        np.maximum.at(high, page, last)
        if (high - low).sum() > (last - first).sum():  # far apart: each span for itself
            moments, page, low, high = self.moment(at), np.arange(len(at)), first, last
        sizes = np.maximum(high - low, 0)
        begins = np.concatenate([[0], np.cumsum(sizes)])
        row = self._at(ranges(low, sizes), np.repeat(moments, sizes))
        kept = (row != NO_ROW) & self.number[row] if len(row) else np.zeros(0, dtype=bool)
        before = np.concatenate([[0], np.cumsum(kept)])  # rows kept before each place of the pages
        start, end = (before[begins[page] + places - low[page]] for places in (first, last))
        return Stretches(row[kept], start if rows is None else np.maximum(start, end - rows), end)

    def _at(self, place: Ints, moment: Ints) -> Ints:
        """The last row of each day (a place among `days`) that was known by the moment; NO_ROW before the first."""
        row = np.asarray(self._first[place])
        many = self._many[place] > 1
        row[many] = np.searchsorted(self._place, place[many] * self._step + moment[many], "left") - 1
        known = (row >= self._first[place]) & (self._place[row] < place * self._step + moment)
        return np.where(known, row, NO_ROW)

    def digests(self, rows: Ints) -> Words:
        """Of each of `rows` two 64-bit words that stand for it: source, period, known_at, value."""
        wanted = np.zeros(len(self.period), dtype=bool)
        wanted[rows] = True
        fresh = np.flatnonzero(wanted & ~self._digested)
        begun = blake2b(self.source.encode(), digest_size=16)
        text = packed(self.period[fresh], self.known_at[fresh], self.value[fresh])
        words = bytearray()
        for start in range(0, len(text), ROW_BYTES):
            one = begun.copy()
            one.update(text[start : start + ROW_BYTES])
            words += one.digest()
        self._digests[fresh] = np.frombuffer(bytes(words), dtype="<u8").reshape(-1, 2)
        self._digested[fresh] = True
        return self._digests[rows]


def packed(period: Ints, known_at: Ints, value: Floats) -> bytes:
    """Rows as ROW_BYTES each: period, known_at, value; little endian, one NaN for all that is no number."""
    laid = np.empty((len(period), 3), dtype="<i8")
    laid[:, 0], laid[:, 1] = period, known_at
    laid[:, 2] = np.where(np.isnan(value), np.nan, value).astype("<f8").view("<i8")
    return laid.tobytes()


def ranges(start: Ints, sizes: Ints) -> Ints:
    """start, start + 1, ... of every size, one after the other."""
    ends = np.cumsum(sizes)
    found: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - sizes), sizes)
    return found
