"""KEYS of `--select` and `--skip`: codes, ids or asset keys of series and of instruments' bars, separated by commas.

`--skip` also leaves out layers that follow: `metrics`, `marts`. The report is always written, of what is there.
Belongs here: turning them into catalog lines. Keep out: Dagster's own selection language.
"""

from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.errors import UsageError
from liquidity_platform.settings import settings
from liquidity_platform.sources.bar_fetching import usual_listings
from liquidity_platform.sources.contract import Listing
from liquidity_platform.sources.registry import LISTINGS

LAYERS = frozenset({"metrics", "marts"})
Chosen = tuple[set[str], set[tuple[str, str]]]  # series ids; (provider, instrument id)


def layers_skipped(skip: str | None) -> frozenset[str]:
    """The layers that `--skip` names."""
    return LAYERS & set(_words(skip))


def _words(keys: str | None) -> list[str]:
    return [word for word in (part.strip() for part in (keys or "").split(",")) if word]


def chosen(select: str | None, skip: str | None) -> tuple[list[Series], list[Listing] | None]:
    """The series and bars selected and not skipped, in catalog order; bars None: the usual ones.

    Without `--select` everything is. `bars` is every instrument's usual bars, `bars/yahoo` those of a provider,
    `bars/yahoo/spy` one. Raises UsageError for an unknown key, or when nothing is left.
    """
    series, bars = _named(_words(select)) if select else (set(SERIES), None)
    unwanted, unasked = _named([word for word in _words(skip) if word not in LAYERS])
    lines = [line for line in SERIES.values() if line.id in series - unwanted]
    if bars is None and not unasked:
        return _some(lines, None)
    offered = usual_listings(settings()) if bars is None else [each for many in LISTINGS.values() for each in many]
    kept = (bars if bars is not None else {(each.source, each.id) for each in offered}) - unasked
    return _some(lines, [each for each in offered if (each.source, each.id) in kept])


def _some(lines: list[Series], listings: list[Listing] | None) -> tuple[list[Series], list[Listing] | None]:
    if not lines and not listings:
        raise UsageError("--select and --skip leave nothing to do")
    return lines, listings


def _named(keys: list[str]) -> Chosen:
    series: set[str] = set()
    bars: set[tuple[str, str]] = set()
    for key in keys:
        parts = key.lower().split("/")
        if parts[0] == "raw" and len(parts) in (2, 3):
            series |= _of_raw(key, parts)
        elif parts[0] == "bars" and len(parts) <= 3:
            bars |= _of_bars(key, parts)
        elif found := {(each.source, each.id) for each in usual_listings(settings()) if each.id == key.lower()}:
            bars |= found
        else:
            series.add(find_series(key).id)
    return series, bars


def _of_raw(key: str, parts: list[str]) -> set[str]:
    matches = {
        line.id
        for line in SERIES.values()
        if line.source == parts[1] and parts[-1] in (parts[1], "*", line.code.lower())
    }
    if not matches:
        raise UsageError(f"no raw series matches '{key}'")
    return matches


def _of_bars(key: str, parts: list[str]) -> set[tuple[str, str]]:
    """`bars` and `bars/yahoo` mean what a run asks for anyway; one instrument is asked for whatever the settings."""
    one = parts[2] if len(parts) == 3 and parts[2] != "*" else None
    asked = usual_listings(settings()) if one is None else [each for many in LISTINGS.values() for each in many]
    provider = parts[1] if len(parts) > 1 and parts[1] != "*" else None
    matches = {
        (each.source, each.id)
        for each in asked
        if provider in (None, each.source) and one in (None, each.instrument.symbol.lower())
    }
    if not matches and (one is not None or provider not in (None, *LISTINGS)):
        raise UsageError(f"no bars match '{key}'; providers: {', '.join(LISTINGS)}")
    return matches
