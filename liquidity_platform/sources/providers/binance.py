"""Binance: daily bars of spot pairs against Tether.

Endpoint: GET https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1d&startTime=..&limit=1000, JSON rows,
          no key; a thousand days a page, from 2017-07-14 on.
Time:     the row's first number is its start in milliseconds UTC; days are UTC days.
Units:    Tether (USDT), not US dollars: only instruments whose catalog currency is USDT are listed here. Volume in
          coins. As traded; nothing is adjusted.
Blanks:   a day without trading has no row.
Limits:   6,000 units of weight a minute, two a page; we ask at most five times a second.
Lag:      seconds.
Licence:  Binance's terms; not offered in the United States.
Verified: NOT: no recorded answer was at hand. The shape is that of the publisher's documentation.
"""

import json
from datetime import UTC, datetime
from typing import Any

from liquidity_platform.catalog.instruments import AssetClass, Instrument
from liquidity_platform.core.window import Window
from liquidity_platform.sources.bars import PRICES, daily_bars, no_actions
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.published import changed, shown, text_of

FIRST = int(datetime(2017, 7, 14, tzinfo=UTC).timestamp() * 1000)
A_DAY = 86_400_000  # milliseconds
PAGE, MOST_PAGES = 1000, 50


def code_of(instrument: Instrument) -> str | None:
    """The pair of a coin quoted in Tether; None for others."""
    if instrument.asset_class is not AssetClass.CRYPTO or instrument.currency != "USDT":
        return None
    return instrument.symbol.replace("-", "")


def fetch(session: Session, listing: Listing, window: Window) -> list[Payload]:
    """The whole history page by page, whatever the window."""
    pages: list[Payload] = []
    start: int | None = FIRST
    while start is not None:
        if len(pages) == MOST_PAGES:
            raise changed(listing, f"more than {MOST_PAGES} pages")
        asked = {"symbol": listing.code, "interval": "1d", "startTime": str(start), "limit": str(PAGE)}
        page = session.get("/api/v3/klines", asked, listing)
        if pages and page.body.strip() == b"[]":
            break  # the page before was full to its last row
        pages.append(page)
        start = _next(page.body, start)
    return pages


def _next(body: bytes, start: int) -> int | None:
    """Where the next page starts; None after a page that is not full or cannot be read (`parse` judges it)."""
    try:
        rows = json.loads(body)
        following = int(rows[-1][0]) + A_DAY
        return following if len(rows) == PAGE and following > start else None
    except (ValueError, TypeError, IndexError, KeyError):
        return None


def parse(body: bytes, listing: Listing) -> Quotes:
    """Klines of one day as bars. Raises SourceChanged."""
    text = text_of(body, listing)
    try:
        rows: list[list[Any]] = json.loads(text)
        lengths = {int(row[6]) + 1 - int(row[0]) for row in rows}
        days = [datetime.fromtimestamp(int(row[0]) / 1000, UTC).date() for row in rows]
        numbers = {name: [float(row[at]) for row in rows] for at, name in enumerate((*PRICES, "volume"), 1)}
    except (ValueError, TypeError, IndexError, KeyError, OverflowError):
        raise changed(listing, f"not rows of klines: {shown(text)}") from None
    if lengths - {A_DAY}:
        raise changed(listing, "its bars are not of one day")
    return Quotes(daily_bars(days, numbers, listing), no_actions())


PROVIDER = Provider(
    name="binance",
    title="Binance, spot",
    base_url="https://api.binance.com",
    needs_key=False,
    rate_limit=5.0,
    licence="Binance's terms; not offered in the United States",
    terms="https://www.binance.com/en/terms",
    verified=False,
    bars=BarFeed(code_of, fetch, parse),
)
