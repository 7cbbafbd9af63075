"""Why something of Dagster's failed, in one line for people.

Belongs here: from Dagster's errors to a line. Keep out: whom it is told (publish), what is wrong now (problems.py).
"""

import re
from typing import Any

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_DBT = "Errors parsed from dbt logs:"
_OURS = "liquidity_platform.core.errors."  # sentences that need no class


def cause_of_run(instance: dg.DagsterInstance, run_id: str) -> str:
    """Why a run failed."""
    failures = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for entry in instance.all_logs(run_id, of_type=failures):
        event: Any = entry.get_dagster_event().event_specific_data
        error: SerializableErrorInfo | None = getattr(event, "error", None)
        if error is not None:
            return first_cause(error)
    return "its process ended without a word"


def first_cause(error: SerializableErrorInfo) -> str:
    """What an error began with; our own errors are sentences and need no class before them."""
    while error.cause is not None:
        error = error.cause
    text = " ".join(_COLOURS.sub("", error.message).split())
    if _DBT in text:
        return _of_dbt(text.partition(_DBT)[2])
    return text.split(": ", 1)[-1] if _OURS in text else text


def _of_dbt(log: str) -> str:
    """Which tests failed, or what dbt says itself."""
    failed = [f"{name} ({int(rows):,} rows)" for rows, name in re.findall(r"FAIL (\d+) (\w+) \.", log)]
    return f"tests of the marts failed: {', '.join(failed)}" if failed else log.strip()
