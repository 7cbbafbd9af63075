"""How each publisher writes numbers: the shapes of recorded bodies, filled with any numbers.

A wire answers one GET of its publisher: it finds the catalog's series that the path or the query names, asks `numbers`
for their values and writes them as the publisher does. Blanks are written the publisher's way.
Belongs here: one function a publisher. Keep out: sockets (serving), where numbers come from (everybody).
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from xml.sax.saxutils import quoteattr

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.sources.providers.ny_fed import FIELDS, OPERATIONS
from liquidity_platform.sources.providers.treasury import FIRST_NEW, LINES, OLD_ACCOUNTS
from liquidity_platform_tests.publishers.fred import EVER, History, StandInFred
from liquidity_platform_tests.publishers.serving import Reply

Rows = list[tuple[date, str | None]]  # as printed by the publisher, in its unit
Numbers = Callable[[Series], Rows | None]  # None: the publisher has no such series
Wire = Callable[[str, Mapping[str, str], Numbers], Reply]
ABSENT = Reply(b"not found", 404, "text/plain")
_BY_FEED = {(line.source, line.code): line for line in SERIES.values()}


def rows_of(source: str, code: str, numbers: Numbers) -> Rows | None:
    """The rows of a publisher's code; None when neither the catalog nor `numbers` has it."""
    line = _BY_FEED.get((source, code))
    return None if line is None else numbers(line)


def fred(path: str, query: Mapping[str, str], numbers: Numbers) -> Reply:
    """The graph page without a key; the API, where every number was printed once, with one."""
    code = query.get("id") or query.get("series_id", "")
    rows = rows_of("fred", code, numbers)
    if path == "/graph/fredgraph.csv":
        lines = [f"{day},{'' if text is None else text}" for day, text in rows or ()]
        return Reply("\n".join([f"observation_date,{code}", *lines, ""]).encode(), 200, "text/csv") if rows else ABSENT
    histories = {}
    if rows:
        line = _BY_FEED["fred", code]
        histories[code] = History.of_snapshots({rows[-1][0]: {day: text or "." for day, text in rows}})
        histories[code].units = [(EVER, line.published.label)]
    return StandInFred(histories)(path, query)


def treasury(path: str, query: Mapping[str, str], numbers: Numbers) -> Reply:
    """Pages of the operating cash balance: four rows a day as since 2022-04-18, one a day of the days before."""
    told = {code: dict(rows_of("treasury", code, numbers) or ()) for code in LINES}
    if f"record_date:lt:{FIRST_NEW}" in query["filter"]:
        rows = [
            {"record_date": str(day), "account_type": OLD_ACCOUNTS[-1], "close_today_bal": close,
             "open_today_bal": told["DTS.opening"].get(day)}
            for day, close in told["DTS"].items() if str(day) < FIRST_NEW
        ]  # fmt: skip
    else:
        rows = [
            {"record_date": str(day), "account_type": line.account, "close_today_bal": "null",
             "open_today_bal": told[code].get(day)}
            for day in told["DTS"] if str(day) >= FIRST_NEW for code, line in LINES.items()
        ]  # fmt: skip
    size, number = int(query["page[size]"]), int(query["page[number]"])
    page = rows[(number - 1) * size : number * size]
    meta = {"count": len(page), "total-count": len(rows), "total-pages": max(1, -(-len(rows) // size))}
    return _said({"data": page, "meta": meta})


def ny_fed(path: str, query: Mapping[str, str], numbers: Numbers) -> Reply:
    """All fields of a rate, or the operations; newest day first."""
    if path.startswith("/api/rp/"):
        return _operations(query, rows_of("ny_fed", OPERATIONS, numbers) or [])
    rate = path.split("/")[4]
    days: dict[date, dict[str, object]] = {}
    for name, field in FIELDS.items():
        for day, text in rows_of("ny_fed", f"{rate}.{name}", numbers) or ():
            if query["startDate"] <= str(day) <= query["endDate"] and text is not None:
                about = {"effectiveDate": str(day), "type": rate.upper(), "revisionIndicator": ""}
                days.setdefault(day, about)[field] = json.loads(text)
    return _said({"refRates": [days[day] for day in sorted(days, reverse=True)]})


def _operations(query: Mapping[str, str], rows: Rows) -> Reply:
    """Reverse repo operations as public programs read them; no answer was recorded."""
    operations = [
        {"operationId": f"RP {day:%m%d%y} 1", "operationDate": str(day), "operationType": "Reverse Repo", "note": "",
         "totalAmtAccepted": json.loads(text)}
        for day, text in reversed(rows) if text is not None and query["startDate"] <= str(day) <= query["endDate"]
    ]  # fmt: skip
    return _said({"repo": {"operations": operations}})


def ecb(path: str, query: Mapping[str, str], numbers: Numbers) -> Reply:
    """A message of generic data in the recorded shape."""
    flow, _, key = path.removeprefix("/service/data/").partition("/")
    rows = rows_of("ecb", f"{flow}.{key}", numbers)
    if not rows:
        return ABSENT
    monthly = key.startswith("M.")
    named = "".join(f'<generic:Value id="D{at}" value={quoteattr(v)}/>' for at, v in enumerate(key.split(".")))
    observations = "".join(
        f'<generic:Obs><generic:ObsDimension value="{str(day)[:7] if monthly else day}"/>'
        f'<generic:ObsValue value="{"NaN" if text is None else text}"/></generic:Obs>'
        for day, text in rows
    )
    schemas = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8"?><message:GenericData xmlns:message="{schemas}/message" '
        f'xmlns:generic="{schemas}/data/generic"><message:DataSet><generic:Series><generic:SeriesKey>{named}'
        f'</generic:SeriesKey><generic:Attributes><generic:Value id="UNIT_MULT" value="0"/></generic:Attributes>'
        f"{observations}</generic:Series></message:DataSet></message:GenericData>".encode(),
        content_type="application/vnd.sdmx.genericdata+xml;version=2.1",
    )


def world_bank(path: str, query: Mapping[str, str], numbers: Numbers) -> Reply:
    """A page of a list of two, newest year first."""
    _, _, _, country, _, indicator = path.split("/")
    rows = rows_of("world_bank", f"{country}.{indicator}", numbers)
    if not rows:
        return _said([{"message": [{"id": "120", "key": "Invalid value"}]}])
    size, number = int(query["per_page"]), int(query["page"])
    page = [
        {"indicator": {"id": indicator, "value": f"Indicator {indicator}"}, "country": {"id": "", "value": ""},
         "countryiso3code": country, "date": str(day.year), "value": None if text is None else json.loads(text),
         "unit": "", "obs_status": "", "decimal": 0}
        for day, text in rows[::-1][(number - 1) * size : number * size]
    ]  # fmt: skip
    head = {"page": number, "pages": -(-len(rows) // size), "per_page": size, "total": len(rows)}
    return _said([head, page])


WIRES: Mapping[str, Wire] = {
    "fred": fred, "treasury": treasury, "ny_fed": ny_fed, "ecb": ecb, "world_bank": world_bank,
}  # fmt: skip


def _said(answer: object) -> Reply:
    return Reply(json.dumps(answer).encode())
