"""Does a publisher's file still speak the catalog's unit? The file is judged as a whole.

1,816 (billions) is a plausible 1,816 (millions), so single values prove nothing: where stored values overlap, they
decide; else the share of implausible values and the newest rows do. A fit by a power of ten is named.
Belongs here: the judgement of a whole file before anything of it is appended. Keep out: single implausible rows
(plausible.py), what is done with a refused file.
"""

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.quality.verdict import Verdict

NEWEST = 12  # rows at the end of a file that must look right
SHARE = 0.5  # of all rows may lie outside the plausible range
SAME_UNIT = 0.2  # |log10(new / stored)| beyond which a pair no longer speaks the same unit
POWERS = (3, -3, 6, -6, 2, -2, 9, -9, 1, -1)


def judge_units(series: Series, offered: pl.DataFrame, stored: pl.DataFrame) -> Verdict:
    """Judge `offered` (period, value in the catalog's unit) against `stored` (period, value known now).

    A refusal names the series, the expected and the seen range, and the power of ten that would fit.
    """
    numbers = offered.drop_nulls("value").sort("period")
    if numbers.is_empty():
        return Verdict(True, "no numbers to judge")
    overlap = _ratios(numbers, stored)
    if overlap.len() >= 3:
        return _judge_overlap(series, numbers, overlap, stored)
    return _judge_range(series, numbers)


def _ratios(numbers: pl.DataFrame, stored: pl.DataFrame) -> pl.Series:
    """log10(|new / stored|) of the periods both hold; zeros say nothing about a unit."""
    pairs = numbers.join(stored.rename({"value": "was"}), on="period").filter(
        (pl.col("was") != 0) & (pl.col("value") != 0) & (pl.col("was").sign() == pl.col("value").sign())
    )
    return pairs.sort("period").select((pl.col("value") / pl.col("was")).log10().alias("log"))["log"]


def _judge_overlap(series: Series, numbers: pl.DataFrame, logs: pl.Series, stored: pl.DataFrame) -> Verdict:
    stepped = logs.round(0).cast(pl.Int32)
    off = (stepped != 0) & ((logs - stepped.cast(pl.Float64)).abs() < 0.02)
    newest_off = off.tail(NEWEST).mean() or 0.0
    if (off.mean() or 0.0) > SHARE or float(newest_off) >= 0.5:  # type: ignore[arg-type, operator]
        power = int(stepped.filter(off).mode()[0])
        return _refusal(
            series, numbers, f"the stored values of the same days are 10^{-power:+d} times those of the file"
        )
    fresh = numbers.filter(pl.col("period") > stored["period"].max())
    step = _step_from(float(stored.sort("period")["value"][-1]), fresh, series) if fresh.height else None
    if step is not None:
        return _refusal(
            series, fresh, f"against the last stored value the new rows fit when multiplied by 10^{step:+d}"
        )
    return Verdict(True, f"{logs.len()} stored values of the same days agree in unit")


def _step_from(last: float, fresh: pl.DataFrame, series: Series) -> int | None:
    """The power of ten that brings implausible new rows back beside the last stored value, if one does."""
    low, high = series.plausible
    outside = fresh.filter(~pl.col("value").is_between(low, high) & (pl.col("value") != 0))
    if outside.is_empty() or last == 0:
        return None
    middle = float(outside["value"].median())  # type: ignore[arg-type]
    for power in POWERS:
        ratio = middle * 10**power / last
        if 1 / 3 < ratio < 3:
            return power
    return None


def _judge_range(series: Series, numbers: pl.DataFrame) -> Verdict:
    low, high = series.plausible
    outside = ~numbers["value"].is_between(low, high)
    share, newest = float(outside.mean() or 0), float(outside.tail(NEWEST).mean() or 0)  # type: ignore[arg-type]
    if share <= SHARE and newest < 0.5:
        return Verdict(True, "plausible as a whole")
    fits = [p for p in POWERS if _fit(numbers["value"] * 10.0**p, low, high)]
    hint = f"multiplied by 10^{fits[0]:+d} they would fit" if fits else "no power of ten makes them fit"
    return _refusal(
        series, numbers, f"{share:.0%} of its values and {newest:.0%} of the newest are implausible; {hint}"
    )


def _fit(values: pl.Series, low: float, high: float) -> bool:
    inside = values.is_between(low, high)
    return bool((inside.mean() or 0) > 0.95 and (inside.tail(NEWEST).mean() or 0) > 0.9)  # type: ignore[operator]


def _refusal(series: Series, numbers: pl.DataFrame, why: str) -> Verdict:
    scale = series.published.scale
    low, high = float(numbers["value"].min()) / scale, float(numbers["value"].max()) / scale  # type: ignore[arg-type]
    return Verdict(
        False,
        f"{series.id} ({series.code}): expected {series.low:,.6g} to {series.high:,.6g} {series.published.label}, "
        f"the file holds {low:,.6g} to {high:,.6g}; {why}",
    )
