"""From updates to ticks: what is dropped, what is flagged, what is counted."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.ticks import TickFlags

T0, S = 1_700_000_000_000_000, 1_000_000


def trade(price, at=0.0, instrument="fut.es", **more):
    stamp = T0 + round(at * S)
    return RawUpdate(instrument, stamp, more.pop("received_at", stamp), True, price, **more)


def quote(bid, ask, at=0.0, **more):
    stamp = T0 + round(at * S)
    return RawUpdate("fut.es", stamp, stamp, False, 4500.0, bid=bid, ask=ask, **more)


def ticks_of(*updates, **options):
    normalizer = Normalizer(**options)
    return [tick for update in updates for tick in normalizer.ticks(update)], normalizer


def test_the_first_tick_and_the_first_after_a_gap_are_flagged():
    ticks, normalizer = ticks_of(
        trade(4500, 0), trade(4501, 1), trade(4502, 9, flags=int(TickFlags.AFTER_GAP)), trade(4503, 10)
    )
    assert [bool(tick.flags & TickFlags.AFTER_GAP) for tick in ticks] == [True, False, True, False]
    normalizer.gap()
    assert normalizer.ticks(trade(4504, 11))[0].flags & TickFlags.AFTER_GAP


def test_an_image_repeated_by_a_reconnect_is_a_duplicate_and_leaves_the_gap_marked():
    ticks, normalizer = ticks_of(
        trade(4500, 0, volume=10),
        trade(4500, 0, volume=10, flags=int(TickFlags.AFTER_GAP)),
        trade(4501, 5, volume=12),
    )
    assert [tick.flags for tick in ticks] == [TickFlags.AFTER_GAP, TickFlags.AFTER_GAP]
    assert normalizer.counts["duplicates"] == 1


def test_sizes_are_differences_of_the_running_volume():
    ticks, _ = ticks_of(
        trade(1, 0, volume=100), trade(1, 1, volume=103), trade(1, 2, volume=103.0), trade(1, 3, volume=110)
    )
    assert [tick.size for tick in ticks] == [None, 3, None, 7]


def test_a_volume_that_falls_is_a_reset_of_unknown_size():
    ticks, normalizer = ticks_of(trade(1, 0, volume=100), trade(1, 1, volume=4), trade(1, 2, volume=6))
    assert [tick.size for tick in ticks] == [None, None, 2]
    assert [bool(tick.flags & TickFlags.VOLUME_RESET) for tick in ticks] == [False, True, False]
    assert normalizer.counts["resets"] == 1


def test_disorder_is_no_reset_and_counts_no_volume_twice():
    ticks, normalizer = ticks_of(
        trade(50, 0, volume=100), trade(51, 1, volume=110), trade(50.5, 0.5, volume=105), trade(52, 2, volume=111)
    )
    assert [tick.size for tick in ticks] == [None, 10, None, 1]
    assert normalizer.counts["resets"] == 0
    assert not any(tick.flags & TickFlags.LATE for tick in ticks)


def test_volume_over_a_gap_is_not_put_into_one_tick():
    ticks, _ = ticks_of(trade(1, 0, volume=100), trade(1, 600, volume=9000, flags=int(TickFlags.AFTER_GAP)))
    assert [tick.size for tick in ticks] == [None, None]


def test_a_tick_older_than_the_watermark_is_late_and_ends_no_gap():
    ticks, normalizer = ticks_of(
        trade(10, 0),
        trade(10.1, 5),
        trade(10.2, 3.5),
        trade(10.3, 2.9, flags=int(TickFlags.AFTER_GAP)),
        trade(10.4, 6),
    )
    late = [bool(tick.flags & TickFlags.LATE) for tick in ticks]
    assert late == [False, False, False, True, False]
    assert ticks[-1].flags & TickFlags.AFTER_GAP
    assert normalizer.counts["late"] == 1


def test_the_watermark_is_a_setting():
    ticks, _ = ticks_of(trade(10, 5), trade(10, 3.5), watermark_s=1.0)
    assert ticks[1].flags & TickFlags.LATE


def test_repeats_are_dropped_even_out_of_order_but_equal_trades_are_not():
    one, two = trade(1, 0, volume=1), trade(1, 0, volume=2)
    ticks, normalizer = ticks_of(one, two, one, two)
    assert len(ticks) == 2
    assert normalizer.counts["duplicates"] == 2


def test_a_quote_has_no_price_and_keeps_both_sides():
    ticks, _ = ticks_of(trade(4500, 0), quote(4499.75, 4500.25, 1), quote(math.nan, math.inf, 2))
    assert (ticks[1].price, ticks[1].size, ticks[1].bid, ticks[1].ask) == (None, None, 4499.75, 4500.25)
    assert (ticks[2].bid, ticks[2].ask) == (None, None)


def test_sequence_numbers_grow_by_one_for_each_instrument():
    ticks, _ = ticks_of(trade(1, 0), trade(1, 0, "fut.cl"), trade(1.01, 1), trade(1, 2, "fut.cl"))
    assert [tick.seq for tick in ticks] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("instrument", "price", "kept"),
    [
        ("int.tick", -1200.0, True), ("int.add", -2000.0, True), ("int.add", 0.0, True), ("int.trin", 0.0, False),
        ("int.trin", 1.8, True), ("int.trin", -1.0, False), ("fut.cl", -37.63, True), ("fut.es", -1.0, False),
        ("fut.es", 0.0, False), ("fut.es", math.nan, False), ("fut.cl", math.inf, False), ("fut.cl", -math.inf, False),
        ("int.tick", 99_999.0, False), ("fut.es", None, False),
    ],
)  # fmt: skip
def test_each_instrument_has_its_own_sense_of_the_possible(instrument, price, kept):
    ticks, normalizer = ticks_of(trade(price, 0, instrument))
    assert len(ticks) == kept
    assert sum(count for name, count in normalizer.counts.items() if name.startswith("rejected: ")) == (not kept)


def test_a_jump_beyond_belief_is_dropped_until_it_is_confirmed():
    ticks, normalizer = ticks_of(trade(4500, 0), trade(45, 1), trade(4501, 2), trade(5100, 3), trade(5101, 4))
    assert [tick.price for tick in ticks] == [4500, 4501, 5101]
    assert normalizer.counts["rejected: jump beyond belief"] == 2


def test_the_same_odd_update_twice_confirms_nothing():
    ticks, _ = ticks_of(trade(4500, 0), trade(45, 1, volume=5), trade(45, 1, volume=5))
    assert [tick.price for tick in ticks] == [4500]


def test_crude_may_fall_through_zero_in_steps_no_percentage_allows():
    prices = [2.0, 0.5, -0.1, -3.0, -7.5, -12.0]
    ticks, _ = ticks_of(*(trade(price, n, "fut.cl") for n, price in enumerate(prices)))
    assert [tick.price for tick in ticks] == prices


def test_events_from_the_future_or_without_time_are_refused():
    ticks, normalizer = ticks_of(trade(1, 3600, received_at=T0), RawUpdate("fut.es", 0, T0, True, 1.0))
    assert not ticks
    assert normalizer.counts["rejected: from the future"] == normalizer.counts["rejected: no time"] == 1


def test_a_high_between_two_updates_becomes_a_tick_of_its_own():
    ticks, normalizer = ticks_of(
        trade(4499, 0, high=4499.5, low=4490.0),
        trade(4499.25, 1, high=4500.5, low=4490.0),  # 4500 was crossed and recrossed in between
        trade(4501.0, 2, high=4501.0, low=4490.0),
        quote(1.0, 2.0, 3, high=4501.0, low=4480.0),
    )
    assert [tick.price for tick in ticks] == [4499, 4500.5, 4499.25, 4501.0, 4480.0, None]
    assert normalizer.counts["between"] == 2


def test_a_price_shown_before_its_high_is_no_second_tick():
    ticks, _ = ticks_of(
        trade(4500, 0, high=4500.0, low=4500.0), trade(4505, 1, high=4500.0, low=4500.0),
        trade(4503, 2, high=4505.0, low=4500.0),
    )  # fmt: skip
    assert [tick.price for tick in ticks] == [4500, 4505, 4503]


@pytest.mark.parametrize("flags", [TickFlags.AFTER_GAP, TickFlags.NONE])
def test_extremes_of_a_new_session_or_after_a_gap_are_only_remembered(flags):
    ticks, _ = ticks_of(
        trade(4500, 0, high=4510.0, low=4490.0), trade(4505, 90_000, high=4505.5, low=4480.0, flags=int(flags))
    )
    assert [tick.price for tick in ticks] == [4500, 4505]


def test_flags_of_the_feed_are_kept_and_backfill_touches_nothing_live():
    ticks, normalizer = ticks_of(
        trade(4500, 100, volume=50, flags=int(TickFlags.DELAYED | TickFlags.SIMULATED)),
        trade(3000, 10, size=7, flags=int(TickFlags.BACKFILLED)),
        trade(4501, 101, volume=51),
    )
    assert ticks[0].flags == TickFlags.DELAYED | TickFlags.SIMULATED | TickFlags.AFTER_GAP
    assert (ticks[1].flags, ticks[1].size) == (TickFlags.BACKFILLED, 7)
    assert (ticks[2].flags, ticks[2].size) == (0, 1)
    assert normalizer.counts["backfilled"] == 1


@pytest.mark.parametrize("flags", [TickFlags.NONE, TickFlags.BACKFILLED])
@pytest.mark.parametrize("size", [math.inf, math.nan, 0.0, -3.0])
def test_a_size_that_is_none_is_unknown(size, flags):
    ticks, _ = ticks_of(trade(4500, 0, size=size, flags=int(flags)))
    assert ticks[0].size is None


def us(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * S


@pytest.mark.parametrize(
    ("instrument", "at", "reported"),
    [
        ("fut.es", "2026-03-08T17:59:00", False),  # Sunday of the change to daylight saving, before the open
        ("fut.es", "2026-03-08T18:01:00", False),  # just opened
        ("fut.es", "2026-03-08T18:05:00", True),
        ("fut.es", "2026-03-09T17:30:00", False),  # the daily pause
        ("fut.es", "2026-03-07T12:00:00", False),  # Saturday
        ("idx.spx", "2026-03-09T09:29:00", False),
        ("idx.spx", "2026-03-09T09:32:00", True),
        ("idx.spx", "2026-11-02T09:32:00", True),  # the Monday after standard time returned
        ("idx.spx", "2026-11-26T12:00:00", False),  # Thanksgiving
        ("int.tick", "2026-03-09T16:01:00", False),
    ],
)
def test_silence_is_reported_inside_the_session_only(instrument, at, reported):
    found = Normalizer().missing([instrument], us(at))
    assert [each.instrument for each in found] == [instrument] * reported


def test_silence_counts_from_the_last_tick():
    normalizer = Normalizer()
    at = us("2026-03-09T12:00:00")
    normalizer.ticks(RawUpdate("fut.es", at, at, True, 4500.0))
    assert normalizer.missing(["fut.es"], at + 30 * S) == []
    (silent,) = normalizer.missing(["fut.es"], at + 300 * S)
    assert (silent.last, silent.silent_s) == (at, 300.0)


numbers = st.none() | st.floats() | st.floats(min_value=1, max_value=1e4)
raws = st.builds(
    RawUpdate,
    instrument=st.sampled_from(["fut.es", "fut.cl", "int.tick", "idx.spx", "not.there"]),
    event_at=st.integers(-(2**40), 2**62) | st.integers(T0, T0 + 10 * S),
    received_at=st.integers(T0, T0 + 10 * S),
    trade=st.booleans(), price=numbers, size=numbers, volume=numbers, bid=numbers, ask=numbers, high=numbers,
    low=numbers, flags=st.integers(0, 127),
)  # fmt: skip


@given(st.lists(raws, max_size=40))
def test_whatever_comes_a_tick_holds_only_finite_numbers_and_counts_add_up(updates):
    ticks, normalizer = ticks_of(*updates)
    for tick in ticks:
        assert all(math.isfinite(n) for n in (tick.price, tick.size, tick.bid, tick.ask) if n is not None)
    counts = normalizer.counts
    dropped = counts["duplicates"] + sum(count for name, count in counts.items() if name.startswith("rejected"))
    assert len(ticks) == counts["ticks"] == len(updates) - dropped + counts["between"]
