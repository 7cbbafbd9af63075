"""SDMX 2.1 generic data, the XML in which central banks publish time series.

A message holds the series that was asked for, under its key, with its observations; values are numbers in text,
"NaN" or no value is a published blank. `UNIT_MULT` says by which power of ten numbers are to be multiplied.
Belongs here: the message's shape. Keep out: addresses and codes (providers), other shapes of SDMX.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.sources.published import changed, shown, typed

_GENERIC = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic}"
_MESSAGE = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message}GenericData"
_POWERS = {"0": "", "2": "hundreds of", "3": "thousands of", "6": "millions of", "9": "billions of"}
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def parse_generic(body: bytes, key: str, series: Series) -> pl.DataFrame:
    """The series `key` (`M.USD.EUR.SP00.A`) of a message as PARSED in the catalog's unit. Raises SourceChanged."""
    one = _one_series(body, key, series)
    _check_multiplier(_values(one, "Attributes").get("UNIT_MULT"), series)
    rows = list(_observations(one))
    return typed(pl.DataFrame(rows, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def describe_generic(body: bytes, key: str, series: Series) -> Description:
    """What the message says the series `key` is. Raises SourceChanged."""
    one = _one_series(body, key, series)
    told = {**_values(one, "SeriesKey"), **_values(one, "Attributes")}
    power = _POWERS.get(told.get("UNIT_MULT", "0"), f"10^{told.get('UNIT_MULT')}")
    unit = f"{power} {told['UNIT']}".strip() if "UNIT" in told else None
    return Description(told.get("TITLE_COMPL") or told.get("TITLE"), unit, told.get("FREQ"), told.get("ADJUSTMENT"))


def _one_series(body: bytes, key: str, series: Series) -> ElementTree.Element:
    """The message's only series, which must be `key`. Raises SourceChanged."""
    found = _message(body, series).findall(f".//{_GENERIC}Series")
    keys = [".".join(_values(one, "SeriesKey").values()) for one in found]
    if keys != [key]:
        raise changed(series, f"the message holds the series {shown(', '.join(keys))}, not '{key}'")
    return found[0]


def _message(body: bytes, series: Series) -> ElementTree.Element:
    if not body.strip():
        raise changed(series, "the answer is empty")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # a web page; and entities are no part of a message
        raise changed(series, f"a web page came instead of data: {shown(body[:60])}")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise changed(series, f"the answer is not whole XML: it begins with {shown(body[:30])}") from None
    if root.tag != _MESSAGE:
        raise changed(series, f"the answer is {shown(root.tag)}, not a message of generic data")
    return root


def _values(parent: ElementTree.Element, child: str) -> dict[str, str]:
    """id and value of each entry below `child`, in order."""
    return {
        entry.get("id", ""): entry.get("value", "") for entry in parent.findall(f"{_GENERIC}{child}/{_GENERIC}Value")
    }


def _check_multiplier(power: str | None, series: Series) -> None:
    """The power of ten must be the catalog's scale. Raises SourceChanged."""
    scale = series.published.scale
    if power is not None and (not re.fullmatch(r"-?\d{1,2}", power) or 10.0 ** int(power) != scale):
        raise changed(series, f"numbers are to be multiplied by 10^{power}, the catalog says {scale:g}")


def _observations(one: ElementTree.Element) -> Iterator[tuple[str, str | None]]:
    """(first day of the period, number as text or None) of each observation."""
    for entry in one.findall(f"{_GENERIC}Obs"):
        day, value = entry.find(f"{_GENERIC}ObsDimension"), entry.find(f"{_GENERIC}ObsValue")
        number = None if value is None else value.get("value")
        yield _first_day("" if day is None else day.get("value", "")), None if number in (None, "NaN") else number


def _first_day(text: str) -> str:
    if _MONTH.fullmatch(text):
        return f"{text}-01"
    quarter = _QUARTER.fullmatch(text)
    return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02}-01" if quarter else text
