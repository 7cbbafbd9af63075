"""Yahoo Finance: daily bars of anything listed, by the chart endpoint its own pages use.

Endpoint: GET https://query1.finance.yahoo.com/v8/finance/chart/SYMBOL?interval=1d&period1=..&period2=..
          &events=div,splits, JSON, no key, the whole history in one answer. `range=max` is not
          asked: it answers in months.
Time:     `timestamp` is the session's open (for the running day: the last trade) in seconds; the day is taken in
          `exchangeTimezoneName`. The running day is there too and is left out until it is over.
Units:    `meta.currency`, which must be the catalog's. Prices and volumes in `quote` are adjusted for every split up
          to the answer, not for dividends; dividends' amounts are adjusted for splits too. `parse` undoes that with
          the splits of the same answer, so that what is stored is what was traded and paid. `adjclose` is not kept:
          it is a function of these and of when one asks.
          Prices are numbers of 32 bits: the shortest decimal that is the same one (273.9, not 273.8999938964844) is
          taken, and where a split was undone six digits.
Blanks:   a day whose four prices are null is no bar (a holiday that Yahoo lists).
Limits:   none published; too many requests answer 429. We ask at most twice a second.
Lag:      minutes; a day's bar is put right until the evening.
Licence:  Yahoo's terms: personal use; not for redistribution.
Verified: against recorded answers of 2026-05 (a daily one with holidays; monthly ones are refused). No recorded answer
          holds splits or dividends: those are tested on an answer composed of Apple's real ones.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import accumulate
from operator import mul
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from liquidity_platform.catalog.instruments import Instrument
from liquidity_platform.core.facts import PARSED_ACTIONS
from liquidity_platform.core.window import Window
from liquidity_platform.sources.bars import PRICES, daily_bars
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.published import changed, shown, text_of

FIRST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
DIGITS = 6  # that a number of 32 bits holds for certain


def code_of(instrument: Instrument) -> str | None:
    """Yahoo's symbol; None for market internals, which it does not have."""
    return instrument.yahoo_symbol


def fetch(session: Session, listing: Listing, window: Window) -> list[Payload]:
    """The whole daily history, whatever the window: a split changes all of it."""
    asked = {
        "interval": "1d", "period1": str(FIRST), "period2": str(int(session.now().timestamp())), "events": "div,splits",
    }  # fmt: skip
    return [session.get(f"/v8/finance/chart/{quote(listing.code, safe='')}", asked, listing)]


def parse(body: bytes, listing: Listing) -> Quotes:
    """A chart as bars as traded, with splits and dividends. Raises SourceChanged."""
    result = _result(text_of(body, listing), listing)
    try:
        zone = ZoneInfo(result["meta"]["exchangeTimezoneName"])
        days = [_day(stamp, zone) for stamp in result.get("timestamp", [])]
        quoted = result["indicators"]["quote"][0]
        columns = {name: [_number(one) for one in quoted.get(name, [None] * len(days))] for name in (*PRICES, "volume")}
        splits = {_day(one["date"], zone): one["numerator"] / one["denominator"] for one in _events(result, "splits")}
        paid = [(_day(one["date"], zone), float(one["amount"])) for one in _events(result, "dividends")]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise changed(listing, f"the chart has another shape: {shown(repr(error))}") from None
    if any(len(column) != len(days) for column in columns.values()):
        raise changed(listing, "the columns of the chart differ in length")
    if any(not 0 < ratio < 1e6 for ratio in splits.values()):
        raise changed(listing, f"a split by {shown(splits)}")
    kept = [at for at in _once(days) if any(columns[name][at] is not None for name in PRICES)]
    factors = _factors([days[at] for at in kept], splits)
    numbers = {name: _undone([columns[name][at] for at in kept], factors) for name in PRICES}
    numbers["volume"] = [
        None if (whole := columns["volume"][at]) is None else whole if factor == 1 else float(round(whole / factor))
        for at, factor in zip(kept, factors, strict=True)
    ]
    bars = daily_bars([days[at] for at in kept], numbers, listing)
    blanks = len(set(days)) - len(kept)
    return Quotes(bars, _actions(splits, paid, str(result["meta"].get("currency"))), blanks)


def _result(text: str, listing: Listing) -> Mapping[str, Any]:
    """The one chart of the answer, of the symbol, currency and interval asked for."""
    try:
        chart = json.loads(text)["chart"]
        result: Mapping[str, Any] = chart["result"][0]
        seen = {name: result["meta"].get(name) for name in ("symbol", "currency", "dataGranularity")}
    except (ValueError, KeyError, TypeError, IndexError):
        raise changed(listing, f"not a chart: {shown(text)}") from None
    wanted = {"symbol": listing.code, "currency": listing.instrument.currency, "dataGranularity": "1d"}
    for name, value in wanted.items():
        if seen[name] != value:
            raise changed(listing, f"its {name} is {shown(seen[name])}, not '{value}'")
    return result


def _events(result: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return list((result.get("events") or {}).get(kind, {}).values())


def _day(stamp: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(stamp, zone).date()


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def _once(days: list[date]) -> list[int]:
    """Places of the days; the running day is sometimes there twice, and the later is the fresher."""
    if len(days) > 1 and days[-1] == days[-2]:
        return [*range(len(days) - 2), len(days) - 1]
    return list(range(len(days)))


def _factors(days: list[date], splits: Mapping[date, float]) -> list[float]:
    """For each day the product of the splits after it: how many of today's units one unit of that day has become."""
    ordered = sorted(splits)
    products = [*accumulate([splits[day] for day in reversed(ordered)], mul, initial=1.0)]
    return [products[len(ordered) - bisect_right(ordered, day)] for day in days]


def _undone(prices: list[float | None], factors: list[float]) -> list[float | None]:
    """Prices as traded."""
    return [
        None if price is None else _shortest(price) if factor == 1 else float(f"{price * factor:.{DIGITS}g}")
        for price, factor in zip(prices, factors, strict=True)
    ]


def _shortest(price: float) -> float:
    """The shortest decimal that is the same number of 32 bits; the number itself where it is none."""
    narrow = np.float32(price)
    return float(str(narrow)) if float(narrow) == price else price


def _actions(splits: Mapping[date, float], paid: list[tuple[date, float]], currency: str) -> pl.DataFrame:
    """Splits as they are; dividends as they were paid, those of one day together."""
    sums: dict[date, float] = {}
    for day, amount in paid:
        sums[day] = sums.get(day, 0.0) + amount
    factors = _factors(list(sums), splits)
    rows = [("split", day, ratio, None, None) for day, ratio in splits.items()] + [
        ("dividend", day, None, float(f"{amount * factor:.{DIGITS}g}"), currency)
        for (day, amount), factor in zip(sums.items(), factors, strict=True)
    ]
    return pl.DataFrame(rows, schema=PARSED_ACTIONS, orient="row").sort("ex_date", "kind")


PROVIDER = Provider(
    name="yahoo",
    title="Yahoo Finance, charts",
    base_url="https://query1.finance.yahoo.com",
    needs_key=False,
    rate_limit=2.0,
    licence="Yahoo's terms: personal use, no redistribution",
    terms="https://legal.yahoo.com/us/en/yahoo/terms/otos/index.html",
    page="https://finance.yahoo.com/quote/{code}",
    verified=True,
    bars=BarFeed(code_of, fetch, parse),
)
