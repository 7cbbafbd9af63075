"""Every metric of spreads, corridor, real rates, volatility and funding stress: one value worked out by hand."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pytest
from stress_inputs import answer, told, weekdays_before

from liquidity_platform.derived import corridor, funding_stress, real_rates, spreads, volatility

DAY = date(2024, 9, 30)  # a Monday, the last business day of a quarter
WEDNESDAY = date(2024, 10, 2)
FAMILIES = [spreads, corridor, real_rates, volatility, funding_stress]
# alternating 0 and 10: mean 5, population sd 5
SWING = [0.0, 10.0] * 125


@dataclass(frozen=True)
class Case:
    """Numbers of the day, histories before it, and what comes out."""

    value: float
    numbers: dict[str, float] = field(default_factory=dict)
    before: dict[str, list[float]] = field(default_factory=dict)
    day: date = DAY
    status: str = "COMPLETE"


SOFR, EFFR, OBFR = {"nyfed.sofr": 4.96}, {"nyfed.effr": 4.83}, {"nyfed.obfr": 4.82}
TGCR, BGCR = {"nyfed.tgcr": 4.91}, {"nyfed.bgcr_direct": 4.93}
P1, P99 = {"nyfed.sofr_p1_direct": 4.80}, {"nyfed.sofr_p99_direct": 5.22}
IORB, IOER, FLOOR, CEILING = {"fed.iorb": 4.90}, {"fed.ioer": 2.10}, {"fed.on_rrp_rate": 4.80}, {"fed.srf_rate": 5.00}
VIX, VIX_3M, MOVE = "cboe.vix", "cboe.vix_3m", "close.yahoo.idx.move"
VIX_BEFORE = {VIX: [16.0, 24.0] * 10}  # mean 20, sd 4
# mean 5 and sd 5 of every component's year; rates in percent, so that their spreads swing from 0 to 10 basis points
CALM = [0.0] * 250
RATE_SWING = [one / 100 for one in SWING]
S = "us.funding_stress"

CASES = {
    "us.spread.10y2y": Case(15.0, {"ust.yield_10y": 3.81, "ust.yield_2y": 3.66}),
    "us.spread.10y3m": Case(-92.0, {"ust.yield_10y": 3.81, "ust.yield_3m": 4.73}),
    "us.spread.hy_oas": Case(303.0, {"ice.hy_oas": 3.03}),
    "us.spread.ig_oas": Case(92.0, {"ice.ig_oas": 0.92}),
    "us.spread.sofr_iorb": Case(6.0, SOFR | IORB),
    "us.spread.sofr_iorb.band": Case(2.0, SOFR | IORB),  # at or over 0 and 5, under 10
    # 5 % discount over 90 days: 100 - 1.25 = 98.75 is paid; 1.25 / 98.75 x 365 / 90 = 5.1336 % against 4.73 %
    "us.spread.cp_bill": Case(40.361462729, {"fed.cp_financial_3m": 5.0, "ust.yield_3m": 4.73}),
    "us.spread.cp_bill_nonfinancial": Case(40.361462729, {"fed.cp_nonfinancial_3m": 5.0, "ust.yield_3m": 4.73}),
    "us.spread.baa_10y": Case(163.0, {"moodys.baa_10y": 1.63}),
    "us.credit.hyg_lqd": Case(0.75, {"close.yahoo.etf.hyg": 78.0, "close.yahoo.etf.lqd": 104.0}),
    "us.credit.nfci": Case(-0.12, {"chicagofed.nfci_credit": -0.12}, day=date(2024, 9, 27)),
    "us.corridor.effr_iorb": Case(-7.0, EFFR | IORB),
    "us.corridor.obfr_iorb": Case(-8.0, OBFR | IORB),
    "us.corridor.tgcr_iorb": Case(1.0, TGCR | IORB),
    "us.corridor.bgcr_iorb": Case(3.0, BGCR | IORB),
    "us.corridor.sofr_ioer": Case(315.0, {"nyfed.sofr": 5.25} | IOER, day=date(2019, 9, 17)),
    "us.corridor.effr_ioer": Case(20.0, {"nyfed.effr": 2.30} | IOER, day=date(2019, 9, 17)),
    "us.corridor.sofr_on_rrp": Case(16.0, SOFR | FLOOR),
    "us.corridor.effr_on_rrp": Case(3.0, EFFR | FLOOR),
    "us.corridor.obfr_on_rrp": Case(2.0, OBFR | FLOOR),
    "us.corridor.tgcr_on_rrp": Case(11.0, TGCR | FLOOR),
    "us.corridor.bgcr_on_rrp": Case(13.0, BGCR | FLOOR),
    "us.corridor.srf_sofr": Case(4.0, SOFR | CEILING),
    "us.corridor.srf_effr": Case(17.0, EFFR | CEILING),
    "us.corridor.srf_obfr": Case(18.0, OBFR | CEILING),
    "us.corridor.srf_tgcr": Case(9.0, TGCR | CEILING),
    "us.corridor.srf_bgcr": Case(7.0, BGCR | CEILING),
    "us.corridor.srf_sofr_p99": Case(-22.0, P99 | CEILING),
    "us.corridor.sofr_effr": Case(13.0, SOFR | EFFR),
    "us.corridor.obfr_effr": Case(-1.0, OBFR | EFFR),
    "us.corridor.sofr_tgcr": Case(5.0, SOFR | TGCR),
    "us.corridor.bgcr_tgcr": Case(2.0, BGCR | {"nyfed.tgcr_direct": 4.91}),
    "us.corridor.sofr_p99_p1": Case(42.0, P1 | P99),
    # 400 bn of 7,000 bn: RRPONTSYD in billions, WALCL in millions
    "us.on_rrp.share_of_assets": Case(5.714285714, {"fed.total_assets": 7e12, "fed.on_rrp": 4e11}, day=WEDNESDAY),
    "us.funding.swap_lines": Case(150e6, {"fed.swap_lines": 150e6}, day=WEDNESDAY),
    "us.real_yield.5y": Case(1.49, {"ust.real_yield_5y": 1.49}),
    "us.real_yield.10y": Case(1.63, {"ust.real_yield_10y": 1.63}),
    "us.real_yield.30y": Case(-0.07, {"ust.real_yield_30y": -0.07}),  # negative is a yield like any other
    "us.breakeven.5y": Case(2.09, {"ust.yield_5y": 3.58, "ust.real_yield_5y": 1.49}),
    "us.breakeven.10y": Case(2.18, {"ust.yield_10y": 3.81, "ust.real_yield_10y": 1.63}),
    "us.breakeven.30y": Case(2.15, {"ust.yield_30y": 4.14, "ust.real_yield_30y": 1.99}),
    # 3 % over ten years, 2 % over the first five: 1.03^2 / 1.02 = 1.0400980
    "us.breakeven.5y5y": Case(
        4.009803922,
        {"ust.yield_10y": 4.0, "ust.real_yield_10y": 1.0, "ust.yield_5y": 3.5, "ust.real_yield_5y": 1.5},
    ),
    "us.vix.term_structure": Case(1.1, {VIX: 22.0, VIX_3M: 20.0}),
    "us.vix.term_structure.band": Case(2.0, {VIX: 22.0, VIX_3M: 20.0}),
    "us.vix.z20": Case(2.5, {VIX: 30.0}, VIX_BEFORE),
    "us.vix.z20.band": Case(4.0, {VIX: 30.0}, VIX_BEFORE),  # over -2, -1, 1 and 2
    "us.vix.band": Case(3.0, {VIX: 25.0}),  # a limit that is met is reached: 12, 20, 25
    "us.move.z20": Case(-1.0, {MOVE: 90.0}, {MOVE: [90.0, 110.0] * 10}),
    "us.move.z20.band": Case(2.0, {MOVE: 90.0}, {MOVE: [90.0, 110.0] * 10}),  # at -1: reached
    "us.move.band": Case(1.0, {MOVE: 90.0}),
    "us.volatility.signal": Case(1.0, {VIX: 22.0, VIX_3M: 20.0}, VIX_BEFORE),  # z 0.5; VIX over VIX3M 1.1: caution
    # (20 - 5) / 5 = 3 of every component, each from its own year
    f"{S}.sofr_effr": Case(
        3.0, {"nyfed.sofr": 0.20, "nyfed.effr": 0.0}, {"nyfed.sofr": RATE_SWING, "nyfed.effr": CALM}
    ),
    f"{S}.sofr_p99_p1": Case(
        3.0,
        {"nyfed.sofr_p99_direct": 0.20, "nyfed.sofr_p1_direct": 0.0},
        {"nyfed.sofr_p99_direct": RATE_SWING, "nyfed.sofr_p1_direct": CALM},
    ),
    # nothing moved for a year: the sd is one basis point, not zero
    f"{S}.effr_iorb": Case(
        2.0, {"nyfed.effr": 4.85, "fed.iorb": 4.90}, {"nyfed.effr": [4.83] * 250, "fed.iorb": [4.90] * 250}
    ),
    # a discount of 0 is a yield of 0: with the bill at -0.1 the spread is 10 basis points
    f"{S}.cp_bill": Case(
        3.0,
        {"fed.cp_financial_3m": 0.0, "ust.yield_3m": -0.20},
        {"fed.cp_financial_3m": CALM, "ust.yield_3m": [-one for one in RATE_SWING]},
    ),
    f"{S}.hy_oas": Case(3.0, {"ice.hy_oas": 0.20}, {"ice.hy_oas": RATE_SWING}),
    f"{S}.ig_oas": Case(3.0, {"ice.ig_oas": 0.20}, {"ice.ig_oas": RATE_SWING}),
    f"{S}.vix": Case(3.0, {VIX: 20.0}, {VIX: SWING}),
    f"{S}.move": Case(3.0, {MOVE: 20.0}, {MOVE: SWING}),
    f"{S}.quarter_end": Case(1.0, EFFR),
    f"{S}.tax_date": Case(0.0, EFFR),
}
# all eight at z 1: 100 / (1 + 1/e) = 73.105858
ALL_AT_ONE = (
    {"nyfed.sofr": 0.0, "nyfed.effr": -0.10, "fed.iorb": -0.20, "nyfed.sofr_p99_direct": 0.10}
    | {"nyfed.sofr_p1_direct": 0.0, "fed.cp_financial_3m": 0.0, "ust.yield_3m": -0.10, "ice.hy_oas": 0.10}
    | {"ice.ig_oas": 0.10, VIX: 10.0, MOVE: 10.0},
    {"nyfed.sofr": CALM, "nyfed.effr": [-one for one in RATE_SWING], "fed.iorb": [-2 * one for one in RATE_SWING]}
    | {"nyfed.sofr_p99_direct": RATE_SWING, "nyfed.sofr_p1_direct": CALM, "fed.cp_financial_3m": CALM}
    | {"ust.yield_3m": [-one for one in RATE_SWING], "ice.hy_oas": RATE_SWING, "ice.ig_oas": RATE_SWING}
    | {VIX: SWING, MOVE: SWING},
)
CASES[S] = Case(73.1058578630, *ALL_AT_ONE)
CASES[f"{S}.weight"] = Case(1.0, *ALL_AT_ONE)


def inputs(case: Case) -> pl.DataFrame:
    frames = [told(source, {case.day: value}) for source, value in case.numbers.items()]
    for source, values in case.before.items():
        frames.append(told(source, dict(zip(weekdays_before(case.day, len(values)), values, strict=True))))
    return pl.concat(frames)


def test_there_is_a_case_for_every_metric_of_these_families() -> None:
    assert set(CASES) == {metric.id for family in FAMILIES for metric in family.METRICS}


@pytest.mark.parametrize("metric", CASES)
def test_the_value_is_what_a_person_works_out(metric: str) -> None:
    case = CASES[metric]
    found = answer(metric, inputs(case), case.day)
    assert found is not None
    assert found == (pytest.approx(case.value, abs=1e-8), case.status)
