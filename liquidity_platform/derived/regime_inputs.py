"""What regimes are made of, week by week: one metric each, dated on the Fed's Wednesday.

A normal score says where a number stands among those before it: the normal quantile of its mid-rank percentile in a
window of calendar days, as known at that moment, today left out. 0 is the middle, 1 the 84th percentile. A number
beyond all of the n before it stands at 1 - 1/(2n): a quantile of 1 would be infinite. Of credit, volatility and the
dollar the sign is turned: up is easy everywhere. The rules these serve are those of finance guide 4.3.
Belongs here: inputs of signals. Keep out: states and rules (signals/), net liquidity itself.
"""

from statistics import NormalDist

import numpy as np
import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, dates_only, last_within, optional, window
from liquidity_platform.derived.computing import Lists
from liquidity_platform.derived.declare import Function, Metric

GUIDE = "Finance guide 4.3"
NET, WEEK = "us.net_liquidity.weekly", "fed.total_assets"
YEAR, TWO_YEARS, FIVE_YEARS = 52 * 7, 104 * 7, 1826  # days
LEAST = 26  # weekly prints that a window must hold
_QUANTILE = NormalDist().inv_cdf


def _metric(name: str, title: str, unit: Unit, inputs: dict[str, Input], how: str | Function, source: str) -> Metric:
    """A metric of this family; its first input is the anchor."""
    text, function = (how, None) if isinstance(how, str) else (None, how)
    return Metric(id=f"us.regime.{name}", title=title, unit=unit, version=1, anchor=next(iter(inputs)),
                  inputs=inputs, formula=text, function=function, source=f"{GUIDE}: {source}")  # fmt: skip


def normal_score(sign: float) -> Function:
    """`level` among `before`, times `sign`."""

    def score(frame: pl.DataFrame) -> pl.Series:
        before, level = Lists.of(frame["before"]), frame["level"].fill_null(np.nan).to_numpy()
        beside, counts = before.spread(level), np.maximum(before.counts, 1)
        below = before.reduced(np.add, before.values < beside, int)
        equal = before.reduced(np.add, before.values == beside, int)
        rank = np.clip((below + equal / 2) / counts, 1 / (2 * counts), 1 - 1 / (2 * counts))
        there = np.isfinite(rank) & np.isfinite(level)
        scores = [sign * _QUANTILE(one) if known else None for one, known in zip(rank.tolist(), there, strict=True)]
        return pl.Series(scores, dtype=pl.Float64)

    return score


def _flow(name: str, change: str, words: str) -> Metric:
    """The change of net liquidity over some weeks among the changes of the five years before."""
    of = f"{NET}.{change}"
    legs = {"level": at_period(of), "before": window(of, days=FIVE_YEARS, least=LEAST)}
    title = f"Net liquidity's change over {words}: normal score among five years"
    return _metric(name, title, Unit.RATIO, legs, normal_score(1.0), "ours, calendar window, mid-rank")


MARKETS = {
    "vix": ("VIX", "cboe.vix", Unit.INDEX),
    "credit": ("US high yield spread", "us.spread.hy_oas", Unit.BASIS_POINTS),
    "dollar": ("Broad dollar index", "fx.broad_dollar", Unit.INDEX),
    "slope": ("10-year less 2-year Treasury", "us.spread.10y2y", Unit.BASIS_POINTS),
}


def _week(name: str) -> Metric:
    """A daily number once a week: of the Wednesday, or of the two business days before it."""
    title, source, unit = MARKETS[name]
    legs = {"week": dates_only(at_period(WEEK)), "level": last_within(source, business_days=2)}
    return _metric(f"week.{name}", f"{title}, Wednesdays", unit, legs, "level", "one clock for all inputs")


def _market(name: str, of: str, title: str) -> Metric:
    """A Wednesday's market among those of the five years before; sign turned."""
    week = f"us.regime.week.{of}"
    legs = {"level": at_period(week), "before": window(week, days=FIVE_YEARS, least=LEAST)}
    return _metric(name, title, Unit.RATIO, legs, normal_score(-1.0), "ours, a component that must agree")


def _year_z(name: str) -> Metric:
    week = f"us.regime.week.{name}"
    legs = {"level": at_period(week), "before": window(week, days=YEAR, least=LEAST)}
    said = f"{MARKETS[name][0]}: z-score against the Wednesdays of the year before (population sd)"
    return _metric(f"{name}_z", said, Unit.RATIO, legs, "zscore(level, before)", "risk")


