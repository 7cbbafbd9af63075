"""What finance guide 4.9 says a rule does, one sentence a test."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from liquidity_platform.realtime.rules.engine import Engine
from liquidity_platform.realtime.rules.firing import Firing
from liquidity_platform.realtime.rules.validation import parse_rule
from liquidity_platform.realtime.ticks import Tick, TickFlags

SECOND = 1_000_000


def at(text: str) -> int:
    """Microseconds of a UTC wall time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * SECOND)


NOON = at("2024-06-12 16:00:00")  # noon in New York, everything trades
ABOVE: dict[str, Any] = {"rule_type": "threshold", "condition": "above", "threshold": 4500, "hysteresis": {"by": 4}}


def engine(*rules: dict[str, Any], instrument: str = "fut.es", stale_s: float = 60) -> Engine:
    """An engine with these rules, numbered from 1."""
    made = Engine({instrument: stale_s})
    for rule_id, rule in enumerate(rules, 1):
        made.add(rule_id, parse_rule({"instrument": instrument, **rule}))
    return made


def play(made: Engine, *prices: float, start: int = NOON, step: float = 1, flags: int = 0) -> list[Firing]:
    """What fires on ticks `step` seconds apart."""
    fired: list[Firing] = []
    for number, price in enumerate(prices):
        moment = start + round(number * step * SECOND)
        fired += made.on_tick(Tick("fut.es", moment, moment, price, 1.0, seq=number, flags=flags))
    return fired


def instants(fired: list[Firing]) -> list[float]:
    """Seconds after noon."""
    return [(firing.at_us - NOON) / SECOND for firing in fired]


def test_an_edge_fires_on_false_to_true_and_equality_is_above() -> None:
    assert instants(play(engine(ABOVE), 4499, 4500, 4501)) == [1]


def test_a_first_tick_that_is_above_already_fires_nothing_until_it_came_back() -> None:
    assert instants(play(engine(ABOVE), 4501, 4499.5, 4500, 4499, 4500)) == [4]


def test_an_edge_rearms_only_after_the_hysteresis_held_for_its_time() -> None:
    rule = {**ABOVE, "rearm_s": 3}
    assert instants(play(engine(rule), 4499, 4500, 4499, 4500, 4499, 4499, 4499, 4500)) == [1, 7]


def test_level_mode_repeats_while_true() -> None:
    rule = {"rule_type": "threshold", "condition": "below", "threshold": 4500, "mode": "level", "repeat_s": 2}
    assert instants(play(engine(rule), 4499, 4499, 4499, 4501, 4500)) == [0, 2, 4]


def test_a_gap_across_a_level_is_one_cross_and_equality_belongs_to_the_arrival() -> None:
    rule = {"rule_type": "cross_level", "direction": "either", "level": 4500}
    fired = play(engine(rule), 4490, 4510, 4500, 4500, 4490, 4500)
    assert [(f.condition, (f.at_us - NOON) // SECOND) for f in fired] == [("up", 1), ("down", 2), ("up", 5)]


@pytest.mark.parametrize("flag", [TickFlags.LATE, TickFlags.BACKFILLED, TickFlags.DELAYED, TickFlags.AFTER_GAP])
def test_late_backfilled_delayed_and_first_ticks_fire_nothing(flag: TickFlags) -> None:
    made = engine(ABOVE)
    play(made, 4499)
    assert play(made, 4501, start=NOON + SECOND, flags=int(flag)) == []


def test_a_delayed_tick_makes_rules_unknown_and_the_next_live_one_fires_no_edge() -> None:
    made = engine(ABOVE)
    play(made, 4499)
    play(made, 4499, start=NOON + SECOND, flags=int(TickFlags.DELAYED))
    assert made.unknown() == ["fut.es"]
    assert play(made, 4501, start=NOON + 2 * SECOND) == []
    assert made.unknown() == []


def test_a_feed_silent_for_longer_than_its_limit_makes_its_rules_unknown() -> None:
    made = engine(ABOVE)
    play(made, 4499)
    made.on_time(NOON + 61 * SECOND)
    assert made.unknown() == []  # the clock is two seconds ahead of event time
    made.on_time(NOON + 63 * SECOND)
    assert made.unknown() == ["fut.es"]
    assert play(made, 4501, start=NOON + 64 * SECOND) == []


def test_silence_is_seen_without_the_clock_being_asked() -> None:
    made = engine(ABOVE)
    assert play(made, 4499, 4501, step=61) == []
    assert instants(play(made, 4499, 4501, start=NOON + 62 * SECOND)) == [63]


def test_silence_over_a_closed_market_is_no_staleness_and_the_crossing_is_marked() -> None:
    made = engine({"rule_type": "cross_level", "direction": "up", "level": 4500})
    assert play(made, 4499, start=at("2024-06-14 20:59:59")) == []  # Friday, 16:59:59 in New York
    made.on_time(at("2024-06-15 12:00:00"))
    assert made.unknown() == []
    fired = play(made, 4501, start=at("2024-06-16 22:00:01"))
    assert [firing.context for firing in fired] == [{"gap_cross": True}]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2024-03-08 21:59:59", "2024-03-10 22:00:00"),  # winter time on Friday, summer time on Sunday
        ("2024-11-01 20:59:59", "2024-11-03 23:00:00"),  # and back
    ],
)
def test_globex_reopens_at_18_new_york_time_on_the_sunday_the_clocks_change(last: str, first: str) -> None:
    made = engine({"rule_type": "cross_level", "direction": "up", "level": 4500}, stale_s=30)
    play(made, 4499, start=at(last))
    made.on_time(at(first) + 31 * SECOND)
    assert made.unknown() == []
    assert play(made, 4501, start=at(first) + 30 * SECOND)[0].context == {"gap_cross": True}


