"""The one registry of signals. Adding a signal is adding it to its module's list.

Belongs here: the merge of the lists, which metrics signals read. Keep out: definitions, evaluation.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals import regime
from liquidity_platform.derived.signals.declare import Signal, index_signals

SIGNALS = index_signals([*regime.SIGNALS], METRICS)


def unit_of(signal: Signal) -> Unit:
    """Unit of a signal's score."""
    return METRICS[signal.score].unit


def inputs() -> set[str]:
    """Ids of the metrics that signals read."""
    return {metric for signal in SIGNALS.values() for metric in signal.inputs.values()}
