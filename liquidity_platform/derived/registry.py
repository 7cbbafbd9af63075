"""The one registry of derived metrics: the families, and whatever a user's own file adds.

Adding a metric is adding it to its family's list, a family its module here.
Belongs here: the merge of the families and the lookups over them. Keep out: formulas, evaluation.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.derived import (
    balance_sheet,
    checks,
    contributions,
    corridor,
    funding_stress,
    global_coverage,
    global_liquidity,
    money,
    net_liquidity,
    price_checks,
    real_rates,
    reconciliation,
    reference,
    regime_inputs,
    spreads,
    stealth_qe,
    volatility,
)
from liquidity_platform.derived.declare import Metric, index_metrics, is_raw
from liquidity_platform.derived.net_liquidity import SPANS
from liquidity_platform.derived.user_metrics import with_file
from liquidity_platform.settings import Settings, settings

# Each by the name of its module, in an order in which families come after those they read.
FAMILIES: Mapping[str, Sequence[Metric]] = {
    module.__name__.rpartition(".")[2]: module.METRICS
    for module in (
        net_liquidity, spreads, contributions, reconciliation, balance_sheet, money, global_liquidity, global_coverage,
        stealth_qe, corridor, real_rates, volatility, funding_stress, regime_inputs, checks, price_checks, reference,
    )
}  # fmt: skip
BUILT_IN = index_metrics([metric for metrics in FAMILIES.values() for metric in metrics])
_FAMILY_OF = {metric.id: family for family, metrics in FAMILIES.items() for metric in metrics}


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


def family_of(metric: Metric) -> str:
    """The name of the metric's family: its module, or `user` for a metric that is not declared here."""
    return _FAMILY_OF.get(metric.id, "user")


def is_part(metric_id: str) -> bool:
    """True for a part of another metric (`us.net_liquidity.weekly.d1w.tga`); its own changes over time are no parts."""
    *names, last = metric_id.split(".")
    if last in SPANS:
        return is_part(".".join(names))
    return any(".".join(names[:count]) in BUILT_IN for count in range(1, len(names) + 1))


def raw_inputs(metric: Metric, *, with_optional: bool = True) -> set[str]:
    """Ids of the raw series and closes that the metric reads, directly or through other metrics."""
    found: set[str] = set()
    for leg in metric.inputs.values():
        if leg.optional and not with_optional:
            continue
        found |= {leg.source} if is_raw(leg.source) else raw_inputs(METRICS[leg.source], with_optional=with_optional)
    return found


def anchored_on(metric: Metric) -> str:
    """The series or closes whose publication makes the metric's rows: its anchor's, through the metrics between."""
    source = metric.inputs[metric.anchor].source
    return source if is_raw(source) else anchored_on(METRICS[source])


def needed() -> set[str]:
    """What metrics cannot do without; neither optional legs nor what a cross-check compares with are among it."""
    own = [metric for metric in METRICS.values() if metric.tolerance is None]
    return {source for metric in own for source in raw_inputs(metric, with_optional=False)}
