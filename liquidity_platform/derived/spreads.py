"""Interest-rate and credit spreads.

Ids: design section 7; formulas and sources: finance guide 4.4. Both legs of a difference are of the same day; a day
without the anchor's value (a holiday) has no row. T10Y2Y and T10Y3M only cross-check ours. Of ICE's spreads FRED holds
the last three years only: whatever looks back further says TRUNCATED in its title, as how far it reaches depends on
when this warehouse began to keep them. A PROXY stands in for something that is not published, and says for what.
Belongs here: curve, credit and commercial-paper spreads. Keep out: overnight rates (corridor.py), composites.
"""

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.bands import banded
from liquidity_platform.derived.declare import Metric

GUIDE = "Finance guide 4.4"
CP_DAYS = 90  # days to maturity of three-month commercial paper


def _difference(spread: str, title: str, long: str, short: str) -> Metric:
    """long - short, percent to basis points, both on the same day; the long leg is the anchor."""
    return Metric(
        id=f"us.spread.{spread}",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="long",
        inputs={"long": at_period(long), "short": at_period(short)},
        formula="bp(long - short)",
        source=GUIDE,
    )


def _level(spread: str, title: str, series: str) -> Metric:
    """A published spread in percent, shown in basis points."""
    return Metric(
        id=f"us.spread.{spread}",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="level",
        inputs={"level": at_period(series)},
        formula="bp(level)",
        source=GUIDE,
    )


def _over_bill(frame: pl.DataFrame) -> pl.Series:
    """Basis points between commercial paper and the bill, both as yields on 365 days.

    The Board prints commercial paper on a discount basis of 360 days (notes of H.15 and of FRED's DCPF3M); of a price
    1 - d t/360 the yield is 365 d / (360 - d t), with d as a fraction and t = 90 days. DGS3MO is a yield already.
    """
    discount = frame["paper"] / 100
    paid = 365 * discount / (360 - CP_DAYS * discount)
    return (10_000 * paid - 100 * frame["bill"]).round(9)


def _paper(spread: str, title: str, series: str) -> Metric:
    return Metric(
        id=f"us.spread.{spread}",
        title=f"{title} commercial paper less Treasury bill, 3 months, both as bond-equivalent yields",
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="paper",
        inputs={"paper": at_period(series), "bill": at_period("ust.yield_3m")},
        function=_over_bill,
        source=f"{GUIDE}, the paper turned from a discount into a yield: 365 d / (360 - 90 d)",
    )


METRICS = [
    _difference("10y2y", "10-year less 2-year Treasury", "ust.yield_10y", "ust.yield_2y"),
    _difference("10y3m", "10-year less 3-month Treasury", "ust.yield_10y", "ust.yield_3m"),
    _level("hy_oas", "US high yield option-adjusted spread", "ice.hy_oas"),
    _level("ig_oas", "US corporate option-adjusted spread", "ice.ig_oas"),
    _difference("sofr_iorb", "SOFR less interest on reserves", "nyfed.sofr", "fed.iorb"),
    banded("us.spread.sofr_iorb", "SOFR less interest on reserves", (0.0, 5.0, 10.0), f"{GUIDE}: 0/5/10 bp"),
    _paper("cp_bill", "AA financial", "fed.cp_financial_3m"),
    _paper("cp_bill_nonfinancial", "AA nonfinancial", "fed.cp_nonfinancial_3m"),
    _level("baa_10y", "Moody's Baa yield less 10-year Treasury (PROXY of the corporate spread)", "moodys.baa_10y"),
    Metric(
        id="us.credit.hyg_lqd",
        title="HYG over LQD, closes as traded (PROXY of high yield against investment grade)",
        unit=Unit.RATIO,
        version=1,
        anchor="high_yield",
        inputs={
            "high_yield": at_period("close.yahoo.etf.hyg"),
            "investment_grade": at_period("close.yahoo.etf.lqd"),
        },
        formula="high_yield / investment_grade",
        source=f"{GUIDE}: fallback where ICE's spreads are missing",
    ),
    Metric(
        id="us.credit.nfci",
        title="NFCI, credit subindex (PROXY of credit spreads; revised every week over its whole history)",
        unit=Unit.INDEX,
        version=1,
        anchor="level",
        inputs={"level": at_period("chicagofed.nfci_credit")},
        formula="level",
        source=f"{GUIDE}: fallback where ICE's spreads are missing",
    ),
]
