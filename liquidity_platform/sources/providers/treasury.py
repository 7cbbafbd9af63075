"""US Treasury, Daily Treasury Statement, table I: the closing balance of the Treasury General Account.

Endpoint: GET <base>/v1/accounting/dts/operating_cash_balance, JSON pages of up to 10,000 rows, no key; filtered to
          the three account names below, all pages, whole history (about 5,000 rows since 2005-10).
Time:     `record_date` is the business day whose close is stated; published the next business day at 16:00 New York.
Units:    millions of US dollars, as text. Through 2022-04-15 the close is `close_today_bal` of "Federal Reserve
          Account" (to 2021-09-30), then "Treasury General Account (TGA)". From 2022-04-18 it is `open_today_bal` of
          "Treasury General Account (TGA) Closing Balance", and `close_today_bal` is null or the text "null".
          Anything else is refused, never guessed at: also a day whose account has another name.
Blanks:   none are known; a day without a statement has no row.
Limits:   none published; we ask at most twice a second.
Lag:      one business day.
Licence:  US government work, public domain.
Verified: no JSON answer was recorded; its fields as CSV (2016..2025) are tested and equal FRED's WDTGAL on every common
          Wednesday.
"""

import csv
import json
from collections.abc import Iterable
from datetime import date

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

TABLE = "/v1/accounting/dts/operating_cash_balance"
OLD_ACCOUNTS = ("Federal Reserve Account", "Treasury General Account (TGA)")
CLOSING = "Treasury General Account (TGA) Closing Balance"
LAST_OLD, FIRST_NEW = date(2022, 4, 15).isoformat(), date(2022, 4, 18).isoformat()
FIELDS = ("record_date", "account_type", "close_today_bal", "open_today_bal")
PAGE_ROWS, MOST_PAGES = 10_000, 50

Row = dict[str, str]


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """Every page of the three accounts' rows, whole history, whatever the window."""
    pages: list[Payload] = []
    total = 1
    while len(pages) < total:
        asked = {
            "fields": ",".join(FIELDS),
            "filter": f"account_type:in:({','.join((*OLD_ACCOUNTS, CLOSING))})",
            "sort": "record_date",
            "page[number]": str(len(pages) + 1),
            "page[size]": str(PAGE_ROWS),
        }
        pages.append(session.get(TABLE, asked, series))
        total = _total_pages(pages[-1].body)
        if total > MOST_PAGES:
            raise changed(series, f"the publisher speaks of {total} pages; up to {MOST_PAGES} were expected")
    return pages


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """A page of JSON, or the CSV of the same fields, as PARSED in US dollars. Raises SourceChanged."""
    text = text_of(body, series).strip()
    rows = list(_json_rows(text, series) if text.startswith(("{", "[")) else _csv_rows(text, series))
    closes = [
        (row["record_date"], _close(row, series)) for row in rows if row["account_type"] in (*OLD_ACCOUNTS, CLOSING)
    ]
    unclosed = {row["record_date"] for row in rows} - {day for day, _ in closes}
    if unclosed:
        raise changed(series, f"no closing balance under any known account name on {shown(min(unclosed))}")
    return typed(pl.DataFrame(closes, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def _close(row: Row, series: Series) -> str:
    """The closing balance that a row of a known account states, as published."""
    day, account, close, opening = (row[field] for field in FIELDS)
    if account == CLOSING and day >= FIRST_NEW and not close and opening:
        return opening
    if account in OLD_ACCOUNTS and day <= LAST_OLD and close:
        return close
    raise changed(
        series,
        f"{day}, {shown(account)}: close_today_bal {shown(close)}, open_today_bal {shown(opening)} is no known shape",
    )


def _clean(row: dict[str, object]) -> Row:
    """The fields as text; null, "null" and nothing are ""."""
    texts = {field: "" if row[field] is None else str(row[field]).strip() for field in FIELDS}
    return {field: "" if text == "null" else text for field, text in texts.items()}


def _json_rows(text: str, series: Series) -> Iterable[Row]:
    try:
        return [_clean(row) for row in json.loads(text)["data"]]
    except (ValueError, TypeError, KeyError):
        raise changed(series, f"not a page of rows with {', '.join(FIELDS)}: {shown(text)}") from None


def _csv_rows(text: str, series: Series) -> Iterable[Row]:
    lines = csv.DictReader(text.splitlines())
    missing = [field for field in FIELDS if field not in (lines.fieldnames or ())]
    if missing:
        raise changed(series, f"the first line lacks {', '.join(missing)}: {shown(text)}")
    try:
        return [_clean(dict(line)) for line in lines]
    except csv.Error as error:
        raise changed(series, f"the lines are no CSV: {shown(error)}") from None


def _total_pages(body: bytes) -> int:
    """How many pages the publisher says there are; 1 when it does not say (`parse` judges the body)."""
    try:
        return int(json.loads(body)["meta"]["total-pages"])
    except (ValueError, TypeError, KeyError):
        return 1


PROVIDER = Provider(
    name="treasury",
    title="US Treasury, Fiscal Data",
    base_url="https://api.fiscaldata.treasury.gov/services/api/fiscal_service",
    needs_key=False,
    rate_limit=2.0,
    licence="public domain (US government work)",
    terms="https://fiscaldata.treasury.gov/api-documentation/",
    verified=False,
    fetch=fetch,
    parse=parse,
    file_names={"DTS": "dts_operating_cash_balance"},
)
