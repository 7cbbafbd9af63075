"""Vintages: what a publisher said about each period, and since which day; read from files, and given their instants.

Layout: `<DIR>/alfred/<CODE>_<what>.csv[.gz]`, header `realtime_start[,realtime_end],date,value`, beside the series' own
file. A row is known since its day at the release's clock; without a clock on file since the end of that day. Files
called `observed_snapshots` were dated by whoever downloaded them: since the end of the next business day
(conservative).
Belongs here: finding and parsing such files, dating vintages wherever they come from. Keep out: the FRED API, what
append makes of the rows.
"""

import io
from datetime import time
from pathlib import Path

import numpy as np
import polars as pl

from liquidity_platform.catalog.calendars import add_business_days
from liquidity_platform.catalog.releases import END_OF_DAY, Release
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.facts import INSTANT, OFFERED, KnownBasis
from liquidity_platform.core.instants import Clock
from liquidity_platform.sources.contract import Payload
from liquidity_platform.sources.files import content
from liquidity_platform.sources.published import changed, scaled, shown, text_of

FOLDER, SNAPSHOTS = "alfred", "observed_snapshots"
PARSED = {"known_on": pl.Date(), "period": pl.Date(), "value": pl.Float64()}
DATED = {**PARSED, "answer": pl.Int32()}  # from several answers: `answer` is the place of the row's own among them


def vintage_files(folder: Path, series: Series) -> list[tuple[str, bytes]]:
    """(path below `folder`, unpacked bytes) of the series' vintage files, by name; none is no error."""
    return [(name := f"{FOLDER}/{path.name}", content(path, name, series)) for path in vintage_paths(folder, series)]


def vintage_paths(folder: Path, series: Series) -> list[Path]:
    """The series' vintage files, by name; none is no error."""
    if series.source != "fred":
        return []
    return sorted(
        path for path in (folder / FOLDER).glob(f"{series.code}_*") if path.name.endswith((".csv", ".csv.gz"))
    )


def is_vintage_file(payload: Payload) -> bool:
    """True when `payload` is such a file, by its request."""
    return payload.request.startswith(f"files {FOLDER}/")


def parse_vintages(body: bytes, series: Series) -> pl.DataFrame:
    """The rows of a vintage file: known_on (the day), period, value in the catalog's unit; a blank is NULL.

    Raises SourceChanged for anything that is neither a day, a number nor a blank.
    """
    try:
        rows = pl.read_csv(io.StringIO(text_of(body, series)), infer_schema=False)
    except pl.exceptions.PolarsError:
        raise changed(series, "the vintage file is not CSV") from None
    if not {"realtime_start", "date", "value"} <= set(rows.columns):
        raise changed(series, f"a vintage file with the columns {shown(','.join(rows.columns))}")
    blank = pl.col("value").is_null() | pl.col("value").str.strip_chars().is_in([".", ""])
    frame = rows.select(
        known_on=pl.col("realtime_start").str.to_date("%Y-%m-%d", strict=False),
        period=pl.col("date").str.to_date("%Y-%m-%d", strict=False),
        number=pl.when(~blank).then(pl.col("value").str.strip_chars().cast(pl.Float64, strict=False)),
        blank=blank,
    )
    bad = frame.with_row_index("row").filter(
        pl.col("known_on").is_null() | pl.col("period").is_null() | (pl.col("number").is_null() & ~pl.col("blank"))
        | ~pl.col("number").fill_null(0.0).is_finite() | (pl.col("period") > pl.col("known_on"))
    )  # fmt: skip
    if bad.height or not rows.height:
        seen = shown(",".join(map(str, rows.row(bad["row"][0])))) if bad.height else "no rows"
        raise changed(series, f"a vintage file with {seen}")
    return frame.select("known_on", "period", value=scaled(series.published.scale)).cast(PARSED)  # type: ignore[arg-type]


def propose_vintages(
    series: Series, parsed: pl.DataFrame, payload: Payload, run_id: str | None, clock: Clock
) -> pl.DataFrame:
    """`parsed` as OFFERED rows that carry their own knowledge, up to the fetch and to a moved clock."""
    snapshot = SNAPSHOTS in payload.request
    limit = min(payload.fetched_at, clock.now()) if clock.moved else payload.fetched_at
    basis = KnownBasis.CONSERVATIVE if snapshot else KnownBasis.VINTAGE
    return (
        parsed.with_columns(known_at=_known_at(series.release, parsed["known_on"], snapshot))
        .filter(pl.col("known_at") <= pl.lit(limit, INSTANT))
        .select(
            series_id=pl.lit(series.id), period="period", known_at="known_at", value="value",
            known_basis=pl.lit(basis.value), source_id=pl.lit(payload.source_id),
            fetched_at=pl.lit(payload.fetched_at, INSTANT), payload_id=pl.lit(payload.payload_id),
            run_id=pl.lit(run_id, pl.String),
        )
        .cast(OFFERED)  # type: ignore[arg-type]
    )  # fmt: skip


def _known_at(release: Release, days: pl.Series, snapshot: bool) -> pl.Series:
    local = days.to_numpy().astype("datetime64[D]")
    at: time = END_OF_DAY
    if snapshot:
        local = add_business_days(local, 1, release.calendar)
    elif release.clock is not None:
        at = release.clock
    stamps = local.astype("datetime64[us]") + np.timedelta64(at.hour * 3600 + at.minute * 60 + at.second, "s")
    naive = pl.Series("known_at", stamps).cast(pl.Datetime("us"))
    return naive.dt.replace_time_zone(release.zone).dt.convert_time_zone("UTC").cast(INSTANT)
