"""Seconds to compute every metric over all it is known of, to add a day, and the same numbers in plain pandas.

Numbers are the published ones from 2002 on, with the vintages that are on file; a second history is drawn, with late
arrivals, revisions and whole estimates anew. The pandas version is what one would write from the definition: for each
week, and each instant at which a leg became known, the newest values known then. Same results are asserted.
Belongs here: what is timed, the plain version. Keep out: histories (derived/looking_ahead.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
from pandas.tseries.holiday import USFederalHolidayCalendar
from pandas.tseries.offsets import CustomBusinessDay

from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.derived.engine import evaluate, evaluate_all
from liquidity_platform.derived.increment import evaluate_new
from liquidity_platform.derived.registry import BUILT_IN
from liquidity_platform_tests.bench.measures import Measure, timed
from liquidity_platform_tests.derived.looking_ahead import drawn, from_files, sources_of

FULL_S, DAY_S, TIMES = 30.0, 2.0, 10.0
SINCE = date(2002, 1, 1)
WEEKLY = "us.net_liquidity.weekly"


def metric_times(data: Path) -> Iterator[Measure]:
    """All metrics of the registry, then one of them beside pandas."""
    sources = sources_of(BUILT_IN.values())
    known = from_files(data, sources, SINCE)
    yield from _full_and_a_day("published files", known)
    yield from _full_and_a_day("drawn vintages", drawn(sources, 5))
    yield _against_pandas(known)


def _full_and_a_day(of: str, known: pl.DataFrame) -> Iterator[Measure]:
    took, whole = timed(lambda: evaluate_all(BUILT_IN, known))
    said = f"{len(BUILT_IN)} metrics, {known.height:,} input rows, {whole.height:,} steps"
    yield Measure(f"all metrics, every step, {of}", took, "s", FULL_S, said)
    last: object = known["known_at"].max()
    new = pl.col("known_at") > pl.lit(last).cast(KNOWN_INPUT["known_at"]) - timedelta(days=1)
    before = whole.filter(~new).select(pl.col("metric_id").alias("input_id"), *list(KNOWN_INPUT)[1:])
    took, rows = timed(lambda: evaluate_new(BUILT_IN, known.with_columns(new=new), before, ()))
    key = ["metric_id", "period", "known_at"]
    assert rows.sort(key).equals(whole.filter(new).sort(key)), "a day added is not what computing everything gives"
    yield Measure(f"  its last day added, {of}", took, "s", DAY_S, f"{rows.height:,} steps")


def _against_pandas(known: pl.DataFrame) -> Measure:
    metric = BUILT_IN[WEEKLY]
    own, rows = min((timed(lambda: evaluate(metric, known)) for _ in range(3)), key=lambda turn: turn[0])
    legs = {name: known.filter(pl.col("input_id") == leg.source).to_pandas() for name, leg in metric.inputs.items()}
    theirs, plain = timed(lambda: in_pandas(legs["assets"], legs["tga"], legs["rrp"]))
    ours = rows.select("period", "known_at", "value").to_pandas()
    ours["period"] = pd.to_datetime(ours["period"])
    pd.testing.assert_frame_equal(ours, plain.astype(ours.dtypes.to_dict()), check_exact=True)
    return Measure(f"{WEEKLY}, every step", theirs / own, "x", None, "times plain pandas, same results", TIMES)


def in_pandas(assets: pd.DataFrame, tga: pd.DataFrame, rrp: pd.DataFrame) -> pd.DataFrame:
    """Net liquidity of each Wednesday at each instant at which one of its numbers became known."""
    two_days = CustomBusinessDay(2, calendar=USFederalHolidayCalendar())
    for frame in (assets, tga, rrp):
        frame["period"] = pd.to_datetime(frame["period"])
    rows = []
    for week, published in assets.dropna(subset="value").groupby("period"):
        mine, account = assets[assets["period"] == week], tga[tga["period"] == week]
        repos = rrp[(rrp["period"] <= week) & (rrp["period"] >= week - two_days)]
        steps = pd.concat([mine, account, repos])["known_at"]
        for step in sorted(steps[steps >= published["known_at"].min()].unique()):
            legs = [_newest(part[part["known_at"] <= step]) for part in (mine, account, repos)]
            rows.append((week, step, legs[0] - legs[1] - legs[2]))
    return pd.DataFrame(rows, columns=["period", "known_at", "value"])


def _newest(known: pd.DataFrame) -> float:
    """The newest period's last known number; NaN without one."""
    latest = known.sort_values("known_at").groupby("period")["value"].last().dropna()
    return float(latest.iloc[-1]) if len(latest) else float("nan")
