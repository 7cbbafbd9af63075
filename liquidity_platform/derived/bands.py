"""Bands: how many of a few declared limits a metric has reached.

A band is a metric of its own, `<id>.band`: 0 below the first limit, 1 from the first on, ...; a value at a limit has
reached it. The limits are stated in the title with the source that gives them: they are heuristics of that source, and
no part of the number beside them. Belongs here: making bands. Keep out: which metrics have them.
"""

from collections.abc import Sequence

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.declare import Function, Metric


def _reached(limits: Sequence[float]) -> Function:
    def count(frame: pl.DataFrame) -> pl.Series:
        reached = sum((pl.col("level") >= limit).cast(pl.Float64) for limit in limits)
        return frame.select(band=reached)["band"]

    return count


def banded(of: str, title: str, limits: Sequence[float], source: str, name: str | None = None) -> Metric:
    """The band of a metric or series `of`, as `<name or of>.band`; `limits` rise, in its unit."""
    assert list(limits) == sorted(set(limits)), f"{of}: limits must rise"
    return Metric(
        id=f"{name or of}.band",
        title=f"{title}: limits reached of {' / '.join(f'{limit:g}' for limit in limits)}",
        unit=Unit.COUNT,
        version=1,
        anchor="level",
        inputs={"level": at_period(of)},
        function=_reached(limits),
        source=source,
    )
