"""From what feeds say to ticks: deduplicated, judged, flagged, numbered. One normalizer a process, on its loop.

    duplicate      same instrument, event time, volume and price (quotes: bid and ask): dropped, counted
    late           older than the newest event by more than the watermark: kept, flagged LATE, counted
    size           what the feed says, else the difference of the session's running volume
    volume falls   flagged VOLUME_RESET, size unknown: a correction or a new session
    first again    after a connect or a gap: flagged AFTER_GAP, size unknown
    implausible    NaN, out of range, a jump beyond belief (unless the next update confirms it): dropped, counted
    between        the session's high or low moved beyond every price seen: a tick of its own just before, so that a
                   level crossed and recrossed between two conflated updates is not missed

Belongs here: that judgement, and silence. Keep out: protocols, bounds (feeds/traits.py), hours (feeds/silence.py).
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.feeds.silence import Missing, missing
from liquidity_platform.realtime.feeds.traits import Traits, traits_of
from liquidity_platform.realtime.ticks import Tick, TickFlags

_AFTER_GAP, _LATE, _RESET = int(TickFlags.AFTER_GAP), int(TickFlags.LATE), int(TickFlags.VOLUME_RESET)
_BACKFILLED = int(TickFlags.BACKFILLED)
_REMEMBERED: Final = 1024  # updates of an instrument among which a duplicate is recognised
_AHEAD_US: Final = 60_000_000  # how far an event may lie after its receipt: clocks differ, but not so much
_WIDER_AFTER_GAP: Final = 3.0  # jumps over a night or a weekend
_AGREE: Final = 0.2  # of the allowed jump: two odd prices this close confirm each other

Key = tuple[object, ...]


@dataclass(slots=True)
class _State:
    """What is remembered of one instrument."""

    traits: Traits
    seq: int = 0
    newest: int = 0  # event time, microseconds UTC
    heard: int | None = None  # receipt of the last accepted update
    price: float | None = None
    volume: float | None = None
    volume_at: int = 0
    high: float | None = None  # of the session, by what was told and by prices shown
    low: float | None = None
    told_high: float | None = None
    told_low: float | None = None
    odd: float | None = None  # a rejected jump, waiting for its confirmation
    gap: bool = True
    keys: set[Key] = field(default_factory=set)
    order: deque[Key] = field(default_factory=deque)


class Normalizer:
    """Turns updates into ticks. `watermark_s`: seconds an event may be older than the newest one and still count."""

    def __init__(self, watermark_s: float = 2.0, extremes: bool = True) -> None:
        """`extremes` False: no ticks of their own for a session's high or low."""
        self._watermark_us = round(watermark_s * 1_000_000)
        self._extremes = extremes
        self._states: dict[str, _State] = {}
        self.counts: Counter[str] = Counter()
        """ticks, duplicates, late, resets, gaps, between, backfilled; and `rejected: <reason>`."""

    def ticks(self, raw: RawUpdate) -> Sequence[Tick]:
        """The ticks of one update, oldest first: mostly one, none for what is dropped. Never raises."""
        state = self._states.get(raw.instrument)
        if state is None:
            state = self._states[raw.instrument] = _State(traits_of(raw.instrument))
        if raw.flags & _AFTER_GAP:
            state.gap = True
        if _is_duplicate(state, raw):  # first: a repeated odd price must not confirm itself
            self.counts["duplicates"] += 1
            return ()
        if reason := self._objection(state, raw):
            self.counts[f"rejected: {reason}"] += 1
            return ()
        if raw.flags & _BACKFILLED:
            self.counts["backfilled"] += 1
            return (self._tick(state, raw, raw.price if raw.trade else None, _own_size(raw), raw.flags & ~_AFTER_GAP),)
        return self._live(state, raw)

    def gap(self, instruments: Iterable[str] | None = None) -> None:
        """What came before is unknown: the next tick of these (default all) is flagged AFTER_GAP."""
        for name in self._states if instruments is None else instruments:
            if name in self._states:
                self._states[name].gap = True

    def missing(self, instruments: Iterable[str], at: int) -> list[Missing]:
        """Which of these ids have been silent for longer than their limit inside their session at `at` (us)."""
        return missing({name: state.heard for name, state in self._states.items()}, instruments, at)

    def _live(self, state: _State, raw: RawUpdate) -> Sequence[Tick]:
        flags, size, price = raw.flags & ~_AFTER_GAP, None, raw.price if raw.trade else None
        state.heard = raw.received_at
        if raw.event_at < state.newest - self._watermark_us:
            flags |= _LATE
            self.counts["late"] += 1
        state.newest = max(state.newest, raw.event_at)
        if raw.trade:
            size, reset = self._size(state, raw)
            flags |= _RESET if reset else 0
        extra = self._between(state, raw, flags) if self._extremes and not flags & _LATE else ()
        if state.gap:
            flags |= _AFTER_GAP
        if not flags & _LATE:  # a late tick ends no gap and is nobody's price before
            self.counts["gaps"] += state.gap
            state.gap = False
            state.price = state.price if price is None else price
        tick = self._tick(state, raw, price, size, flags)
        return (*extra, tick) if extra else (tick,)

    def _tick(self, state: _State, raw: RawUpdate, price: float | None, size: float | None, flags: int) -> Tick:
        state.seq += 1
        self.counts["ticks"] += 1
        return Tick(
            raw.instrument, raw.event_at, raw.received_at, price, size, _quoted(raw.bid), _quoted(raw.ask),
            state.seq, flags,
        )  # fmt: skip

    def _size(self, state: _State, raw: RawUpdate) -> tuple[float | None, bool]:
        """What traded since the tick before, and whether the running volume went back."""
        volume = _quoted(raw.volume)
        before, before_at = state.volume, state.volume_at
        size = _own_size(raw)
        if volume is None or volume < 0:
            return size, False
        if before is not None and volume < before and raw.event_at < before_at and not state.gap:
            return size, False  # out of order: a later update has counted this volume already
        state.volume, state.volume_at = volume, raw.event_at
        if before is None:
            return size, False
        if volume < before:
            self.counts["resets"] += 1
            return size, True
        if size is None and volume > before and not state.gap:
            size = volume - before
        return size, False

    def _between(self, state: _State, raw: RawUpdate, flags: int) -> Sequence[Tick]:
        """Ticks for a high or low of the session that no update showed as a price."""
        if raw.high == state.told_high and raw.low == state.told_low and not state.gap and not flags & _RESET:
            _widen(state, raw)  # nothing new was told: the usual case, kept cheap
            return ()
        high, low, price = _quoted(raw.high), _quoted(raw.low), raw.price if raw.trade else None
        seen, told, last = (state.high, state.low), (state.told_high, state.told_low), state.price
        state.told_high, state.told_low = high, low
        back = _moved_in(told, (high, low))  # a new session, or a correction
        if state.gap or back or flags & _RESET or last is None:
            state.high, state.low = _most(max, high, price), _most(min, low, price)
            return ()
        state.high, state.low = _most(max, seen[0], high, price), _most(min, seen[1], low, price)
        shown = (_most(max, seen[0], price), _most(min, seen[1], price))
        found = [high] if high is not None and seen[0] is not None and high > (shown[0] or 0.0) else []
        found += [low] if low is not None and seen[1] is not None and low < (shown[1] or 0.0) else []
        found = [level for level in found if state.traits.in_range(level) and not state.traits.absurd(level, last)]
        if found:
            self.counts["between"] += len(found)
        return [self._tick(state, raw, level, None, flags) for level in found]

    def _objection(self, state: _State, raw: RawUpdate) -> str | None:
        """Why an update cannot be believed."""
        if raw.event_at <= 0:
            return "no time"
        if raw.event_at > raw.received_at + _AHEAD_US:
            return "from the future"
        if not raw.trade:
            return None
        if raw.price is None:
            return "no price"
        if not state.traits.in_range(raw.price):
            return "price out of range" if math.isfinite(raw.price) else "price not a number"
        if raw.flags & _BACKFILLED or state.price is None:
            return None
        if not state.traits.absurd(raw.price, state.price, _WIDER_AFTER_GAP if state.gap else 1.0):
            state.odd = None
            return None
        confirmed = state.odd is not None and not state.traits.absurd(raw.price, state.odd, _AGREE)
        state.odd = None if confirmed else raw.price
        return None if confirmed else "jump beyond belief"


