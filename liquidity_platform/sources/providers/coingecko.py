"""CoinGecko: the price of a coin at the end of each UTC day, averaged over many exchanges.

Endpoint: GET https://api.coingecko.com/api/v3/coins/COIN/market_chart?vs_currency=usd&days=365&interval=daily, JSON;
          no key needed for the last 365 days (`x_cg_demo_api_key` raises the limits).
Time:     points `[milliseconds, price]` of the instant named. They are single prices, not open, high, low and close:
          therefore a series, not bars. The period is the UTC day; its value is the last point at or before the
          midnight that ends it (a point at 00:00 is the close of the day before). A day whose end is not in the
          answer has no value yet, nor one whose last hour has no point.
Units:    US dollars a coin.
Blanks:   a null price is a published blank.
Limits:   about 5 to 15 requests a minute without a key, 30 with one.
Lag:      minutes.
Licence:  CoinGecko's terms: personal use, with attribution.
Verified: against a recorded answer of 2023-03-14 (one day, a point every five minutes).
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.published import changed, shown, text_of, typed

_AN_HOUR = timedelta(hours=1)  # of a day's end: a point older than that is not its close


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The last 365 days, whatever the window."""
    asked = {"vs_currency": "usd", "days": "365", "interval": "daily"}
    return [session.get(f"/api/v3/coins/{quote(series.code, safe='')}/market_chart", asked, series)]


def parse(body: bytes, series: Series) -> pl.DataFrame:
    """The price at the end of each whole UTC day, as PARSED. Raises SourceChanged."""
    text = text_of(body, series)
    try:
        answer: dict[str, Any] = json.loads(text)
        points = [(datetime.fromtimestamp(stamp / 1000, UTC), price) for stamp, price in answer["prices"]]
    except (ValueError, KeyError, TypeError, OverflowError):
        raise changed(series, f"not a market chart: {shown(text)}") from None
    if points != sorted(points, key=lambda point: point[0]):
        raise changed(series, "its points are not in order")
    closes: dict[date, tuple[datetime, float | None]] = {}
    for at, price in points:
        closes[_day_of(at)] = (at, price)
    rows = [
        (day.isoformat(), None if price is None else repr(float(price)))
        for day, (at, price) in closes.items()
        if _end_of(day) <= points[-1][0] and _end_of(day) - at < _AN_HOUR
    ]
    return typed(pl.DataFrame(rows, schema={"period": pl.String, "value": pl.String}, orient="row"), series)


def _day_of(at: datetime) -> date:
    """The UTC day that a point belongs to; midnight belongs to the day it ends."""
    return (at - timedelta(microseconds=1)).date()


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


PROVIDER = Provider(
    name="coingecko",
    title="CoinGecko",
    base_url="https://api.coingecko.com",
    needs_key=False,
    rate_limit=0.2,
    licence="personal use, with attribution",
    terms="https://www.coingecko.com/en/api_terms",
    verified=True,
    fetch=fetch,
    parse=parse,
    key_param="x_cg_demo_api_key",
)
