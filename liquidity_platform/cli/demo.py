"""`demo` and `daily`: fill the warehouse and say what came of it.

Belongs here: the two commands, their progress and their closing lines. Keep out: the runs (automation).
"""

from typing import TYPE_CHECKING, Annotated

import typer

from liquidity_platform.cli.filling import filling, run_in_dagster
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import AsAt, Format, Home, Select, Skip, apply_clock, apply_data, day, one_of

if TYPE_CHECKING:
    from datetime import date

    from polars import DataFrame

    from liquidity_platform.automation.summary import Summary
    from liquidity_platform.catalog.series import Series
    from liquidity_platform.sources.contract import Listing
    from liquidity_platform.warehouse.connect import Warehouse


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("demo")(demo)
    app.command("daily")(daily)


def demo(
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="auto|live|sample|DIR", help="Where numbers come from (default auto)."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Leave out what became known in earlier years.")
    ] = None,
    as_at: AsAt = None,
    skip: Skip = None,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Fill the warehouse, print the newest net liquidity and spreads, write a report."""
    import os

    one_of(format, "table", "json")
    first = day(since)
    apply_clock(as_at)
    apply_data(data or os.environ.get("LIQUIDITY_DATA", "auto"), auto=True)
    _choose_automatically()
    from liquidity_platform.cli.selection import chosen, layers_skipped

    lines, listings = chosen(None, skip)
    skipped = layers_skipped(skip)
    summary, rows, simulated = _fill(lines, first, vintages=False, listings=listings, skipped=skipped)
    from liquidity_platform.report.tables import metrics_table, print_table, to_json

    if format == "json":
        print(to_json(rows))
    else:
        print_table(metrics_table(_without_parts(rows), simulated, "newest of each metric"))
    closing(summary)


def daily(
    as_at: AsAt = None,
    select: Select = None,
    skip: Skip = None,
    data: Annotated[str | None, typer.Option("--data", metavar="live|DIR", help="Where numbers come from.")] = None,
    home: Home = None,
) -> None:
    """Pick up whatever became known, compute, build marts, write the report."""
    apply_clock(as_at)
    apply_data(data)
    from liquidity_platform.cli.selection import chosen, layers_skipped

    lines, listings = chosen(select, skip)
    summary, _, _ = _fill(lines, None, vintages=True, listings=listings, skipped=layers_skipped(skip))
    closing(summary)
    from liquidity_platform.publish.heartbeat import ping
    from liquidity_platform.settings import settings

    if failure := ping(settings()):
        note(failure)


def _choose_automatically() -> None:
    """`auto`: live when a publisher answers within five seconds, else sample, said aloud."""
    from liquidity_platform.cli.options import override
    from liquidity_platform.settings import settings

    if settings().data != "auto":
        return
    from liquidity_platform.sources.fetching import publisher_answers

    if settings().files_dir is not None:
        override("LIQUIDITY_DATA", "live")
    elif settings().clock_now().moved or not publisher_answers(settings()):
        note("no publisher answers: showing SIMULATED data (--data DIR reads publishers' files)")
        override("LIQUIDITY_DATA", "sample")
    else:
        override("LIQUIDITY_DATA", "live")


def _fill(
    lines: "list[Series] | None",
    since: "date | None",
    vintages: bool,
    listings: "list[Listing] | None" = None,
    skipped: frozenset[str] = frozenset(),
) -> "tuple[Summary, DataFrame, bool]":
    """Run the layers with progress; returns (summary, newest row of each metric, simulated)."""
    from liquidity_platform.settings import settings

    def work(warehouse: "Warehouse") -> "Summary":
        from liquidity_platform.automation.running import run_layers
        from liquidity_platform.definitions import defs

        return run_layers(warehouse, defs, lines, since, vintages=vintages, listings=listings, skipped=skipped)

    with filling() as (warehouse, said):
        summary = run_in_dagster(warehouse, said, work)
        return summary, _newest(warehouse), settings().simulated


def _newest(warehouse: "Warehouse") -> "DataFrame":
    from liquidity_platform.cli.rows import metric_rows

    return metric_rows(warehouse, None, None, newest=1)


def _without_parts(rows: "DataFrame") -> "DataFrame":
    """The metrics that people look for first; parts of them (legs, contributions) fill another hundred rows."""
    import polars as pl

    from liquidity_platform.derived.registry import is_part

    shown = rows.filter(pl.Series([not is_part(metric) for metric in rows["metric"]], dtype=pl.Boolean))
    note(f"{rows.height - shown.height} parts of these metrics are left out: `liquidity show` prints any of METRICS.md")
    return shown


NAMED = 12  # reasons of one kind that are spelled out: a bad day has hundreds, and nobody reads them


def closing(summary: "Summary") -> None:
    """Say what a chain of runs did, and what it could not do."""
    for reason in summary.failures[:NAMED]:
        note(f"missing: {reason}")
    if len(summary.failures) > NAMED:
        note(f"missing: {len(summary.failures) - NAMED} more series; `liquidity status` lists all")
    if summary.absent:
        note(_absent(summary.absent))
    for reason in summary.quarantined:
        note(f"quarantined: {reason}")
    for fault in summary.blocked:
        note(f"held back: {fault} (`liquidity quarantine list`)")
    for fault in summary.unsound:
        note(f"flagged: {fault.removeprefix('flag, ')}")
    for check in summary.broken_checks:
        note(f"check failed: {check}")
    note(
        f"{summary.published} series published; {summary.appended:,} rows appended ({summary.revised:,} revised), "
        f"{summary.unchanged:,} unchanged; {summary.metric_rows:,} metric rows appended"
        + (f"; {summary.instruments} instruments, {summary.bars:,} bars appended" if summary.instruments else "")
    )
    if summary.skipped:
        note(f"skipped: {', '.join(sorted(summary.skipped))}; they are as they were before")
    if summary.report:
        note(f"report: {summary.report}")


def _absent(lines: "list[Series]") -> str:
    """One sentence on the series that the folder or the sample has not got."""
    from liquidity_platform.settings import settings

    where = "no simulated numbers" if settings().simulated else f"no file in {settings().files_dir}"
    codes = ", ".join(line.code for line in lines[:NAMED])
    more = f" and {len(lines) - NAMED} more (`liquidity status` lists all)" if len(lines) > NAMED else ""
    return f"missing: {len(lines)} series {'has' if len(lines) == 1 else 'have'} {where}: {codes}{more}"
