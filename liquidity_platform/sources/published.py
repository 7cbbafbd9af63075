"""Published text turned into PARSED: days, numbers, blanks, and the publisher's scale, applied once.

A publisher's blank ("." , "" or "null") is NULL, never 0. Anything that is neither a day, a number nor a blank raises
SourceChanged, in one sentence that names the series and shows what was seen.
Belongs here: what every text format has in common. Keep out: headers, JSON, accounts (each parser's own).
"""

from datetime import date, datetime

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.facts import PARSED
from liquidity_platform.sources.contract import Subject

EARLIEST, LATEST = date(1700, 1, 1), date(2040, 12, 31)  # what the business-day calendars cover ends with LATEST
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_SHOWN = 40  # characters of a strange answer that a message repeats
_FUZZ = 2.0**-51  # relative error of one multiplication, and a bit


def changed(series: Subject, what: str) -> SourceChanged:
    """The error that says what is strange about an answer."""
    return SourceChanged(f"{series.source} {series.code} ({series.id}): {what}")


def shown(text: object) -> str:
    """A short, printable excerpt of something strange."""
    flat = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return repr(flat if len(flat) <= _SHOWN else flat[:_SHOWN] + "...")


def text_of(body: bytes, series: Subject) -> str:
    """The body as text. Raises SourceChanged for an empty body, a web page or bytes that are not UTF-8."""
    if not body.strip():
        raise changed(series, "the answer is empty")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise changed(series, "the answer is not text") from None
    start = text[:2000].lstrip().lower()
    if start.startswith("<"):
        raise changed(series, f"a web page came instead of data: {shown(start)}")
    if "\x00" in text:
        raise changed(series, "the answer is not text")
    return text


def ended(body: bytes, request: str, series: Subject) -> None:
    """Raises SourceChanged for lines that came over the network without the last one's end: a number may be cut short.

    A file of a folder may end as its owner likes; JSON and XML say themselves where they end.
    """
    if request.startswith("GET ") and body.lstrip()[:1] not in (b"{", b"[", b"<") and not body.endswith(b"\n"):
        raise changed(series, f"the answer breaks off within a line: {shown(body[-_SHOWN:].decode(errors='replace'))}")


def typed(rows: pl.DataFrame, series: Series) -> pl.DataFrame:
    """`rows` (period, value: String) as PARSED, values in the catalog's unit, sorted by period."""
    if not rows.height:
        raise changed(series, "the answer has no rows")
    value = pl.col("value").str.strip_chars()
    clean = rows.select(pl.col("period").str.strip_chars(), pl.when(~value.is_in([".", "", "null"])).then(value))
    _refuse(clean, ~pl.col("period").fill_null("").str.contains(_DAY), "period", "is not a day", series)
    _refuse(clean, ~pl.col("value").str.contains(_NUMBER), "value", "is not a number", series)
    number = pl.col("value").cast(pl.Float64)
    frame = clean.select(day=pl.col("period").str.to_date("%Y-%m-%d", strict=False), text="period", number=number)
    _refuse(frame, pl.col("day").is_null(), "text", "is not a day", series)
    _refuse(frame, pl.col("number").is_infinite(), "number", "is not a number", series)
    _refuse(frame, ~pl.col("day").is_between(EARLIEST, LATEST), "text", f"lies outside {EARLIEST}..{LATEST}", series)
    _refuse(frame, pl.col("day").is_duplicated(), "text", "appears more than once", series)
    return frame.select(period="day", value=scaled(series.published.scale)).sort("period")


def checked(frame: pl.DataFrame, series: Series, fetched_at: datetime) -> pl.DataFrame:
    """`frame` itself when it is what `parse` promises and no period lies over a year after the fetch."""
    if frame.schema != pl.Schema(PARSED):
        raise changed(series, f"parse returned {dict(frame.schema)}, not {PARSED}")
    periods = frame["period"]
    if not frame.height or periods.null_count() or not periods.is_sorted() or periods.is_duplicated().any():
        raise changed(series, "parse returned no rows, or periods that are not sorted and unique")
    newest = periods[-1]
    if (newest - fetched_at.date()).days > 366:
        raise changed(series, f"the period {newest} lies in the far future of its fetch, {fetched_at.date()}")
    return frame


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, column: str, says: str, series: Series) -> None:
    bad = frame.filter(wrong)
    if bad.height:
        raise changed(series, f"{column if column != 'text' else 'period'} {shown(bad[column][0])} {says}")


def scaled(scale: float) -> pl.Expr:
    """Number x scale; where only the multiplication kept it from being whole, whole: 67.829 bn is 67,829,000,000."""
    product = pl.col("number") * scale
    if scale == 1:
        return product
    whole = product.round(0)
    return pl.when((product - whole).abs() <= product.abs() * _FUZZ).then(whole).otherwise(product)
