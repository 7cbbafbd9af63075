"""What assets are handed: an open warehouse, and where progress goes.

No secret passes through Dagster's config: the resource reads `settings()` in the process that runs.
Belongs here: Dagster resources. Keep out: connections themselves (warehouse), settings.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.settings import settings
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse, claim, open_warehouse
from liquidity_platform.warehouse.schema import sync_catalog
from liquidity_platform.warehouse.statistics import refresh_statistics


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The warehouse of this process's settings."""

    @contextmanager
    def reading(self) -> Iterator[Warehouse]:
        """An open, migrated warehouse."""
        with open_warehouse(settings()) as warehouse:
            yield warehouse

    @contextmanager
    def writing(self) -> Iterator[Warehouse]:
        """An open warehouse that accepts this process's kind of data and clock, catalog synced."""
        with open_warehouse(settings()) as warehouse:
            prepare(warehouse)
            yield warehouse
            with warehouse.owner_session() as connection:
                refresh_statistics(connection)


# what this project declares itself, such as universes, has a source too
CATALOG = {
    "source_id": "catalog", "name": "Declared in the catalog", "base_url": "", "licence": "Apache-2.0", "terms": "none",
    "rate_limit": 0.0, "auth": "none", "status": "verified", "bars": "none",
}  # fmt: skip


def prepare(warehouse: Warehouse) -> None:
    """Claim the warehouse for this kind of data and sync the catalog. Raises WarehouseRefused."""
    claim(warehouse)
    sync(warehouse)


def sync(warehouse: Warehouse) -> None:
    """Write the catalog and the providers into `meta`."""
    sources = [*(describe(provider) for provider in PROVIDERS.values()), CATALOG]
    sync_catalog(warehouse.engine, sources, SERIES.values(), INSTRUMENTS.values())


def describe(provider: Provider) -> dict[str, Any]:
    """A provider as a row of meta.data_sources."""
    return {
        "source_id": provider.name,
        "name": provider.title,
        "base_url": provider.base_url,
        "licence": provider.licence,
        "terms": provider.terms,
        "rate_limit": provider.rate_limit,
        "auth": "key" if provider.needs_key else "optional key" if provider.key_param else "none",
        "status": "verified" if provider.verified else "unverified",
        "bars": "none" if provider.bars is None else "adjusted" if provider.bars.adjusted else "as_traded",
    }
