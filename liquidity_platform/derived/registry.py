"""The one registry of derived metrics. Adding a metric is adding it to its family's list.

Belongs here: the merge of the families and the lookups over them. Keep out: formulas, evaluation.
"""

from liquidity_platform.derived import checks, net_liquidity, price_checks, spreads
from liquidity_platform.derived.declare import Metric, index_metrics, is_raw

METRICS = index_metrics([*net_liquidity.METRICS, *spreads.METRICS, *checks.METRICS, *price_checks.METRICS])


def raw_inputs(metric: Metric) -> set[str]:
    """Ids of the raw series and closes that the metric reads, directly or through other metrics."""
    found: set[str] = set()
    for leg in metric.inputs.values():
        found |= {leg.source} if is_raw(leg.source) else raw_inputs(METRICS[leg.source])
    return found


def needed() -> set[str]:
    """What metrics cannot do without; what a cross-check compares with is not among it."""
    return {source for metric in METRICS.values() if metric.tolerance is None for source in raw_inputs(metric)}
