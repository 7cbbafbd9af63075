"""Every provider there is: each module of `providers/` declares one, and none is skipped.

Belongs here: finding them, and checking them against the catalog when this module is imported. Keep out: publishers.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.sources import providers
from liquidity_platform.sources.contract import Provider


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


PROVIDERS: Mapping[str, Provider] = discover(providers)
check_sources(SERIES.values(), PROVIDERS)
