"""Legs that are missing, stale, ended, negative or not yet there: the right status, never a wrong number."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from published_inputs import published
from stress_inputs import answer, rows_of, told, weekdays_before

from liquidity_platform.core.units import Unit
from liquidity_platform.derived import funding_stress, registry
from liquidity_platform.derived.align import Align, at_period, business_day_before
from liquidity_platform.derived.declare import Metric, index_metrics, is_raw
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.funding_stress import COMPONENTS, ID
from liquidity_platform.derived.registry import METRICS

DAY = date(2024, 9, 30)
MISSING, STALE = (None, "MISSING_INPUT"), (None, "STALE_INPUT")
SIGNAL = "us.volatility.signal"


@pytest.mark.parametrize("metric", [metric for metric in METRICS.values() if metric.id.startswith("us.corridor.")],
                         ids=lambda metric: metric.id)  # fmt: skip
def test_a_corridor_without_its_other_leg_is_missing(metric: Metric) -> None:
    rate = metric.inputs["rate"].source
    assert answer(metric.id, told(rate, {DAY: 4.9}), DAY) == MISSING


def test_a_facility_s_rate_is_carried_for_two_business_days_and_then_stale() -> None:
    thursday, friday, tuesday = date(2024, 9, 26), date(2024, 9, 27), date(2024, 10, 1)
    known = pl.concat([
        told("fed.on_rrp_rate", {thursday: 4.80}), told("nyfed.sofr", {friday: 4.84, DAY: 4.96, tuesday: 5.05}),
    ])  # fmt: skip
    found = [answer("us.corridor.sofr_on_rrp", known, day) for day in (friday, DAY, tuesday)]
    assert found == [(pytest.approx(4.0), "CARRIED"), (pytest.approx(16.0), "CARRIED"), STALE]


def test_interest_on_excess_reserves_has_ended_and_is_never_read_after_its_last_day() -> None:
    last, after = date(2021, 7, 28), date(2021, 7, 29)
    known = pl.concat([told("fed.ioer", {last: 0.15}), told("nyfed.effr", {last: 0.10, after: 0.10})])
    assert answer("us.corridor.effr_ioer", known, last) == (pytest.approx(-5.0), "COMPLETE")
    assert answer("us.corridor.effr_ioer", known, after) == MISSING


def test_a_holiday_is_a_blank_and_makes_no_row() -> None:
    known = pl.concat([told("ust.yield_10y", {DAY: None}), told("ust.yield_2y", {DAY: 3.66})])
    assert answer("us.spread.10y2y", known, DAY) is None


def test_a_reverse_repo_of_zero_is_no_share_at_all_and_a_missing_one_is_missing() -> None:
    wednesday = date(2024, 10, 2)
    assets = told("fed.total_assets", {wednesday: 7e12})
    assert answer("us.on_rrp.share_of_assets", assets, wednesday) == MISSING
    none = pl.concat([assets, told("fed.on_rrp", {wednesday: 0.0})])
    assert answer("us.on_rrp.share_of_assets", none, wednesday) == (0.0, "COMPLETE")


def test_commercial_paper_of_a_day_without_trades_is_no_row() -> None:
    known = pl.concat([told("fed.cp_financial_3m", {DAY: None}), told("ust.yield_3m", {DAY: 4.73})])
    assert answer("us.spread.cp_bill", known, DAY) is None


def test_a_z_score_needs_sixteen_of_its_twenty_values_and_leaves_today_out() -> None:
    days = weekdays_before(DAY, 16)
    vix = {day: 16.0 + 8 * (number % 2) for number, day in enumerate(days)}
    enough = told("cboe.vix", {**vix, DAY: 30.0})
    assert answer("us.vix.z20", enough, DAY) == (2.5, "COMPLETE")
    assert answer("us.vix.z20", told("cboe.vix", {**dict(list(vix.items())[1:]), DAY: 30.0}), DAY) == MISSING


def test_a_volatility_that_never_moved_has_no_z_score() -> None:
    known = told("cboe.vix", {**dict.fromkeys(weekdays_before(DAY, 20), 15.0), DAY: 15.0})
    found = answer("us.vix.z20", known, DAY)
    assert found is not None
    assert found[0] is None


@pytest.mark.parametrize(
    ("vix", "z_before", "vix_3m", "code"),
    [
        (31.0, None, None, 2.0),  # over 30: high fear, whatever the rest
        (30.0, None, None, None),  # not over 30, and a z over 2 cannot be excluded
        (25.5, 24.0, None, 1.0),  # over 25: caution, though the term structure is missing
        (22.0, 21.0, None, None),  # caution cannot be excluded
        (22.0, 21.0, 20.0, 1.0),  # 1.1: caution
        (17.0, 17.0, 20.0, -1.0),  # under 18 and 0.85: risk-on
        (17.0, 17.0, 17.0, 0.0),  # 1.0: none
        (12.0, 17.0, 14.0, -2.0),  # under 13, z -5: complacency comes before risk-on
        (12.0, 12.5, 14.0, -1.0),  # under 13, z -0.5: risk-on (0.857)
    ],
)
def test_the_volatility_signal_is_the_first_rule_that_holds_or_nothing_where_one_could(
    vix: float, z_before: float | None, vix_3m: float | None, code: float | None
) -> None:
    frames = [told("cboe.vix", {DAY: vix})]
    if z_before is not None:  # mean z_before, sd 1
        swing = {day: z_before + (1 if number % 2 else -1) for number, day in enumerate(weekdays_before(DAY, 20))}
        frames.append(told("cboe.vix", swing))
    if vix_3m is not None:
        frames.append(told("cboe.vix_3m", {DAY: vix_3m}))
    found = answer(SIGNAL, pl.concat(frames), DAY)
    assert found is not None
    assert found[0] == code
    assert (found[1] == "COMPLETE") is (z_before is not None and vix_3m is not None)


def years_of(*sources: str) -> pl.DataFrame:
    """A year and a day of each, swinging; the day's own is three sd up."""
    days = [*weekdays_before(DAY, 250), DAY]
    return pl.concat([told(source, dict(zip(days, [0.0, 0.1] * 125 + [0.2], strict=True))) for source in sources])


