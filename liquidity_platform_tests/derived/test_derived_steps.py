"""Steps of knowledge one at a time: zeros, blanks, revisions, late older vintages, what a hash says."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from published_inputs import families, known_input

from liquidity_platform.derived.engine import evaluate_all

WED = date(2022, 4, 13)
METRICS = families("net_liquidity")
THURSDAY = datetime(2022, 4, 14, 20, 30, tzinfo=UTC)
WEEKLY = "us.net_liquidity.weekly"


def legs(**numbers: float | None) -> pl.DataFrame:
    """The legs of one Wednesday (assets, tga, rrp in dollars), each known at its release."""
    codes = {"assets": "WALCL", "tga": "WDTGAL", "rrp": "RRPONTSYD"}
    return pl.concat([known_input(codes[name], {WED: value}) for name, value in numbers.items()])


def steps(known: pl.DataFrame, metric: str = WEEKLY, period: date = WED) -> list[tuple[object, ...]]:
    rows = evaluate_all(METRICS, known).filter((pl.col("metric_id") == metric) & (pl.col("period") == period))
    return rows.sort("known_at").select("known_at", "value", "status").rows()


def test_a_reverse_repo_of_zero_is_a_number_and_not_a_missing_leg() -> None:
    assert steps(legs(assets=100.0, tga=30.0, rrp=0.0)) == [(THURSDAY, 70.0, "COMPLETE")]


def test_a_missing_leg_is_never_read_as_zero() -> None:
    assert steps(legs(assets=100.0, rrp=5.0)) == [(THURSDAY, None, "MISSING_INPUT")]


def test_a_published_blank_leg_is_no_number() -> None:
    assert steps(legs(assets=100.0, tga=None, rrp=5.0)) == [(THURSDAY, None, "MISSING_INPUT")]


def test_there_is_no_row_before_the_anchor_is_published_and_none_for_a_blank_anchor() -> None:
    assert steps(legs(tga=30.0, rrp=5.0)) == []
    assert steps(legs(assets=None, tga=30.0, rrp=5.0)) == []


def test_a_leg_that_comes_later_makes_a_new_row_and_keeps_the_old_one() -> None:
    late = THURSDAY + timedelta(days=1)
    known = pl.concat([legs(assets=100.0, rrp=5.0), known_input("WDTGAL", {WED: 30.0}, late)])
    assert steps(known) == [(THURSDAY, None, "MISSING_INPUT"), (late, 65.0, "COMPLETE")]


def test_a_leg_that_is_blanked_later_takes_the_number_away_from_then_on() -> None:
    later = THURSDAY + timedelta(days=30)
    known = pl.concat([legs(assets=100.0, tga=30.0, rrp=5.0), known_input("WDTGAL", {WED: None}, later)])
    assert steps(known) == [(THURSDAY, 65.0, "COMPLETE"), (later, None, "MISSING_INPUT")]


def held(code: str, number: float | None = None) -> pl.DataFrame:
    """A row that the gate holds back, as the inputs of metrics come through it."""
    return known_input(code, {WED: number}).with_columns(status=pl.lit("MISSING_INPUT"))


def test_a_leg_that_is_held_back_is_missing_and_no_older_one_is_carried_in_its_place() -> None:
    tuesday = known_input("RRPONTSYD", {WED - timedelta(days=1): 7.0})
    blank = known_input("RRPONTSYD", {WED: None})
    assert steps(pl.concat([legs(assets=100.0, tga=30.0), tuesday, blank]))[-1] == (THURSDAY, 63.0, "CARRIED")
    assert steps(pl.concat([legs(assets=100.0, tga=30.0), tuesday, held("RRPONTSYD")]))[-1] == (
        THURSDAY, None, "MISSING_INPUT",
    )  # fmt: skip


def test_an_anchor_that_is_held_back_makes_a_row_that_says_so() -> None:
    assert steps(pl.concat([held("WALCL"), legs(tga=30.0, rrp=5.0)])) == [(THURSDAY, None, "MISSING_INPUT")]


def test_a_revision_to_the_same_value_is_a_step_of_its_own() -> None:
    later = THURSDAY + timedelta(days=30)
    known = pl.concat([legs(assets=100.0, tga=30.0, rrp=5.0), known_input("WALCL", {WED: 100.0}, later)])
    assert steps(known) == [(THURSDAY, 65.0, "COMPLETE"), (later, 65.0, "COMPLETE")]


def test_a_late_older_vintage_recomputes_the_steps_after_it() -> None:
    second, third = THURSDAY + timedelta(days=10), THURSDAY + timedelta(days=20)
    known = pl.concat([legs(assets=100.0, tga=30.0, rrp=5.0), known_input("WALCL", {WED: 120.0}, third)])
    assert [value for _, value, _ in steps(known)] == [65.0, 85.0]
    arrived = pl.concat([known, known_input("WDTGAL", {WED: 31.0}, second)])
    assert steps(arrived) == [(THURSDAY, 65.0, "COMPLETE"), (second, 64.0, "COMPLETE"), (third, 84.0, "COMPLETE")]


def test_a_step_stays_when_what_it_brought_is_read_no_more() -> None:
    """Tuesday's reverse repos were carried and revised; then Wednesday's own turn up, known since their release."""
    revised = THURSDAY + timedelta(days=5)
    tuesday = WED - timedelta(days=1)
    before = pl.concat([
        legs(assets=100.0, tga=30.0), known_input("RRPONTSYD", {tuesday: 7.0}),
        known_input("RRPONTSYD", {tuesday: 8.0}, revised),
    ])  # fmt: skip
    assert steps(before) == [(THURSDAY, 63.0, "CARRIED"), (revised, 62.0, "CARRIED")]
    after = pl.concat([before, legs(rrp=5.0)])
    assert steps(after) == [(THURSDAY, 65.0, "COMPLETE"), (revised, 65.0, "COMPLETE")]


def test_a_revision_of_the_level_is_a_step_of_its_changes_too() -> None:
    later, week_before = THURSDAY + timedelta(days=30), WED - timedelta(days=7)
    old = pl.concat([known_input("WALCL", {week_before: 90.0}), known_input("WDTGAL", {week_before: 30.0}),
                     known_input("RRPONTSYD", {week_before: 5.0})])  # fmt: skip
    known = pl.concat([old, legs(assets=100.0, tga=30.0, rrp=5.0), known_input("WDTGAL", {week_before: 32.0}, later)])
    assert steps(known, f"{WEEKLY}.d1w") == [(THURSDAY, 10.0, "COMPLETE"), (later, 12.0, "COMPLETE")]


def test_a_change_inherits_the_worst_status_of_its_two_levels() -> None:
    tuesday, week_before = WED - timedelta(days=1), WED - timedelta(days=7)
    known = pl.concat([
        known_input("WALCL", {week_before: 90.0, WED: 100.0}), known_input("WDTGAL", {week_before: 30.0, WED: 30.0}),
        known_input("RRPONTSYD", {week_before: 5.0, tuesday: 6.0}),
    ])  # fmt: skip
    assert steps(known, f"{WEEKLY}.d1w") == [(THURSDAY, 9.0, "CARRIED")]


def test_the_balance_sheet_of_ten_days_ago_is_too_old_for_the_daily_variant() -> None:
    friday, monday = date(2022, 4, 22), date(2022, 4, 25)
    known = pl.concat([
        known_input("WALCL", {WED: 100.0}), known_input("DTS", {friday: 30.0, monday: 30.0}),
        known_input("RRPONTSYD", {friday: 5.0, monday: 5.0}),
    ])  # fmt: skip
    assert [row[1:] for row in steps(known, "us.net_liquidity.daily", friday)] == [(65.0, "PROVISIONAL")]
    assert [row[1:] for row in steps(known, "us.net_liquidity.daily", monday)] == [(None, "STALE_INPUT")]


def test_the_hash_changes_with_any_input_row_and_with_nothing_else() -> None:
    def hashed(known: pl.DataFrame) -> str:
        return str(evaluate_all(METRICS, known).filter(pl.col("metric_id") == WEEKLY)["inputs_hash"][0])

    base = hashed(legs(assets=100.0, tga=30.0, rrp=5.0))
    unread = known_input("RRPONTSYD", {WED - timedelta(days=1): 9.0})
    assert hashed(pl.concat([legs(assets=100.0, tga=30.0, rrp=5.0), unread])) == base
    # the same result from other numbers
    assert hashed(legs(assets=101.0, tga=31.0, rrp=5.0)) != base


def test_nothing_known_computes_nothing() -> None:
    assert evaluate_all(METRICS, legs(assets=100.0).clear()).is_empty()
