"""Do two publishers of one quantity agree?

Belongs here: the judgement of a difference against its tolerance. Keep out: which pairs there are (derived), queries.
"""

import polars as pl

from liquidity_platform.quality.verdict import Verdict

NEWEST = 10  # compared periods at the end, all of which must agree


def judge_agreement(name: str, differences: pl.DataFrame, unit: str, tolerance: float) -> Verdict:
    """Judge `differences` (period, value as known now; NULL where there was nothing to compare).

    Passed: none of the newest compared periods differs by more than `tolerance`; the sentence counts all that do.
    Nothing to compare is no agreement.
    """
    compared = differences.drop_nulls("value").sort("period")
    if compared.is_empty():
        return Verdict(False, f"{name}: no period for which both publishers have a number")
    apart = pl.col("value").abs() > tolerance
    bad, recent = compared.filter(apart), compared.tail(NEWEST).filter(apart)
    span = f"{compared.height:,} periods compared, {compared['period'][0]} .. {compared['period'][-1]}"
    if bad.is_empty():
        return Verdict(True, f"{name}: within {tolerance:,.6g} {unit} in all {span}")
    worst = bad.sort(pl.col("value").abs()).row(-1, named=True)
    said = (
        f"{name}: {bad.height:,} of {span}, differ by more than {tolerance:,.6g} {unit}, "
        f"most on {worst['period']} ({worst['value']:+,.6g}), last on {bad['period'][-1]}"
    )
    return Verdict(recent.is_empty(), said)
