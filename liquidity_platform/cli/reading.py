"""What the reading commands gather, and how it is printed.

Belongs here: which fact a name means, frames for `show`, `series`, `status`, choosing a printer.
Keep out: option parsing, SQL.
"""

import difflib
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from liquidity_platform.catalog.closes import CLOSES, Close
from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.cli.absence import reasons
from liquidity_platform.cli.banners import tell
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.rows import COLUMNS, metric_rows, refuse_empty, series_rows, signal_rows
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.quality.lateness import Lateness, judge_lateness, spoken
from liquidity_platform.report.tables import generic_table, metrics_table, print_table, to_csv, to_json
from liquidity_platform.report.terminal import charts
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.quality import last_scores
from liquidity_platform.warehouse.read import answered, newest_observations, pending

TABLE_ROWS = 20
Fact = Metric | Series | Signal


def read_rows(names: Sequence[str], first: date | None, last: date | None, at: datetime | None) -> pl.DataFrame:
    """Rows of the named metrics and series, in the order named; why one has none is said on stderr.

    Raises UsageError for an unknown name, and for a first day after the last.
    """
    if first and last and first > last:
        raise UsageError(f"--from {first} lies after --to {last}")
    wanted = [find_fact(name) for name in names]
    with open_warehouse(settings()) as warehouse:
        parts = [_rows_of(warehouse, one, at) for one in wanted]
        rows = pl.concat(parts)
        refuse_empty(warehouse, rows)
        tell(warehouse, wanted, at)
        for reason in reasons(warehouse, list(zip(wanted, parts, strict=True)), at, first, last):
            note(reason)
    if first:
        rows = rows.filter(pl.col("period") >= first)
    return rows.filter(pl.col("period") <= last) if last else rows


def _rows_of(warehouse: Warehouse, one: Fact, at: datetime | None) -> pl.DataFrame:
    if isinstance(one, Signal):
        return signal_rows(warehouse, one, at)
    return metric_rows(warehouse, [one], at) if isinstance(one, Metric) else series_rows(warehouse, one, at)


def find_fact(name: str) -> Fact:
    """The metric, signal or series called `name`. Raises UsageError with near names."""
    wanted = name.strip().lower()
    if wanted in METRICS:
        return METRICS[wanted]
    if wanted in SIGNALS:
        return SIGNALS[wanted]
    try:
        return find_series(name)
    except UsageError:
        codes = {line.code.lower(): line.code for line in SERIES.values()}
        known = {**{each: each for each in (*METRICS, *SIGNALS, *SERIES)}, **codes}
        near = [each for each in known if wanted and each.startswith(wanted)]
        near = (near or difflib.get_close_matches(wanted, known, n=3))[:3]
        if near:
            meant = ", ".join(known[each] for each in near)
            raise UsageError(f"no metric or series '{name}'; did you mean {meant}?") from None
        raise UsageError(
            f"no metric or series '{name}'; `liquidity series` lists the series, "
            '`liquidity sql "select distinct metric_id from derived.metrics_latest"` the metrics'
        ) from None


def find_number(name: str) -> Fact | Close:
    """The same, or the daily closes that metrics read: `close.<provider>.<instrument>`."""
    return CLOSES.get(name.strip().lower()) or find_fact(name)


def print_rows(rows: pl.DataFrame, format: str, cut: bool, at: datetime | None) -> None:
    """Print metric rows; a table without --from shows the last rows of each."""
    if format == "table":
        shown = rows.group_by("metric", maintain_order=True).tail(TABLE_ROWS) if cut else rows
        caption = f"as known at {iso(at)}" if at else None
        print_table(metrics_table(shown.select(COLUMNS), settings().simulated, caption))
    else:
        print(to_json(rows) if format == "json" else to_csv(rows))


def print_charts(rows: pl.DataFrame) -> None:
    """Draw each metric of `rows` as wide as the terminal, simulated ones under that word."""
    text = charts(rows, min(shutil.get_terminal_size((100, 24)).columns, 160))
    print(f"\n{'SIMULATED DATA' + chr(10) if settings().simulated else ''}{text}")


