"""OpenBB: FRED series through OpenBB's own provider fetcher, beside our own path to the same publisher.

Endpoint: GET https://api.stlouisfed.org/fred/series/observations?series_id=CODE&file_type=json, key needed. Our session
          asks, so that archive, pace and patience are ours; OpenBB's `FredSeriesFetcher` reads what came. No catalog
          line uses it: it is there for those who compare, or bring a series along that OpenBB reads already.
Time:     as at FRED: the day, or the first day of the month or quarter.
Units:    the publisher's, stated in the catalog; the fetcher changes none.
Blanks:   the fetcher drops what FRED publishes as a blank: a holiday is no row here, and a NULL by our own path.
Limits:   FRED's 120 requests a minute; we ask at most twice a second.
Lag:      FRED's.
Licence:  OpenBB's core and FRED packages are Apache-2.0; the numbers are their publishers'.
Verified: against recorded answers of 2026 of six series, equal to our own path in every number.
"""

import json

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

_BLANK = "."


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of `series`, whatever the window: a revision may touch any period."""
    return [session.get("/fred/series/observations", {"series_id": series.code, "file_type": "json"}, series)]


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """FRED's JSON, read by OpenBB's fetcher, as PARSED in the catalog's unit. Raises SourceChanged."""
    text = text_of(body, series)
    try:
        observations = json.loads(text)["observations"]
        numbers = {row["date"]: float(row["value"]) for row in observations if row["value"] != _BLANK}
    except (ValueError, KeyError, TypeError):
        raise changed(series, f"not a page of observations: {shown(text)}") from None
    if not numbers:
        raise changed(series, "the answer has no numbers")
    # here: its models bring pandas along, two seconds that no other provider should pay
    from openbb_fred.models.series import FredSeriesFetcher

    query = FredSeriesFetcher.transform_query({"symbol": series.code})
    told = FredSeriesFetcher.transform_data(query, [{series.code: {"data": numbers}}])
    rows = [(str(row.date), repr(float(getattr(row, series.code)))) for row in told.result or []]
    return typed(pl.DataFrame(rows, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


PROVIDER = Provider(
    name="openbb",
    title="OpenBB, FRED fetcher",
    base_url="https://api.stlouisfed.org",
    needs_key=True,
    rate_limit=2.0,
    licence="Apache-2.0 (packages); numbers as at FRED",
    terms="https://fred.stlouisfed.org/legal/",
    page="https://fred.stlouisfed.org/series/{code}",
    verified=True,
    fetch=fetch,
    parse=parse,
    key_param="api_key",
)
