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
from liquidity_platform.sources.published import changed, shown, typed

_GENERIC = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic}"
_MESSAGE = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message}GenericData"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def parse_generic(body: bytes, key: str, series: Series) -> pl.DataFrame:
    """The series `key` (`M.USD.EUR.SP00.A`) of a message as PARSED in the catalog's unit. Raises SourceChanged."""
    root = _message(body, series)
    found = root.findall(f".//{_GENERIC}Series")
    keys = [_values(one, "SeriesKey") for one in found]
    if [".".join(dimensions.values()) for dimensions in keys] != [key]:
        seen = ", ".join(".".join(dimensions.values()) for dimensions in keys)
        raise changed(series, f"the message holds the series {shown(seen)}, not '{key}'")
    _check_multiplier(_values(found[0], "Attributes").get("UNIT_MULT"), series)
    rows = list(_observations(found[0]))
    return typed(pl.DataFrame(rows, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


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
