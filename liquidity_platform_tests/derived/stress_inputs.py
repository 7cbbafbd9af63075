"""Numbers of any input by hand, and metrics computed from those alone.

Belongs here: what tests of spreads and stress are stated with. Keep out: assertions, published files.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import polars as pl
from published_inputs import known_input

from liquidity_platform.catalog.calendars import business_days_between
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import METRICS

Numbers = Mapping[date, float | None]


def told(source: str, numbers: Numbers, known_at: datetime | None = None) -> pl.DataFrame:
    """KNOWN_INPUT of a series (known at its release) or of closes (known the next morning)."""
    if source in SERIES:
        return known_input(source, dict(numbers), known_at)
    rows = [
        (
            source,
            day,
            known_at or datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1),
            value,
            None,
        )
        for day, value in numbers.items()
    ]
    return pl.DataFrame(rows, schema=KNOWN_INPUT, orient="row")


def with_inputs(wanted: Iterable[str]) -> Mapping[str, Metric]:
    """The metrics and those they read, in the registry's order."""
    needed, left = set(), list(wanted)
    while left:
        if (name := left.pop()) in METRICS and name not in needed:
            needed.add(name)
            left += [leg.source for leg in METRICS[name].inputs.values()]
    return {name: metric for name, metric in METRICS.items() if name in needed}


def rows_of(metric: str, known: pl.DataFrame) -> pl.DataFrame:
    """All rows of one metric."""
    rows = evaluate_all(with_inputs([metric]), known)
    return rows.filter(pl.col("metric_id") == metric).sort("period", "known_at")


def answer(metric: str, known: pl.DataFrame, day: date) -> tuple[float | None, str] | None:
    """(value, status) of the day as known last; None where there is no row."""
    rows = rows_of(metric, known).filter(pl.col("period") == day)
    return rows.select("value", "status").row(-1) if rows.height else None


def weekdays_before(day: date, count: int) -> list[date]:
    """The last `count` US business days before `day`, oldest first."""
    found: list[date] = []
    back = day
    while len(found) < count:
        back -= timedelta(days=1)
        if back.weekday() < 5 and business_days_between(back, back + timedelta(days=1), "us_market"):
            found.append(back)
    return found[::-1]
