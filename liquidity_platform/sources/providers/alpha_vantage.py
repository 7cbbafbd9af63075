"""Alpha Vantage: daily bars of US shares and ETFs, as traded.

Endpoint: GET https://www.alphavantage.co/query?function=TIME_SERIES_DAILY&symbol=SYMBOL&outputsize=compact, JSON, key
          needed; the newest 100 days (`full` is for paying users).
Time:     the trading day, or the minute a bar begins, in `Time Zone` of the answer's meta data (US/Eastern).
Units:    US dollars, shares; as traded. Adjusted series are another function and are not asked for.
Blanks:   none; a day without trades has no row.
Limits:   25 requests a day and 5 a minute without a paid plan. Beyond them the answer is 200 with `Note` or
          `Information` instead of data, which counts as not available now. That text repeats the key: it is never
          shown.
Lag:      the day's bar is there in the evening.
Licence:  Alpha Vantage's terms: personal use.
Verified: NOT against a recorded daily answer; the recorded one is of the function for minutes, of the same shape.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from liquidity_platform.catalog.instruments import AssetClass, Instrument
from liquidity_platform.core.errors import SourceMissing, SourceRejected, SourceUnavailable
from liquidity_platform.core.window import Window
from liquidity_platform.sources.bars import PRICES, bars_at, daily_bars, no_actions
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.published import changed, shown, text_of

INTERVALS = {"1min": "1m", "5min": "5m", "15min": "15m", "30min": "30m", "60min": "1h", "Daily": "1d"}


def code_of(instrument: Instrument) -> str | None:
    """The symbol of a share or an ETF; None for others."""
    return instrument.symbol if instrument.asset_class in (AssetClass.ETF, AssetClass.EQUITY) else None


def fetch(session: Session, listing: Listing, window: Window) -> list[Payload]:
    """The newest 100 days, whatever the window."""
    asked = {"function": "TIME_SERIES_DAILY", "symbol": listing.code, "outputsize": "compact"}
    return [session.get("/query", asked, listing)]


def parse(body: bytes, listing: Listing) -> Quotes:
    """A time series as bars as traded. Raises SourceChanged, or what an answer without data stands for."""
    text = text_of(body, listing)
    try:
        answer: dict[str, Any] = json.loads(text)
        _refuse(answer, listing)
        meta = {name.partition(". ")[2]: value for name, value in answer["Meta Data"].items()}
        (kind,) = [name for name in answer if name.startswith("Time Series (")]
        interval = INTERVALS[kind.removeprefix("Time Series (").removesuffix(")")]
        zone, symbol = ZoneInfo(meta["Time Zone"]), meta["Symbol"]
        rows = [(datetime.fromisoformat(when), _cells(cells)) for when, cells in answer[kind].items()]
    except (ValueError, KeyError, TypeError, AttributeError, ZoneInfoNotFoundError):
        raise changed(listing, "not a time series of a known shape") from None
    if symbol != listing.code:
        raise changed(listing, f"its symbol is {shown(symbol)}, not '{listing.code}'")
    numbers = {name: [cells[name] for _, cells in rows] for name in (*PRICES, "volume")}
    if interval == "1d":
        bars = daily_bars([when.date() for when, _ in rows], numbers, listing)
    else:
        starts = pl.Series("bar_start", [when.replace(tzinfo=zone) for when, _ in rows], dtype=pl.Datetime("us", "UTC"))
        bars = bars_at(interval, starts, numbers, listing)
    return Quotes(bars, no_actions())


def _refuse(answer: Mapping[str, Any], listing: Listing) -> None:
    """Raises the error that an answer without data stands for; its text may hold the key and is not repeated."""
    about = f"{listing.source} {listing.code} ({listing.id})"
    if "Note" in answer or "Information" in answer:
        raise SourceUnavailable(f"{about}: no more requests are allowed now; ask again later or tomorrow")
    if "Error Message" in answer:
        if "apikey" in str(answer["Error Message"]):
            raise SourceRejected(f"{about}: the key is refused; see LIQUIDITY_SOURCES__ALPHA_VANTAGE__API_KEY")
        raise SourceMissing(f"{about}: no such symbol there")


def _cells(cells: Mapping[str, str]) -> dict[str, float]:
    """`{"1. open": "86.49"}` as numbers by name."""
    return {name.partition(". ")[2]: float(value) for name, value in cells.items()}


PROVIDER = Provider(
    name="alpha_vantage",
    title="Alpha Vantage",
    base_url="https://www.alphavantage.co",
    needs_key=True,
    rate_limit=5 / 60,
    licence="personal use",
    terms="https://www.alphavantage.co/terms_of_service/",
    verified=False,
    key_param="apikey",
    bars=BarFeed(code_of, fetch, parse),
)
