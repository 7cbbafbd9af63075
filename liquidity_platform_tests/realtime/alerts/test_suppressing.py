"""Which firings are sent, and the reason for every other."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.alerts.suppressing import SECOND, Policy, Silence, Suppressor

NOON = int(datetime(2026, 3, 2, 17, tzinfo=UTC).timestamp()) * SECOND  # 12:00 in New York


def alert(edge: str, after_s: float = 0, rule: int = 1, **other: Any) -> Alert:
    given = {"value": 4500.0, "condition": "above", "instrument": "fut.es", **other}
    return Alert(
        rule, f"rule-{rule}", 1, "name", "threshold", edge_id=edge, fired_at=NOON + int(after_s * SECOND),
        threshold=4500.0, severity="info", message="", **given,
    )  # fmt: skip


def test_without_a_policy_every_new_edge_is_sent_and_a_repeated_one_is_not() -> None:
    suppressor = Suppressor()
    assert suppressor.reason(alert("a"), Policy()) is None
    assert suppressor.reason(alert("b", 0.1), Policy()) is None
    assert str(suppressor.reason(alert("a"), Policy())).startswith("duplicate: this very edge")


def test_an_alert_has_one_id_whoever_finds_it() -> None:
    assert alert("a").uid == alert("a", 5, value=1.0).uid
    assert len({alert("a").uid, alert("b").uid, alert("a", rule=2).uid, alert("a", instrument="fut.nq").uid}) == 4


def test_a_cooldown_counts_from_what_was_sent_for_its_rule_and_instrument() -> None:
    suppressor, policy = Suppressor(), Policy(cooldown_s=60)
    assert suppressor.reason(alert("a"), policy) is None
    assert suppressor.reason(alert("b", 59.9), policy) == "cooldown: sent 59.9 s ago (cooldown 60 s)"
    assert suppressor.reason(alert("c", 59.9, instrument="fut.nq"), policy) is None
    assert suppressor.reason(alert("d", 59.9, rule=2), policy) is None
    assert suppressor.reason(alert("e", 60), policy) is None
    assert suppressor.reason(alert("f", 61), policy) is not None


def test_the_same_words_again_are_a_duplicate_other_words_are_not() -> None:
    suppressor, policy = Suppressor(), Policy(dedupe_s=30)
    assert suppressor.reason(alert("a"), policy) is None
    assert str(suppressor.reason(alert("b", 10), policy)).startswith("duplicate: the same was said 10 s ago")
    assert suppressor.reason(alert("c", 11, value=4501.0), policy) is None
    assert suppressor.reason(alert("d", 12, condition="below"), policy) is None


def test_a_group_sends_one_a_window() -> None:
    suppressor, policy = Suppressor(), Policy(group="open", group_window_s=300)
    assert suppressor.reason(alert("a"), policy) is None
    assert suppressor.reason(alert("b", 299, rule=2), policy) == "group: 'open' has sent one within 300 s"
    assert suppressor.reason(alert("c", 300, rule=2), policy) is None


def test_a_rule_is_inhibited_by_another_that_has_just_been_sent() -> None:
    suppressor, policy = Suppressor(), Policy(inhibited_by=frozenset({2}), inhibit_s=10)
    assert suppressor.reason(alert("a"), policy) is None
    assert suppressor.reason(alert("b", 1, rule=2), Policy()) is None
    assert suppressor.reason(alert("c", 2), policy) == "inhibited by rule 2"
    assert suppressor.reason(alert("d", 11), policy) is None


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [((time(11), time(13)), True), ((time(12), time(13)), True), ((time(11), time(12)), False),
     ((time(22), time(12, 30)), True), ((time(22), time(7)), False)],
)  # fmt: skip
def test_quiet_hours_are_local_and_may_span_midnight(hours: tuple[time, time], quiet: bool) -> None:
    assert (Suppressor().reason(alert("a"), Policy(quiet=hours)) is not None) is quiet


def test_quiet_hours_follow_daylight_saving() -> None:
    policy = Policy(quiet=(time(12), time(13)))
    july = int(datetime(2026, 7, 1, 16, tzinfo=UTC).timestamp() * SECOND) - NOON
    assert Suppressor().reason(alert("a", july / SECOND), policy) is not None
    assert Suppressor().reason(alert("a", july / SECOND + 3600), policy) is None


def test_a_silence_holds_until_its_end_and_for_its_rules() -> None:
    suppressor = Suppressor()
    suppressor.silences.append(Silence(NOON + 10 * SECOND, frozenset({1}), "rollover"))
    assert suppressor.reason(alert("a"), Policy()) == "silenced: rollover"
    assert suppressor.reason(alert("b", rule=2), Policy()) is None
    assert suppressor.reason(alert("c", 10), Policy()) is None


def test_the_first_reason_in_the_guides_order_is_the_one_recorded() -> None:
    suppressor = Suppressor()
    policy = Policy(60, 60, "g", 60, frozenset({1}), 60, (time(0), time(23, 59)))
    loud = Policy()
    assert suppressor.reason(alert("a"), loud) is None
    suppressor.silences.append(Silence(NOON + 100 * SECOND))
    for reason, change in (
        ("duplicate: this", {"edge": "a"}), ("duplicate: the same", {}), ("cooldown", {"dedupe_s": 0.0}),
    ):  # fmt: skip
        edge = change.pop("edge", reason)  # type: ignore[misc]
        thinner = Policy(**{**_fields(policy), **change})
        assert str(suppressor.reason(alert(str(edge), 1), thinner)).startswith(reason)
    quiet = Policy(quiet=(time(0), time(23, 59)))
    assert str(suppressor.reason(alert("q", 2), quiet)).startswith("quiet hours")
    assert suppressor.reason(alert("s", 3), loud) == "silenced"


def test_what_was_held_back_starts_no_cooldown() -> None:
    suppressor = Suppressor()
    assert suppressor.reason(alert("a"), Policy(quiet=(time(11), time(13)))) is not None
    assert suppressor.reason(alert("b", 1), Policy(cooldown_s=60)) is None


def test_a_restart_remembers_cooldowns_and_edges() -> None:
    suppressor, policy = Suppressor(), Policy(cooldown_s=60)
    suppressor.remember([(alert("a"), policy)], [alert("old").uid])
    assert str(suppressor.reason(alert("b", 1), policy)).startswith("cooldown")
    assert str(suppressor.reason(alert("old", 100), policy)).startswith("duplicate")


def _fields(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__slots__}


def test_older_ticks_played_anew_are_thinned_out_by_their_own_times() -> None:
    """As a replay of yesterday after one of today: what was sent a day ahead is no reason."""
    suppressor, policy = Suppressor(), Policy(cooldown_s=60, dedupe_s=300)
    assert suppressor.reason(alert("a"), policy) is None
    suppressor.begin_anew()
    assert suppressor.reason(alert("b", -86_400), policy) is None
    assert str(suppressor.reason(alert("c", -86_390), policy)).startswith("duplicate: the same was said 10 s ago")


def test_what_is_found_again_thins_out_what_follows_it_as_it_did() -> None:
    whole, killed, policy = Suppressor(), Suppressor(), Policy(cooldown_s=60)
    told = [(edge, whole.reason(alert(edge, at), policy)) for edge, at in (("a", 0), ("b", 30), ("c", 61), ("d", 70))]
    assert [reason is None for _, reason in told] == [True, False, True, False]
    killed.remember([(alert("a"), policy)], [alert("a").uid, alert("b", 30).uid])
    killed.begin_anew()
    again = [killed.reason(alert(edge, at), policy) for edge, at in (("a", 0), ("b", 30), ("c", 61), ("d", 70))]
    assert again[:2] == ["duplicate: this very edge has fired"] * 2
    assert again[2:] == [reason for _, reason in told[2:]]
    killed.begin_anew()
    assert killed.reason(alert("a"), policy) == "duplicate: this very edge has fired"
    assert killed.reason(alert("e", 20), policy) == "cooldown: sent 20 s ago (cooldown 60 s)"
