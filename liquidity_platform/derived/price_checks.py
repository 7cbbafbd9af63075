"""Cross-checks of prices: the close of a day by two providers of bars; the difference is a metric.

Both tell prices as traded, to the cent: beyond half a cent they speak of different closes (an auction missed, a split
undone wrongly). It waits for the second provider's key; until then the difference is NULL with a status.
Belongs here: such pairs. Keep out: cross-checks of series (checks.py), the judgement (quality).
"""

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.instruments import BARS, INSTRUMENTS
from liquidity_platform.derived.align import at_period
from liquidity_platform.derived.declare import Metric

CHECKED, AGAINST = "polygon", "yahoo"


def _close(instrument: str) -> Metric:
    """What the one provider says of a close less what the other does; the one with a key makes the row."""
    told = CLOSES[f"close.{CHECKED}.{instrument}"]
    return Metric(
        id=f"check.close_{instrument.replace('.', '_')}.difference",
        title=f"{INSTRUMENTS[instrument].symbol} close, Massive (Polygon) less Yahoo",
        unit=told.unit,
        version=1,
        anchor="told",
        inputs={"told": at_period(told.id), "other": at_period(f"close.{AGAINST}.{instrument}")},
        formula="told - other",
        source="Closes as traded, of one trading day",
        tolerance=0.005,
    )


METRICS = [_close(instrument) for instrument in BARS[CHECKED]]
