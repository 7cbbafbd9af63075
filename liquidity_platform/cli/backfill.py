"""`backfill`: what became known in past years, publisher by publisher, and the plan of it.

Belongs here: the command, its table and its notes. Keep out: the plan and the runs (automation).
"""

from typing import TYPE_CHECKING, Annotated

import typer

from liquidity_platform.cli.demo import NAMED, closing
from liquidity_platform.cli.filling import filling, run_in_dagster
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import AsAt, Home, Select, Skip, apply_clock, apply_data, day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liquidity_platform.automation.planning import Plan
    from liquidity_platform.automation.summary import Summary
    from liquidity_platform.catalog.series import Series
    from liquidity_platform.core.window import Window
    from liquidity_platform.sources.contract import Listing
    from liquidity_platform.warehouse.connect import Warehouse


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backfill")(backfill)


def backfill(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="What became known from this year on.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="And up to this year; both are taken whole.")],
    select: Select = None,
    skip: Skip = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be fetched, and do nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Download also what the archive holds.")] = False,
    data: Annotated[str | None, typer.Option("--data", metavar="live|DIR", help="Where numbers come from.")] = None,
    as_at: AsAt = None,
    home: Home = None,
) -> None:
    """Write what became known in past years: one run a publisher, continued where it was cut off.

    Dates are of knowledge and are widened to whole years. What the archive holds is not downloaded again. Numbers known
    since their own fetch (revised ones without vintages, bars) belong to the current year.
    """
    apply_clock(as_at)
    apply_data(data)
    window = _window(first, last)
    from liquidity_platform.cli.selection import chosen, layers_skipped
    from liquidity_platform.core.errors import SourceMissing
    from liquidity_platform.settings import settings
    from liquidity_platform.sources.bar_fetching import usual_listings

    lines, listings = chosen(select, skip)
    quoted = listings if listings is not None else usual_listings(settings())
    if dry_run:
        _print_plan(lines, quoted, window, again)
        return
    plans: list[Plan] = []

    def work(warehouse: "Warehouse") -> "Summary":
        from liquidity_platform.automation.backfilling import run_backfill
        from liquidity_platform.automation.planning import make_plan
        from liquidity_platform.definitions import defs

        plans.append(make_plan(settings(), warehouse, lines, quoted, window, again))
        if not plans[0].parts:
            _say_left_out(plans[0])
            raise SourceMissing(f"nothing chosen has numbers that became known in {window.first}..{window.last}")
        return run_backfill(warehouse, defs, plans[0], layers_skipped(skip))

    with filling() as (warehouse, said):
        summary = run_in_dagster(warehouse, said, work)
    _say_left_out(plans[0])
    closing(summary)


def _window(first: str, last: str) -> "Window":
    from liquidity_platform.core.errors import UsageError
    from liquidity_platform.core.window import FIRST_YEAR, Window
    from liquidity_platform.settings import settings

    start, end = day(first), day(last)
    assert start is not None
    assert end is not None
    now = settings().clock_now().now()
    if start > end:
        raise UsageError(f"--from {start} lies after --to {end}")
    if start > now.date():
        raise UsageError(f"--from {start} lies in the future: nothing is known of it")
    if start.year < FIRST_YEAR:
        note(f"{FIRST_YEAR} is the first year of knowledge: it holds everything known before {FIRST_YEAR + 1}")
    return Window.covering(start, end, now)


def _print_plan(lines: "Sequence[Series]", listings: "Sequence[Listing]", window: "Window", again: bool) -> None:
    """Print the table; no run, no request, and no warehouse made where there is none."""
    from liquidity_platform.automation.planning import make_plan
    from liquidity_platform.settings import settings
    from liquidity_platform.sources.fetching import check_place
    from liquidity_platform.warehouse.connect import is_made, open_warehouse

    check_place(settings())
    if is_made(settings()):
        with open_warehouse(settings()) as warehouse:
            plan = make_plan(settings(), warehouse, lines, listings, window, again)
    else:
        plan = make_plan(settings(), None, lines, listings, window, again)
    import polars as pl

    from liquidity_platform.report.tables import generic_table, print_table

    rows = [
        {
            "provider": part.provider, "what": part.what, "to ask": len(part.ask) + len(part.listings),
            "from archive": len(part.archived), "nothing to do": len(part.written), "requests": part.requests,
            "time": _spoken(part.seconds), "note": part.note,
        }
        for part in plan.parts
    ]  # fmt: skip
    title = f"what became known in {window.first}..{window.last}; requests and time are the least there can be"
    if rows:
        print_table(generic_table(pl.DataFrame(rows), title, settings().simulated))
    total = sum(part.requests for part in plan.parts)
    print(f"{total} requests at least, {_spoken(sum(part.seconds for part in plan.parts))} at the publishers' pace")
    _say_left_out(plan)


def _spoken(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"


def _say_left_out(plan: "Plan") -> None:
    """Sentences on what a backfill of these years cannot write, or need not."""
    years = f"{plan.window.first}..{plan.window.last}"
    if plan.unknowable:
        codes = ", ".join(line.code for line in plan.unknowable[:NAMED])
        more = f" and {len(plan.unknowable) - NAMED} more" if len(plan.unknowable) > NAMED else ""
        note(
            f"not asked for: {len(plan.unknowable)} revised series without vintages are known since they are fetched "
            f"(known_basis fetched), which is the current year: none of their rows belongs to {years}: {codes}{more}"
        )
    if plan.left_bars:
        note(f"not asked for: bars of {plan.left_bars} instruments are known since they are fetched, none in {years}")
    written = sum(len(part.written) for part in plan.parts)
    archived = sum(len(part.archived) for part in plan.parts)
    if written or archived:
        note(
            f"no download: of {written} series the archive's answers were read for {years} before, of {archived} they "
            "are read now (--again downloads all)"
        )
