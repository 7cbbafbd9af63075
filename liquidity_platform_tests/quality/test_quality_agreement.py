"""When two publishers agree."""

from datetime import date, timedelta

import polars as pl
import pytest

from liquidity_platform.quality.agreement import NEWEST, judge_agreement


def judged(*values: float | None) -> tuple[bool, str]:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(len(values))]
    frame = pl.DataFrame({"period": days, "value": values}, schema={"period": pl.Date(), "value": pl.Float64()})
    verdict = judge_agreement("check.x.difference", frame, "bp", 0.5)
    return verdict.passed, verdict.reason


@pytest.mark.parametrize(("value", "passed"), [(0.0, True), (0.5, True), (-0.5, True), (0.51, False), (-0.51, False)])
def test_the_tolerance_belongs_to_agreement(value: float, passed: bool) -> None:
    assert judged(0.0, value)[0] is passed


def test_an_old_difference_is_told_and_a_new_one_fails() -> None:
    old = judged(3.0, -7.0, *[0.0] * NEWEST)
    assert old == (True, "check.x.difference: 2 of 12 periods compared, 2026-01-01 .. 2026-01-12, differ by more than "
                         "0.5 bp, most on 2026-01-02 (-7), last on 2026-01-02")  # fmt: skip
    assert not judged(-7.0, *[0.0] * (NEWEST - 1))[0]


def test_days_without_one_of_the_two_do_not_push_a_difference_out_of_sight() -> None:
    assert not judged(9.0, *[None] * (3 * NEWEST))[0]


def test_nothing_to_compare_is_no_agreement() -> None:
    assert judged(None, None) == (False, "check.x.difference: no period for which both publishers have a number")
    assert not judged()[0]
