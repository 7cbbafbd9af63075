"""`liquidity warehouse migrate|url|check|backup|restore`.

Belongs here: the commands, thin. Keep out: how it is done (warehouse).
"""

from pathlib import Path
from typing import Annotated

import typer

from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import Format, Home, one_of

app = typer.Typer(help="The warehouse itself.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def migrate(
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL of all migrations instead; touches nothing.")
    ] = False,
    home: Home = None,
) -> None:
    """Bring the schema, the logins and the catalog tables up to date."""
    if sql:
        from liquidity_platform.warehouse.schema import offline_sql

        print(offline_sql(), end="")
        return
    from liquidity_platform.automation.resources import sync
    from liquidity_platform.automation.universes import declare_universes
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import allow_logins, open_warehouse
    from liquidity_platform.warehouse.schema import HEAD

    with open_warehouse(settings()) as warehouse:
        allow_logins(warehouse)
        sync(warehouse)
        declare_universes(warehouse)
        writer, reader = warehouse.writer_url.username, warehouse.reader_url.username
        print(f"schema {HEAD}; login '{writer}' adds facts, login '{reader}' may select")


@app.command()
def url(
    reader: Annotated[bool, typer.Option("--reader", help="The login that may only select.")] = False, home: Home = None
) -> None:
    """Print the address for psql and other clients (the embedded server runs while something uses it)."""
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import open_warehouse

    with open_warehouse(settings()) as warehouse:
        print(warehouse.plain_url(reader=reader))
        if warehouse.lease is not None:
            note("the embedded server answers there while `liquidity up` or another command runs")


@app.command()
def check(
    archive: Annotated[
        bool, typer.Option("--archive", help="Read every archived file too and compare its SHA-256.")
    ] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Report rows that contradict each other; exit code 1 when there are any."""
    one_of(format, "table", "json", "csv")
    from liquidity_platform.cli.safekeeping import check_invariants

    check_invariants(archive, format)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    with_archive: Annotated[
        bool, typer.Option("--with-archive", help="Put the publishers' archived bytes in.")
    ] = False,
    home: Home = None,
) -> None:
    """Write the warehouse into one verified file, while it is in use.

    It holds the schemas meta, raw, derived, marts and ops. Not in it: Dagster's own schema (runs and events), logins
    and grants (restore makes the reader's anew), and, without --with-archive, the archive of publishers' bytes.
    """
    from liquidity_platform.cli.safekeeping import write_backup

    write_backup(file.expanduser().absolute(), force, with_archive)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `warehouse backup` wrote.")],
    home: Home = None,
) -> None:
    """Load a backup into an empty warehouse and compare every table with it.

    A warehouse that holds rows is refused, and a failure leaves the empty one as it was. A backup of an older schema
    is migrated. Archived bytes that are in the backup go into the archive. Take backups from people you trust only:
    what is in them runs as the warehouse's owner.
    """
    from liquidity_platform.cli.safekeeping import read_backup

    read_backup(file.expanduser().absolute())
