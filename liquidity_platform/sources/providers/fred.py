"""FRED: the St. Louis Fed's archive of economic series, by the keyless download of its graph page.

Endpoint: GET https://fred.stlouisfed.org/graph/fredgraph.csv?id=CODE, the whole history in one answer (under 1 MB).
          No key. Some third-party series are cut to recent years there (ICE indices 3, SP500 10): a shorter answer
          takes nothing away, because rows are only ever added.
Time:     `observation_date` (older answers: `DATE`) is the day, or the first day of the month or quarter, that the
          value describes; not the day of publication. The answer names no vintage.
Units:    the publisher's (millions, billions, percent), stated in the catalog; RRPONTSYD is in billions, WALCL in
          millions. Numbers come short (`6743028`) or with ten decimals (`6743028.0000000000`).
Blanks:   "." or an empty field is a published blank (a holiday) and becomes NULL.
Limits:   none published for this page; we ask at most twice a second. An unknown code answers 404.
Licence:  US agencies' numbers are public domain; series of third parties are for personal, non-commercial use.
Verified: against recorded answers of 2026-05-27 (RRPONTSYD, T10Y3M).
"""

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.fred_csv import parse_fred_csv

GRAPH = "/graph/fredgraph.csv"


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of `series`, whatever the window: a revision may touch any period."""
    return [session.get(GRAPH, {"id": series.code}, series)]


PROVIDER = Provider(
    name="fred",
    title="FRED, Federal Reserve Bank of St. Louis",
    base_url="https://fred.stlouisfed.org",
    needs_key=False,
    rate_limit=2.0,
    licence="public domain (US agencies); third-party series: personal, non-commercial use",
    terms="https://fred.stlouisfed.org/legal/",
    verified=True,
    fetch=fetch,
    parse=parse_fred_csv,
)
