"""The declarative form of an alert rule: what people post as JSON, checked for shape.

Belongs here: one pydantic model a kind of rule, the fields every rule has, the parts of a composite. Keep out:
whether a rule makes sense (validation.py), its words (explain.py), its evaluation (engine.py), what suppresses a
firing (elsewhere: the suppression fields are plain data here). Durations are seconds, prices the instrument's own.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(allow_inf_nan=False, ge=0, le=7 * 86_400)]
Side = Literal["above", "below"]
Direction = Literal["up", "down", "either"]
Clocking = Literal["bar_close", "tick"]


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Part(BaseModel):
    """Base of every model here: frozen, and a field nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class QuietHours(Part):
    """No delivery between two times of day, `HH:MM` on the clock of `zone` (IANA); may run over midnight."""

    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    zone: str = "America/New_York"


class Hysteresis(Part):
    """How far the price must go back before an edge may fire again."""

    by: Annotated[float, Field(allow_inf_nan=False, ge=0)]
    unit: Literal["ticks", "price", "percent"] = "ticks"


FOUR_TICKS = Hysteresis(by=4, unit="ticks")


class Average(Part):
    """Simple moving average of the closes of `n` bars of `interval_s` seconds."""

    n: int = Field(ge=1)
    interval_s: int = Field(gt=0)


class RuleFields(Part):
    """What every rule has beside its condition."""

    instrument: str
    name: str | None = Field(default=None, max_length=200)
    severity: Severity = Severity.WARNING
    active: bool = True
    cooldown_s: Seconds = 60
    dedupe_window_s: Seconds = 300
    quiet_hours: QuietHours | None = None
    message: str | None = Field(default=None, max_length=2000)


class Condition(Part):
    """A condition on one instrument; inside a composite `instrument` defaults to the rule's."""

    instrument: str | None = None


class Threshold(Condition):
    """Price at or above (below) a threshold.

    `edge`: once, when it becomes true; again only after the price went back by `hysteresis` for `rearm_s`.
    `level`: while it is true, at most every `repeat_s`.
    """

    rule_type: Literal["threshold"]
    condition: Side
    threshold: Finite
    mode: Literal["edge", "level"] = "edge"
    hysteresis: Hysteresis = FOUR_TICKS
    rearm_s: Seconds = 0
    repeat_s: Seconds | None = None


class CrossLevel(Condition):
    """Price crosses a level: up when it was below and is at or above it. Every crossing counts."""

    rule_type: Literal["cross_level"]
    direction: Direction
    level: Finite


class CrossAverage(Condition):
    """Price crosses its moving average, judged on closed bars or on every tick."""

    rule_type: Literal["cross_average"]
    direction: Direction
    average: Average
    on: Clocking = "bar_close"


class AverageCross(Condition):
    """The fast moving average crosses the slow one."""

    rule_type: Literal["average_cross"]
    direction: Direction
    interval_s: int = Field(gt=0)
    fast_n: int = Field(ge=1)
    slow_n: int = Field(ge=1)
    on: Clocking = "bar_close"


class RateOfChange(Condition):
    """Change against the last price at or before `window_s` ago, if that is at most `tolerance_s` older still.

    Modes: pct (percent), log (natural logarithm of the ratio), abs (price points, signed), ticks (signed), sigma
    (points over the standard deviation of the last `sigma_n` changes between closes of bars of `window_s`).
    `hysteresis` is in the mode's unit, by default a quarter of the threshold.
    """

    rule_type: Literal["rate_of_change"]
    condition: Side
    threshold: Finite
    window_s: Finite
    mode: Literal["pct", "log", "abs", "ticks", "sigma"] = "pct"
    tolerance_s: Finite | None = None
    hysteresis: Annotated[float, Field(allow_inf_nan=False, ge=0)] | None = None
    rearm_s: Seconds = 0
    sigma_n: int = Field(default=30, ge=5, le=500)