def flat(source: str) -> pl.DataFrame:
    return told(source, dict.fromkeys([*weekdays_before(DAY, 250), DAY], 0.0))


def test_stress_has_a_value_from_seventy_percent_of_the_weight_on_and_none_below() -> None:
    five = pl.concat([years_of("nyfed.sofr", "ice.hy_oas", "ice.ig_oas"), flat("nyfed.effr"), flat("fed.iorb")])
    assert answer(f"{ID}.weight", five, DAY) == (pytest.approx(0.6), "MISSING_INPUT")
    assert answer(ID, five, DAY) == MISSING
    six = pl.concat([five, years_of("cboe.vix")])
    assert answer(f"{ID}.weight", six, DAY) == (pytest.approx(0.7), "MISSING_INPUT")
    # z 3, 0, 3, 3, 3 with weights 0.2 0.2 0.1 0.1 0.1 of 0.7: s = 15/7
    assert answer(ID, six, DAY) == (pytest.approx(89.4996, abs=1e-3), "MISSING_INPUT")


def test_a_component_older_than_two_business_days_counts_no_more() -> None:
    later = [date(2024, 10, 1), date(2024, 10, 2), date(2024, 10, 3)]
    calm = pl.concat(
        [years_of("nyfed.sofr", "ice.hy_oas", "ice.ig_oas", "cboe.vix"), flat("nyfed.effr"), flat("fed.iorb")]
    )
    known = pl.concat(
        [calm, told("nyfed.effr", dict.fromkeys(later, 0.0)), told("fed.iorb", dict.fromkeys(later, 0.0))]
    )
    weights = [answer(f"{ID}.weight", known, day) for day in later]
    assert [weight and weight[0] for weight in weights] == [pytest.approx(0.7), pytest.approx(0.7), pytest.approx(0.2)]
    assert answer(ID, known, later[-1]) in (MISSING, STALE)


def test_an_outlier_counts_as_four_standard_deviations() -> None:
    base = [flat("nyfed.effr"), flat("fed.iorb"), years_of("ice.hy_oas", "ice.ig_oas", "cboe.vix"), flat("nyfed.sofr")]
    wild = [told("nyfed.sofr", {DAY: 500.0}, datetime(2024, 10, 20, tzinfo=UTC))]
    # z 4 and 3, 3, 3, and 0: (0.2 x 4 + 0.1 x 9) / 0.7
    found = answer(ID, pl.concat(base + wild), DAY)
    assert found is not None
    assert found[0] == pytest.approx(100 / (1 + 2.718281828459045 ** (-1.7 / 0.7)))


def test_weights_make_one_whole_and_every_component_is_a_metric_of_its_own() -> None:
    assert sum(one.weight for one in COMPONENTS) == pytest.approx(1.0)
    for one in COMPONENTS:
        assert f"{ID}.{one.name}" in METRICS
        assert METRICS[ID].inputs[one.name].source == f"{ID}.{one.name}"
    blocks = {block: sum(one.weight for one in COMPONENTS if one.block == block) for block in
              ("secured", "unsecured", "credit", "volatility")}  # fmt: skip
    assert blocks == pytest.approx({"secured": 0.3, "unsecured": 0.3, "credit": 0.2, "volatility": 0.2})


