"""What stands against the numbers a command prints: rows held back, and flags that pass with a word said.

Belongs here: those sentences. Keep out: findings (warehouse), what a judgement is (quality).
"""

from collections.abc import Sequence
from datetime import datetime

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.cli.notes import note
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS, raw_inputs
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.findings import Found, standing

TOLD = 8  # findings spelled out; a bad day has hundreds


def series_behind(facts: Sequence[Metric | Series | Signal]) -> set[str]:
    """Ids of the raw series that the facts are, or are made of."""
    found: set[str] = set()
    for one in facts:
        if isinstance(one, Series):
            found.add(one.id)
        else:
            metrics = [one] if isinstance(one, Metric) else [METRICS[name] for name in one.inputs.values()]
            found |= {name for metric in metrics for name in raw_inputs(metric) if name in SERIES}
    return found


def tell(warehouse: Warehouse, facts: Sequence[Metric | Series | Signal], at: datetime | None) -> None:
    """Say on stderr what stands against the series behind `facts`, as known at `at` (None: now)."""
    moment = at or warehouse.settings.clock_now().now()
    with warehouse.session() as connection:
        found = standing(connection, moment, sorted(series_behind(facts)))
    for one in found[:TOLD]:
        note(sentence(one))
    if len(found) > TOLD:
        note(f"{len(found) - TOLD} more findings stand: select * from ops.findings")


def sentence(one: Found) -> str:
    """One finding; of a block also how a person lets it through."""
    if not one.blocks:
        return f"flagged: {one.judgement}: {one.reason}"
    return (
        f"held back: {one.judgement}: {one.reason}; `liquidity quarantine accept {one.quarantine_id}` lets it through"
    )
