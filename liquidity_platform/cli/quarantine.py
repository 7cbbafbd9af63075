"""`liquidity quarantine`: what waits for a person, and what the person decides.

Belongs here: the three commands and their lines. Keep out: reading answers again (automation), decisions (warehouse).
"""

from typing import Annotated

import typer

from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import Format, Home, one_of

app = typer.Typer(no_args_is_help=True, help="What was refused or is held back: list it, accept it, reject it.")
Number = Annotated[int, typer.Argument(metavar="ID", help="As `liquidity quarantine list` prints it.")]


@app.command("list")
def list_waiting(
    all: Annotated[bool, typer.Option("--all", help="What was decided as well.")] = False,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Print what waits: answers that were refused whole, and rows that are held from what is computed of them."""
    one_of(format, "table", "json", "csv")
    from liquidity_platform.cli.reading import print_frame
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import open_warehouse
    from liquidity_platform.warehouse.waiting import entries

    with open_warehouse(settings()) as warehouse, warehouse.session() as connection:
        found = entries(connection, all)
    print_frame(found, format, "quarantine", settings().simulated)
    if found.is_empty():
        note("nothing waits")


@app.command()
def accept(id: Number, home: Home = None) -> None:
    """Believe it: held rows reach their dependants from now on; a refused answer is read as of its own fetch."""
    from liquidity_platform.automation.deciding import accept as believe
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import open_warehouse

    with open_warehouse(settings()) as warehouse:
        note(believe(warehouse, id))
    note("`liquidity daily` computes what follows from it")


@app.command()
def reject(id: Number, home: Home = None) -> None:
    """Disbelieve it: it stays where it is and waits no longer; held rows stay held."""
    from liquidity_platform.automation.deciding import reject as disbelieve
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import open_warehouse

    with open_warehouse(settings()) as warehouse:
        note(disbelieve(warehouse, id))
