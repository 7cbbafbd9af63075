"""How a signal is declared: the metric that is its score, a rule that makes states of it, what must agree with it.

A signal's inputs are metrics, so whatever is known of it is known since the last of them. Its state depends on the
scores before it (hysteresis, minimum dwell), all as they were known at that moment.
Belongs here: `Signal`, rules, the checks made at import. Keep out: evaluation (engine.py), the signals (regime.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.derived.declare import Metric

INSUFFICIENT = "INSUFFICIENT"  # the score has no value
# (the state held before or None, the score) -> the state the score asks for
Rule = Callable[[str | None, float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A declared state. `score` and `components` are metrics dated alike; a row for every date of the score.

    `agree`: for each state the (lowest, highest) value that a component has where it agrees; confidence is the share of
    `components` that agree (an absent one does not), and NULL for a signal without components.
    `dwell`: releases for which a state is kept at least. `due`: the series whose next release brings the next row.
    `version` counts definitions; history keeps the old one.
    """

    id: str
    title: str
    version: int
    score: str
    states: Sequence[str]
    rule: Rule = field(compare=False)
    dwell: int = 1
    components: Mapping[str, str] = field(default_factory=dict)
    agree: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    due: str
    source: str

    @property
    def inputs(self) -> Mapping[str, str]:
        """Metric ids by name; the score comes first."""
        return {"score": self.score, **self.components}


def hysteresis(low: str, middle: str, high: str, enter: float, leave: float) -> Rule:
    """Three states around 0: entered at +-enter, left inside of +-leave; a value at a limit has met it."""

    def rule(held: str | None, score: float) -> str:
        if score >= (leave if held == high else enter):
            return high
        if score <= -(leave if held == low else enter):
            return low
        return middle

    return rule


def outside(low: str, middle: str, high: str, below: float, above: float, *, hold: bool = False) -> Rule:
    """`high` over `above`, `low` under `below`, else `middle`; with `hold` what was held stays in between."""

    def rule(held: str | None, score: float) -> str:
        if score > above:
            return high
        if score < below:
            return low
        return held if hold and held is not None else middle

    return rule


def index_signals(signals: Sequence[Signal], metrics: Mapping[str, Metric]) -> Mapping[str, Signal]:
    """Signals by id. Raises CatalogError for any contradiction."""
    by_id: dict[str, Signal] = {}
    for signal in signals:
        if signal.id in by_id or signal.id in metrics:
            raise CatalogError(f"signal {signal.id}: declared twice")
        for name, metric in signal.inputs.items():
            if metric not in metrics:
                raise CatalogError(f"signal {signal.id}: input {name} reads '{metric}', which is no metric")
        if signal.due not in SERIES:
            raise CatalogError(f"signal {signal.id}: it waits for '{signal.due}', which is no series")
        if signal.components and set(signal.agree) != set(signal.states):
            raise CatalogError(f"signal {signal.id}: it must say for each state which components agree")
        if signal.dwell < 1:
            raise CatalogError(f"signal {signal.id}: a state lasts one release at least")
        by_id[signal.id] = signal
    return by_id
