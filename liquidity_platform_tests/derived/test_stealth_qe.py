"""Stealth QE by hand: components at their ends, the limit of a day, memory; and the balance sheet's other side."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_inputs import families, known_input

from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.stealth_qe import LIMIT, limited

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

WED, BEFORE = date(2023, 3, 15), date(2023, 3, 8)
BN = 1e9
METRICS = families("net_liquidity", "contributions", "balance_sheet", "money", "stealth_qe")


def weekly(**moved: tuple[float, float]) -> dict[str, float | None]:
    """The parts of the Wednesday score from legs in billions, (a week before, now); the others stand still."""
    legs = {"WALCL": (8000.0, 8000.0), "WDTGAL": (500.0, 500.0), "RRPONTSYD": (2000.0, 2000.0), **moved}
    known = [known_input(code, {BEFORE: then * BN, WED: now * BN}) for code, (then, now) in legs.items()]
    rows = evaluate_all(METRICS, pl.concat(known)).filter(pl.col("period") == WED)
    return dict(rows.select("metric_id", "value").iter_rows())


@pytest.mark.parametrize(
    ("moved", "part", "score"),
    [
        ({"RRPONTSYD": (2000.0, 1800.0)}, "rrp", 50.0),  # -10 %
        ({"RRPONTSYD": (2000.0, 1600.0)}, "rrp", 100.0),  # -20 %
        ({"RRPONTSYD": (2000.0, 200.0)}, "rrp", 100.0),
        ({"RRPONTSYD": (2000.0, 2400.0)}, "rrp", 0.0),  # reverse repos that grow are no easing
        ({"RRPONTSYD": (20.0, 19.0)}, "rrp", 25.0),  # -5 % at the floor
        ({"RRPONTSYD": (1.0, 0.0)}, "rrp", 25.0),  # all that is left: 1 of 20 billion, not 100 %
        ({"RRPONTSYD": (0.0, 0.0)}, "rrp", 0.0),
        ({"WDTGAL": (500.0, 400.0)}, "tga", 50.0),
        ({"WDTGAL": (500.0, 300.0)}, "tga", 100.0),
        ({"WDTGAL": (500.0, 600.0)}, "tga", 0.0),
        ({"WALCL": (8000.0, 8100.0)}, "fed", 100.0),
        ({"WALCL": (8000.0, 7900.0)}, "fed", 0.0),
    ],
)
def test_each_component_runs_from_0_to_100(moved: dict[str, tuple[float, float]], part: str, score: float) -> None:
    found = weekly(**moved)
    assert found[f"us.stealth_qe.weekly.{part}"] == pytest.approx(score)
    weight = {"rrp": 0.4, "tga": 0.4, "fed": 0.2}[part]
    assert found["us.stealth_qe.weekly"] == pytest.approx(weight * score)


def end(path: list[float] | None) -> float | None:
    return limited(pl.DataFrame({"path": [path]}, schema={"path": pl.List(pl.Float64)})).item()


def test_a_day_moves_at_most_25_points_from_the_second_observation_on_and_also_from_zero() -> None:
    assert end([80.0]) == 80.0
    assert end([0.0, 100.0]) == 25.0
    assert end([0.0, 100.0, 100.0, 100.0]) == 75.0
    assert end([100.0, 0.0, 60.0]) == 60.0  # 75, then within reach
    assert end(None) is None


scores = st.lists(st.floats(0, 100), min_size=1, max_size=30)


@given(path=scores)
def test_the_path_stays_within_the_scores_and_within_a_step_of_the_day_before(path: list[float]) -> None:
    ends = [end(path[: length + 1]) for length in range(len(path))]
    steps = [abs(now - then) for then, now in pairwise(ends)]  # type: ignore[operator]
    assert all(step <= LIMIT + 1e-9 for step in steps)
    assert all(min(path) <= at <= max(path) for at in ends)  # type: ignore[operator]


def test_the_daily_score_follows_the_raw_one_and_two_starts_meet(known_now: pl.DataFrame) -> None:
    """Started anew 35 days back, the published history's path is the one that starts in 2016 on almost every day."""
    daily = known_now.filter(pl.col("metric_id").is_in(["us.stealth_qe", "us.stealth_qe.raw"]))
    side = daily.pivot(on="metric_id", index="period", values="value").drop_nulls().sort("period")
    whole, at = [], side["us.stealth_qe.raw"][0]
    for score in side["us.stealth_qe.raw"]:
        at = min(max(score, at - LIMIT), at + LIMIT)
        whole.append(at)
    apart = [day for day, ours, theirs in zip(side["period"], side["us.stealth_qe"], whole, strict=True)
             if abs(ours - theirs) > 1e-9]  # fmt: skip
    assert side.height > 2300
    assert apart == []
    assert side.filter((pl.col("us.stealth_qe") - pl.col("us.stealth_qe.raw")).abs() > 1).height > 50  # it does limit


