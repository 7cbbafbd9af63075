"""Massive, formerly Polygon: daily bars of US shares, ETFs and of crypto pairs, as traded.

Endpoint: GET https://api.polygon.io/v2/aggs/ticker/TICKER/range/1/day/FROM/TO?adjusted=false&sort=asc&limit=50000,
          JSON, key needed; the whole history that the key's plan allows in one answer.
Time:     `t` is the start of the day in milliseconds: midnight in New York for shares, in UTC for crypto.
Units:    US dollars, shares; as traded, because `adjusted=false` is asked for: an answer that says `adjusted: true` is
          refused. Splits and dividends are told by other endpoints and are not asked for.
Blanks:   a day without trades has no row.
Limits:   five requests a minute without a paid plan.
Lag:      a day without a paid plan, minutes with one.
Licence:  Massive's terms, by plan; no redistribution.
Verified: NOT against a recorded answer to this request: the recorded one says `adjusted: true`. Its shape is tested.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from liquidity_platform.catalog.instruments import AssetClass, Instrument
from liquidity_platform.core.errors import SourceMissing
from liquidity_platform.core.window import Window
from liquidity_platform.sources.bars import daily_bars, no_actions
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.published import changed, shown, text_of

FIRST_DAY = "2003-09-10"  # the publisher's history begins here
COLUMNS = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
ANSWERED = ("OK", "DELAYED")


def code_of(instrument: Instrument) -> str | None:
    """The ticker of a share, an ETF or a crypto pair; None for others."""
    if instrument.asset_class is AssetClass.CRYPTO:
        return f"X:{instrument.symbol.replace('-', '')}"
    return instrument.symbol if instrument.asset_class in (AssetClass.ETF, AssetClass.EQUITY) else None


def fetch(session: Session, listing: Listing, window: Window) -> list[Payload]:
    """The whole history the key's plan allows, whatever the window."""
    path = f"/v2/aggs/ticker/{quote(listing.code, safe=':')}/range/1/day/{FIRST_DAY}/{session.now():%Y-%m-%d}"
    return [session.get(path, {"adjusted": "false", "sort": "asc", "limit": "50000"}, listing)]


def parse(body: bytes, listing: Listing) -> Quotes:
    """Aggregates as daily bars as traded. Raises SourceChanged, or SourceMissing for an answer without bars."""
    text = text_of(body, listing)
    try:
        answer: dict[str, Any] = json.loads(text)
        said = {name: answer.get(name) for name in ("status", "ticker", "adjusted", "next_url")}
    except (ValueError, AttributeError):
        raise changed(listing, f"not a page of aggregates: {shown(text)}") from None
    if said["status"] not in ANSWERED or said["ticker"] != listing.code:
        raise changed(listing, f"status {shown(said['status'])} for {shown(said['ticker'])}, not 'OK' for this ticker")
    if said["adjusted"] is not False:
        raise changed(listing, "the prices are adjusted, though those as traded were asked for")
    if said["next_url"]:
        raise changed(listing, "the history goes on in another page, which is not asked for")
    rows = answer.get("results")
    if not rows:
        raise SourceMissing(f"{listing.source} {listing.code} ({listing.id}): no bars there")
    zone = ZoneInfo(listing.instrument.zone)
    try:
        days = [datetime.fromtimestamp(row["t"] / 1000, UTC).astimezone(zone).date() for row in rows]
        numbers = {name: [float(row[key]) for row in rows] for name, key in COLUMNS.items()}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise changed(listing, f"a row has another shape: {shown(repr(error))}") from None
    return Quotes(daily_bars(days, numbers, listing), no_actions())


PROVIDER = Provider(
    name="polygon",
    title="Massive (formerly Polygon)",
    base_url="https://api.polygon.io",
    needs_key=True,
    rate_limit=5 / 60,
    licence="by plan, no redistribution",
    terms="https://massive.com/terms",
    verified=False,
    key_param="apiKey",
    bars=BarFeed(code_of, fetch, parse),
)
