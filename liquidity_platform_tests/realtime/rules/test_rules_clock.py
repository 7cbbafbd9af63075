"""What clocks, daylight saving and sessions do makes no crossing: only prices do. One sentence a test.

Belongs here: time that jumps, stops and starts again. Keep out: what a rule says of prices (test_rules_semantics.py).
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.realtime.rules.engine import Engine
from liquidity_platform.realtime.rules.firing import Firing
from liquidity_platform.realtime.rules.validation import parse_rule
from liquidity_platform.realtime.ticks import Tick, TickFlags
from liquidity_platform_tests.drawing import draws
from liquidity_platform_tests.realtime.rules.test_rules_semantics import ABOVE, NOON, SECOND, at, engine, instants, play

HOUR = 3600 * SECOND
AVERAGE = {"n": 2, "interval_s": 60}
CROSS: dict[str, Any] = {"rule_type": "cross_level", "direction": "either", "level": 4500, "cooldown_s": 1}
KINDS: tuple[dict[str, Any], ...] = (
    ABOVE,
    CROSS,
    {"rule_type": "threshold", "condition": "below", "threshold": 4500, "hysteresis": {"by": 4}},
    {"rule_type": "cross_average", "direction": "either", "average": AVERAGE},
    {"rule_type": "cross_average", "direction": "either", "average": AVERAGE, "on": "tick"},
    {"rule_type": "average_cross", "direction": "either", "interval_s": 60, "fast_n": 2, "slow_n": 4},
    {"rule_type": "rate_of_change", "condition": "above", "threshold": 0.01, "window_s": 600},
    {"rule_type": "rate_of_change", "condition": "below", "threshold": -0.01, "window_s": 600},
    {"rule_type": "session_break", "side": "high", "after_open_s": 0},
    {"rule_type": "session_break", "side": "low", "after_open_s": 0},
    {"rule_type": "composite", "rearm_s": 1, "when": {"not": {"rule_type": "threshold", "condition": "below",
                                                             "threshold": 4500}}},
)  # fmt: skip
STARTS = ("2024-03-08 12:00:00", "2024-11-01 12:00:00", "2024-06-12 12:00:00", "2024-07-03 12:00:00")
_STEPS = st.sampled_from([0, 1, 30, 61, 121, 3600, 17 * 3600, 2 * 86_400, -1, -2, -3, -90, -3600, -86_400])
_FLAGS = st.sampled_from([0, 0, 0, 0, *(int(flag) for flag in TickFlags)])


def every_kind(instrument: str) -> Engine:
    made = Engine()
    for number, rule in enumerate(KINDS, 1):
        made.add(number, parse_rule({"instrument": instrument, "cooldown_s": 1, **rule}))
    return made


@draws(150)
@given(
    instrument=st.sampled_from(["fut.es", "idx.spx", "idx.vix", "crypto.btc"]), start=st.sampled_from(STARTS),
    price=st.sampled_from([4499.0, 4501.0]),
    steps=st.lists(st.tuples(_STEPS, st.booleans(), _FLAGS), min_size=5, max_size=80),
)  # fmt: skip
def test_a_price_that_stands_still_fires_nothing_whatever_the_clock_does(
    instrument: str, start: str, price: float, steps: list[tuple[int, bool, int]]
) -> None:
    made, now = every_kind(instrument), at(start)
    for number, (step, asked, flags) in enumerate(steps):
        now += step * SECOND
        tick = Tick(instrument, now, now, price, seq=number, flags=flags)
        assert (made.on_time(now) if asked else made.on_tick(tick)) == []


@draws(150)
@given(
    side=st.sampled_from([-1, 1]),
    steps=st.lists(st.tuples(_STEPS, st.booleans(), _FLAGS, st.integers(1, 40)), min_size=5, max_size=80),
)
def test_a_price_that_stays_on_its_side_of_a_level_never_crosses_it(
    side: int, steps: list[tuple[int, bool, int, int]]
) -> None:
    made, now = engine(ABOVE, CROSS), at(STARTS[0])
    for number, (step, asked, flags, away) in enumerate(steps):
        now += step * SECOND
        tick = Tick("fut.es", now, now, 4500.0 + side * away / 4, seq=number, flags=flags)
        assert (made.on_time(now) if asked else made.on_tick(tick)) == []


@pytest.mark.parametrize("last", ["2024-03-10 06:59:30", "2024-11-03 05:59:30"])
def test_the_hour_that_is_skipped_or_comes_twice_is_an_hour_like_any_other(last: str) -> None:
    made = every_kind("crypto.btc")
    fired: list[Firing] = []
    for number in range(240):  # half a minute a tick, an hour before and after the clocks change
        moment = at(last) - HOUR + number * 30 * SECOND
        price = 4499.0 if moment <= at(last) else 4501.0
        fired += made.on_tick(Tick("crypto.btc", moment, moment, price, seq=number))
    crossed = [firing for firing in fired if firing.rule_id == 2]
    assert [(firing.condition, firing.at_us) for firing in crossed] == [("up", at(last) + 30 * SECOND)]
    assert all(not firing.context.get("gap_cross") for firing in fired)


def test_a_clock_that_jumps_ahead_and_back_makes_unknown_and_fires_no_edge() -> None:
    made = engine(ABOVE, CROSS)
    play(made, 4499)
    assert made.on_time(NOON + HOUR) == []  # the machine's clock was set wrong ...
    assert made.unknown() == ["fut.es"]
    assert play(made, 4501, start=NOON + 5 * SECOND) == []  # ... and right again
    assert [f.rule_id for f in play(made, 4499, 4500, start=NOON + 6 * SECOND)] == [2, 1, 2]


def test_a_clock_that_jumps_back_hides_what_was_before_and_makes_no_crossing_of_it() -> None:
    made = engine(CROSS)
    assert instants(play(made, 4499, 4501, start=NOON + HOUR)) == [3601]
    assert play(made, 4499, 4498) == []


def test_ticks_that_swap_within_the_watermark_are_one_crossing_at_the_newest_time() -> None:
    made = engine(CROSS)
    play(made, 4499, start=NOON + 2 * SECOND)
    assert instants(play(made, 4501, start=NOON + SECOND)) == [2]
    assert play(made, 4501, start=NOON + 2 * SECOND) == []


@pytest.mark.parametrize("instrument", ["fut.es", "idx.spx"])
def test_a_session_that_reopens_above_a_level_is_one_crossing_marked_as_a_gap(instrument: str) -> None:
    made = engine(CROSS, instrument=instrument)
    close, reopen = {"fut.es": ("20:59:58", "22:00:00"), "idx.spx": ("19:59:58", "2024-06-13 13:30:00")}[instrument]
    moments = [at(f"2024-06-12 {close}"), at(reopen if " " in reopen else f"2024-06-12 {reopen}")]
    fired = []
    for number, (moment, price) in enumerate(
        [(moments[0], 4499.0), (moments[1], 4501.0), (moments[1] + SECOND, 4502.0)]
    ):
        fired += made.on_tick(Tick(instrument, moment, moment, price, seq=number))
        made.on_time(moment + SECOND)
    assert [(firing.at_us, firing.context) for firing in fired] == [(moments[1], {"gap_cross": True})]


def test_the_first_price_of_a_session_is_no_new_high_however_high() -> None:
    made = engine({"rule_type": "session_break", "side": "high", "after_open_s": 0}, instrument="fut.es")
    play(made, 4490, 4480, start=at("2024-06-12 20:59:50"))
    opened = at("2024-06-12 22:00:00")
    assert play(made, 4600, 4590, start=opened) == []
    assert [firing.value for firing in play(made, 4601, start=opened + 2 * SECOND)] == [4601]
