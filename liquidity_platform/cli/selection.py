"""KEYS of `--select` and `--skip`: codes, series ids or asset keys, separated by commas.

Belongs here: turning them into catalog lines. Keep out: Dagster's own selection language.
"""

from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.errors import UsageError


def chosen_series(select: str | None, skip: str | None) -> list[Series]:
    """The catalog lines selected and not skipped, in catalog order. Raises UsageError for an unknown key."""
    wanted = _named(select) if select else set(SERIES)
    unwanted = _named(skip) if skip else set()
    chosen = [line for line in SERIES.values() if line.id in wanted - unwanted]
    if not chosen:
        raise UsageError("--select and --skip leave nothing to do")
    return chosen


def _named(keys: str) -> set[str]:
    found: set[str] = set()
    for key in filter(None, (part.strip() for part in keys.split(","))):
        parts = key.split("/")
        if parts[0] == "raw" and len(parts) in (2, 3):
            matches = {
                line.id
                for line in SERIES.values()
                if line.source == parts[1] and parts[-1] in (parts[1], "*", line.code.lower())
            }
            if not matches:
                raise UsageError(f"no raw series matches '{key}'")
            found |= matches
        else:
            found.add(find_series(key).id)
    return found
