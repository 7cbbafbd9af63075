"""Is a series still what it was when it was accepted? Its title, unit, frequency and seasonal adjustment are its terms.

A publisher that changes any of them is not believed until a person says so, from a day on: numbers in a new unit would
fit, and numbers of another series under an old code as well.
Belongs here: comparing the terms, and reading a series by the unit in force. Keep out: keeping them (warehouse.terms),
units of files that carry no words (units.py).
"""

from dataclasses import fields, replace
from datetime import date

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.units import PublishedUnit
from liquidity_platform.quality.verdict import Verdict
from liquidity_platform.sources.fred_vintages import multiplier

_NAMED = {"title": "title", "unit": "unit", "frequency": "frequency", "seasonal": "seasonal adjustment"}


def judge_terms(series: Series, said: Description | None, accepted: Description | None, day: date) -> Verdict:
    """Compare what the publisher says on `day` with what is accepted (None: nothing yet, then the catalog's unit).

    A refusal spells every difference out and names the command that accepts it.
    """
    if said is None:
        return Verdict(True, "the publisher does not say")
    told = _against_catalog(series, said) if accepted is None else differences(said, accepted)
    if not told:
        return Verdict(True, "as accepted")
    return Verdict(
        False,
        f"{series.source} {series.code} ({series.id}): {'; '.join(told)}; "
        f"if that is right: liquidity series accept {series.code} --from {day}",
    )


def differences(said: Description, accepted: Description) -> list[str]:
    """One clause for each word that is another one now; case, spacing and what either does not say do not count."""
    told = []
    for one in fields(Description):
        now, was = getattr(said, one.name), getattr(accepted, one.name)
        if now is not None and was is not None and _plain(now) != _plain(was):
            told.append(f"the publisher's {_NAMED[one.name]} is now '{now}', accepted is '{was}'")
    return told


def in_terms(series: Series, accepted: Description | None, first: Description | None) -> Series:
    """`series` as its publisher prints it while `accepted` is in force, when it began as `first` (None: the catalog).

    Only the power of ten of the unit counts: the stored unit never changes.
    """
    began = (first.unit if first else None) or series.published.label
    now = (accepted.unit if accepted else None) or began
    ratio = multiplier(now) / multiplier(began)
    if ratio == 1:
        return series
    unit = PublishedUnit(now, series.published.unit, series.published.scale * ratio)
    return replace(series, published=unit, low=series.low / ratio, high=series.high / ratio)


def _against_catalog(series: Series, said: Description) -> list[str]:
    """The first words of a publisher are accepted as they are, but for a power of ten that is not the catalog's."""
    if said.unit is None or multiplier(said.unit) in (1.0, series.published.scale):
        return []
    return [f"the publisher's unit is '{said.unit}', the catalog says {series.published.label}"]


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