def _signs(frame: pl.DataFrame) -> pl.Series:
    """1 where both rise, -1 where both fall, else 0."""
    week, month = pl.col("week"), pl.col("month")
    rising, falling = (week > 0) & (month > 0), (week < 0) & (month < 0)
    known = rising.is_not_null() & falling.is_not_null()
    signs = pl.when(rising).then(1.0).when(falling).then(-1.0).when(known).then(0.0)
    return frame.select(signs=signs)["signs"]


def _weighted(frame: pl.DataFrame) -> pl.Series:
    """Two ranks and a score of 0 to 100, as their source weighs them."""
    return 0.4 * frame["net"] + 0.4 * frame["world"] + 0.2 * frame["stealth"] / 100


RISK_LEGS = {"vix_z": -1.0, "credit_z": -1.0, "dollar_z": -1.0, "slope_z": 1.0}  # up is risk taken
LEAST_RISKS = 3


def _risk(frame: pl.DataFrame) -> pl.Series:
    """The mean of the z-scores that are there, each turned so that up is risk taken."""
    there = pl.sum_horizontal(pl.col(name).is_not_null() for name in RISK_LEGS)
    mean = pl.mean_horizontal(sign * pl.col(name) for name, sign in RISK_LEGS.items())
    return frame.select(risk=pl.when(there >= LEAST_RISKS).then(mean))["risk"]


METRICS = [
    _flow("net_13w", "d13w", "13 weeks"),
    _flow("net_4w", "d4w", "4 weeks"),
    *(_week(name) for name in MARKETS),
    _market("credit", "credit",
            "US high yield spread, turned: normal score among five years (TRUNCATED: FRED holds three)"),
    _market("volatility", "vix", "VIX, turned: normal score among five years"),
    _metric(
        "net_signs", "Signs of net liquidity's changes over one and four weeks: 1 both up, -1 both down, else 0",
        Unit.COUNT, {"week": at_period(f"{NET}.d1w"), "month": at_period(f"{NET}.d4w")}, _signs,
        "signs (reference model; its 30 days are four weeks of a weekly number)",
    ),
    _metric(
        "net_z104", "Net liquidity: z-score against the 104 weeks before (population sd)", Unit.RATIO,
        {"level": at_period(NET), "before": window(NET, days=TWO_YEARS, least=100)}, "zscore(level, before)",
        "z over 104 weeks",
    ),
    _metric(
        "net_rank", "Net liquidity's changes over 13 and 4 weeks: mean of their ranks among five years, 0 to 100",
        Unit.PERCENT,
        {"quarter": at_period(f"{NET}.d13w"), "quarters": window(f"{NET}.d13w", days=FIVE_YEARS, least=LEAST),
         "month": at_period(f"{NET}.d4w"), "months": window(f"{NET}.d4w", days=FIVE_YEARS, least=LEAST)},
        "pct(0.5 * percentile(quarter, quarters) + 0.5 * percentile(month, months))",
        "weighted 0 to 100; the weights are this platform's own",
    ),
    *(
        _metric(
            name, f"{title}: rank among five years, 0 to 1", Unit.RATIO,
            {"level": at_period(of), "before": window(of, days=FIVE_YEARS, least=LEAST)}, "percentile(level, before)",
            "percentile",
        )
        for name, title, of in (
            ("net_percentile", "Net liquidity", NET),
            ("global_percentile", "Global liquidity", "global.liquidity.gross"),
        )
    ),
    _metric(
        "weighted_percentile", "0.4 net and 0.4 global liquidity's rank, 0.2 stealth QE: 0 to 1", Unit.RATIO,
        {"net": at_period("us.regime.net_percentile"), "world": at_period("us.regime.global_percentile"),
         "stealth": at_period("us.stealth_qe.weekly")}, _weighted, "percentile (a public tracker)",
    ),
    *(_year_z(name) for name in MARKETS),
    _metric(
        "risk_taken", "Risk taken: mean z-score of VIX, credit, dollar (turned) and slope, three of four at least",
        Unit.RATIO,
        {"week": at_period(WEEK), **{name: optional(at_period(f"us.regime.{name}")) for name in RISK_LEGS}}, _risk,
        "risk",
    ),
]  # fmt: skip