def test_a_restart_within_the_stale_limit_goes_on_where_it_was() -> None:
    made = engine(ABOVE)
    play(made, 4499)
    saved = json.loads(json.dumps(made.state()))
    after = engine(ABOVE)
    after.restore(saved, NOON + 30 * SECOND)
    fired = play(after, 4501, start=NOON + 31 * SECOND, flags=int(TickFlags.AFTER_GAP))
    assert instants(fired) == [31]  # the feed calls its first tick after a connect one after a gap


@pytest.mark.parametrize("seconds", [61, 3_600])
def test_a_restart_after_the_stale_limit_starts_unknown(seconds: int) -> None:
    made = engine(ABOVE)
    play(made, 4499)
    after = engine(ABOVE)
    after.restore(json.loads(json.dumps(made.state())), NOON + seconds * SECOND)
    assert after.unknown() == ["fut.es"]
    assert play(after, 4501, start=NOON + (seconds + 1) * SECOND) == []


def test_a_rule_that_changed_while_the_process_was_down_starts_cold() -> None:
    made = engine(ABOVE)
    play(made, 4499, 4500)
    after = engine({**ABOVE, "threshold": 4499.5})
    after.restore(json.loads(json.dumps(made.state())), NOON + 2 * SECOND)
    assert instants(play(after, 4501, 4498, 4499.5, start=NOON + 2 * SECOND)) == [4]


def test_a_rule_added_with_a_known_price_fires_on_the_very_next_tick() -> None:
    made = engine()
    play(made, 4499)
    made.add(7, parse_rule({"instrument": "fut.es", **ABOVE}))
    assert instants(play(made, 4500, start=NOON + SECOND)) == [1]


def test_a_removed_rule_fires_no_more_and_leaves_nothing_behind() -> None:
    many = [
        {"rule_type": "rate_of_change", "condition": "above", "threshold": 1, "window_s": 60},
        {"rule_type": "volume_spike", "interval_s": 60, "k": 2},
        {"rule_type": "cross_average", "direction": "up", "average": {"n": 3, "interval_s": 60}, "on": "tick"},
        {"rule_type": "session_break", "side": "high"},
        ABOVE,
    ]
    made = engine(*many)
    play(made, 4499)
    for rule_id in range(1, 6):
        made.remove(rule_id)
    assert play(made, 4501, start=NOON + SECOND) == []
    market = made._markets["fut.es"]
    left = [market.bars, market.rates, market.volumes, market.extremes, market.on_ticks]
    assert not any(left)
    assert not market.last.everyone


def test_a_clock_that_jumps_back_makes_what_was_before_unknown() -> None:
    made = engine(ABOVE)
    play(made, 4499, start=NOON + 3600 * SECOND)
    assert play(made, 4501) == []
    assert instants(play(made, 4499, 4500, start=NOON + SECOND)) == [2]


def test_an_average_carries_over_an_empty_interval_and_says_so() -> None:
    made = engine({"rule_type": "cross_average", "direction": "up", "average": {"n": 2, "interval_s": 60}}, stale_s=600)
    fired = play(made, 4500, 4490, start=NOON, step=60)
    fired += play(made, 4510, 4511, start=NOON + 180 * SECOND, step=60)
    assert [(f.value, f.threshold, f.at_us, f.context) for f in fired] == [
        (4510, 4500.0, NOON + 240 * SECOND, {"carried": True})
    ]


