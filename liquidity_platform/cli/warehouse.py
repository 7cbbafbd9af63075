"""`liquidity warehouse migrate|url`.

Belongs here: the commands, thin. Keep out: how it is done (warehouse).
"""

from typing import Annotated

import typer

from liquidity_platform.cli.options import Home

app = typer.Typer(help="The warehouse itself.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def migrate(home: Home = None) -> None:
    """Bring the schema, the logins and the catalog tables up to date."""
    from liquidity_platform.automation.resources import sync
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import allow_logins, open_warehouse
    from liquidity_platform.warehouse.schema import HEAD

    with open_warehouse(settings()) as warehouse:
        allow_logins(warehouse)
        sync(warehouse)
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
