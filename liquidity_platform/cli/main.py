"""The `liquidity` command: its entry point, its one-line errors, its exit codes.

Every command imports what it needs when it runs, so that `--help` stays quick.
Belongs here: the app, errors, global options. Keep out: what commands do (one module a family).
"""

import os
import sys
from typing import Annotated, Any

import typer

from liquidity_platform.cli import backfill, demo, instance, platform, quarantine, query, reparse, stream, warehouse
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import Home
from liquidity_platform.core.errors import LiquidityError

# Typer carries a Click of its own; its errors are reached through the one it exports.
_CLICK_ERROR: type[Any] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="liquidity",
    help="Macro liquidity, point in time: net liquidity, spreads, and what was known when.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("liquidity-platform"))
        raise typer.Exit


@app.callback()
def _root(
    home: Home = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if any(name.upper().startswith("LIQUIDITY_") for name in os.environ) or os.path.exists(".env"):
        from liquidity_platform.settings import unknown_settings

        for sentence in unknown_settings():
            note(f"liquidity: {sentence}")


for family in (demo, backfill, platform, query, instance):
    family.register(app)
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(quarantine.app, name="quarantine")
app.command()(reparse.reparse)
app.command()(stream.stream)
app.add_typer(stream.alerts, name="alerts")


def main() -> None:
    """Run the command; errors are one line on stderr, exit code 2 for usage, 1 for failure."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run with `arguments`; returns the exit code."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="liquidity")
        return code if isinstance(code, int) else 0
    except _CLICK_ERROR as error:
        return _fail(error.format_message() or "see `liquidity --help`", 2)
    except LiquidityError as error:
        return _fail(str(error), error.exit_code)
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", 130)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _fail(f"{error.filename or ''} {error.strerror or error}".strip(), 1)


def _fail(text: str, code: int) -> int:
    print(f"liquidity: {' '.join(text.split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
