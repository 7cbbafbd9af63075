"""One raw series, and the checks of a list of them.

Belongs here: what a line says and what is refused when the list is imported. Keep out: the list itself (series.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from liquidity_platform.catalog.releases import RELEASES, Release
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.units import PublishedUnit, Unit

SEASONAL = ("SA", "NSA", "SAAR")


@dataclass(frozen=True, slots=True)
class Series:
    """One raw series. Stored value = published value x `published.scale`, in `unit`."""

    id: str  # <owner>.<what>
    source: str  # provider name
    code: str  # the publisher's code
    title: str
    published: PublishedUnit
    frequency: Frequency
    release_id: str
    low: float  # plausible range, in the publisher's unit
    high: float
    revisable: bool = True
    ended: date | None = None  # last period of a discontinued series
    seasonal: str | None = None  # seasonal adjustment as published: SA, NSA, SAAR; None: not written down here

    @property
    def unit(self) -> Unit:
        """Unit of the stored value."""
        return self.published.unit

    @property
    def release(self) -> Release:
        """Its release clock."""
        return RELEASES[self.release_id]

    @property
    def plausible(self) -> tuple[float, float]:
        """Plausible range of the stored value."""
        return self.low * self.published.scale, self.high * self.published.scale


def index_series(lines: Sequence[Series]) -> Mapping[str, Series]:
    """Series by id. Raises CatalogError naming the first line that contradicts itself or another."""
    by_id: dict[str, Series] = {}
    feeds: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.id in by_id:
            raise CatalogError(f"series {line.id}: declared twice")
        if line.release_id not in RELEASES:
            raise CatalogError(f"series {line.id}: unknown release '{line.release_id}'")
        if not line.low < line.high:
            raise CatalogError(f"series {line.id}: impossible range {line.low}..{line.high}")
        if line.seasonal not in (None, *SEASONAL):
            raise CatalogError(f"series {line.id}: unknown seasonal adjustment '{line.seasonal}'")
        if line.published.scale <= 0:
            raise CatalogError(f"series {line.id}: impossible scale {line.published.scale}")
        if (line.source, line.code) in feeds:
            raise CatalogError(
                f"series {line.id}: reads {line.source} {line.code}, as {feeds[line.source, line.code]} does"
            )
        by_id[line.id] = line
        feeds[line.source, line.code] = line.id
    return by_id
