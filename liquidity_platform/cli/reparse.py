"""`reparse`: facts rebuilt from the archive.

Belongs here: the command, its progress and its closing lines. Keep out: the work (automation).
"""

from typing import Annotated

import typer

from liquidity_platform.cli.notes import note, progress
from liquidity_platform.cli.options import Home, instant


def reparse(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Whose archived answers: fred, treasury ...")],
    since: Annotated[
        str | None, typer.Option("--since", metavar="INSTANT", help="Only answers fetched from then on.")
    ] = None,
    home: Home = None,
) -> None:
    """Parse a provider's archived answers again and append what that makes known; nobody is asked.

    With an unchanged parser nothing is appended. Exit code 1 when an answer that was accepted once is refused now, or
    is not as it was archived.
    """
    import uuid

    at = instant(since)
    from liquidity_platform.automation.reparsing import reparse as read_again
    from liquidity_platform.automation.resources import prepare
    from liquidity_platform.core.errors import UsageError
    from liquidity_platform.settings import settings
    from liquidity_platform.sources.registry import PROVIDERS
    from liquidity_platform.warehouse.connect import open_warehouse

    if provider not in PROVIDERS:
        raise UsageError(f"no provider '{provider}': choose one of {', '.join(PROVIDERS)}")
    with progress() as said, open_warehouse(settings()) as warehouse:
        prepare(warehouse)
        found = read_again(PROVIDERS[provider], at, warehouse, f"reparse {uuid.uuid4()}", said)
    for sentence in found.refused:
        note(f"liquidity: {sentence}")
    report = found.report
    print(
        f"{provider}: {found.payloads} payloads; {report.appended:,} rows appended ({report.revised:,} revised), "
        f"{report.unchanged:,} unchanged"
    )
    if found.repeated:
        note(f"{found.repeated} payloads are the same bytes as the one before them")
    if found.released or found.held:
        note(f"held back: {found.released} payloads are read now, {found.held} are not")
    if found.strangers:
        note(f"{found.strangers} payloads are of no series in the catalog and were left alone")
    if report.appended:
        note("metrics follow with the next `liquidity daily`")
    raise typer.Exit(1 if found.refused else 0)