class VolumeSpike(Condition):
    """Volume since the start of this interval of the session, against the median of that interval's volume in the
    last `sessions` sessions: at least `k` times that, and at least `min_size`."""

    rule_type: Literal["volume_spike"]
    interval_s: int = Field(gt=0)
    k: Annotated[float, Field(allow_inf_nan=False)]
    sessions: int = Field(default=20, ge=1, le=60)
    min_size: Annotated[float, Field(allow_inf_nan=False, ge=0)] = 0


class SessionBreak(Condition):
    """A new high (low) of the session, not before `after_open_s`; again after going back by `hysteresis`."""

    rule_type: Literal["session_break"]
    side: Literal["high", "low"]
    hysteresis: Hysteresis = FOUR_TICKS
    after_open_s: Seconds = 300


class Macro(Part):
    """A row of derived.metrics (`condition`, `threshold`) or derived.signals (`is`), as known at that moment.

    Unknown when there is none, when it is NULL, or when its period is more than `max_age_days` before the day (UTC).
    """

    macro: str = Field(min_length=1)
    condition: Side | None = None
    threshold: Finite | None = None
    is_: str | None = Field(default=None, alias="is")
    max_age_days: int = Field(default=10, ge=1, le=3660)


class All(Part):
    """Every part is true; with `within_s`, each was true at some moment of the last `within_s` seconds."""

    all: tuple["Node", ...] = Field(min_length=1, max_length=20)
    within_s: Seconds | None = None


class AnyOf(Part):
    """At least one part is true."""

    any: tuple["Node", ...] = Field(min_length=1, max_length=20)


class Not(Part):
    """The part is false."""

    not_: "Node" = Field(alias="not")


class Sequence(Part):
    """The first becomes true, then, on a later tick and at most `within_s` later, the second does."""

    sequence: tuple["Node", "Node"]
    within_s: Seconds


_SHAPES = ("macro", "all", "any", "not", "sequence")
_MODELS = {"Macro": "macro", "All": "all", "AnyOf": "any", "Not": "not", "Sequence": "sequence"}


def _shape(node: Any) -> str | None:
    if isinstance(node, dict):
        return next((shape for shape in _SHAPES if shape in node), "condition")
    return _MODELS.get(type(node).__name__, "condition")


AnyCondition = Annotated[
    Threshold | CrossLevel | CrossAverage | AverageCross | RateOfChange | VolumeSpike | SessionBreak,
    Field(discriminator="rule_type"),
]
Node = Annotated[
    Annotated[AnyCondition, Tag("condition")]
    | Annotated[Macro, Tag("macro")]
    | Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Sequence, Tag("sequence")],
    Discriminator(_shape),
]
for _model in (All, AnyOf, Not, Sequence):
    _model.model_rebuild()


class ThresholdRule(RuleFields, Threshold):
    """See Threshold."""

    instrument: str


class CrossLevelRule(RuleFields, CrossLevel):
    """See CrossLevel."""

    instrument: str


class CrossAverageRule(RuleFields, CrossAverage):
    """See CrossAverage."""

    instrument: str


class AverageCrossRule(RuleFields, AverageCross):
    """See AverageCross."""

    instrument: str


class RateOfChangeRule(RuleFields, RateOfChange):
    """See RateOfChange."""

    instrument: str


class VolumeSpikeRule(RuleFields, VolumeSpike):
    """See VolumeSpike."""

    instrument: str


class SessionBreakRule(RuleFields, SessionBreak):
    """See SessionBreak."""

    instrument: str


class CompositeRule(RuleFields):
    """Fires when `when` becomes true after it was false; again only after it was false for `rearm_s`.

    `instrument` is where the alert is shown and the default of its conditions.
    """

    rule_type: Literal["composite"]
    when: Node
    rearm_s: Seconds = 60


Rule = Annotated[
    ThresholdRule
    | CrossLevelRule
    | CrossAverageRule
    | AverageCrossRule
    | RateOfChangeRule
    | VolumeSpikeRule
    | SessionBreakRule
    | CompositeRule,
    Field(discriminator="rule_type"),
]
RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
