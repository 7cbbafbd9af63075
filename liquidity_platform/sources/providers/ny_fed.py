"""Federal Reserve Bank of New York, markets data: the reference rates it computes, with percentiles and volumes.

Endpoint: GET https://markets.newyorkfed.org/api/rates/secured/sofr/search.json?startDate=...&endDate=..., the whole
          history in one answer; likewise secured/tgcr, secured/bgcr, unsecured/effr, unsecured/obfr. No key. One answer
          holds the rate, its percentiles and its volume: a code is `<rate>.<field>` (`sofr.rate`, `sofr.p99`,
          `sofr.volume`), and an answer is asked for once however many series read it.
Time:     `effectiveDate` is the business day whose trades are described; published the next one about 8:00 (secured)
          or 9:00 (unsecured) New York, amendable the same day (`revisionIndicator`).
Units:    percent (`percentRate`, `percentPercentile1` ...) and billions of US dollars (`volumeInBillions`).
Blanks:   a day that lacks a field is a published blank of that field (percentiles of the federal funds rate begin in
          2016) and becomes NULL; a field that no day has is refused.
Limits:   none published; we ask at most twice a second.
Lag:      one business day.
Licence:  the rates may be used freely; the New York Fed asks to be named and does not endorse products.
Verified: SOFR (2024, 2026) and EFFR (2026), recorded. TGCR, BGCR and OBFR answer in the same shape by
          the publisher's description; no answer of theirs was recorded.
"""

from datetime import date
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

# rate: (its path, the first day it was computed for)
RATES = {
    "sofr": ("secured/sofr", date(2018, 4, 2)),
    "tgcr": ("secured/tgcr", date(2018, 4, 2)),
    "bgcr": ("secured/bgcr", date(2018, 4, 2)),
    "effr": ("unsecured/effr", date(2000, 7, 3)),
    "obfr": ("unsecured/obfr", date(2016, 3, 1)),
}
FIELDS = {
    "rate": "percentRate", "p1": "percentPercentile1", "p25": "percentPercentile25", "p75": "percentPercentile75",
    "p99": "percentPercentile99", "volume": "volumeInBillions",
}  # fmt: skip
NEW_YORK = ZoneInfo("America/New_York")


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of the rate that `series` belongs to, whatever the window."""
    path, first = RATES[series.code.partition(".")[0]]
    today = session.now().astimezone(NEW_YORK).date()
    return [session.get(f"/api/rates/{path}/search.json", {"startDate": str(first), "endDate": str(today)}, series)]


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """One field of an answer as PARSED in the catalog's unit. Raises SourceChanged."""
    text_of(body, series)
    rate, _, name = series.code.partition(".")
    field = FIELDS[name]
    try:
        rows = orjson.loads(body)["refRates"]
        kinds = {row["type"] for row in rows}
        days = [row["effectiveDate"] for row in rows]
        values = [row.get(field) for row in rows]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise changed(series, f"no list of reference rates but {shown(body)}") from None
    if kinds - {rate.upper()}:
        raise changed(series, f"rates of {', '.join(sorted(map(str, kinds)))}, not of {rate.upper()} alone")
    if rows and all(value is None for value in values):
        raise changed(series, f"no day has {field}")
    texts = [None if value is None else str(value) for value in values]
    return typed(
        pl.DataFrame(
            {"period": [str(day) for day in days], "value": texts}, schema={"period": pl.String, "value": pl.String}
        ),
        series,
    )


PROVIDER = Provider(
    name="ny_fed",
    title="Federal Reserve Bank of New York, markets data",
    base_url="https://markets.newyorkfed.org",
    needs_key=False,
    rate_limit=2.0,
    licence="free use; name the New York Fed as the source",
    terms="https://www.newyorkfed.org/privacy/termsofuse",
    verified=True,
    fetch=fetch,
    parse=parse,
    shared_answers=True,
)
