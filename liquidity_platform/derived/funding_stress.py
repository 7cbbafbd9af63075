"""`us.funding_stress`: one number from 0 (calm) to 100 (stress) out of eight z-scores, and what it is made of.

    z of a component = (today - mean) / sd of its last 250 values before today (at least 125), as known at that moment
    s = sum of weight x z, z held within +-4, over the sum of the weights that are present
    stress = 100 / (1 + exp(-s)): 50 where everything is at its mean of the last year

NULL with less than 70 % of the weight present; `us.funding_stress.weight` says how much there is, and the status that a
part is missing. The sd (population) is at least one step of what is published (a basis point, a hundredth of an index
point): where an administered rate stood still for a year, a change of one step is no catastrophe. Every component rises
with stress. The weights are this platform's own, as no source gives any, and none is fitted, which would know the
future: funding itself 60 % (secured and unsecured alike), what markets say of credit and volatility 40 %; within
funding the headline rate counts twice what is thin (the tails of SOFR, commercial paper, which is not traded every
day). Windows are a year: ICE's spreads are not truncated by it.

Quarter-ends: dealers shrink for the day, overnight rates jump and fall back. It is in the number, and shown beside it:
`us.funding_stress.quarter_end` is 1 on the last business day of a quarter and the first of the next,
`us.funding_stress.tax_date` is 1 where quarterly taxes fall due (15 January, April, June, September, or the next day
the tax office is open; of 2020 the ordinary days, not the ones of that summer).
Belongs here: components, weights, the composite. Keep out: the spreads themselves, states (signals).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from liquidity_platform.catalog.calendars import Days, business_day_before, business_days, next_business_day
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, last_within, optional, window
from liquidity_platform.derived.computing import Lists
from liquidity_platform.derived.declare import Function, Metric

GUIDE = "Finance guide 4.4"
ID = "us.funding_stress"
ROWS, LEAST, DAYS = 250, 125, 400
LEAST_WEIGHT, HELD_WITHIN = 0.70, 4.0
DAY = "nyfed.effr"  # the funding market's own business days make the rows


@dataclass(frozen=True, slots=True)
class Component:
    """One leg: what it reads, its block, the last digit that is published of it (in its unit), its weight."""

    name: str
    reads: str
    block: str
    step: float
    weight: float


COMPONENTS = [
    Component("sofr_effr", "us.corridor.sofr_effr", "secured", 1.0, 0.2),
    Component("sofr_p99_p1", "us.corridor.sofr_p99_p1", "secured", 1.0, 0.1),
    Component("effr_iorb", "us.corridor.effr_iorb", "unsecured", 1.0, 0.2),
    Component("cp_bill", "us.spread.cp_bill", "unsecured", 1.0, 0.1),
    Component("hy_oas", "us.spread.hy_oas", "credit", 1.0, 0.1),
    Component("ig_oas", "us.spread.ig_oas", "credit", 1.0, 0.1),
    Component("vix", "cboe.vix", "volatility", 0.01, 0.1),
    Component("move", "close.yahoo.idx.move", "volatility", 0.01, 0.1),
]


def _zscore(step: float) -> Function:
    def score(frame: pl.DataFrame) -> pl.Series:
        before = Lists.of(frame["before"])
        level = frame["level"].fill_null(np.nan).to_numpy()
        return pl.Series((level - before.mean()) / np.maximum(before.deviation(), step), nan_to_null=True)

    return score


def _component(one: Component) -> Metric:
    return Metric(
        id=f"{ID}.{one.name}",
        title=f"Funding stress, {one.block}: z-score of {one.reads} against its year before",
        unit=Unit.RATIO,
        version=1,
        anchor="level",
        inputs={
            "level": at_period(one.reads),
            "before": window(one.reads, days=DAYS, rows=ROWS, least=LEAST),
        },
        function=_zscore(one.step),
        source=f"{GUIDE}: fixed window on knowledge time, current value excluded; sd of at least {one.step:g}",
    )


def _present() -> pl.Expr:
    """The sum of the weights whose z is there."""
    return pl.sum_horizontal(
        pl.when(pl.col(one.name).is_not_null()).then(one.weight).otherwise(0.0) for one in COMPONENTS
    )


def _weight(frame: pl.DataFrame) -> pl.Series:
    return frame.select(weight=_present())["weight"]


def _stress(frame: pl.DataFrame) -> pl.Series:
    held = [one.weight * pl.col(one.name).clip(-HELD_WITHIN, HELD_WITHIN) for one in COMPONENTS]
    score = pl.sum_horizontal(held) / _present()  # an absent z adds nothing, to the sum and to the weight
    enough = _present() >= LEAST_WEIGHT - 1e-9
    return frame.select(stress=pl.when(enough).then(100 / (1 + (-score).exp())))["stress"]


def _on(days: pl.Series, marked: Days) -> pl.Series:
    found = np.isin(days.to_numpy().astype("datetime64[D]"), marked)
    return pl.Series(found.astype(np.float64))


def _quarter_end(frame: pl.DataFrame) -> pl.Series:
    firsts = _days_of_years(frame["period"], [(month, 1) for month in (1, 4, 7, 10)])
    ends = business_day_before(firsts - np.timedelta64(1, "D"), "us_federal")
    return _on(frame["period"], np.concatenate([ends, next_business_day(firsts, "us_federal")]))


def _tax_date(frame: pl.DataFrame) -> pl.Series:
    due = _days_of_years(frame["period"], [(month, 15) for month in (1, 4, 6, 9)])
    closed = np.concatenate([business_days("us_federal").holidays, _emancipation(frame["period"])])
    return _on(frame["period"], np.busday_offset(due, 0, roll="forward", holidays=closed))


def _emancipation(periods: pl.Series) -> Days:
    """Emancipation Day in the District of Columbia, 16 April, as observed: the tax office is closed, banks are not."""
    day = _days_of_years(periods, [(4, 16)])
    weekday = (day.astype(int) + 3) % 7
    observed: Days = day + np.where(weekday == 5, -1, np.where(weekday == 6, 1, 0))
    return observed


def _days_of_years(periods: pl.Series, month_days: list[tuple[int, int]]) -> Days:
    """Those days of every year from the first period's to the year after the last's."""
    if periods.is_empty():
        return np.array([], dtype="datetime64[D]")
    years = range(periods.dt.year().min(), periods.dt.year().max() + 2)  # type: ignore[arg-type,operator]
    return np.array([f"{year}-{month:02}-{day:02}" for year in years for month, day in month_days], "datetime64[D]")


def _flag(name: str, title: str, function: Function, source: str) -> Metric:
    return Metric(
        id=f"{ID}.{name}", title=title, unit=Unit.COUNT, version=1, anchor="day",
        inputs={"day": at_period(DAY)}, function=function, source=source,
    )  # fmt: skip


# a component of the business day, or of the two before it while today's is not out
LEGS = {one.name: optional(last_within(f"{ID}.{one.name}", business_days=2)) for one in COMPONENTS}
METRICS = [
    *(_component(one) for one in COMPONENTS),
    Metric(
        id=ID, title="Funding stress, 0 to 100", unit=Unit.INDEX, version=1, anchor="day",
        inputs={"day": at_period(DAY), **LEGS}, function=_stress,
        source=f"{GUIDE}: winsorised at 4, logistic, 70 % of the weight; the weights are this platform's own",
    ),
    Metric(
        id=f"{ID}.weight", title="Funding stress: share of the weight that is present", unit=Unit.RATIO, version=1,
        anchor="day", inputs={"day": at_period(DAY), **LEGS}, function=_weight, source=GUIDE,
    ),
    _flag("quarter_end", "Turn of a quarter: last business day of one, first of the next", _quarter_end, GUIDE),
    _flag("tax_date", "Business day on which quarterly taxes are due", _tax_date, f"{GUIDE} and 4.1 trap 7"),
]  # fmt: skip
