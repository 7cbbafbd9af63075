"""`liquidity series accept`: a person believes what a publisher says its series is now.

Belongs here: that command's questions and its lines. Keep out: comparing words (quality), keeping them (warehouse).
"""

from dataclasses import replace
from datetime import date

from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import Series, find_series
from liquidity_platform.cli.notes import note
from liquidity_platform.core.description import Description, first_of, in_force
from liquidity_platform.core.errors import UsageError
from liquidity_platform.quality.terms import differences, in_terms
from liquidity_platform.settings import settings
from liquidity_platform.sources.fred_vintages import quantity
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.terms import Told, accepted_terms, held_back_terms
from liquidity_platform.warehouse.terms import accept as keep

USAGE = "liquidity series accept SERIES --from DATE"


def accept(word: str, name: str | None, since: date | None, unit: str | None) -> None:
    """Accept the words that are held back of a series, or `unit`, from `since` on. Raises UsageError."""
    if word != "accept" or name is None or since is None:
        raise UsageError(f"say which series and from which day: {USAGE}")
    line = find_series(name)
    if since > settings().clock_now().now().date():
        raise UsageError(f"{since} lies in the future: accept words when the publisher uses them")
    with open_warehouse(settings()) as warehouse:
        prepare(warehouse)
        clock = warehouse.settings.clock_now()
        with warehouse.session() as connection:
            waiting = held_back_terms(connection, line.id)
            if waiting is None and unit is None:
                raise UsageError(
                    f"nothing that the publisher says of {line.code} ({line.id}) is held back; "
                    f"a unit it does not say is accepted with {USAGE} --unit WORDS"
                )
            known = accepted_terms(connection, line.id)
            standing = in_force(known, since) or Description(unit=line.published.label)
            told = waiting or Told(line.id, standing, None, None)
            if unit is not None:
                _check_unit(unit, standing.unit or line.published.label, line)
                told = Told(line.id, replace(told.said, unit=unit), None, None)
            keep(connection, told, since, clock)
    printed = in_terms(line, told.said, first_of(known))
    note(f"{line.code} ({line.id}): {'; '.join(differences(told.said, standing)) or 'as accepted before'}")
    note(f"from {since} on a printed 1 is {printed.published.scale:,.0f} {line.unit.value}: run `liquidity daily`")


def _check_unit(unit: str, accepted: str, line: Series) -> None:
    """Typed words may differ from the accepted ones by a power of ten only. Raises UsageError."""
    if quantity(unit) != quantity(accepted):
        raise UsageError(
            f"'{unit}' is not '{accepted}' times a power of ten (thousands, millions, billions, trillions of "
            f"{quantity(accepted)}): another quantity is another series, not {line.code}"
        )
