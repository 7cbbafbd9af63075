"""Rows are judged when they arrive, against their own series' past; sixty years of real numbers are never blocked."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.catalog.gates import BY_SERIES, Judgement, Severity, check_gates, severity_of
from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.quality.arrivals import NEWEST, PAST, RECENT, REPLACED, USUAL, Finding, judge_arrivals

NOW = datetime(2026, 7, 16, 20, 30, tzinfo=UTC)
ASSETS, PAYROLLS, RATE, LOANS = (find_series(code) for code in ("WALCL", "PAYEMS", "DGS10", "WLCFLPCL"))
WEEKS = [date(2026, 7, 15) - timedelta(days=7 * back) for back in range(120)][::-1]
LEVELS = [6.6e12 + 1e9 * (week % 7) for week in range(120)]


def recent(line: Series, periods: list[date], values: list[float | None], fresh: int) -> pl.DataFrame:
    rows = [
        (line.id, period, NOW, value, "p", place >= len(periods) - fresh)
        for place, (period, value) in enumerate(zip(periods, values, strict=True))
    ]
    return pl.DataFrame(rows, schema=RECENT, orient="row")


def replaced(line: Series, rows: dict[date, tuple[float, float]]) -> pl.DataFrame:
    told = [(line.id, period, NOW, value, was, "p") for period, (value, was) in rows.items()]
    return pl.DataFrame(told, schema=REPLACED, orient="row")


def judged(
    line: Series,
    arrived: pl.DataFrame,
    changed: pl.DataFrame | None = None,
    usual: tuple[int, float, int] | None = None,
) -> dict[Judgement, Finding]:
    before = pl.DataFrame([(line.id, *usual)] if usual else [], schema=USUAL, orient="row")
    found = judge_arrivals(
        {line.id: line}, arrived, pl.DataFrame(schema=REPLACED) if changed is None else changed, before
    )
    assert len({one.judgement for one in found}) == len(found)
    return {one.judgement: one for one in found}


def test_an_ordinary_week_has_nothing_against_it() -> None:
    assert judged(ASSETS, recent(ASSETS, WEEKS, LEVELS, 1)) == {}


@pytest.mark.parametrize("fresh", [1, 4])
def test_a_value_a_power_of_ten_away_is_a_unit_step_also_where_it_is_plausible(fresh: int) -> None:
    values = LEVELS[:-fresh] + [value / 10 for value in LEVELS[-fresh:]]  # 660 billion dollars: within the range
    found = judged(ASSETS, recent(ASSETS, WEEKS, values, fresh))
    assert set(found) == {Judgement.UNIT_STEP}
    assert len(found[Judgement.UNIT_STEP].rows) == fresh
    assert "power of ten away from" in found[Judgement.UNIT_STEP].reason
    assert severity_of(ASSETS.id, Judgement.UNIT_STEP) is Severity.BLOCK


def test_history_that_comes_with_a_first_load_is_taken_as_it_is_but_for_its_end() -> None:
    values = [value / 1000 if place < 60 else value for place, value in enumerate(LEVELS)]
    assert Judgement.UNIT_STEP not in judged(ASSETS, recent(ASSETS, WEEKS, values, len(WEEKS)))
    values = [value / 1000 if place == 115 else value for place, value in enumerate(LEVELS)]
    found = judged(ASSETS, recent(ASSETS, WEEKS, values, len(WEEKS)))
    assert [row[0] for row in found[Judgement.UNIT_STEP].rows] == [WEEKS[115]]


def test_discount_window_loans_may_grow_ten_thousandfold_as_in_march_2020() -> None:
    values: list[float | None] = [1e6 * (3 + place % 5) for place in range(119)] + [28_224e6]
    found = judged(LOANS, recent(LOANS, WEEKS, values, 1))
    assert set(found) == {Judgement.JUMP}
    assert severity_of(LOANS.id, Judgement.JUMP) is Severity.FLAG


def test_a_value_outside_the_catalog_s_range_is_told_in_the_publisher_s_unit() -> None:
    found = judged(RATE, recent(RATE, WEEKS, [4.2] * 119 + [42.0], 1))
    assert found[Judgement.RANGE].reason == (
        f"DGS10 (ust.yield_10y): 42 percent of 2026-07-15 lies outside {RATE.low:,.6g} to {RATE.high:,.6g}"
    )


def test_a_move_over_twice_the_largest_before_is_a_jump_and_one_below_is_none() -> None:
    wobble: list[float | None] = [4.0 + 0.1 * (place % 2) for place in range(119)]
    assert Judgement.JUMP in judged(RATE, recent(RATE, WEEKS, [*wobble, 4.25], 1))
    assert Judgement.JUMP not in judged(RATE, recent(RATE, WEEKS, [*wobble, 4.15], 1))


def test_a_period_that_the_calendar_has_and_nothing_was_published_for_is_a_gap() -> None:
    kept = [place for place in range(120) if place != 118]
    found = judged(ASSETS, recent(ASSETS, [WEEKS[p] for p in kept], [LEVELS[p] for p in kept], 1))
    assert set(found) == {Judgement.GAP}
    assert f"nothing was published for {WEEKS[118]}" in found[Judgement.GAP].reason
    blank = [None if place == 118 else value for place, value in enumerate(LEVELS)]
    assert judged(ASSETS, recent(ASSETS, WEEKS, blank, 2)) == {}  # a published blank is no gap
    holiday = [date(2026, 7, day) for day in (1, 2, 6, 7)]  # the fourth was kept on Friday the third
    assert judged(RATE, recent(RATE, holiday, [4.2, 4.3, 4.2, 4.3], 1)) == {}


def test_what_is_published_once_may_not_change_and_what_is_revised_only_as_usual() -> None:
    nothing = recent(ASSETS, WEEKS, LEVELS, 0)
    once = judged(ASSETS, nothing, replaced(ASSETS, {WEEKS[-2]: (6.601e12, 6.6e12)}))
    assert set(once) == {Judgement.REVISION}
    assert "the catalog says it is never revised" in once[Judgement.REVISION].reason
    months = [date(2026, month, 1) for month in (4, 5)]
    small, large = (dict.fromkeys(months, (158000000.0 + by, 158000000.0)) for by in (40e3, 400e3))
    jobs = recent(PAYROLLS, WEEKS, [158e6] * 120, 0)
    assert judged(PAYROLLS, jobs, replaced(PAYROLLS, small), (40, 30e3, 2)) == {}
    assert set(judged(PAYROLLS, jobs, replaced(PAYROLLS, large), (40, 30e3, 2))) == {Judgement.REVISION}
    assert judged(PAYROLLS, jobs, replaced(PAYROLLS, large), (3, 30e3, 2)) == {}  # nothing is usual yet


def test_a_past_that_changes_beyond_the_usual_is_restated_history() -> None:
    many = {date(2026 - back // 12, 12 - back % 12, 1): (158e6 + 10e3, 158e6) for back in range(60)}
    jobs = recent(PAYROLLS, WEEKS, [158e6] * 120, 0)
    found = judged(PAYROLLS, jobs, replaced(PAYROLLS, many), (40, 30e3, 5))
    assert set(found) == {Judgement.RESTATED}
    assert "60 past periods changed at once" in found[Judgement.RESTATED].reason
    assert judged(PAYROLLS, jobs, replaced(PAYROLLS, many), (40, 30e3, 60)) == {}  # as every benchmark revision


def test_a_revision_by_a_power_of_ten_is_a_unit_step() -> None:
    found = judged(ASSETS, recent(ASSETS, WEEKS, LEVELS, 0), replaced(ASSETS, {WEEKS[50]: (6.6e9, 6.6e12)}))
    assert set(found) == {Judgement.UNIT_STEP, Judgement.REVISION}


@pytest.mark.untraced
def test_real_history_replayed_is_never_blocked_and_seldom_flagged(real_data: Path) -> None:
    """A dozen rows of every file, each judged as the newest of what came before it."""
    flags, judgements = 0, 0
    for line in (one for one in SERIES.values() if (real_data / "fred" / f"{one.code}.csv").exists()):
        rows = pl.read_csv(real_data / "fred" / f"{line.code}.csv", null_values=["", "."], infer_schema=False)
        periods = rows["observation_date"].str.to_date().to_list()
        values = (rows[line.code].cast(pl.Float64) * line.published.scale).to_list()
        for end in range(40, len(periods), max(1, len(periods) // 12)):
            start = max(0, end - PAST - NEWEST)
            found = judged(line, recent(line, periods[start:end], values[start:end], 1))
            assert Judgement.UNIT_STEP not in found, found
            flags, judgements = flags + len(found), judgements + 1
    assert judgements > 400
    assert flags < judgements / 50


def test_a_gate_for_a_series_that_is_not_in_the_catalog_is_refused() -> None:
    check_gates(BY_SERIES)
    with pytest.raises(CatalogError, match=r"no series 'fed\.total_asset'"):
        check_gates({"fed.total_asset": {}})
