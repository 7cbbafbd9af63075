"""What a judgement says. Belongs here: `Verdict`. Keep out: the judgements, Dagster's check results."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed or not, and one sentence that says why in terms a person can act on."""

    passed: bool
    reason: str
