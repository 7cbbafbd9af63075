"""FRED's vintages from several answers: windows of at most 2,000 vintages, joined so that nothing is doubled or lost.

FRED cuts `realtime_start` and `realtime_end` of every row to the window that was asked for. A row at a window's edge
is therefore no news by itself: the windows follow each other day by day, and only a value that differs from the one in
force the day before counts. A value that ends with nothing after it disappeared: it becomes NULL on the next day.
The first window begins on the day before the first vintage asked for: its first day is what stood, never news.
A value carries the unit of its day: WTREGEN was in billions before it was in millions.
Belongs here: cutting and joining, pure. Keep out: HTTP, the shape of a body (fred_json), clocks (vintages).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.sources.fred_json import (
    METADATA,
    OBSERVATIONS,
    Interval,
    intervals,
    read_json,
    units_by_day,
)
from liquidity_platform.sources.published import changed, scaled
from liquidity_platform.sources.vintages import DATED

MOST_VINTAGES = 2_000  # a call; more are refused
FOREVER = date(9999, 12, 31)
DAY = timedelta(days=1)
_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_MULTIPLIER = re.compile(rf"(?:(\d+)\s+)?\b({'|'.join(_WORDS)})s?\b", re.IGNORECASE)


def windows_of(days: Sequence[date], most: int = MOST_VINTAGES) -> list[tuple[date, date]]:
    """First and last day of each window to ask for, so that together they show every vintage of `days` (in order).

    They follow each other without a gap and the last is open; none holds more than `most` of `days`.
    """
    if not days:
        return []
    edges = [days[0] - DAY, *days]
    starts = edges[::most]
    return [(start, end - DAY) for start, end in pairwise(starts)] + [(starts[-1], FOREVER)]


def parse_fred_vintages(bodies: Sequence[bytes], series: Series) -> pl.DataFrame:
    """What `bodies` (answers of one ask, in any order) tell, as DATED: what changed, when, from which of them.

    Values are in the catalog's unit; sorted by period and day. Raises SourceChanged, also for a gap between windows.
    """
    told: list[tuple[date, str]] = []
    pages: list[Interval] = []
    answers: list[int] = []
    for number, body in enumerate(bodies):
        found = read_json(body, series)
        if METADATA in found:
            told += units_by_day(found, series)
        elif OBSERVATIONS in found:
            pages.append(intervals(found, series))
            answers.append(number)
    if not pages:
        return pl.DataFrame(schema=DATED)
    first = _check_whole(pages, series)
    rows = pl.concat(
        page.rows.with_columns(answer=pl.lit(answer, pl.Int32)) for page, answer in zip(pages, answers, strict=True)
    )
    return _changes(_in_catalog_unit(rows, sorted(told), series), first, series)


def multiplier(units: str) -> float:
    """What a unit's words multiply by: 1e9 for "Billions of U.S. Dollars", 1e8 for "100 Million Yen", else 1."""
    found = _MULTIPLIER.search(units)
    return float(found[1] or 1) * _WORDS[found[2].lower()] if found else 1.0


def quantity(units: str) -> str:
    """What a unit's words count, without their power of ten: "us dollars" for "Billions of U.S. Dollars"."""
    rest = _MULTIPLIER.sub(" ", units).replace(".", "").split()
    return " ".join(rest[1:] if rest[:1] == ["of"] else rest).casefold()


def _check_whole(pages: Iterable[Interval], series: Series) -> date:
    """The first day of all windows, when they follow each other and each has all its rows. Raises SourceChanged."""
    counts: dict[tuple[date, date], set[int]] = {}
    came: dict[tuple[date, date], int] = {}
    for page in pages:
        window = (page.start, page.end)
        counts.setdefault(window, set()).add(page.count)
        came[window] = came.get(window, 0) + page.rows.height
    windows = sorted(counts)
    for window in windows:
        if counts[window] != {came[window]}:
            due = ", ".join(map(str, sorted(counts[window])))
            raise changed(series, f"{came[window]} rows of the vintages {window[0]}..{window[1]} came, {due} were due")
    for (_, end), (start, _) in pairwise(windows):
        if start != end + DAY:
            raise changed(series, f"the vintages between {end} and {start} were not told, or told twice")
    if windows[-1][1] != FOREVER:
        raise changed(series, f"the vintages after {windows[-1][1]} were not told")
    return windows[0][0]


def _in_catalog_unit(rows: pl.DataFrame, told: list[tuple[date, str]], series: Series) -> pl.DataFrame:
    """`rows` with `value`: each number by the unit of the day its row begins."""
    scale = series.published.scale
    if len({multiplier(units) for _, units in told}) <= 1:
        _check_unit(told[-1][1] if told else None, series)
        return rows.with_columns(value=scaled(scale))
    _check_unit(told[-1][1], series)
    by_day = pl.DataFrame(
        {"start": [day for day, _ in told], "scale": [multiplier(units) for _, units in told]},
        schema={"start": pl.Date, "scale": pl.Float64},
    )
    # the oldest unit on file serves what is older still
    joined = rows.sort("start", maintain_order=True).join_asof(by_day, on="start")
    joined = joined.with_columns(pl.col("scale").fill_null(by_day["scale"][0]))
    return pl.concat(
        part.with_columns(value=scaled(part["scale"][0])).drop("scale") for part in joined.partition_by("scale")
    )


def _check_unit(units: str | None, series: Series) -> None:
    """The unit in force must be the catalog's. Raises SourceChanged."""
    if units is not None and multiplier(units) not in (1.0, series.published.scale):
        raise changed(series, f"the publisher's unit is now '{units}', the catalog says {series.published.label}")


def _changes(rows: pl.DataFrame, first: date, series: Series) -> pl.DataFrame:
    ordered = rows.unique(["start", "end", "period", "value"]).sort("period", "start")
    before = pl.col("end").shift(1).over("period")
    doubled = ordered.filter(pl.col("start") <= before)
    if doubled.height:
        raise changed(series, f"two values of {doubled['period'][0]} were in force on {doubled['start'][0]}")
    after = pl.col("start").shift(-1).over("period")
    gone = ordered.filter((pl.col("end") < FOREVER) & (after.is_null() | (after > pl.col("end").dt.offset_by("1d"))))
    ends = gone.select(
        known_on=pl.col("end").dt.offset_by("1d"), period="period", value=pl.lit(None, pl.Float64), answer="answer"
    )
    begins = ordered.select("period", "value", "answer", known_on="start")
    told = pl.concat([begins.select(*DATED), ends.select(*DATED)]).sort("period", "known_on")
    again = pl.col("value").eq_missing(pl.col("value").shift(1)) & (pl.col("period") == pl.col("period").shift(1))
    return told.filter(~again.fill_null(False) & (pl.col("known_on") > first)).cast(DATED)  # type: ignore[arg-type]
