"""The one registry of derived metrics. Adding a metric is adding it to its family's list.

Belongs here: the merge of the families and the lookups over them. Keep out: formulas, evaluation.
"""

import difflib

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import UsageError
from liquidity_platform.derived import net_liquidity, spreads
from liquidity_platform.derived.declare import Metric, index_metrics

METRICS = index_metrics([*net_liquidity.METRICS, *spreads.METRICS])


def find_metric(name: str) -> Metric:
    """The metric called `name`. Raises UsageError with near names."""
    if metric := METRICS.get(name.strip().lower()):
        return metric
    near = difflib.get_close_matches(name.lower(), METRICS, n=3)
    hint = (
        f"; did you mean {', '.join(near)}?" if near else "; known: " + ", ".join(m for m in METRICS if ".d" not in m)
    )
    raise UsageError(f"no metric '{name}'{hint}")


def raw_inputs(metric: Metric) -> set[str]:
    """Ids of the raw series that the metric reads, directly or through other metrics."""
    found: set[str] = set()
    for leg in metric.inputs.values():
        found |= {leg.source} if leg.source in SERIES else raw_inputs(METRICS[leg.source])
    return found
