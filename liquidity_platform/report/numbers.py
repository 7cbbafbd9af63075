"""How numbers, instants and durations read to a person. The one place that decides it.

Belongs here: value -> short text, by unit. Keep out: HTML, tables, machine formats (tables.py), arithmetic on facts.
A missing value (None or NaN) is an em dash, never 0. A minus is U+2212, as wide as a plus.
"""

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from liquidity_platform.core.units import Unit

MISSING = "—"
MINUS = "−"
NEW_YORK = ZoneInfo("America/New_York")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_SIZES = ((1e12, 3, " trn"), (1e9, 1, " bn"), (1e6, 0, " m"), (1.0, 0, ""))
_MONEY = {Unit.USD: "$", Unit.EUR: "€", Unit.JPY: "¥", Unit.PERSONS: ""}
_PLAIN: dict[Unit, tuple[str, int, str]] = {
    Unit.PERCENT: ("", 2, " %"),
    Unit.BASIS_POINTS: ("", 1, " bp"),
    Unit.DAYS: ("", 0, " d"),
    Unit.USD_PER_EUR: ("$", 4, ""),
    Unit.JPY_PER_USD: ("¥", 2, ""),
    Unit.USD_PER_BARREL: ("$", 2, ""),
}


def quantity(value: float | None, unit: str, signed: bool = False) -> str:
    """`value` in its stored unit as text: `$5.947 trn`, `36.0 bp`, `4.67 %`; a unit not known prints a plain number.

    `signed` is for changes: it adds the plus that a level does not carry.
    """
    if value is None or math.isnan(value):
        return MISSING
    known = Unit(unit) if unit in set(Unit) else Unit.INDEX
    if known is Unit.PERSONS and abs(value) >= 1e6:  # a month's change is a hundred thousand of 158 million
        return _with_sign(value, "", f"{abs(value) / 1e6:,.3f}", " m", signed)
    if known in _MONEY:
        digits, suffix = _sized(abs(value))
        return _with_sign(value, _MONEY[known], digits, suffix, signed)
    prefix, decimals, suffix = _PLAIN.get(known, ("", 3 if abs(value) < 10 else 2, ""))
    return _with_sign(value, prefix, f"{abs(value):,.{decimals}f}", suffix, signed)


def usd(value: float | None, signed: bool = False) -> str:
    """US dollars: `$5.947 trn`, `$796.0 bn`, `$376 m`; `signed` for changes: `+$12.3 bn`."""
    return quantity(value, Unit.USD, signed)


def basis_points(value: float | None, signed: bool = False) -> str:
    """Basis points: `36.0 bp`."""
    return quantity(value, Unit.BASIS_POINTS, signed)


def _sized(size: float) -> tuple[str, str]:
    """Digits and suffix of a magnitude; rounding up to the next size moves there (999.96 bn is 1.000 trn)."""
    for scale, decimals, suffix in _SIZES:
        if round(size / scale, decimals) >= 1:
            few = decimals == 0 and suffix and round(size / scale, 1) < 10
            return f"{size / scale:,.{1 if few else decimals}f}", suffix
    return (f"{size:.2f}" if round(size, 2) else "0"), ""


def _with_sign(value: float, prefix: str, digits: str, suffix: str, signed: bool) -> str:
    zero = not any(digit in "123456789" for digit in digits)
    sign = "" if zero else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{prefix}{digits}{suffix}"


def instant(moment: datetime | None) -> str:
    """UTC to the minute: `2026-07-16 20:30Z`. Seconds are dropped, never rounded up into the future."""
    return MISSING if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%MZ}"


def instant_new_york(moment: datetime | None) -> str:
    """The same moment on New York's clock: `Thu 16 Jul 2026, 16:30`."""
    if moment is None:
        return MISSING
    local = moment.astimezone(NEW_YORK)
    return f"{day(local.date())}, {local:%H:%M}"


def day(when: date | None) -> str:
    """A calendar day in words: `Wed 15 Jul 2026`, whatever the machine's language."""
    if when is None:
        return MISSING
    return f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year}"


def duration(length: timedelta | None) -> str:
    """A length of time in its two largest useful parts: `2 h 10 m`, `1 d 4 h`, `121 d`, `12 s`."""
    if length is None:
        return MISSING
    if length < timedelta(0):
        return MINUS + duration(-length)
    if length.days >= 3:
        return f"{length.days} d"
    hours, minutes = length.seconds // 3600, length.seconds % 3600 // 60
    parts = ((length.days, "d"), (hours, "h"), (minutes, "m"))
    shown = [f"{count} {word}" for count, word in parts if count]
    return " ".join(shown[:2]) if shown else f"{length.seconds} s"
