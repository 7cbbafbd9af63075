"""`liquidity stream` and `liquidity alerts`: the sidecar in the foreground, and its ledger.

Belongs here: the commands, thin. Keep out: what the sidecar does (realtime).
"""

import asyncio
from typing import TYPE_CHECKING

import typer

from liquidity_platform.cli.notes import note
from liquidity_platform.cli.options import Home

if TYPE_CHECKING:
    from liquidity_platform.realtime.settings import SidecarSettings
    from liquidity_platform.settings import Settings

alerts = typer.Typer(help="Alerts in the sidecar's journal.", no_args_is_help=True, rich_markup_mode=None)


def stream(home: Home = None) -> None:
    """Run the real-time sidecar: ticks in, alerts out; API and web socket on :8000. Ctrl-C ends it."""
    from liquidity_platform.realtime.settings import sidecar_settings
    from liquidity_platform.settings import settings

    chosen = settings()
    asyncio.run(_serve(chosen, sidecar_settings(chosen)))


@alerts.command()
def prove(home: Home = None) -> None:
    """Account for every firing: delivered, waiting, dead or suppressed, each with its reason; 1 if one is not."""
    from liquidity_platform.core.errors import LiquidityError, UsageError
    from liquidity_platform.realtime.alerts import ledger
    from liquidity_platform.realtime.journal.opening import connect
    from liquidity_platform.realtime.settings import journal_of, sidecar_settings
    from liquidity_platform.settings import settings

    path = journal_of(settings(), sidecar_settings(settings()))
    if not path.exists():
        raise UsageError(f"{path}: no journal; `liquidity stream` makes one")
    note(f"journal {path}")
    proof = ledger.prove(connect(path))
    held_back = sum(proof.suppressed.values())
    dead = sum(proof.dead.values())
    print(f"fired {proof.fired} = sent {proof.sent} + waiting {proof.waiting} + dead {dead} + suppressed {held_back}")
    for what, counts in (("suppressed", proof.suppressed), ("dead", proof.dead)):
        for reason, count in sorted(counts.items()):
            print(f"  {what}: {reason}: {count}")
    for channel, states in sorted(proof.deliveries.items()):
        print(f"  {channel}: " + ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    if not proof.whole:
        raise LiquidityError(f"{proof.unaccounted} firings have neither a delivery nor a reason")


async def _serve(chosen: "Settings", sidecar: "SidecarSettings") -> None:
    import gc
    import sys

    from liquidity_platform.realtime.api.access import wanted_token
    from liquidity_platform.realtime.api.app import create_app
    from liquidity_platform.realtime.api.examples import RULES
    from liquidity_platform.realtime.api.serving import listen, serve
    from liquidity_platform.realtime.macros import MacroReader
    from liquidity_platform.realtime.settings import journal_of
    from liquidity_platform.realtime.sidecar import Sidecar

    sys.setswitchinterval(0.0005)  # the journal's thread gets its turn soon, also while ticks pour in
    host, port = chosen.api.host, chosen.api.port
    token = wanted_token(host, chosen.api.token_file)
    listening = listen(host, port)
    async with Sidecar(sidecar, journal_of(chosen, sidecar), MacroReader(chosen)) as running:
        gc.collect()
        gc.freeze()  # modules and rules stay for ever: looking through them again would hold ticks up for 100 ms
        note(f"feed {sidecar.feed}, {running.evaluator.rules} rules; http://{host}:{port}/docs; Ctrl-C ends it")
        await serve(create_app(running.desk, host, token, RULES), listening)
