"""Stealth QE: how fast reverse repos run off, the Treasury spends and the Fed's assets grow, as a score of 0 to 100.

The reference model's score (reference.py) restated by finance guide 4.1: changes over seven calendar days, all in
dollars, NULL where a leg is missing, the limit of a day's move from the second observation on, components published.
| component | score 100 at | of |
|---|---|---|
| `.rrp` (weight 0.4) | reverse repos 20 % lower | `.rrp_velocity`: their change in percent of the level a week before |
| `.tga` (weight 0.4) | 200 bn spent | `.tga_spending`: what the Treasury's account fell by |
| `.fed` (weight 0.2) | 100 bn more | `.fed_change`: what the Fed's assets grew by |
A component that works the other way is 0. Percent of nearly nothing explodes: below FLOOR the change is taken in
percent of FLOOR, so that the last billions of a facility that runs empty count for what they are; 0.000 is a number.

`us.stealth_qe.raw` is the weighted sum on a day of the Daily Treasury Statement; `us.stealth_qe` follows it by at most
LIMIT points an observation. It starts anew MEMORY days back, at the raw score, so that a value rests on a bounded past:
two starts meet as soon as the raw score lies within reach of both. `us.stealth_qe.weekly` is the sum on a Wednesday
against the one before, without a limit.
Belongs here: the score and its parts. Keep out: its bands (a signal), the reference model's own score.
"""

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, lagged, window
from liquidity_platform.derived.declare import Function, Metric

GUIDE = "Finance guide 4.1, stealth QE restated"
FLOOR = 20e9  # dollars
LIMIT = 25.0  # points an observation
MEMORY = 35  # days
FULL = {"rrp": -20.0, "tga": 200e9, "fed": 100e9}  # percent, dollars, dollars
WEIGHTS = {"rrp": 0.4, "tga": 0.4, "fed": 0.2}


def velocity(frame: pl.DataFrame) -> pl.Series:
    """Change of `now` against `then` in percent of `then`, of FLOOR where that is larger."""
    base = pl.max_horizontal(pl.col("then"), pl.lit(FLOOR))
    return frame.select(100 * (pl.col("now") - pl.col("then")) / base).to_series()


def share_of(full: float) -> Function:
    """`part` in percent of `full`, within 0..100; a negative `full` counts what falls."""
    return lambda frame: frame.select((pl.col("part") / full * 100).clip(0, 100)).to_series()


def limited(frame: pl.DataFrame) -> pl.Series:
    """The end of the path that starts at the first score of `path` and follows the next by at most LIMIT points."""
    return pl.Series([_followed(path) for path in frame["path"].to_list()], dtype=pl.Float64)


def _followed(path: list[float] | None) -> float | None:
    if not path:
        return None
    at, *later = path
    for score in later:
        at = min(max(score, at - LIMIT), at + LIMIT)
    return at


def _metric(name: str, title: str, unit: Unit, inputs: dict[str, Input], how: str | Function) -> Metric:
    """A metric of this family; its first input is the anchor."""
    text, function = (how, None) if isinstance(how, str) else (None, how)
    return Metric(id=name, title=title, unit=unit, version=1, anchor=next(iter(inputs)), inputs=inputs,
                  formula=text, function=function, source=GUIDE)  # fmt: skip


def _score(prefix: str, name: str, title: str, legs: str, look_back: int) -> list[Metric]:
    """Changes of the legs over a week, the score of each, and their weighted sum `name`."""

    def week(leg: str) -> dict[str, Input]:
        source = f"{legs}.{leg}"
        return {"now": at_period(source), "then": lagged(source, days=7, calendar_days=look_back)}

    def scored(leg: str, of: str) -> Metric:
        part = {"part": at_period(f"{prefix}.{of}")}
        return _metric(f"{prefix}.{leg}", f"{title}: score of {of}", Unit.INDEX, part, share_of(FULL[leg]))

    return [
        _metric(f"{prefix}.rrp_velocity", f"{title}: reverse repos, change in percent", Unit.PERCENT, week("rrp"),
                velocity),
        _metric(f"{prefix}.tga_spending", f"{title}: spent from the Treasury's account", Unit.USD, week("tga"),
                "then - now"),
        _metric(f"{prefix}.fed_change", f"{title}: change of Fed assets", Unit.USD, week("assets"), "now - then"),
        scored("rrp", "rrp_velocity"),
        scored("tga", "tga_spending"),
        scored("fed", "fed_change"),
        _metric(name, title, Unit.INDEX, {leg: at_period(f"{prefix}.{leg}") for leg in WEIGHTS}, WEIGHTED),
    ]  # fmt: skip


WEIGHTED = " + ".join(f"{weight} * {leg}" for leg, weight in WEIGHTS.items())
RAW = "us.stealth_qe.raw"
PATH = {"today": at_period(RAW), "path": window(RAW, days=MEMORY, least=1, with_current=True)}
METRICS = [
    *_score("us.stealth_qe", RAW, "Stealth QE before its daily limit", "us.net_liquidity.daily", 4),
    _metric("us.stealth_qe", "Stealth QE score", Unit.INDEX, PATH, limited),
    *_score("us.stealth_qe.weekly", "us.stealth_qe.weekly", "Stealth QE, Wednesdays", "us.net_liquidity.weekly", 0),
]
