"""Commands that read: `show`, `history`, `changed`, `track`, `series`, `status`, `sql`, `doctor`.

Belongs here: the commands, thin. Keep out: queries (warehouse), tables (report), judgement (quality).
"""

import sys
from typing import Annotated

import typer

from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import AsOf, Format, Home, day, instant, one_of
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.instants import parse_instant

SHOWN_ROWS = 200  # of a table made of any query: a terminal takes no more, and each costs milliseconds


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (show, history, changed, track, series, status, sql, doctor):
        app.command(command.__name__)(command)


def show(
    metrics: Annotated[
        list[str], typer.Argument(metavar="METRIC...", help="Metric ids, series ids or publishers' codes.")
    ],
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First period.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last period.")] = None,
    as_of: AsOf = None,
    chart: Annotated[
        bool, typer.Option("--chart", help="Draw them below the table: all of --from, or the whole history.")
    ] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Print metrics, signals and series, now or as they were known at an instant.

    A signal prints its score as value and its state as status; below a table stands why it is in that state. Of a
    series the status is how sure its known_at is. Why something has no rows is said on stderr.
    """
    one_of(format, "table", "json", "csv")
    first, last, at = day(start), day(end), instant(as_of)
    from liquidity_platform.cli.reading import print_charts, print_rows, read_rows

    if chart and format != "table":
        raise UsageError(f"--chart is drawn below a table; --format {format} prints rows only")
    rows = read_rows(metrics, first, last, at)
    print_rows(rows, format, first is None, at)
    if chart:
        print_charts(rows)
    if format == "table":
        from liquidity_platform.cli.explaining import explain

        sys.stdout.flush()  # what is said about the table follows it, also where both go to one file
        explain(metrics, last, at)


def history(
    series: Annotated[str, typer.Argument(metavar="SERIES", help="Series id, publisher's code or metric id.")],
    period: Annotated[
        str | None, typer.Argument(metavar="PERIOD", help="One period: a day, or 2020-04 for a month.")
    ] = None,
    as_of: AsOf = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check the archived bytes behind every row.")] = False,
    payload: Annotated[
        bool, typer.Option("--payload", help="Write the archived bytes behind the period's newest row instead.")
    ] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Print every row of a number, down to the archived payload.

    A period's payloads are read and compared with their recorded sha256; exit code 1 if any is missing or altered.
    """
    one_of(format, "table", "json", "csv")
    at = instant(as_of)
    from liquidity_platform.cli import history as gathered

    if payload:
        gathered.write_payload(series, period, at)
    else:
        raise typer.Exit(gathered.history(series, period, format, at, verify))


def changed(
    since: Annotated[str, typer.Option("--since", metavar="INSTANT", help="Print what became known after it.")],
    series: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERIES", help="Ids or codes, of series or metrics; every series if none."),
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="What this warehouse wrote down after it, whenever it was known.")
    ] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Print what became known after an instant, beside what was known then.

    With --recorded csv and json print every row that was written down, old vintages too; a table counts them and
    prints those that are answered now.
    """
    one_of(format, "table", "json", "csv")
    moment = parse_instant(since)
    from liquidity_platform.cli import changing

    changing.changed(moment, series or [], recorded, format)


def track(
    signals: Annotated[list[str] | None, typer.Argument(metavar="SIGNAL", help="Signal ids; all if none.")] = None,
    as_of: AsOf = None,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Print what followed each state of a signal: returns, base rate, effective sample size, intervals.

    Each release counts with the state it had first; the return starts at the close after it was known. Returns are
    those of a price index: dividends are not in them. The span that is held and counted is said on stderr.
    """
    one_of(format, "table", "json", "csv")
    at = instant(as_of)
    from liquidity_platform.cli.tracking import print_record

    print_record(signals or [], at, format)


def series(
    filter: Annotated[
        str, typer.Argument(metavar="[FILTER | accept]", help="Part of an id, code, title or release.")
    ] = "",
    accepted: Annotated[
        str | None, typer.Argument(metavar="[SERIES]", help="After `accept`: the series, by id or code.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="With `accept`: the day from which answers are read anew."),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="WORDS", help="With `accept`: the unit, where the publisher does not say it."),
    ] = None,
    format: Format = "table",
    home: Home = None,
) -> None:
    """List the catalog of raw series, with the next time each is expected (UTC).

    `liquidity series accept SERIES --from DATE` accepts what its publisher says it is now: title, unit, frequency,
    seasonal adjustment. Answers of that day and later are read by it; nothing that is stored changes.
    """
    one_of(format, "table", "json", "csv")
    if filter == "accept" or accepted or since or unit:
        from liquidity_platform.cli.accepting import accept

        accept(filter, accepted, day(since), unit)
        return
    from liquidity_platform.cli.reading import list_series, print_frame

    listed = list_series(filter, whole=format != "table")
    print_frame(listed, format, "series")
    if format == "table" and listed["next expected"].null_count():
        note("without a next time: ended, or no release clock on file")


def status(
    late: Annotated[bool, typer.Option("--late", help="Only what is held and late, or old.")] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """What is held of each series, since when it is known, and by how much it is late against its release."""
    one_of(format, "table", "json", "csv")
    from liquidity_platform.cli.reading import print_frame, read_status

    frame, simulated = read_status(late)
    print_frame(frame, format, "status", simulated)


def sql(
    statement: Annotated[str, typer.Argument(metavar="'SELECT ...'", help="One statement that only reads.")],
    format: Format = "table",
    home: Home = None,
) -> None:
    """Run one read-only statement as the reader."""
    one_of(format, "table", "json", "csv")
    from liquidity_platform.cli.reading import print_frame
    from liquidity_platform.cli.sql import select

    frame, simulated = select(statement, SHOWN_ROWS + 1 if format == "table" else None)
    print_frame(frame.head(SHOWN_ROWS) if format == "table" else frame, format, None, simulated)
    if format == "table" and frame.height > SHOWN_ROWS:
        note(f"the first {SHOWN_ROWS} rows, there are more: --format csv prints all")


def doctor(home: Home = None) -> None:
    """Check configuration, keys (masked), connectivity and versions."""
    from liquidity_platform.cli.doctor import examine

    raise typer.Exit(examine())