def test_every_window_longer_than_three_years_over_ice_s_spreads_says_that_it_is_truncated() -> None:
    long = [
        metric
        for metric in METRICS.values()
        for leg in metric.inputs.values()
        if leg.align in (Align.WINDOW, Align.AVERAGE) and leg.span_days > 3 * 366 and _reads_ice(leg.source)
    ]
    assert "us.regime.credit" in {metric.id for metric in long}
    assert [metric.id for metric in long if "TRUNCATED" not in metric.title] == []


def _reads_ice(source: str) -> bool:
    sources = {source} if is_raw(source) else registry.raw_inputs(METRICS[source])
    return any(one.startswith("ice.") for one in sources)


def test_what_stands_in_for_something_else_is_called_a_proxy() -> None:
    proxies = {
        "us.spread.baa_10y",
        "us.credit.hyg_lqd",
        "us.credit.nfci",
        "us.corridor.obfr_effr",
        "us.funding.swap_lines",
    }
    assert {metric.id for metric in METRICS.values() if "PROXY" in metric.title} >= proxies


def test_a_negative_oil_price_is_a_difference_and_no_logarithm(real_data: Path) -> None:
    """DCOILWTICO of 2020-04-20 is -36.98 (README: checked against three copies)."""
    before, day, after = date(2020, 4, 17), date(2020, 4, 20), date(2020, 4, 21)
    prices = published(real_data, "DCOILWTICO", date(2020, 4, 1))
    assert prices[day] == -36.98
    legs = {"now": at_period("eia.wti"), "then": business_day_before("eia.wti")}
    declared = {"version": 1, "anchor": "now", "inputs": legs, "source": "test"}
    oil = index_metrics([
        Metric(id="oil.change", title="t", unit=Unit.USD_PER_BARREL, formula="now - then", **declared),
        Metric(id="oil.return", title="t", unit=Unit.RATIO, formula="log(now / then)", **declared),
    ])  # type: ignore[arg-type]  # fmt: skip
    rows = evaluate_all(oil, told("eia.wti", prices))
    of = {(row["metric_id"], row["period"]): (row["value"], row["status"]) for row in rows.to_dicts()}
    assert of["oil.change", day] == (pytest.approx(-36.98 - prices[before]), "COMPLETE")  # type: ignore[operator]
    assert of["oil.change", after] == (pytest.approx(8.91 + 36.98), "COMPLETE")
    for each in (day, after):
        assert of["oil.return", each] == MISSING


def test_a_late_step_of_a_component_is_a_step_of_stress() -> None:
    """VIX is corrected two weeks later: what was known before stands, the correction is a new row."""
    base = pl.concat(
        [years_of("nyfed.sofr", "ice.hy_oas", "ice.ig_oas", "cboe.vix"), flat("nyfed.effr"), flat("fed.iorb")]
    )
    corrected = datetime(2024, 10, 14, tzinfo=UTC)
    rows = rows_of(ID, pl.concat([base, told("cboe.vix", {DAY: 0.1}, corrected)])).filter(pl.col("period") == DAY)
    assert rows["known_at"][-1] == corrected
    assert rows["value"][-2] == pytest.approx(89.4996, abs=1e-3)
    assert rows["value"][-1] < rows["value"][-2]
    assert rows["known_at"][-2] < corrected - timedelta(days=7)


def test_fred_s_breakevens_check_ours_to_the_last_digit_they_are_told_in() -> None:
    yields = {"ust.yield_5y": 3.58, "ust.real_yield_5y": 1.49, "ust.yield_10y": 3.81, "ust.real_yield_10y": 1.63}
    legs = [told(source, {DAY: value}) for source, value in yields.items()]
    # 2.09, 2.18, and 1.0218^2 / 1.0209 - 1 = 2.2701 %
    for what, number, apart in (("5y", 2.09, 0.0), ("10y", 2.19, 0.01), ("5y5y", 2.27, -0.0001)):
        metric = METRICS[f"check.breakeven_{what}.difference"]
        found = answer(metric.id, pl.concat([*legs, told(f"fred.breakeven_{what}", {DAY: number})]), DAY)
        assert found == (pytest.approx(apart, abs=5e-5), "COMPLETE")
        assert metric.tolerance is not None
        assert (abs(found[0]) <= metric.tolerance) is (what != "10y")  # type: ignore[index,arg-type]


def test_flags_are_about_business_days_only() -> None:
    """15 June 2024 is a Saturday: taxes are due on Monday the 17th."""
    effr = told("nyfed.effr", {date(2024, 6, 14): 5.33, date(2024, 6, 17): 5.33, date(2024, 6, 18): 5.33})
    rows = rows_of(f"{ID}.tax_date", effr)
    assert rows["value"].to_list() == [0.0, 1.0, 0.0]
    assert funding_stress.METRICS[-1].id == f"{ID}.tax_date"
