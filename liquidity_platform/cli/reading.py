"""What the reading commands gather, and how it is printed.

Belongs here: which fact a name means, frames for `show`, `series`, `status`, choosing a printer.
Keep out: option parsing, SQL.
"""

import difflib
import sys
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.cli.rows import COLUMNS, metric_rows, refuse_empty, series_rows
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.quality.lateness import judge_lateness
from liquidity_platform.report.tables import generic_table, metrics_table, print_table, to_csv, to_json
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.read import newest_observations

TABLE_ROWS = 20


def read_rows(names: Sequence[str], first: date | None, last: date | None, at: datetime | None) -> pl.DataFrame:
    """Rows of the named metrics and series, in the order named. Raises UsageError for an unknown name."""
    wanted = [find_fact(name) for name in names]
    with open_warehouse(settings()) as warehouse:
        parts = [
            metric_rows(warehouse, [one], at) if isinstance(one, Metric) else series_rows(warehouse, one, at)
            for one in wanted
        ]
        rows = pl.concat(parts)
        refuse_empty(warehouse, rows)
    if first:
        rows = rows.filter(pl.col("period") >= first)
    return rows.filter(pl.col("period") <= last) if last else rows


def find_fact(name: str) -> Metric | Series:
    """The metric or series called `name`. Raises UsageError with near names."""
    wanted = name.strip().lower()
    if wanted in METRICS:
        return METRICS[wanted]
    try:
        return find_series(name)
    except UsageError:
        codes = {line.code.lower(): line.code for line in SERIES.values()}
        known = {**{each: each for each in (*METRICS, *SERIES)}, **codes}
        near = [each for each in known if wanted and each.startswith(wanted)]
        near = (near or difflib.get_close_matches(wanted, known, n=3))[:3]
        if near:
            meant = ", ".join(known[each] for each in near)
            raise UsageError(f"no metric or series '{name}'; did you mean {meant}?") from None
        main = ", ".join(each for each in METRICS if each.rsplit(".", 1)[-1] not in ("d1w", "d4w", "d13w"))
        raise UsageError(
            f"no metric or series '{name}'; metrics: {main}; `liquidity series` lists the series"
        ) from None


def print_rows(rows: pl.DataFrame, format: str, cut: bool, at: datetime | None) -> None:
    """Print metric rows; a table without --from shows the last rows of each."""
    if format == "table":
        shown = rows.group_by("metric", maintain_order=True).tail(TABLE_ROWS) if cut else rows
        caption = f"as known at {iso(at)}" if at else None
        print_table(metrics_table(shown.select(COLUMNS), settings().simulated, caption))
    else:
        print(to_json(rows) if format == "json" else to_csv(rows))


def list_series(text: str) -> pl.DataFrame:
    """The catalog lines that contain `text`."""
    rows = [
        {
            "series": s.id, "code": s.code, "source": s.source, "title": s.title, "published in": s.published.label,
            "frequency": s.frequency.value, "release": s.release.title, "revisable": s.revisable,
        }
        for s in SERIES.values()
        if text.lower() in f"{s.id} {s.code} {s.title} {s.release.title} {s.source}".lower()
    ]  # fmt: skip
    if not rows:
        raise UsageError(f"no series matches '{text}'; `liquidity series` lists all")
    return pl.DataFrame(rows)


def read_status(only_late: bool) -> tuple[pl.DataFrame, bool]:
    """One row a series: newest period, known since, lateness; (frame, simulated)."""
    now = settings().clock_now().now()
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            newest = {row["series_id"]: row for row in newest_observations(connection).to_dicts()}
            waiting = dict(
                connection.execute(
                    "SELECT series_id, count(*) FROM ops.quarantine WHERE status = 'pending' GROUP BY 1"
                ).fetchall()
            )
        if not newest and not waiting:
            refuse_empty(warehouse, pl.DataFrame())
    rows = []
    for line in SERIES.values():
        held = newest.get(line.id, {})
        found = judge_lateness(line, held.get("period"), now)
        if only_late and found.verdict.passed:
            continue
        state = "ok" if found.verdict.passed else "late"
        if line.id in waiting:
            state = f"quarantined ({waiting[line.id]})"
        rows.append(
            {
                "series": line.id, "code": line.code, "newest": held.get("period"), "known since": held.get("known_at"),
                "basis": held.get("known_basis"), "state": state, "why": found.verdict.reason,
            }
        )  # fmt: skip
    if not rows:
        print("nothing is late", file=sys.stderr)
    names = ["series", "code", "newest", "known since", "basis", "state", "why"]
    return (
        pl.DataFrame(rows) if rows else pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    ), settings().simulated


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
