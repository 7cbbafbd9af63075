"""Are the bars of an instrument sound?

Faults of single bars are flagged and the bars kept as published, because nothing says which of their numbers is wrong
(a future's close is a settlement and may lie outside the day's trades). An answer that speaks of another thing than
what is stored (a symbol that changed hands, a split not carried through) is refused whole.
Belongs here: these judgements. Keep out: shapes (sources), what is done with a refused answer.
"""

from datetime import timedelta

import polars as pl

from liquidity_platform.catalog.instruments import AssetClass, Instrument
from liquidity_platform.quality.verdict import Verdict

LONGEST = timedelta(days=7)  # from one bar to the next: the closed days of September 2001
LONGEST_ALWAYS_OPEN = timedelta(days=1)
NEWEST = 12  # stored days at the end that must look alike
SAME = 1.2  # ratio beyond which two closes of one day are not the same instrument's


def judge_sound(instrument: Instrument, bars: pl.DataFrame) -> Verdict:
    """Judge daily `bars` (PARSED_BARS) one by one and in their order; the verdict names counts and days."""
    prices = [pl.col(name) for name in ("open", "high", "low", "close")]
    # NULL says nothing: a close alone is no contradiction
    torn = (pl.col("high") < pl.max_horizontal(prices)) | (pl.col("low") > pl.min_horizontal(prices))
    faults = [_said(bars.filter(torn), "whose high and low do not enclose the open and close", instrument)]
    if instrument.asset_class is not AssetClass.FUTURE:  # oil was negative on 2020-04-20
        faults.append(_said(bars.filter(pl.min_horizontal(prices) <= 0), "with a price of 0 or below", instrument))
    longest = LONGEST_ALWAYS_OPEN if instrument.session_calendar == "24/7" else LONGEST
    gaps = bars.filter(pl.col("bar_start").diff() > longest + timedelta(hours=1))  # an hour: summer time begins
    faults.append(_said(gaps, f"after a gap of more than {longest.days} d", instrument))
    idle = bars.filter(pl.col("volume") == 0)
    remark = f"; {idle.height:,} with a volume of 0" if idle.height else ""
    found = [fault for fault in faults if fault]
    if found:
        return Verdict(False, f"{instrument.id}: of {bars.height:,} bars {'; '.join(found)}{remark}; kept as published")
    return Verdict(True, f"{bars.height:,} bars{remark}")


def _said(bars: pl.DataFrame, what: str, instrument: Instrument) -> str:
    if bars.is_empty():
        return ""
    days = bars["bar_start"].dt.convert_time_zone(instrument.zone).dt.date()
    when = f"{days[0]}" if bars.height == 1 else f"{days[0]} .. {days[-1]}"
    return f"{bars.height:,} {what} ({when})"


def judge_same(instrument: Instrument, offered: pl.DataFrame, stored: pl.DataFrame) -> Verdict:
    """Judge bars as traded against the closes stored for the same days (bar_start, close): as traded is for ever."""
    pairs = offered.join(stored.rename({"close": "was"}), on="bar_start").filter(
        (pl.col("close") > 0) & (pl.col("was") > 0)
    )
    newest = pairs.sort("bar_start").tail(NEWEST).with_columns(ratio=pl.col("close") / pl.col("was"))
    other = newest.filter((pl.col("ratio") > SAME) | (pl.col("ratio") < 1 / SAME))
    if other.height * 2 <= newest.height:
        return Verdict(True, f"{pairs.height:,} stored days agree")
    ratio = float(newest["ratio"].median())  # type: ignore[arg-type]
    return Verdict(
        False,
        f"{instrument.id}: closes as traded are {ratio:.4g} times the stored ones of the same days: "
        "a split not carried through, or another instrument under this symbol",
    )
