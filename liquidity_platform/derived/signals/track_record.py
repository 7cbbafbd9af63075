"""What followed each state of a signal, judged by what was known: a record, not a forecast.

A release counts with the state it had when its date first had one, whatever was revised later. The return that followed
starts at the first close dated after the New York day on which that became known, and ends at the first close on or
after the horizon. Windows of neighbouring releases overlap, so there are fewer independent ones than releases: `n_eff`
counts the most windows of a state no two of which overlap. The interval of the difference from the base rate (all
releases alike) is a circular block bootstrap with blocks as long as the horizon, 95 %, with a fixed seed: where it
holds 0, nothing is shown. Belongs here: the arithmetic. Keep out: reading, printing, choosing what to trade.
"""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

TRACK = {
    "state": pl.String(), "weeks": pl.Int64(), "n": pl.Int64(), "n_eff": pl.Int64(), "mean": pl.Float64(),
    "base_mean": pl.Float64(), "difference": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "rises": pl.Float64(), "base_rises": pl.Float64(),
}  # fmt: skip
DRAWS, SEED = 2000, 7402
INTERVAL = (2.5, 97.5)
LATE = timedelta(days=7)  # a close may lie so much later than it is due: holidays; more is a hole in the prices
Floats = npt.NDArray[np.float64]


def first_known(steps: pl.DataFrame) -> pl.DataFrame:
    """The state each period had first: period, known_at, state; `steps` has those and recorded_at (UTC)."""
    ordered = steps.sort("period", "known_at", "recorded_at", descending=[False, False, True])
    first = ordered.group_by("period", maintain_order=True).first()
    return first.select("period", "known_at", "state").sort("known_at")


def followed(first: pl.DataFrame, closes: pl.DataFrame, weeks: int) -> pl.DataFrame:
    """Each release with what followed: state, entry, leave (days), followed (percent).

    `closes`: period (trading day), value. A release without a full window is left out.
    """
    priced = closes.drop_nulls("value").sort("period")
    local = pl.col("known_at").dt.convert_time_zone("America/New_York").dt.date()
    due = first.select("state", due=local + timedelta(days=1)).sort("due")
    entered = _at(due, priced, "due", "entry").with_columns(due=pl.col("entry") + timedelta(weeks=weeks))
    left = _at(entered, priced, "due", "leave")
    return left.with_columns(followed=100 * (pl.col("leave_value") / pl.col("entry_value") - 1)).select(
        "state", "entry", "leave", "followed"
    )


def _at(rows: pl.DataFrame, priced: pl.DataFrame, due: str, name: str) -> pl.DataFrame:
    """The first close on or after `due`, as `name` (day) and `<name>_value`; rows without one are dropped."""
    marked = priced.select(pl.col("period").alias(name), pl.col("value").alias(f"{name}_value"))
    joined = rows.sort(due).join_asof(
        marked.with_columns(day=name), left_on=due, right_on="day", strategy="forward", tolerance=LATE
    )
    return joined.drop("day", due, strict=False).drop_nulls(name)


def track(first: pl.DataFrame, closes: pl.DataFrame, weeks: int) -> pl.DataFrame:
    """One row a state (TRACK columns, returns in percent over `weeks`), states in order of name."""
    found = followed(first, closes, weeks)
    if found.is_empty():
        return pl.DataFrame(schema=TRACK)
    returns, states = found["followed"].to_numpy(), found["state"].to_numpy()
    drawn = _drawn(len(returns), weeks)
    rows = []
    for state in sorted(set(states)):
        own = states == state
        low, high = np.nanpercentile(_differences(returns, own, drawn), INTERVAL)
        mean, base = float(returns[own].mean()), float(returns.mean())
        rows.append((
            state, weeks, int(own.sum()), _apart(found.filter(pl.Series(own))), mean, base, mean - base, float(low),
            float(high), float((returns[own] > 0).mean()), float((returns > 0).mean()),
        ))  # fmt: skip
    return pl.DataFrame(rows, schema=TRACK, orient="row")


def _drawn(count: int, block: int) -> npt.NDArray[np.int64]:
    """Positions of every draw: blocks of neighbours, going round at the end."""
    starts = np.random.default_rng(SEED).integers(0, count, (DRAWS, -(-count // block)))
    places: npt.NDArray[np.int64] = (starts[:, :, None] + np.arange(block)) % count
    return places.reshape(DRAWS, -1)[:, :count]


def _differences(returns: Floats, own: npt.NDArray[np.bool_], drawn: npt.NDArray[np.int64]) -> Floats:
    """Mean of the state less mean of all, of every draw; NaN for a draw without the state."""
    values, mine = returns[drawn], own[drawn]
    counts = mine.sum(axis=1)
    means = np.where(mine, values, 0.0).sum(axis=1) / np.where(counts > 0, counts, np.nan)
    found: Floats = means - values.mean(axis=1)
    return found


def _apart(windows: pl.DataFrame) -> int:
    """The most windows no two of which overlap: taking the one that ends first is best."""
    count, free = 0, None
    for entry, leave in windows.sort("leave").select("entry", "leave").iter_rows():
        if free is None or entry >= free:
            count, free = count + 1, leave
    return count
