"""European Central Bank: euro reference rates, the euro short-term rate, the key interest rates.

Endpoint: GET https://data-api.ecb.europa.eu/service/data/<flow>/<key>?format=genericdata, SDMX 2.1 generic XML, the
          whole history in one answer. No key. A catalog code is the ECB's own: `EXR.D.USD.EUR.SP00.A` is the key
          `D.USD.EUR.SP00.A` of the flow EXR.
Time:     `ObsDimension` is the day, the month (`2019-12`, dated on its first day) or the quarter (`2019-Q4`). Reference
          rates are of the day's concertation at 14:10, published about 16:00 Frankfurt; the short-term rate is of the
          TARGET day before and published at 8:00; key rates have a value for every day from the one they take effect.
Units:    foreign units for one euro (USD: dollars per euro); percent. `UNIT_MULT` must be the catalog's scale.
Blanks:   "NaN" or no value is a published blank (a TARGET holiday) and becomes NULL.
Limits:   none published; we ask at most twice a second.
Lag:      the same day (reference rates), one TARGET day (short-term rate).
Licence:  free reuse with the ECB named as the source; reference rates are for information only.
Verified: the shape, in EXR.M.USD.EUR.SP00.A as recorded in 2020. No answer of the daily rates, of the
          short-term rate or of the key rates was recorded.
"""

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.sdmx import describe_generic, parse_generic


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of `series`, whatever the window."""
    flow, _, key = series.code.partition(".")
    return [session.get(f"/service/data/{flow}/{key}", {"format": "genericdata"}, series)]


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """A message as PARSED in the catalog's unit. Raises SourceChanged, also for another series than the one asked."""
    return parse_generic(body, series.code.partition(".")[2], series)


def parse_description(body: bytes, series: Series) -> Description:
    """Title, unit and frequency by the attributes of the message. Raises SourceChanged."""
    return describe_generic(body, series.code.partition(".")[2], series)


PROVIDER = Provider(
    name="ecb",
    title="European Central Bank, data portal",
    base_url="https://data-api.ecb.europa.eu",
    needs_key=False,
    rate_limit=2.0,
    licence="free reuse; name the ECB as the source",
    terms="https://www.ecb.europa.eu/services/using-our-site/disclaimer/html/index.en.html",
    page="https://data.ecb.europa.eu",
    verified=True,
    fetch=fetch,
    parse=parse,
    parse_description=parse_description,
)
