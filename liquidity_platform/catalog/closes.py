"""Daily closes as inputs of metrics: `close.<provider>.<instrument>`, one for everything in `instruments.BARS`.

A close has the period of its trading day in the instrument's zone, and the currency as its unit.
Belongs here: their ids. Keep out: series, reading them (warehouse.read), asking for them (sources).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from liquidity_platform.catalog.instruments import BARS, INSTRUMENTS, Instrument
from liquidity_platform.core.units import Unit

_UNITS = {"USD": Unit.USD, "EUR": Unit.EUR, "JPY": Unit.JPY}


@dataclass(frozen=True, slots=True)
class Close:
    """The daily closes of an instrument by one provider."""

    source: str
    instrument: Instrument

    @property
    def id(self) -> str:
        """What metrics call it."""
        return f"close.{self.source}.{self.instrument.id}"

    @property
    def unit(self) -> Unit:
        """Unit of a close: the currency; of an index in points the index."""
        return _UNITS.get(self.instrument.currency, Unit.INDEX)


CLOSES: Mapping[str, Close] = {
    close.id: close for source, ids in BARS.items() for close in (Close(source, INSTRUMENTS[one]) for one in ids)
}
