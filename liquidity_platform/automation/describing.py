"""What every asset says of itself besides what its own module knows: its columns, where it is declared, its page.

The code reference of a series, an instrument or a metric is the line that declares it: a factory makes hundreds of
assets on one line of its own, which would teach nobody anything.
Belongs here: metadata that all specs get in one way. Keep out: metadata of events, descriptions, groups.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg

from liquidity_platform.automation.columns import columns_of
from liquidity_platform.automation.keys import bar_key, mart_key, metric_key, raw_key
from liquidity_platform.catalog import instruments, series
from liquidity_platform.core.paths import project_file
from liquidity_platform.derived import registry
from liquidity_platform.derived.signals import regime
from liquidity_platform.derived.signals import registry as signal_registry
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

Described = Mapping[str, Any]


def described(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The same assets with the columns of their table, the line of their declaration and their publisher's page."""
    known = dict(_declared())

    def with_all(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.merge_attributes(metadata={**columns_of(spec.metadata.get("dagster/table_name")),
                                               **known.get(spec.key, {})})  # fmt: skip

    return [one.map_asset_specs(with_all) for one in assets]


def _declared() -> Iterator[tuple[dg.AssetKey, Described]]:
    for line in series.SERIES.values():
        yield raw_key(line), {**_place(_file(series), line.id, line.id), **_page(line.source, line.code)}
    for listing in (each for many in LISTINGS.values() for each in many):
        own = listing.instrument
        place = _place(_file(instruments), own.symbol, own.id)
        yield bar_key(listing), {**place, **_page(listing.source, listing.code)}
    for metric in registry.METRICS.values():
        yield metric_key(metric.id), _place(_file_of_family(registry.family_of(metric)), metric.id, metric.id)
    for name in signal_registry.SIGNALS:
        yield metric_key(name), _place(_file(regime), name, name)
    for path in project_file("dbt_project").glob("models/**/*.sql"):
        yield mart_key(path.stem), _place(path, "", path.name)


def _page(source: str, code: str) -> Described:
    """Where people read about it at the publisher's."""
    page = PROVIDERS[source].page
    return {"page": dg.MetadataValue.url(page.format(code=code))} if page else {}


def _file(module: ModuleType) -> Path:
    assert module.__file__ is not None
    return Path(module.__file__)


def _file_of_family(family: str) -> Path:
    """A family is a module; that of the user's own metrics is the user's file."""
    own = registry.file_of(settings()) if family == "user" else None
    return own or _file(import_module(f"liquidity_platform.derived.{family}"))


def _place(path: Path, text: str, label: str) -> Described:
    """The first line that quotes `text`; the first of the file where none does: some ids are put together of parts."""
    place = dg.LocalFileCodeReference(file_path=str(path), line_number=_quoted(path).get(text, 1), label=label)
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[place])}


@cache
def _quoted(path: Path) -> Mapping[str, int]:
    """Every text in double quotes, and the first line that has it."""
    found: dict[str, int] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for text in re.findall('"([^"]+)"', line):
            found.setdefault(text, number)
    return found
