"""World Bank, World Development Indicators: yearly aggregates of countries and of the world.

Endpoint: GET https://api.worldbank.org/v2/country/<country>/indicator/<indicator>?format=json, JSON pages of up to
          1,000 rows; no key. A catalog code is `<country>.<indicator>` (`WLD.NY.GDP.MKTP.CD`), the country by its three
          letters.
Time:     `date` is a year, dated here on its first day; published months after it ended, and revised.
Units:    the indicator's own (US dollars, percent, months); stated in the catalog.
Blanks:   null is a published blank (not yet collected) and becomes NULL.
Limits:   none published; we ask at most twice a second.
Lag:      half a year and more.
Licence:  Creative Commons Attribution 4.0.
Verified: FI.RES.TOTL.MO of three countries, recorded in 2026 and shortened by those who did. No other indicator was
          recorded.
"""

import re
from typing import Any

import orjson
import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

PAGE_ROWS, MOST_PAGES = 1_000, 20
_YEAR = re.compile(r"\d{4}")


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """Every page of the whole history of `series`, whatever the window."""
    country, _, indicator = series.code.partition(".")
    pages: list[Payload] = []
    total = 1
    while len(pages) < total:
        asked = {"format": "json", "per_page": str(PAGE_ROWS), "page": str(len(pages) + 1)}
        pages.append(session.get(f"/v2/country/{country}/indicator/{indicator}", asked, series))
        total = _page(pages[-1].body, series)[0]["pages"]
        if total > MOST_PAGES:
            raise changed(series, f"the publisher speaks of {total} pages; up to {MOST_PAGES} were expected")
    return pages


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """The rows of one country as PARSED in the catalog's unit. Raises SourceChanged."""
    country, _, indicator = series.code.partition(".")
    rows = _page(body, series)[1]
    try:
        others = {row["indicator"]["id"] for row in rows} - {indicator}
        told = [(str(row["date"]), row["value"]) for row in rows if row["countryiso3code"] == country]
    except (TypeError, KeyError):
        raise changed(series, f"a row without indicator, country, date or value: {shown(body)}") from None
    if others:
        raise changed(series, f"rows of {shown(', '.join(sorted(map(str, others))))}, not of {indicator} alone")
    lines = [(f"{day}-01-01" if _YEAR.fullmatch(day) else day, None if v is None else str(v)) for day, v in told]
    return typed(pl.DataFrame(lines, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def parse_description(body: bytes, series: Series) -> Description:
    """The indicator's title and, where rows name one, its unit. Raises SourceChanged."""
    rows = _page(body, series)[1]
    try:
        return Description(rows[0]["indicator"]["value"] or None, rows[0].get("unit") or None)
    except (LookupError, TypeError, AttributeError):
        raise changed(series, f"no row that names the indicator: {shown(rows[:1])}") from None


def _page(body: bytes, series: Series) -> tuple[dict[str, Any], list[Any]]:
    """The head (with a number of pages) and the rows. Raises SourceChanged, with the publisher's own words for it."""
    text_of(body, series)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise changed(series, f"the answer is not whole JSON: it ends with {shown(body[-30:])}") from None
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[1], list):
        raise changed(series, f"not a page of rows but {shown(body)}")
    head = found[0]
    if not isinstance(head, dict) or type(head.get("pages")) is not int:
        raise changed(series, f"a page that does not say how many there are: {shown(head)}")
    return head, found[1]


PROVIDER = Provider(
    name="world_bank",
    title="World Bank, World Development Indicators",
    base_url="https://api.worldbank.org",
    needs_key=False,
    rate_limit=2.0,
    licence="CC BY 4.0",
    terms="https://www.worldbank.org/en/about/legal/terms-of-use-for-datasets",
    page="https://data.worldbank.org",
    verified=True,
    fetch=fetch,
    parse=parse,
    parse_description=parse_description,
)