def test_the_rest_of_the_balance_sheet_is_what_no_leg_explains() -> None:
    """8,000 - 2,300 - 500 - 2,400 - 2,600 = 200; the week before 195; and reserves by themselves."""
    legs = {
        "WALCL": (7995.0, 8000.0), "WCICL": (2300.0, 2300.0), "WDTGAL": (500.0, 500.0), "WLRRAL": (2400.0, 2400.0),
        "WRBWFRBL": (2600.0, 2600.0),
    }  # fmt: skip
    known = pl.concat([known_input(code, {BEFORE: a * BN, WED: b * BN}) for code, (a, b) in legs.items()])
    found = {row["metric_id"]: row["value"] for row in evaluate_all(METRICS, known).sort("period").to_dicts()}
    assert found["us.balance_sheet.rest"] == 200 * BN
    assert found["us.balance_sheet.rest.d1w"] == found["check.balance_sheet.difference"] == 5 * BN
    assert found["us.balance_sheet.reserves"] == 2600 * BN
    assert found["us.balance_sheet.reserves.d1w"] == 0


def test_a_leg_in_another_unit_or_of_another_week_lands_in_the_rest_beyond_its_tolerance() -> None:
    tolerance = METRICS["check.balance_sheet.difference"].tolerance
    assert tolerance is not None
    legs = {"WALCL": 8000.0, "WCICL": 2300.0, "WDTGAL": 500.0, "WLRRAL": 2400.0, "WRBWFRBL": 2600.0}
    for code in ("WCICL", "WDTGAL", "WLRRAL", "WRBWFRBL"):
        wrong = {BEFORE: legs[code] * BN, WED: legs[code] * BN / 1000}
        known = [known_input(c, wrong if c == code else {BEFORE: v * BN, WED: v * BN}) for c, v in legs.items()]
        rows = evaluate_all(METRICS, pl.concat(known))
        off = rows.filter((pl.col("metric_id") == "check.balance_sheet.difference") & (pl.col("period") == WED))
        assert abs(off["value"][-1]) > tolerance, code


def test_money_grows_over_twelve_months_also_across_a_leap_day() -> None:
    months = {date(2023, 3, 1): 100.0, date(2024, 2, 1): 100.0, date(2024, 3, 1): 110.0, date(2025, 2, 1): 99.0}
    rows = evaluate_all(METRICS, known_input("M2SL", dict(months)))
    growth = rows.filter(pl.col("metric_id") == "us.m2.growth_12m").select("period", "value", "status").rows()
    known = {day: (value, status) for day, value, status in growth}
    assert known[date(2024, 3, 1)] == (pytest.approx(10.0), "COMPLETE")
    assert known[date(2025, 2, 1)] == (pytest.approx(-1.0), "COMPLETE")
    assert known[date(2024, 2, 1)][0] is None
    assert timedelta(days=366) == date(2024, 3, 1) - date(2023, 3, 1)
