"""What is judged of every row that arrives, and how severe it is when a judgement fails, for each series.

`block`: the gate keeps the rows from what is computed of them, until a person lets them through or the publisher prints
others; dependants are NULL meanwhile and say so. `flag`: they pass, with a banner on what reads them. Nothing blocks
but what makes a number wrong by orders of magnitude; what a series wants otherwise stands in `BY_SERIES`.
Belongs here: the words and the severities. Keep out: judging (quality), holding rows back (warehouse).
"""

from collections.abc import Mapping
from enum import StrEnum

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import CatalogError


class Judgement(StrEnum):
    """What is asked of rows that arrive."""

    RANGE = "range"  # the value lies in the catalog's plausible range
    UNIT_STEP = "unit_step"  # the value is no power of ten away from the level before it
    JUMP = "jump"  # the move is of a size that the series has made before
    GAP = "gap"  # no period of the release calendar is left out before it
    REVISION = "revision"  # the value replaces another by no more than revisions usually do
    RESTATED = "restated"  # no more of the past changed at once than usually does


class Severity(StrEnum):
    """What follows when a judgement fails."""

    BLOCK = "block"
    FLAG = "flag"


DEFAULTS: Mapping[Judgement, Severity] = {
    **dict.fromkeys(Judgement, Severity.FLAG),
    Judgement.UNIT_STEP: Severity.BLOCK,
}
BY_SERIES: Mapping[str, Mapping[Judgement, Severity]] = {
    # everything hangs on it, and its range is drawn so that only another unit lies outside
    "fed.total_assets": {Judgement.RANGE: Severity.BLOCK},
}


def check_gates(by_series: Mapping[str, Mapping[Judgement, Severity]]) -> None:
    """Raises CatalogError for a series that is not in the catalog."""
    for name in by_series:
        if name not in SERIES:
            raise CatalogError(f"gates: no series '{name}'")


def severity_of(series: str, judgement: Judgement) -> Severity:
    """How severe it is when `judgement` fails for the series of this id."""
    return BY_SERIES.get(series, {}).get(judgement, DEFAULTS[judgement])


def blocking(series: str) -> list[Judgement]:
    """The judgements that block this series."""
    return [judgement for judgement in Judgement if severity_of(series, judgement) is Severity.BLOCK]


check_gates(BY_SERIES)
