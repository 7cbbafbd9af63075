"""Federal Reserve Bank of New York, markets data: reference rates with percentiles and volumes, reverse repos.

Endpoint: GET https://markets.newyorkfed.org/api/rates/secured/sofr/search.json?startDate=...&endDate=..., the whole
          history in one answer; likewise secured/tgcr, secured/bgcr, unsecured/effr, unsecured/obfr. No key. One answer
          holds the rate, its percentiles and its volume: a code is `<rate>.<field>` (`sofr.rate`, `sofr.p99`,
          `sofr.volume`), and an answer is asked for once however many series read it.
          `reverse_repo.accepted`: GET .../api/rp/reverserepo/propositions/search.json?startDate=...&endDate=..., the
          operations since 2013-09-23, the first day of the overnight facility.
Time:     `effectiveDate` is the business day whose trades are described; published the next one about 8:00 (secured)
          or 9:00 (unsecured) New York, amendable the same day (`revisionIndicator`). `operationDate` is the day of a
          reverse repo, its result out at 13:15.
Units:    percent (`percentRate`, `percentPercentile1` ...), billions of US dollars (`volumeInBillions`), and plain US
          dollars (`totalAmtAccepted`).
Blanks:   a day that lacks a field is a published blank of that field (percentiles of the federal funds rate begin in
          2016) and becomes NULL; a field that no day has is refused. Reverse repos: exercises of small value (by their
          `note`) and terms other than overnight (where a `term` is given) are left out; a day on which several
          operations are then left has no overnight amount that could be told from the others, and is NULL.
Limits:   none published; we ask at most twice a second.
Lag:      one business day.
Licence:  the rates may be used freely; the New York Fed asks to be named and does not endorse products.
Verified: SOFR (2024, 2026) and EFFR (2026), recorded; NOT reverse repos, nor TGCR, BGCR and OBFR. The latter answer
          in SOFR's shape by the publisher's description. Of reverse repos path and fields (`repo.operations` with
          operationId, operationDate, operationType, note, totalAmtAccepted) are those that several public programs
          read.
          Unverified: that amounts are plain dollars (one program says thousands; the
          cross-check with FRED's RRPONTSYD would show it), that the whole history comes in one answer, how a note
          names an exercise, and `term`, which only the publisher's other answer (rp/results) was seen to hold.
"""

from datetime import date
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

# first part of a code: (its path, the first day it was computed for or held on)
ANSWERS = {
    "sofr": ("rates/secured/sofr", date(2018, 4, 2)),
    "tgcr": ("rates/secured/tgcr", date(2018, 4, 2)),
    "bgcr": ("rates/secured/bgcr", date(2018, 4, 2)),
    "effr": ("rates/unsecured/effr", date(2000, 7, 3)),
    "obfr": ("rates/unsecured/obfr", date(2016, 3, 1)),
    "reverse_repo": ("rp/reverserepo/propositions", date(2013, 9, 23)),
}
FIELDS = {
    "rate": "percentRate", "p1": "percentPercentile1", "p25": "percentPercentile25", "p75": "percentPercentile75",
    "p99": "percentPercentile99", "volume": "volumeInBillions",
}  # fmt: skip
OPERATIONS = "reverse_repo.accepted"
NEW_YORK = ZoneInfo("America/New_York")


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The whole history of the answer that `series` belongs to, whatever the window."""
    path, first = ANSWERS[series.code.partition(".")[0]]
    today = session.now().astimezone(NEW_YORK).date()
    return [session.get(f"/api/{path}/search.json", {"startDate": str(first), "endDate": str(today)}, series)]


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """One field of an answer as PARSED in the catalog's unit. Raises SourceChanged."""
    text_of(body, series)
    told = _accepted(body, series) if series.code == OPERATIONS else _rates(body, series)
    texts = [(str(day), None if value is None else str(value)) for day, value in told]
    return typed(pl.DataFrame(texts, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def _rates(body: bytes, series: Series) -> list[tuple[object, object]]:
    """Days and what the answer says of one field."""
    rate, _, name = series.code.partition(".")
    field = FIELDS[name]
    try:
        rows = orjson.loads(body)["refRates"]
        kinds = {row["type"] for row in rows}
        told = [(row["effectiveDate"], row.get(field)) for row in rows]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise changed(series, f"no list of reference rates but {shown(body)}") from None
    if kinds - {rate.upper()}:
        raise changed(series, f"rates of {', '.join(sorted(map(str, kinds)))}, not of {rate.upper()} alone")
    if told and all(value is None for _, value in told):
        raise changed(series, f"no day has {field}")
    return told


def _accepted(body: bytes, series: Series) -> list[tuple[object, object]]:
    """Days and what was accepted overnight; None where several operations of a day cannot be told apart."""
    amounts: dict[object, list[object]] = {}
    try:
        operations = orjson.loads(body)["repo"]["operations"]
        kinds = {one["operationType"] for one in operations}
        for one in operations:
            overnight = str(one.get("term") or "overnight").lower() == "overnight"
            accepted = one["totalAmtAccepted"]
            if overnight and "small value" not in str(one.get("note")).lower().replace("-", " "):
                amounts.setdefault(one["operationDate"], []).append(accepted)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise changed(series, f"no list of reverse repo operations but {shown(body)}") from None
    if kinds - {"Reverse Repo"}:
        raise changed(series, f"operations called {', '.join(sorted(map(str, kinds)))}, not Reverse Repo alone")
    told = [(day, of_day[0] if len(of_day) == 1 else None) for day, of_day in amounts.items()]
    if told and all(value is None for _, value in told):
        raise changed(series, "no day has totalAmtAccepted of one operation")
    return told


PROVIDER = Provider(
    name="ny_fed",
    title="Federal Reserve Bank of New York, markets data",
    base_url="https://markets.newyorkfed.org",
    needs_key=False,
    rate_limit=2.0,
    licence="free use; name the New York Fed as the source",
    terms="https://www.newyorkfed.org/privacy/termsofuse",
    page="https://www.newyorkfed.org/markets/data-hub",
    verified=True,
    fetch=fetch,
    parse=parse,
    shared_answers=True,
)
