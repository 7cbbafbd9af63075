"""Every provider there is: each module of `providers/` declares one, and none is skipped.

Belongs here: finding them, and checking them against the catalog when this module is imported. Keep out: publishers.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from liquidity_platform.catalog.instruments import BARS, INSTRUMENTS, Instrument
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.sources import providers
from liquidity_platform.sources.contract import Listing, Provider, no_series


def discover(package: ModuleType) -> Mapping[str, Provider]:
    """Providers of `package` by name. Raises CatalogError for a module that declares none, or under another name."""
    found: dict[str, Provider] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        provider = getattr(module, "PROVIDER", None)
        if not isinstance(provider, Provider) or provider.name != info.name:
            raise CatalogError(f"{module.__name__} needs PROVIDER = Provider(name={info.name!r}, ...)")
        found[info.name] = provider
    return found


def check_sources(lines: Iterable[Series], known: Mapping[str, Provider]) -> None:
    """Raises CatalogError naming the first catalog line whose provider does not exist."""
    for line in lines:
        if line.source not in known:
            raise CatalogError(
                f"series {line.id}: no provider '{line.source}' in sources/providers/ ({', '.join(known)})"
            )
        if known[line.source].fetch is no_series:
            raise CatalogError(f"series {line.id}: provider '{line.source}' has bars, no series")


def listings(provider: Provider, lines: Iterable[Instrument]) -> list[Listing]:
    """`lines` under the codes of `provider`, those it has. Raises CatalogError for two under one symbol."""
    if provider.bars is None:
        raise CatalogError(f"provider '{provider.name}' has no bars")
    found = [(line, provider.bars.code_of(line)) for line in lines]
    listed = [Listing(line, provider.name, code) for line, code in found if code is not None]
    symbols: dict[str, str] = {}
    for listing in listed:
        other = symbols.setdefault(listing.instrument.symbol.lower(), listing.id)
        if other != listing.id:
            raise CatalogError(f"instrument {listing.id}: {provider.name} has bars of {other} under the same symbol")
    return listed


def check_bars(asked: Mapping[str, Iterable[str]], known: Mapping[str, Provider]) -> Mapping[str, list[Listing]]:
    """Listings by provider of the instrument ids in `asked`. Raises CatalogError for a provider without bars."""
    for name in asked:
        if name not in known:
            raise CatalogError(f"bars: no provider '{name}' in sources/providers/ ({', '.join(known)})")
    return {name: listings(known[name], [INSTRUMENTS[one] for one in ids]) for name, ids in asked.items()}


PROVIDERS: Mapping[str, Provider] = discover(providers)
check_sources(SERIES.values(), PROVIDERS)
LISTINGS = check_bars(BARS, PROVIDERS)  # whose daily bars each provider is asked for
