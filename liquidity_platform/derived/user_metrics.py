"""Metrics of one's own, from a TOML file: the same declarations and the same checks as those in code, formulas only.

    [[metric]]
    id = "user.net_liquidity_eur"
    title = "US net liquidity in euros"
    unit = "eur"
    version = 1
    anchor = "net"
    formula = "net / fx"
    source = "our desk"
    inputs.net = { source = "us.net_liquidity.weekly" }
    inputs.fx = { source = "DEXUSEU", align = "last_within", calendar_days = 7 }

`align` is a function of align.py, the other words of an input its arguments (`optional = true` besides); `source` is a
series id, a publisher's code, closes or a metric, also one of this file, wherever it stands in it. Ids begin with
`user.`, so that they never meet one of ours.
Belongs here: reading such a file. Keep out: checks of declarations (declare.py), where the file is (registry.py).
"""

import difflib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.core.errors import CatalogError, ConfigError, UsageError
from liquidity_platform.core.units import Unit
from liquidity_platform.derived import align
from liquidity_platform.derived.align import Input
from liquidity_platform.derived.declare import Metric, index_metrics, is_raw

ALIGNMENTS: Mapping[str, Callable[..., Input]] = {
    each.__name__: each
    for each in (
        align.at_period, align.last_within, align.newest_weekly, align.lagged, align.business_day_before, align.window,
        align.average, align.average_of_week, align.average_of_month,
    )
}  # fmt: skip
WORDS = {"id": str, "title": str, "unit": str, "version": int, "anchor": str, "formula": str, "source": str,
         "inputs": dict}  # fmt: skip
ID = re.compile(r"user(\.[a-z0-9_]+)+")


def with_file(metrics: Mapping[str, Metric], path: Path) -> Mapping[str, Metric]:
    """`metrics` and those of the file after them. Raises ConfigError in one line that names the file and the id."""
    try:
        told = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    entries = told.pop("metric", [])
    if told or not isinstance(entries, list):
        raise ConfigError(
            f"{path}: it holds [[metric]] entries and nothing else, not {', '.join(told) or 'one metric'}"
        )
    found = metrics
    try:
        order = _inputs_first(entries)
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        raise ConfigError(f"{path}: metric {ring[0]}: it reads itself: {' -> '.join(ring)}") from None
    for place in order:
        name = _id_of(entries[place]) or f"number {place + 1}"
        try:
            found = index_metrics([_metric(entries[place], found)], found)
        except (CatalogError, UsageError) as error:
            text = str(error).removeprefix(f"metric {name}: ")
            raise ConfigError(f"{path}: metric {name}: {text}") from None
    return found


def _id_of(entry: Any) -> str | None:
    name = entry.get("id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def _inputs_first(entries: Sequence[Any]) -> list[int]:
    """The places of the entries, each after those of the file that it reads. Raises CycleError with the ids."""
    places: dict[str, list[int]] = {}
    reads: dict[str, set[str]] = {}
    for place, entry in enumerate(entries):
        name = _id_of(entry) or f"number {place + 1}"
        places.setdefault(name, []).append(place)
        inputs = entry.get("inputs") if isinstance(entry, dict) else None
        legs = inputs.values() if isinstance(inputs, dict) else ()
        sources = (leg.get("source") for leg in legs if isinstance(leg, dict))
        reads.setdefault(name, set()).update(source for source in sources if isinstance(source, str))
    own = {name: sorted(sources & set(places)) for name, sources in reads.items()}
    return [place for name in TopologicalSorter(own).static_order() for place in places[name]]


def _metric(entry: Any, known: Mapping[str, Metric]) -> Metric:
    if not isinstance(entry, dict):
        raise CatalogError("it is not a table")
    _check_words(entry, WORDS, required=WORDS)
    if not ID.fullmatch(entry["id"]):
        raise CatalogError("its id must begin with 'user.' and hold a-z, 0-9, _ and dots only")
    if entry["unit"] not in list(Unit):
        raise CatalogError(f"unit '{entry['unit']}' is none of {', '.join(Unit)}")
    if entry["version"] < 1:
        raise CatalogError("versions count from 1")
    legs = {name: _leg(name, leg, known) for name, leg in entry["inputs"].items()}
    return Metric(**{**entry, "unit": Unit(entry["unit"]), "inputs": legs})


def _check_words(entry: Mapping[str, Any], words: Mapping[str, type], required: Mapping[str, type]) -> None:
    if unknown := sorted(set(entry) - set(words)):
        raise CatalogError(f"'{unknown[0]}' is none of {', '.join(words)}")
    if missing := [word for word in required if word not in entry]:
        raise CatalogError(f"{missing[0]} is missing")
    for word, kind in words.items():
        if word in entry and type(entry[word]) is not kind:
            raise CatalogError(f"{word} is not a {_KINDS[kind]}")


_KINDS = {str: "text", int: "whole number", dict: "table", bool: "true or false"}


def _leg(name: str, entry: Any, known: Mapping[str, Metric]) -> Input:
    if not isinstance(entry, dict):
        raise CatalogError(f"input {name} is not a table such as {{ source = 'WALCL' }}")
    given = dict(entry)
    chosen, optional = given.pop("align", "at_period"), given.pop("optional", False)
    if chosen not in ALIGNMENTS:
        raise CatalogError(f"input {name}: align '{chosen}' is none of {', '.join(ALIGNMENTS)}")
    takes = inspect.signature(ALIGNMENTS[chosen]).parameters
    words: dict[str, type] = {
        word: str if word == "source" else bool if word == "with_current" else int for word in takes
    }
    try:
        _check_words(given, words, {word: words[word] for word, one in takes.items() if one.default is one.empty})
        _check_words({"optional": optional}, {"optional": bool}, {})
    except CatalogError as error:
        raise CatalogError(f"input {name} ({chosen}): {error}") from None
    leg = ALIGNMENTS[chosen](_source(given.pop("source"), known), **given)
    return align.optional(leg) if optional else leg


def _source(name: str, known: Mapping[str, Metric]) -> str:
    """The id of what is called `name`. Raises UsageError with near names, of metrics and closes too."""
    if is_raw(name) or name in known:
        return name
    try:
        return find_series(name).id
    except UsageError:
        near = _near(name, (*known, *SERIES, *CLOSES, *(line.code for line in SERIES.values())))
        hint = f"did you mean {', '.join(near)}?" if near else "`liquidity series` and METRICS.md list them"
        raise UsageError(f"no series or metric '{name}'; {hint}") from None


def _near(name: str, names: Iterable[str]) -> list[str]:
    written = {each.lower(): each for each in names}
    return [written[each] for each in difflib.get_close_matches(name.strip().lower(), written, n=3)]
