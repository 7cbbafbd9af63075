"""FRED: the St. Louis Fed's archive of economic series; levels without a key, levels and vintages with one.

Endpoint: without a key GET https://fred.stlouisfed.org/graph/fredgraph.csv?id=CODE, the whole history in one answer
          (under 1 MB). Some third-party series are cut to recent years there (ICE indices 3, SP500 10): a shorter
          answer takes nothing away, because rows are only ever added.
          With a key (free, LIQUIDITY_SOURCES__FRED__API_KEY) GET https://api.stlouisfed.org/fred/series/observations,
          JSON pages of up to 100,000 rows; for what the series is /fred/series; for vintages also
          /fred/series/vintagedates (10,000 a page).
          LIQUIDITY_SOURCES__FRED__BASE_URL replaces both hosts: the paths below them differ.
Time:     `observation_date` (`DATE` in older answers, `date` in JSON) is the day, or the first day of the month or
          quarter, that the value describes; not the day of publication. `realtime_start` and `realtime_end` are the
          days from which and to which a value was in force, cut to the window that was asked for.
Vintages: of series that are revised; a number that is published once has its release calendar, which reaches further
          back than FRED's own record. At most 2,000 vintages a call, so the days are asked for first. A series that
          FRED keeps no vintages of is refused there: its values are known since our fetch (`fetched`).
Units:    the publisher's (millions, billions, percent), stated in the catalog; RRPONTSYD is in billions, WALCL in
          millions. Numbers come short (`6743028`) or with ten decimals (`6743028.0000000000`). A vintage is read in
          the unit of its day, from the series' own description: WTREGEN and WRESBAL were in billions once.
Blanks:   "." or an empty field is a published blank (a holiday) and becomes NULL; so does a value that a later vintage
          no longer has.
Limits:   two requests a second. An unknown code answers 404, or 400 with a key; a wrong key answers 400 too.
Lag:      minutes after the publisher's own release.
Licence:  US agencies' numbers are public domain; series of third parties are for personal, non-commercial use.
Words:    with a key /fred/series says what a series is; another title, unit, frequency or seasonal adjustment than the
          accepted one is held back until a person accepts it.
Verified: the graph page and the observations of the API, recorded in 2026. Vintage dates and the series' description
          were not recorded; a stand-in that clips and refuses as FRED says it does is tested.
"""

from datetime import date

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.errors import SourceRejected
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.fred_csv import parse_fred_csv
from liquidity_platform.sources.fred_json import (
    count_of,
    description_of,
    limit_of,
    parse_fred_json,
    read_json,
    vintage_days,
)
from liquidity_platform.sources.fred_vintages import FOREVER, parse_fred_vintages, windows_of
from liquidity_platform.sources.published import changed

GRAPH = "/graph/fredgraph.csv"
SERIES_PATH, OBSERVATIONS_PATH = "/fred/series", "/fred/series/observations"
VINTAGES_PATH = "/fred/series/vintagedates"
KEY_CHECK = ("/fred/source", {"source_id": "1", "file_type": "json"})
EVER = date(1776, 7, 4)  # FRED's own word for the beginning
PAGE_ROWS, PAGE_DAYS, MOST_PAGES = 100_000, 10_000, 200


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of `series`, whatever the window: a revision may touch any period."""
    if session.keyed:
        return _pages(session, OBSERVATIONS_PATH, {}, PAGE_ROWS, series)
    return [session.get(*one_request(series, False), series)]


def one_request(series: Series, keyed: bool) -> tuple[str, dict[str, str]]:
    """Path and query of the smallest request that shows whether FRED answers for `series`."""
    return (OBSERVATIONS_PATH, _asked(series, {})) if keyed else (GRAPH, {"id": series.code})


def vintages(session: Session, series: Series, since: date | None) -> list[Payload]:
    """Every answer needed to know what was published when, since the day `since`; none without a key."""
    if not (session.keyed and series.revisable):
        return []
    asked = {"realtime_start": str(since or EVER), "realtime_end": str(FOREVER)}
    try:
        told = _pages(session, VINTAGES_PATH, asked, PAGE_DAYS, series)
    except SourceRejected:
        return []  # in FRED but not in its archive; `fetch` was answered, so the key and the code are right
    days = sorted({day for page in told for day in vintage_days(read_json(page.body, series), series)})
    if days:
        whole = {"realtime_start": str(EVER), "realtime_end": str(FOREVER)}
        told.append(session.get(SERIES_PATH, _asked(series, whole), series))
    for start, end in windows_of(days):
        bounds = {"realtime_start": str(start), "realtime_end": str(end)}
        told += _pages(session, OBSERVATIONS_PATH, bounds, PAGE_ROWS, series)
    return told


def describe(session: Session, series: Series) -> list[Payload]:
    """What `series` is; the graph page without a key does not say."""
    return [session.get(SERIES_PATH, _asked(series, {}), series)] if session.keyed else []


def parse_description(body: bytes, series: Series) -> Description:
    """Title, unit, frequency and seasonal adjustment in FRED's words. Raises SourceChanged."""
    return description_of(read_json(body, series), series)


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """An answer of the graph page or of the API as PARSED in the catalog's unit. Raises SourceChanged."""
    return parse_fred_json(body, series) if body.lstrip()[:1] == b"{" else parse_fred_csv(body, series)


def _asked(series: Series, more: dict[str, str]) -> dict[str, str]:
    return {"series_id": series.code, "file_type": "json", **more}


def _pages(session: Session, path: str, more: dict[str, str], rows: int, series: Series) -> list[Payload]:
    """Every page of at most `rows` rows; how many there are, and whether fewer fit on one, each page says."""
    pages: list[Payload] = []
    total = 1
    while len(pages) < total:
        page = {"limit": str(rows), "offset": str(len(pages) * rows)}
        pages.append(session.get(path, _asked(series, {**more, **page}), series))
        found = read_json(pages[-1].body, series)
        rows = min(rows, limit_of(found, series))
        total = -(-count_of(found, series) // rows)
        if total > MOST_PAGES:
            raise changed(series, f"the publisher speaks of {total} pages; up to {MOST_PAGES} were expected")
    return pages


PROVIDER = Provider(
    name="fred",
    title="FRED, Federal Reserve Bank of St. Louis",
    base_url="https://fred.stlouisfed.org",
    needs_key=False,
    rate_limit=2.0,
    licence="public domain (US agencies); third-party series: personal, non-commercial use",
    terms="https://fred.stlouisfed.org/legal/",
    page="https://fred.stlouisfed.org/series/{code}",
    verified=True,
    fetch=fetch,
    parse=parse,
    key_param="api_key",
    keyed_base_url="https://api.stlouisfed.org",
    key_check=KEY_CHECK,
    vintage_mark="realtime_start=",
    vintages=vintages,
    parse_vintages=parse_fred_vintages,
    describe=describe,
    description_mark=f"GET {SERIES_PATH}?",
    parse_description=parse_description,
)