def _is_duplicate(state: _State, raw: RawUpdate) -> bool:
    """Whether this update was among the last ones; it is now in any case."""
    key: Key
    if raw.trade:
        key = (raw.event_at, raw.price, raw.volume, raw.flags & _BACKFILLED)
    else:
        key = (raw.event_at, raw.bid, raw.ask, raw.high, raw.low)
    if key in state.keys:
        return True
    state.keys.add(key)
    state.order.append(key)
    if len(state.order) > _REMEMBERED:
        state.keys.discard(state.order.popleft())
    return False


def _widen(state: _State, raw: RawUpdate) -> None:
    """A price shown belongs to the session's range, whether or not the feed has said so yet."""
    if raw.trade and raw.price is not None:
        if state.high is not None and raw.price > state.high:
            state.high = raw.price
        elif state.low is not None and raw.price < state.low:
            state.low = raw.price


def _quoted(number: float | None) -> float | None:
    """A number, or None for what is none."""
    return number if number is not None and math.isfinite(number) else None


def _own_size(raw: RawUpdate) -> float | None:
    """The trade's own size; none or nonsense is unknown."""
    size = _quoted(raw.size)
    return size if size is not None and size > 0 else None


def _most(pick: Callable[[Iterable[float]], float], *numbers: float | None) -> float | None:
    known = [number for number in numbers if number is not None]
    return pick(known) if known else None


def _moved_in(before: tuple[float | None, float | None], now: tuple[float | None, float | None]) -> bool:
    """Whether a session's range became narrower, which one session's cannot."""
    lower_high = before[0] is not None and now[0] is not None and now[0] < before[0]
    higher_low = before[1] is not None and now[1] is not None and now[1] > before[1]
    return lower_high or higher_low
