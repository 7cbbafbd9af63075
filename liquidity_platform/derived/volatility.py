"""Volatility: the VIX's term structure, z-scores of VIX and MOVE, bands, and a signal made of them.

Limits and the signal are those of the reference model (finance guide 4.0), computed on knowledge as it stood. A z-score
is (today - mean) / sd of the last 20 published values before today, today left out; sd divides by their number
(population); fewer than 16 of them (80 %) are no measure, for MOVE as well, where the reference takes 6.
Belongs here: those. Keep out: realised volatility, stress composites.
"""

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, optional, window
from liquidity_platform.derived.bands import banded
from liquidity_platform.derived.declare import Metric

GUIDE = "Finance guide 4.0 (reference model)"
VIX, MOVE = "cboe.vix", "close.yahoo.idx.move"
ROWS, LEAST = 20, 16
DAYS = 40  # holds twenty trading days in any season
HIGH_FEAR, CAUTION, NONE, RISK_ON, COMPLACENCY = 2.0, 1.0, 0.0, -1.0, -2.0


def _zscore(name: str, title: str, source: str) -> Metric:
    return Metric(
        id=f"us.{name}.z20",
        title=f"{title}: z-score against the 20 values before (population sd)",
        unit=Unit.RATIO,
        version=1,
        anchor="level",
        inputs={
            "level": at_period(source),
            "before": window(source, days=DAYS, rows=ROWS, least=LEAST),
        },
        formula="zscore(level, before)",
        source=f"{GUIDE}: window 20, population sd, current value excluded, 80 % coverage",
    )


def _signal(frame: pl.DataFrame) -> pl.Series:
    """2 HIGH FEAR, 1 CAUTION, -2 COMPLACENCY, -1 RISK-ON, 0 none of them; the first that holds.

    NULL where a leg that is not there could still make an earlier one hold: polars' `|` and `&` know three truths.
    """
    vix, z, ratio = pl.col("vix"), pl.col("z"), pl.col("ratio")
    rules = [
        (HIGH_FEAR, (vix > 30) | (z > 2)),
        (CAUTION, (vix > 25) | (ratio > 1.05)),
        (COMPLACENCY, (vix < 13) & (z < -1.5)),
        (RISK_ON, (vix < 18) & (ratio < 0.95)),
    ]
    answer = pl.lit(NONE)
    for code, holds in reversed(rules):
        answer = pl.when(holds.is_null()).then(None).when(holds).then(pl.lit(code)).otherwise(answer)
    return frame.select(signal=answer.cast(pl.Float64))["signal"]


TERM = "us.vix.term_structure"
METRICS = [
    Metric(
        id=TERM,
        title="VIX over three-month VIX",
        unit=Unit.RATIO,
        version=1,
        anchor="vix",
        inputs={"vix": at_period(VIX), "vix_3m": at_period("cboe.vix_3m")},
        formula="vix / vix_3m",
        source=GUIDE,
    ),
    _zscore("vix", "VIX", VIX),
    _zscore("move", "MOVE", MOVE),
    Metric(
        id="us.volatility.signal",
        title="Volatility: 2 high fear, 1 caution, 0 none, -1 risk-on, -2 complacency",
        unit=Unit.COUNT,
        version=1,
        anchor="vix",
        inputs={"vix": at_period(VIX), "z": optional(at_period("us.vix.z20")), "ratio": optional(at_period(TERM))},
        function=_signal,
        source=f"{GUIDE}: VIX 30/25/13/18, z 2/-1.5, VIX over VIX3M 1.05/0.95",
    ),
    banded(VIX, "VIX", (12.0, 20.0, 25.0, 35.0), f"{GUIDE}: VIX 35/25/20/12", name="us.vix"),
    banded(MOVE, "MOVE", (70.0, 100.0, 120.0, 140.0), f"{GUIDE}: MOVE 140/120/100/70", name="us.move"),
    banded(TERM, "VIX over three-month VIX", (0.90, 1.05), f"{GUIDE}: 0.90/1.05"),
    *(
        banded(f"us.{name}.z20", f"{name.upper()} z-score", (-2.0, -1.0, 1.0, 2.0), f"{GUIDE}: z +-1/+-2")
        for name in ("vix", "move")
    ),
]
