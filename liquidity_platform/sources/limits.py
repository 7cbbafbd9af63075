"""How the limits under which publishers are asked stand now: for `doctor`.

Belongs here: reading them, as lines for people. Keep out: the limits themselves (gate.py), printing.
"""

from collections.abc import Iterable, Iterator

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import Settings
from liquidity_platform.sources.addresses import base_url_of, place_of
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.gate import Gate
from liquidity_platform.sources.ledger import ledgers_of


def examine_limits(providers: Iterable[Provider], settings: Settings) -> Iterator[tuple[bool, str]]:
    """(fine, line): each quota's budget, each provider that is not asked now, and where all that is kept."""
    ledgers = ledgers_of(settings)
    for provider in providers:
        try:
            place = place_of(base_url_of(provider, settings))
        except ConfigError as error:
            yield False, f"source {error}"
            continue
        if place is not None:
            gate = Gate(provider, place, ledgers)
            yield from ((True, f"source {provider.name}: {line}") for line in gate.budgets())
            if why := gate.closed():
                yield False, f"source {why}"
    ledgers.breakers.read("doctor")  # whether it can be read
    fault = ledgers.breakers.fault or ledgers.counts.fault
    yield (
        fault is None,
        f"limits: counts are kept {ledgers.counts.where}, breakers {ledgers.breakers.where}"
        + (f" ({fault})" if fault else ""),
    )
