"""`liquidity dagster ...`: Dagster's own programs on this home's instance.

Containers start the code server, the UI and the daemon with it; people look at their instance.
Belongs here: which program, its environment. Keep out: what the environment is (automation.instance).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import typer

from liquidity_platform.cli.options import Home

_PROGRAMS = {"webserver": "dagster-webserver", "daemon": "dagster-daemon"}
_AS_TYPED = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("dagster", context_settings=_AS_TYPED)(dagster)


def dagster(context: typer.Context, program: str, home: Home = None) -> None:
    """Run `dagster PROGRAM ...` (or dagster-webserver, dagster-daemon) on this home's instance."""
    from liquidity_platform.automation.instance import dagster_environment
    from liquidity_platform.settings import settings
    from liquidity_platform.warehouse.connect import open_warehouse

    command = _command(program, context.args)
    with open_warehouse(settings()) as warehouse:
        environment = {**os.environ, **dagster_environment(warehouse)}
        if warehouse.lease is not None:  # the embedded server lives as long as this process
            raise typer.Exit(_child(command, environment))
    os.execve(command[0], command, environment)  # so that a container's signals reach it


def _command(program: str, arguments: list[str]) -> list[str]:
    folder = Path(sys.executable).parent
    if program in _PROGRAMS:
        return [str(folder / _PROGRAMS[program]), *arguments]
    return [str(folder / "dagster"), program, *arguments]


def _child(command: list[str], environment: dict[str, str]) -> int:
    """The exit code of `command`, which hears what this process is told."""
    with subprocess.Popen(command, env=environment) as child:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda heard, _: child.send_signal(heard))
        return child.wait()