def list_series(text: str, whole: bool = True) -> pl.DataFrame:
    """The catalog lines that contain `text`, with the next release instant (UTC) after the process clock.

    It is NULL for an ended series and for a release without a clock on file. `whole` False leaves out what a terminal
    has no room for. Raises UsageError when nothing matches.
    """
    wanted = text.strip().lower()
    lines = [s for s in SERIES.values() if wanted in f"{s.id} {s.code} {s.title} {s.release.title} {s.source}".lower()]
    if not lines:
        raise UsageError(f"no series matches '{text}'; `liquidity series` lists all")
    now = settings().clock_now().now()
    coming = {
        (line.release_id, line.frequency): line.release.next_expected(line.frequency, now) for line in lines
    }  # once for all that share a release
    rows = pl.DataFrame(
        {
            "series": s.id, "code": s.code, "source": s.source, "title": s.title, "published in": s.published.label,
            "frequency": s.frequency.value, "seasonal": s.seasonal, "release": s.release.title,
            "next expected": None if s.ended else coming[s.release_id, s.frequency],
            "ended": s.ended, "revisable": s.revisable,
        }
        for s in lines
    )  # fmt: skip
    rows = rows.cast({"seasonal": pl.String(), "next expected": INSTANT, "ended": pl.Date()})
    return rows if whole else rows.drop("seasonal", "ended", "revisable")


STATUS = {
    "series": pl.String(), "code": pl.String(), "newest": pl.Date(), "known since": INSTANT, "basis": pl.String(),
    "late by": pl.String(), "state": pl.String(), "score": pl.Float64(), "why": pl.String(),
}  # fmt: skip


def read_status(only_late: bool) -> tuple[pl.DataFrame, bool]:
    """One row a series: newest period, known since, lateness; (STATUS frame, simulated).

    State is ok, late, old (no release clock on file, and behind its own pace), ended, `quarantined (n)`, `missing`
    (asked for, and no number of it is held) or `never loaded`. The score is that of the last day it was asked for, 0
    to 100 (quality/score.py). Only late: what is held and late or old, in quarantine or not.
    """
    now = settings().clock_now().now()
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            newest = {row["series_id"]: row for row in newest_observations(connection).to_dicts()}
            loaded, waiting, scores = answered(connection), pending(connection), last_scores(connection)
        if not newest and not waiting:
            refuse_empty(warehouse, pl.DataFrame())
    rows, olds = [], 0
    for line in SERIES.values():
        held = newest.get(line.id, {})
        found = judge_lateness(line, held.get("period"), now)
        state = _state(line, found, bool(held), line.id in loaded, waiting.get(line.id, 0))
        if only_late and (found.verdict.passed or not held):
            continue
        late_by = spoken(found.late_by) if found.late_by else None
        rows.append(
            (line.id, line.code, held.get("period"), held.get("known_at"), held.get("known_basis"), late_by, state,
             scores.get(line.id), "" if state == NEVER else found.verdict.reason)
        )  # fmt: skip
        olds += found.old
    if only_late:
        empty = sum(1 for line in SERIES.values() if line.id not in newest)
        counts = [f"{len(rows) - olds} late", f"{olds} old", f"{empty} hold nothing: `liquidity status` lists all"]
        print(", ".join(counts), file=sys.stderr)
    return pl.DataFrame(rows, schema=STATUS, orient="row"), settings().simulated


NEVER = "never loaded"


def _state(line: Series, found: Lateness, held: bool, loaded: bool, waiting: int) -> str:
    if waiting:
        return f"quarantined ({waiting})"
    if not held:
        return "missing" if loaded else NEVER
    if line.ended:
        return "ended"
    return "ok" if found.verdict.passed else "old" if found.old else "late"


def print_frame(frame: pl.DataFrame, format: str, title: str | None, simulated: bool = False) -> None:
    """Print any frame as a table, json or csv."""
    if format == "table":
        print_table(generic_table(frame, title or "", simulated))
    elif format == "csv":
        print(frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.fZ"), end="")
    else:
        import json

        rows = [{key: _plain(value) for key, value in row.items()} for row in frame.to_dicts()]
        print(json.dumps(rows, ensure_ascii=False, indent=1))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
