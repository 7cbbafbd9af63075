"""`up` and `down`: the platform on this machine.

Belongs here: the commands. Keep out: which processes there are and how they are watched (processes.py).
"""

from typing import Annotated

import typer

from liquidity_platform.cli.options import Home, apply_data


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("up")(up)
    app.command("down")(down)


def up(
    data: Annotated[
        str | None, typer.Option("--data", metavar="live|sample|DIR", help="Where runs get numbers from.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the Dagster UI (default 3000).")] = None,
    home: Home = None,
) -> None:
    """Run warehouse, Dagster UI, schedules, sensors and the sidecar until Ctrl-C.

    The sidecar's API and page are on LIQUIDITY_API__PORT (default 8000).
    """
    from liquidity_platform.cli.options import override

    apply_data(data)
    if port is not None:
        override("LIQUIDITY_DAGSTER__PORT", str(port))
    from liquidity_platform.cli.processes import run_platform

    raise typer.Exit(run_platform())


def down(home: Home = None) -> None:
    """Stop what `up` started in this home, wherever it runs."""
    from liquidity_platform.cli.processes import stop_platform

    stop_platform()
