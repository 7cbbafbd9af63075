"""US Treasury, Daily Treasury Statement, table I: the Treasury General Account's opening, flows and close of a day.

Endpoint: GET <base>/v1/accounting/dts/operating_cash_balance, JSON pages of up to 10,000 rows, no key; filtered to
          the account names below, all pages, whole history: one request for the days before 2022-04-18 (about 4,000
          rows since 2005-10), one for those from then on (four rows a day). An answer is asked for once however many
          of the four series read it.
Time:     `record_date` is the business day whose numbers are stated; published the next business day at 16:00 New York.
Units:    millions of US dollars, as text. Through 2022-04-15 the opening and the close are `open_today_bal` and
          `close_today_bal` of "Federal Reserve Account" (to 2021-09-30), then "Treasury General Account (TGA)"; flows
          are not in this table. From 2022-04-18 opening, deposits, withdrawals (printed without a sign) and close are
          rows of their own, each in `open_today_bal`, and `close_today_bal` is null or the text "null".
          Anything else is refused, never guessed at: also a day that lacks one of them.
Blanks:   none are known; a day without a statement has no row, and a day before 2022-04-18 none of deposits and
          withdrawals.
Limits:   none published; we ask at most twice a second.
Lag:      one business day.
Licence:  US government work, public domain.
Verified: no JSON answer was recorded, nor a filter by date and account together; its fields as CSV (2016..2025) are
          tested: the close equals FRED's WDTGAL on every common Wednesday, each opening the close before it.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

TABLE = "/v1/accounting/dts/operating_cash_balance"
OLD_ACCOUNTS = ("Federal Reserve Account", "Treasury General Account (TGA)")
LAST_OLD, FIRST_NEW = date(2022, 4, 15).isoformat(), date(2022, 4, 18).isoformat()
FIELDS = ("record_date", "account_type", "close_today_bal", "open_today_bal")
# a page holds whole days of four rows, so that each can be judged alone
PAGE_ROWS, MOST_PAGES = 10_000, 50

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """Where a number stands: a row of its own since FIRST_NEW, a field of the account's row before; None: nowhere."""

    what: str
    account: str
    old_field: str | None = None


LINES = {
    "DTS": Line("closing balance", "Treasury General Account (TGA) Closing Balance", "close_today_bal"),
    "DTS.opening": Line("opening balance", "Treasury General Account (TGA) Opening Balance", "open_today_bal"),
    "DTS.deposits": Line("total of deposits", "Total TGA Deposits (Table II)"),
    "DTS.withdrawals": Line("total of withdrawals", "Total TGA Withdrawals (Table II) (-)"),
}
ACCOUNTS = (*OLD_ACCOUNTS, *(line.account for line in LINES.values()))


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """Every page of the accounts' rows, whole history, whatever the window; of flows, since they are published."""
    old = _pages(session, series, f"record_date:lt:{FIRST_NEW}") if LINES[series.code].old_field else []
    return [*old, *_pages(session, series, f"record_date:gte:{FIRST_NEW}")]


def _pages(session: Session, series: Series, days: str) -> list[Payload]:
    pages: list[Payload] = []
    total = 1
    while len(pages) < total:
        asked = {
            "fields": ",".join(FIELDS),
            "filter": f"account_type:in:({','.join(ACCOUNTS)}),{days}",
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
    text, line = text_of(body, series).strip(), LINES[series.code]
    rows = list(_json_rows(text, series) if text.startswith(("{", "[")) else _csv_rows(text, series))
    stated = [
        (row["record_date"], _stated(row, line, series))
        for row in rows
        if row["account_type"] in (*OLD_ACCOUNTS, line.account)
    ]
    untold = {row["record_date"] for row in rows} - {day for day, _ in stated}
    if untold:
        raise changed(series, f"no {line.what} under any known account name on {shown(min(untold))}")
    numbers = [(day, number) for day, number in stated if number is not None]
    return typed(pl.DataFrame(numbers, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def _stated(row: Row, line: Line, series: Series) -> str | None:
    """The number that a row of a known account states, as published; None where the table did not hold it yet."""
    day, account, close, opening = (row[field] for field in FIELDS)
    if account == line.account and day >= FIRST_NEW and not close and opening:
        return opening
    if account in OLD_ACCOUNTS and day <= LAST_OLD:
        if line.old_field is None:
            return None
        if row[line.old_field]:
            return row[line.old_field]
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
    page="https://fiscaldata.treasury.gov/datasets/daily-treasury-statement/",
    verified=False,
    fetch=fetch,
    parse=parse,
    file_names=dict.fromkeys(LINES, "dts_operating_cash_balance"),
    shared_answers=True,
)
