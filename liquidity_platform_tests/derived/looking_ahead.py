"""The look-ahead harness: which metrics answer otherwise once the future is taken away, and histories to ask with.

A metric that is new is covered without a further line: its inputs are found through the registry, and each input has a
history drawn by its own frequency and release clock. Belongs here: the question, the histories (drawn, and of published
files). Keep out: assertions, which metrics are asked.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from liquidity_platform.catalog.calendars import business_days
from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.releases import MONTHS, NEW_YORK
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.derived.declare import Metric, is_raw
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform_tests.derived.published_inputs import LINES, published, statement

CLOSE = time(23, 59, 59)
EARLIEST, LATEST = date(2016, 1, 1), date(2022, 12, 31)  # of drawn histories: longer than any window
RUBBED = {"blank": 0.02, "late": 0.05, "revised": 0.08}  # shares of a drawn history
MOST = 12  # of each, of one series: every revision is a step of each of the hundreds of dates whose window holds it
KEYS = ["input_id", "period", "known_at"]


def leaking(
    metrics: Mapping[str, Metric], known: pl.DataFrame, cut: datetime, whole: pl.DataFrame | None = None
) -> list[str]:
    """Metrics whose rows up to `cut` are others when computed from what was known then than from everything.

    `whole` is what is computed from everything, where that is at hand.
    """
    whole = evaluate_all(metrics, known) if whole is None else whole
    then = evaluate_all(metrics, known.filter(pl.col("known_at") <= cut)).sort("metric_id", "period", "known_at")
    now = whole.filter(pl.col("known_at") <= cut).sort("metric_id", "period", "known_at")
    return [name for name in metrics if not _same(*(rows.filter(pl.col("metric_id") == name) for rows in (then, now)))]


def _same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    try:
        assert_frame_equal(one, other, check_exact=True)
    except AssertionError:
        return False
    return True


def crowded(known: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    """Every input's newest rows by `cut` become known at it, its next ones a microsecond after.

    Releases lie hours apart: without that, a number which sees an hour ahead seldom meets one that tells on it.
    """
    came = pl.col("known_at") <= cut
    newest = pl.col("known_at").filter(came).max().over("input_id")
    following = pl.col("known_at").filter(~came).min().over("input_id")
    just_after = pl.lit(cut + timedelta(microseconds=1)).cast(known.schema["known_at"])
    moved = pl.when(pl.col("known_at") == newest).then(pl.lit(cut).cast(known.schema["known_at"]))
    return known.with_columns(
        known_at=moved.when(pl.col("known_at") == following).then(just_after).otherwise("known_at")
    )


def sources_of(metrics: Iterable[Metric]) -> list[str]:
    """The raw inputs that metrics name."""
    return sorted({leg.source for metric in metrics for leg in metric.inputs.values() if is_raw(leg.source)})


def drawn(sources: Iterable[str], seed: int) -> pl.DataFrame:
    """KNOWN_INPUT of every source: released by its clock, with blanks, late arrivals, revisions, estimates anew."""
    draw = np.random.default_rng(seed)
    parts = [_worn(_released(source, draw), draw) for source in sources]
    return pl.concat(parts).unique(KEYS, keep="any", maintain_order=True)


def _released(source: str, draw: np.random.Generator) -> pl.DataFrame:
    line = SERIES.get(source)
    days = pl.Series("period", _days(source), dtype=pl.Date)
    known = line.release.known_at(days) if line else _end_of(days)
    low, high = line.plausible if line else (1.0, 500.0)
    middle, reach = (low + high) / 2, (high - low) / 6  # ratios and logarithms have something to stand on
    return _facts(source, days, known, middle + reach * draw.uniform(-1, 1, len(days)))


def _days(source: str) -> list[date]:
    line = SERIES.get(source)
    if line and (step := MONTHS.get(line.frequency)):
        months = np.arange(np.datetime64(EARLIEST, "M"), np.datetime64(LATEST, "M"), step)
        return list(months.astype("datetime64[D]").tolist())
    days = np.arange(np.datetime64(EARLIEST), np.datetime64(LATEST))
    if line and line.frequency is Frequency.WEEKLY:
        days = days[(days.astype(int) + 3) % 7 == (line.release.weekday or 0)]
    elif line is None or line.frequency is Frequency.DAILY:
        days = days[np.is_busday(days, busdaycal=business_days(line.release.calendar if line else "nyse"))]
    return list(days.tolist())


def _end_of(days: pl.Series) -> pl.Series:
    local = days.cast(pl.Datetime("us")) + timedelta(hours=CLOSE.hour, minutes=CLOSE.minute, seconds=CLOSE.second)
    return local.dt.replace_time_zone(NEW_YORK).dt.convert_time_zone("UTC")


def _facts(source: str, days: pl.Series, known: pl.Series, values: Iterable[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"period": days, "value": pl.Series(values, dtype=pl.Float64)}).select(
        input_id=pl.lit(source), period="period", known_at=known, value="value", status=pl.lit(None, pl.String)
    ).cast(KNOWN_INPUT)  # type: ignore[arg-type]  # fmt: skip


def _worn(rows: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """What happens to published numbers."""
    count = rows.height
    share = {name: min(often, MOST / count) for name, often in RUBBED.items()}
    late = np.where(draw.random(count) < share["late"], draw.integers(1, 400, count), 0)
    blank = pl.Series(draw.random(count) < share["blank"])
    first = rows.with_columns(
        known_at=pl.col("known_at") + pl.duration(days=pl.Series(late)),
        value=pl.when(~pl.lit(blank)).then(pl.col("value")),
    )
    parts = [first]
    for _ in range(3):
        chosen = first.filter(pl.Series(draw.random(count) < share["revised"]))
        hours = pl.Series(draw.integers(1, 24 * 700, chosen.height))
        wrong = pl.Series(draw.uniform(0.9, 1.1, chosen.height))
        later = pl.col("known_at") + pl.duration(hours=hours)
        parts.append(chosen.with_columns(known_at=later, value=pl.col("value") * wrong))
    if draw.random() < 0.2:  # an index that is estimated anew, all of it at one instant
        parts += list(_estimated_anew(first, draw))
    return pl.concat(parts)


def _estimated_anew(first: pl.DataFrame, draw: np.random.Generator) -> Iterator[pl.DataFrame]:
    for instant in draw.choice(first["known_at"].to_list(), 2):
        known = first.filter(pl.col("known_at") < instant)
        other = pl.Series(draw.uniform(0.9, 1.1, known.height))
        yield known.with_columns(known_at=pl.lit(instant).cast(KNOWN_INPUT["known_at"]), value=pl.col("value") * other)


def from_files(folder: Path, sources: Iterable[str], since: date) -> pl.DataFrame:
    """KNOWN_INPUT of every source of which there is a published file: its vintages, or its numbers at their release."""
    found = [rows for source in sources if (rows := _from_file(folder, source, since)) is not None]
    return pl.concat(found).unique(KEYS, keep="any", maintain_order=True)


def _from_file(folder: Path, source: str, since: date) -> pl.DataFrame | None:
    if source in CLOSES:
        return _from_bars(folder / "ohlcv" / f"{CLOSES[source].instrument.symbol}.csv", source, since)
    line = SERIES[source]
    if vintages := sorted((folder / "alfred").glob(f"{line.code}_*vintages.csv.gz")):
        return _from_vintages(vintages[0], source, line.published.scale, since)
    if line.code in LINES:
        numbers = statement(folder, line.code, since)
    elif (folder / "fred" / f"{line.code}.csv").exists():
        numbers = published(folder, line.code, since)
    else:
        return None
    days = pl.Series("period", list(numbers), dtype=pl.Date)
    return _facts(source, days, line.release.known_at(days), numbers.values())


def _from_vintages(path: Path, source: str, scale: float, since: date) -> pl.DataFrame:
    with gzip.open(path, "rt") as lines:
        rows = [row for row in csv.DictReader(lines) if row["date"] >= since.isoformat()]
    told = pl.Series("known_at", [date.fromisoformat(row["realtime_start"]) for row in rows], dtype=pl.Date)
    days = pl.Series("period", [date.fromisoformat(row["date"]) for row in rows], dtype=pl.Date)
    return _facts(source, days, _end_of(told), [float(row["value"]) * scale if row["value"] else None for row in rows])


def _from_bars(path: Path, source: str, since: date) -> pl.DataFrame | None:
    if not path.exists():
        return None
    with path.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["date"] >= since.isoformat()]
    days = pl.Series("period", [date.fromisoformat(row["date"]) for row in rows], dtype=pl.Date)
    return _facts(source, days, _end_of(days), [float(row["close"]) for row in rows])


def instants(known: pl.DataFrame) -> list[datetime]:
    """Moments worth cutting at: those at which something became known, and the moments just before."""
    found = known["known_at"].unique().sort().to_list()
    return [moment.astimezone(ZoneInfo("UTC")) for each in found for moment in (each - timedelta(seconds=1), each)]
