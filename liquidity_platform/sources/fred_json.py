"""The JSON that FRED's API serves: observations, vintage dates, and what a series was called and measured in.

Rows:     `{"realtime_start", "realtime_end", "date", "value"}`; a value is text, short (`6743028`) or with ten
          decimals. "." is a published blank and becomes NULL. `realtime_*` are clipped to the window asked for.
Whole:    a body says how many rows there are (`count`), from which on (`offset`) and how many at most (`limit`); a
          body with another number of rows is refused, so that half an answer is never taken for a whole one.
Belongs here: the shape of each body. Keep out: asking, joining windows (fred_vintages), the CSV of the graph page.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.sources.published import changed, shown, text_of, typed

OBSERVATIONS, VINTAGE_DATES, METADATA = "observations", "vintage_dates", "seriess"
# start, end: the days from which and to which a value was in force, as far as the window asked for shows it
INTERVALS = {"start": pl.Date(), "end": pl.Date(), "period": pl.Date(), "number": pl.Float64()}
_FIELDS = {"realtime_start": "start", "realtime_end": "end", "date": "period", "value": "text"}


@dataclass(frozen=True, slots=True)
class Interval:
    """Rows (INTERVALS) of one page, of `count` in the window of vintages `start`..`end`."""

    start: date
    end: date
    count: int
    rows: pl.DataFrame


def parse_fred_json(body: bytes, series: Series) -> pl.DataFrame:
    """The observations in force as PARSED in the catalog's unit. Raises SourceChanged."""
    return typed(_texts(read_json(body, series), series).select("period", value="text"), series)


def read_json(body: bytes, series: Series) -> dict[str, Any]:
    """`body` as the object it must be. Raises SourceChanged."""
    text_of(body, series)
    try:
        found = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise changed(series, f"the answer is not whole JSON: it ends with {shown(body[-30:])}") from None
    if not isinstance(found, dict):
        raise changed(series, f"the answer is a {type(found).__name__}, not an object")
    return found


def intervals(found: dict[str, Any], series: Series) -> Interval:
    """A page of rows with the days each value was in force, numbers in the publisher's unit. Raises SourceChanged."""
    texts = _texts(found, series)
    blank = pl.col("text").str.strip_chars().is_in([".", ""])
    days = [pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("start", "end", "period")]
    number = pl.when(~blank).then(pl.col("text").str.strip_chars().cast(pl.Float64, strict=False))
    rows = texts.select(*days, number=number, blank=blank)
    bad = rows.with_row_index("row").filter(
        pl.any_horizontal(pl.col("start", "end", "period").is_null())
        | (pl.col("start") > pl.col("end"))
        | (pl.col("number").is_null() & ~pl.col("blank"))
        | ~pl.col("number").fill_null(0.0).is_finite()
    )
    if bad.height:
        raise changed(series, f"a vintage row with {shown(','.join(map(str, texts.row(bad['row'][0]))))}")
    start, end = day_of(found, "realtime_start", series), day_of(found, "realtime_end", series)
    return Interval(start, end, count_of(found, series), rows.select(*INTERVALS).cast(INTERVALS))  # type: ignore[arg-type]


def vintage_days(found: dict[str, Any], series: Series) -> list[date]:
    """The days of a page of vintage dates. Raises SourceChanged."""
    listed = found.get(VINTAGE_DATES)
    if not isinstance(listed, list):
        raise changed(series, f"no vintage dates but {shown(found)}")
    try:
        return [date.fromisoformat(text) for text in listed]
    except (TypeError, ValueError):
        raise changed(series, f"vintage dates {shown(listed)}") from None


def units_by_day(found: dict[str, Any], series: Series) -> list[tuple[date, str]]:
    """Since which day the series was measured in which unit, oldest first. Raises SourceChanged."""
    lines = found.get(METADATA)
    try:
        told = sorted((date.fromisoformat(line["realtime_start"]), str(line["units"])) for line in lines or ())
    except (TypeError, ValueError, KeyError):
        told = []
    if not told:
        raise changed(series, f"no units of the series but {shown(lines)}")
    return told


def description_of(found: dict[str, Any], series: Series) -> Description:
    """What the series is now, in FRED's words. Raises SourceChanged."""
    units_by_day(found, series)
    newest = max(found[METADATA], key=lambda line: str(line["realtime_start"]))
    said = {name: newest.get(name) for name in ("title", "units", "frequency", "seasonal_adjustment")}
    if not all(isinstance(text, str) for text in said.values()):
        raise changed(series, f"no title, units, frequency and seasonal adjustment but {shown(newest)}")
    return Description(said["title"], said["units"], said["frequency"], said["seasonal_adjustment"])


def count_of(found: dict[str, Any], series: Series) -> int:
    """How many rows there are on all pages together. Raises SourceChanged."""
    count = found.get("count")
    if type(count) is not int or count < 0:
        raise changed(series, f"the answer counts {shown(count)} rows")
    return count


def limit_of(found: dict[str, Any], series: Series) -> int:
    """How many rows a page may hold. Raises SourceChanged."""
    limit = found.get("limit")
    if type(limit) is not int or limit < 1:
        raise changed(series, f"a page holds {shown(limit)} rows")
    return limit


def day_of(found: dict[str, Any], name: str, series: Series) -> date:
    """The day that the field `name` holds. Raises SourceChanged."""
    try:
        return date.fromisoformat(found[name])
    except (KeyError, TypeError, ValueError):
        raise changed(series, f"{name} is {shown(found.get(name))}, not a day") from None


def _texts(found: dict[str, Any], series: Series) -> pl.DataFrame:
    """The observations as text: start, end, period, text."""
    rows = found.get(OBSERVATIONS)
    if not isinstance(rows, list):
        raise changed(series, f"no observations but {shown(found)}")
    try:
        columns = {name: [row[field] for row in rows] for field, name in _FIELDS.items()}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String), strict=True)
    except (KeyError, TypeError, pl.exceptions.PolarsError):
        raise changed(series, f"an observation lacks one of {', '.join(_FIELDS)} as text") from None
    limit, offset = found.get("limit"), found.get("offset")
    if type(limit) is int and type(offset) is int:
        due = max(0, min(limit, count_of(found, series) - offset))
        if len(rows) != due:
            raise changed(series, f"{len(rows)} observations came where {due} were due")
    return frame
