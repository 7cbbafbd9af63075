"""Daily bars from a folder: `<DIR>/ohlcv/<SYMBOL>.csv[.gz]`, adjusted for splits and dividends by whoever wrote them.

Endpoint: none: only `--data DIR` reads it. SYMBOL is Yahoo's, without a caret (VIX, CL=F, DX-Y.NYB, BTC-USD), because
          such files are mostly made of Yahoo's auto-adjusted prices.
Time:     `date` is the trading day. A file says nothing of when it was made: its rows are known since they are read.
Units:    the instrument's currency; header `date,open,high,low,close,volume`, or `date,close` for an index.
          All prices are taken for adjusted. They are stored under this source, never adjusted again and never joined
          with bars as traded.
Blanks:   an empty field is NULL; a row without any price is no bar.
Limits:   none.
Lag:      none of its own: a file holds what it holds.
Licence:  that of the folder's owner's source.
Verified: against 23 real files (1971..2026).
"""

import io

import polars as pl

from liquidity_platform.catalog.instruments import AssetClass, Instrument
from liquidity_platform.core.errors import SourceMissing
from liquidity_platform.core.window import Window
from liquidity_platform.sources.bars import PRICES, daily_bars, no_actions
from liquidity_platform.sources.contract import BarFeed, Listing, Payload, Provider, Quotes, Session
from liquidity_platform.sources.published import changed, shown, text_of

HEADERS = (["date", *PRICES, "volume"], ["date", "close"])


def code_of(instrument: Instrument) -> str | None:
    """The stem of the instrument's file; None for market internals."""
    if instrument.asset_class is AssetClass.INTERNAL:
        return None
    return (instrument.yahoo_symbol or instrument.symbol).removeprefix("^")


def fetch(session: Session, listing: Listing, window: Window) -> list[Payload]:
    """Refused: there is no publisher behind this provider. Raises SourceMissing."""
    raise SourceMissing(f"ohlcv {listing.code} ({listing.id}): bars of a folder are read with --data DIR only")


def parse(body: bytes, listing: Listing) -> Quotes:
    """A file as bars, adjusted as they are. Raises SourceChanged."""
    text = text_of(body, listing).strip()
    header = [name.strip() for name in text.partition("\n")[0].split(",")]
    if header not in HEADERS:
        raise changed(listing, f"the first line is {shown(','.join(header))}, not '{','.join(HEADERS[0])}'")
    names = header[1:]
    try:
        rows = pl.read_csv(
            io.BytesIO(text.encode()), new_columns=header, quote_char=None,
            schema_overrides={"date": pl.String} | dict.fromkeys(names, pl.Float64),
        )  # fmt: skip
        days = rows["date"].str.to_date("%Y-%m-%d")
    except pl.exceptions.PolarsError as error:
        raise changed(listing, f"a row is no day and {len(names)} numbers: {shown(error)}") from None
    if days.null_count():
        raise changed(listing, "a row has no day")
    priced = rows.with_columns(date=days).filter(pl.any_horizontal(pl.col(n).is_not_null() for n in names[:4]))
    bars = daily_bars(priced["date"].to_list(), {name: priced[name].to_list() for name in names}, listing)
    return Quotes(bars, no_actions(), rows.height - priced.height)


PROVIDER = Provider(
    name="ohlcv",
    title="Folder of daily bars, adjusted",
    base_url="https://example.invalid",
    needs_key=False,
    rate_limit=1000.0,
    licence="that of whoever made the files",
    terms="none",
    verified=True,
    bars=BarFeed(code_of, fetch, parse, adjusted=True),
)
