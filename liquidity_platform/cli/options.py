"""Options that several commands share. They set the environment, which is where settings are read from.

Belongs here: option types and their meaning. Keep out: commands.
"""

import os
from datetime import date, datetime
from typing import Annotated

import typer


def _home(value: str | None) -> str | None:
    if value is not None:
        override("LIQUIDITY_HOME", value)
    return value


Home = Annotated[
    str | None,
    typer.Option("--home", metavar="DIR", callback=_home, help="Everything this machine keeps (default .liquidity)."),
]
Format = Annotated[str, typer.Option("--format", metavar="table|json|csv", help="How results are printed.")]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="INSTANT", help="Move the clock: what 'now' is (not with live sources)."),
]
Select = Annotated[
    str | None, typer.Option("--select", metavar="KEYS", help="Only these: codes, ids, asset keys or `bars`.")
]
Skip = Annotated[
    str | None,
    typer.Option("--skip", metavar="KEYS", help="Not these: codes, ids, asset keys, `bars`, `metrics`, `marts`."),
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="INSTANT", help="Ask what was known then.")]


def override(name: str, value: str) -> None:
    """Set an environment variable for this process and forget settings read before."""
    from liquidity_platform.settings import settings

    os.environ[name] = value
    settings.cache_clear()


def apply_clock(as_at: str | None) -> None:
    """Move the clock when `--as-at` was given. Raises UsageError for anything but an instant with a zone."""
    if as_at is not None:
        from liquidity_platform.core.instants import iso, parse_instant

        override("LIQUIDITY_CLOCK", iso(parse_instant(as_at)))


def apply_data(data: str | None, *, auto: bool = False) -> None:
    """Choose where data comes from: live, sample, or a folder. Raises UsageError for anything else."""
    if data is None:
        return
    from pathlib import Path

    from liquidity_platform.core.errors import UsageError

    words = ("live", "sample", "auto") if auto else ("live", "sample")
    if data not in words and not Path(data).expanduser().is_dir():
        raise UsageError(f"--data {data}: no such folder (and not one of {', '.join(words)})")
    override("LIQUIDITY_DATA", data)


def one_of(value: str, *allowed: str) -> str:
    """`value` when it is allowed. Raises UsageError."""
    from liquidity_platform.core.errors import UsageError

    if value not in allowed:
        raise UsageError(f"--format {value}: choose one of {', '.join(allowed)}")
    return value


def instant(text: str | None) -> datetime | None:
    """An INSTANT option's value, or None."""
    from liquidity_platform.core.instants import parse_instant

    return parse_instant(text) if text is not None else None


def day(text: str | None) -> date | None:
    """A DATE option's value, or None."""
    from liquidity_platform.core.instants import parse_day

    return parse_day(text) if text is not None else None
