"""A rule that could never fire, or would flap, is refused with a sentence; a good one is said back."""

from typing import Any

import pytest

from liquidity_platform.realtime.rules.explain import explain
from liquidity_platform.realtime.rules.validation import RuleRefused, parse_rule

PRICE = {"rule_type": "threshold", "condition": "above", "threshold": 4500}
UP = {"rule_type": "cross_level", "direction": "up", "level": 4500}


def rule(kind: str, instrument: str = "fut.es", **said: Any) -> dict[str, Any]:
    """A posted rule."""
    return {"instrument": instrument, "rule_type": kind, **said}


def threshold(instrument: str = "fut.es", **said: Any) -> dict[str, Any]:
    """A posted threshold."""
    return rule("threshold", instrument, **{"condition": "above", "threshold": 4500, **said})


def composite(when: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A posted composite."""
    return rule("composite", when=when, **said)


REFUSED = [
    (threshold("fut.zz"), "no instrument 'fut.zz'"),
    (threshold(condition="below", threshold=-1), "give a threshold above 0"),
    (threshold(threshold=0), "always true"),
    (threshold(hysteresis={"by": 0}), "give hysteresis.by above 0"),
    (threshold(hysteresis={"by": 0.1, "unit": "price"}), "smaller than one tick of ES"),
    (threshold(hysteresis={"by": 0.5}), "smaller than one tick"),
    (threshold(threshold=1, hysteresis={"by": 2, "unit": "price"}), "give a smaller hysteresis"),
    (threshold("int.tick", threshold=500, hysteresis={"by": 1, "unit": "percent"}), "in ticks or price"),
    (threshold(mode="level"), "give repeat_s"),
    (threshold(mode="level", repeat_s=0), "give repeat_s"),
    (threshold(repeat_s=5), "belongs to level mode"),
    (threshold(threshold=float("nan")), "threshold"),
    (threshold(colour="red"), "colour"),
    (threshold(condition="sideways"), "condition"),
    (threshold(quiet_hours={"start": "22:00", "end": "06:00", "zone": "Mars/Olympus"}), "no zone"),
    (threshold(quiet_hours={"start": "22:00", "end": "22:00"}), "neither never nor always"),
    (rule("moonphase"), "moonphase"),
    (rule("cross_level", direction="up", level=-5), "cannot cross"),
    (rule("cross_level", direction="up", level=4500, cooldown_s=0), "give cooldown_s"),
    (rule("cross_average", direction="up", average={"n": 1, "interval_s": 60}), "between 2 and"),
    (rule("cross_average", direction="up", average={"n": 20, "interval_s": 1}), "interval_s must be"),
    (rule("average_cross", direction="up", interval_s=60, fast_n=20, slow_n=5), "fast_n less than slow_n"),
    (rule("rate_of_change", condition="above", threshold=1, window_s=0.1), "window_s must be between 1"),
    (rule("rate_of_change", condition="above", threshold=1, window_s=10, tolerance_s=60), "tolerance_s"),
    (rule("rate_of_change", "int.add", condition="above", threshold=1, window_s=10), "use mode abs"),
    (rule("rate_of_change", condition="below", threshold=-100, window_s=10), "above -100"),
    (rule("rate_of_change", condition="above", threshold=0, window_s=10), "give hysteresis"),
    (rule("rate_of_change", condition="above", threshold=1, window_s=2, mode="sigma"), "bars of the window"),
    (rule("volume_spike", "idx.spx", interval_s=60, k=3), "no traded volume"),
    (rule("volume_spike", "int.tick", interval_s=60, k=3), "no traded volume"),
    (rule("volume_spike", interval_s=60, k=1), "k above 1"),
    (composite({"all": [PRICE, {**PRICE, "condition": "below", "threshold": 4400}]}), "cannot be above 4500 and below"),
    (composite({"all": [PRICE, {"all": [{**PRICE, "condition": "below", "threshold": 4}]}]}), "cannot be above"),
    (composite({"all": [PRICE, UP]}), "add within_s"),
    (composite({"all": [PRICE, UP], "within_s": 0}), "at least 1"),
    (composite({"sequence": [PRICE, UP], "within_s": 0}), "can never fire"),
    (composite({"sequence": [UP, UP], "within_s": 5}), "waits for the same moment"),
    (composite({"not": UP}), "negate a threshold"),
    (composite({"macro": "m", "condition": "above", "threshold": 0}), "add a condition on an instrument"),
    (composite({"all": [PRICE, {"macro": "m"}]}), "give either"),
    (composite({"all": [PRICE, {"macro": "m", "condition": "above", "threshold": 1, "is": "X"}]}), "give either"),
    (composite(PRICE, rearm_s=0), "at least 1 second"),
    (composite({"not": {"not": {"not": {"not": {"not": {"not": PRICE}}}}}}), "nest deeper"),
    (composite({**PRICE, "instrument": "fut.zz"}), "no instrument 'fut.zz'"),
]


@pytest.mark.parametrize(("said", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_a_rule_that_cannot_be_meant_is_refused_with_what_to_change(said: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleRefused, match=reason) as refused:
        parse_rule(said)
    assert "\n" not in str(refused.value)


def test_oil_and_the_internals_may_be_negative() -> None:
    parse_rule(threshold("fut.cl", condition="below", threshold=-5))
    parse_rule(threshold("int.tick", condition="below", threshold=-1000))


EXPLAINED = [
    (
        threshold(),
        "Fires once when ES (E-mini S&P 500) rises to 4,500 or above; again only after going back down to 4,499; "
        "at most one alert in 1 minute.",
    ),
    (
        rule("cross_average", direction="up", average={"n": 20, "interval_s": 300}, cooldown_s=0, active=False),
        None,
    ),
    (
        composite({"all": [PRICE, {"macro": "us.net_liquidity.weekly.d4w", "condition": "below", "threshold": 0}]}),
        "Fires when ES (E-mini S&P 500) is at 4,500 or above and us.net_liquidity.weekly.d4w is at or below 0 (as "
        "known then, at most 10 days old, else unknown); again after that was not so for 1 minute; at most one alert "
        "in 1 minute.",
    ),
    (
        rule("volume_spike", interval_s=60, k=3, min_size=500, cooldown_s=0),
        "Fires once an interval when ES (E-mini S&P 500) trades at least 3 times the median of the same 1 minute in "
        "the last 20 sessions and at least 500.",
    ),
]


@pytest.mark.parametrize(("said", "words"), [pair for pair in EXPLAINED if pair[1]])
def test_a_rule_is_said_back_in_plain_words(said: dict[str, Any], words: str) -> None:
    assert explain(parse_rule(said)) == words


@pytest.mark.parametrize(
    "said",
    [
        threshold(mode="level", repeat_s=60),
        rule("cross_level", direction="either", level=4500),
        rule("cross_average", direction="up", average={"n": 20, "interval_s": 300}),
        rule("average_cross", direction="down", interval_s=60, fast_n=5, slow_n=20, on="tick"),
        rule("rate_of_change", condition="below", threshold=-1, window_s=60, mode="sigma", rearm_s=30),
        rule("session_break", side="low"),
        composite({"sequence": [UP, {"any": [PRICE, {"not": PRICE}]}], "within_s": 30}),
        composite({"all": [UP, PRICE], "within_s": 30}, quiet_hours={"start": "22:00", "end": "06:00"}),
        composite({"any": [PRICE, {"macro": "us.regime", "is": "EXPANSION"}]}, active=False),
    ],
)
def test_every_kind_can_be_explained(said: dict[str, Any]) -> None:
    words = explain(parse_rule(said))
    assert words.startswith("Fires ")
    assert words.endswith(".")
    assert "None" not in words