def test_the_clock_closes_a_bar_with_the_same_firing_the_next_tick_would_give() -> None:
    rule = {"rule_type": "cross_average", "direction": "up", "average": {"n": 2, "interval_s": 60}}
    asked, waited = engine(rule), engine(rule)
    for made in (asked, waited):
        play(made, 4500, 4490, 4510, step=60)
    assert asked.on_time(NOON + 181 * SECOND) == []
    fired = asked.on_time(NOON + 182 * SECOND)
    assert fired
    assert fired == play(waited, 4511, start=NOON + 190 * SECOND)


def test_backfilled_ticks_mend_bars() -> None:
    rule = {"rule_type": "cross_average", "direction": "up", "average": {"n": 2, "interval_s": 60}, "on": "tick"}
    made = engine(rule, stale_s=600)
    play(made, 4500, start=NOON)
    play(made, 4490, start=NOON + 180 * SECOND)
    play(made, 4520, start=NOON + 61 * SECOND, flags=int(TickFlags.BACKFILLED))
    assert play(made, 4490, 4515, start=NOON + 181 * SECOND) == []  # 4515 is below (4520 + 4515) / 2
    assert instants(play(made, 4521, start=NOON + 185 * SECOND)) == [185]


def test_a_macro_leaf_counts_from_its_known_at_and_until_its_max_age() -> None:
    leaf = {"macro": "us.net_liquidity.weekly.d4w", "condition": "below", "threshold": 0, "max_age_days": 1}
    price = {"rule_type": "threshold", "condition": "above", "threshold": 4500}
    made = engine({"rule_type": "composite", "rearm_s": 1, "when": {"all": [price, leaf]}})
    play(made, 4501)
    row = ("us.net_liquidity.weekly.d4w", date(2024, 6, 11), -1.0, "COMPLETE", None)
    made.on_macro(*row, NOON + 10 * SECOND)
    assert play(made, 4499, 4501, start=NOON + 5 * SECOND) == []  # not known yet
    assert instants(play(made, 4499, 4501, start=NOON + 11 * SECOND)) == [12]
    tomorrow = at("2024-06-13 00:00:01")
    assert play(made, 4499, 4501, start=tomorrow) == []  # two days old, hence unknown


@pytest.mark.parametrize(("value", "fired"), [(None, []), (-1.0, [2])])
def test_a_null_macro_row_is_unknown_and_a_value_counts_without_an_optional_leg(
    value: float | None, fired: list[int]
) -> None:
    leaf = {"macro": "m", "condition": "below", "threshold": 0}
    price = {"rule_type": "threshold", "condition": "above", "threshold": 4500}
    made = engine({"rule_type": "composite", "when": {"all": [price, {"not": leaf}]}},
                  {"rule_type": "composite", "when": {"all": [price, leaf]}})  # fmt: skip
    made.on_macro("m", date(2024, 6, 12), value, "STALE_INPUT", None, NOON - SECOND)
    assert [firing.rule_id for firing in play(made, 4499, 4501)] == fired


def test_a_composite_reads_other_instruments_and_a_signal() -> None:
    vix = {"instrument": "idx.vix", "rule_type": "threshold", "condition": "above", "threshold": 20}
    price = {"rule_type": "threshold", "condition": "below", "threshold": 4500}
    when = {"all": [price, vix, {"macro": "us.regime", "is": "CONTRACTION"}]}
    made = engine({"rule_type": "composite", "when": when})
    made.on_macro("us.regime", date(2024, 6, 12), None, None, "CONTRACTION", NOON - SECOND)
    play(made, 4499)
    assert made.on_tick(Tick("idx.vix", NOON, NOON, 19.0)) == []
    fired = made.on_tick(Tick("idx.vix", NOON + SECOND, NOON + SECOND, 20.5))
    assert [(f.rule_id, f.instrument, f.value) for f in fired] == [(1, "fut.es", 4499)]
    assert [c["truth"] for c in fired[0].context["conditions"]] == [True, True, True]


def test_the_same_input_gives_the_same_firings_byte_for_byte() -> None:
    rules = [ABOVE, {"rule_type": "cross_level", "direction": "either", "level": 4500}]
    prices = [4499, 4500, 4499, 4501, 4500, 4499]
    one, two = (repr(play(engine(*rules), *prices, step=0)) for _ in range(2))
    assert one == two
    ids = [firing.edge_id for firing in play(engine(*rules), *prices, step=0)]
    assert len(ids) == len(set(ids)) > 3  # several at one instant


def test_an_instrument_nobody_knows_is_ignored() -> None:
    assert engine(ABOVE).on_tick(Tick("fut.zz", NOON, NOON, 1.0)) == []
