"""The one registry of derived metrics. Adding a metric is adding it to its family's list, or to a file of one's own.

Belongs here: the merge of the families and the lookups over them. Keep out: formulas, evaluation.
"""

from collections.abc import Mapping
from pathlib import Path

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.derived import checks, net_liquidity, price_checks, spreads
from liquidity_platform.derived.declare import Metric, index_metrics, is_raw
from liquidity_platform.derived.user_metrics import with_file
from liquidity_platform.settings import Settings, settings

BUILT_IN = index_metrics([*net_liquidity.METRICS, *spreads.METRICS, *checks.METRICS, *price_checks.METRICS])


def file_of(chosen: Settings) -> Path | None:
    """The file of the user's own metrics: the one that is named, or <HOME>/metrics.toml where it is there."""
    named = chosen.metrics.file
    if named is None:
        usual = chosen.home / "metrics.toml"
        return usual if usual.exists() else None
    found = named.expanduser().absolute()
    if not found.is_file():
        raise ConfigError(f"LIQUIDITY_METRICS__FILE: no such file: {found}")
    return found


def _all(chosen: Settings) -> Mapping[str, Metric]:
    path = file_of(chosen)
    return with_file(BUILT_IN, path) if path else BUILT_IN


METRICS = _all(settings())


def raw_inputs(metric: Metric) -> set[str]:
    """Ids of the raw series and closes that the metric reads, directly or through other metrics."""
    found: set[str] = set()
    for leg in metric.inputs.values():
        found |= {leg.source} if is_raw(leg.source) else raw_inputs(METRICS[leg.source])
    return found


def needed() -> set[str]:
    """What metrics cannot do without; what a cross-check compares with is not among it."""
    return {source for metric in METRICS.values() if metric.tolerance is None for source in raw_inputs(metric)}
