"""Bars as every provider of them hands them over, and what is proposed about their knowledge time.

A bar is known since our fetch, whatever its day: publishers correct and re-adjust the past without a trace, so that
nothing shows what a bar read the evening it was made. A bar whose time is not over at the fetch is no bar yet and is
left out. Bars that come adjusted tell of dividends and splits after them: under a moved clock they are refused.
Belongs here: the shape of bars and actions, that rule. Keep out: publishers' formats, judging prices (quality).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from liquidity_platform.catalog.instruments import AssetClass
from liquidity_platform.core.errors import SourceRejected
from liquidity_platform.core.facts import INSTANT, PARSED_ACTIONS, PARSED_BARS, KnownBasis
from liquidity_platform.core.instants import Clock
from liquidity_platform.sources.contract import Listing, Payload, Quotes
from liquidity_platform.sources.published import EARLIEST, LATEST, changed

PRICES = ("open", "high", "low", "close")
_UNTRADED = (AssetClass.INDEX, AssetClass.INTERNAL)  # nothing is bought or sold: a volume of 0 is none
_MOST = 1e11  # what numeric(20, 8) holds, and a digit to spare


def daily_bars(days: Sequence[date], numbers: Mapping[str, Sequence[float | None]], listing: Listing) -> pl.DataFrame:
    """PARSED_BARS of trading `days`; `numbers` by column name, absent columns NULL. Raises SourceChanged."""
    zone = listing.instrument.zone
    local = pl.Series("bar_start", days, dtype=pl.Date).cast(pl.Datetime("us"))
    return bars_at("1d", local.dt.replace_time_zone(zone).dt.convert_time_zone("UTC"), numbers, listing)


def bars_at(
    interval: str, starts: pl.Series, numbers: Mapping[str, Sequence[float | None]], listing: Listing
) -> pl.DataFrame:
    """PARSED_BARS of the instants `starts` (UTC), in order. Raises SourceChanged for what no bar can be."""
    given = {name: numbers.get(name) for name in (*PRICES, "volume")}
    frame = pl.DataFrame(
        {"bar_start": starts.cast(INSTANT)}
        | {
            name: pl.Series(name, values if values is not None else [None] * len(starts), dtype=pl.Float64)
            for name, values in given.items()
        }
    ).select(pl.lit(interval).alias("interval"), "bar_start", *PRICES, "volume")
    if listing.instrument.asset_class in _UNTRADED:
        frame = frame.with_columns(volume=pl.when(pl.col("volume") != 0).then("volume"))
    return checked_bars(frame.sort("bar_start"), listing)


def checked_bars(frame: pl.DataFrame, listing: Listing) -> pl.DataFrame:
    """`frame` itself when it is what `parse` promises. Raises SourceChanged."""
    if frame.schema != pl.Schema(PARSED_BARS):
        raise changed(listing, f"parse returned {dict(frame.schema)}, not {PARSED_BARS}")
    if frame.is_empty():
        raise changed(listing, "the answer has no bars")
    again = frame.filter(pl.struct("interval", "bar_start").is_duplicated())
    if again.height:
        raise changed(listing, f"the bar of {again['bar_start'][0]:%Y-%m-%d %H:%M} UTC appears more than once")
    prices = frame.select(*PRICES).unpivot()["value"].drop_nulls()
    if not (prices.is_finite() & (prices.abs() < _MOST)).all():
        raise changed(listing, "a price is no number, or larger than any price")
    volumes = frame["volume"].drop_nulls()
    if not (volumes.is_finite() & (volumes >= 0)).all():
        raise changed(listing, "a volume is negative or no number")
    far = frame.filter(~pl.col("bar_start").dt.date().is_between(EARLIEST, LATEST))
    if far.height:
        raise changed(listing, f"the bar of {far['bar_start'][0]:%Y-%m-%d} lies outside {EARLIEST}..{LATEST}")
    return frame


def no_actions() -> pl.DataFrame:
    """PARSED_ACTIONS of a provider that tells of none."""
    return pl.DataFrame(schema=PARSED_ACTIONS)


@dataclass(frozen=True, slots=True)
class BarProposal:
    """Rows for `raw.bars` and `raw.corporate_actions`; `unfinished` bars were not over at the fetch."""

    bars: pl.DataFrame
    actions: pl.DataFrame
    unfinished: int


def propose_bars(
    listing: Listing, quotes: Quotes, payload: Payload, run_id: str | None, clock: Clock, adjusted: bool
) -> BarProposal:
    """`quotes` as rows to append, fetched by `payload`. Raises SourceRejected for what a moved clock may not see."""
    if adjusted and clock.moved:
        raise SourceRejected(
            f"{listing.source} {listing.code} ({listing.id}): adjusted bars tell of later dividends and splits; "
            "a moved clock cannot read them"
        )
    seen = min(payload.fetched_at, clock.now()) if clock.moved else payload.fetched_at
    over = quotes.bars.filter(_end(listing.instrument.zone) <= pl.lit(seen, INSTANT))
    in_force = quotes.actions.filter(pl.col("ex_date") <= _day(seen, listing))
    return BarProposal(
        over.with_columns(_known(listing, payload, run_id)).with_columns(
            pl.col(name).round(8).cast(pl.Decimal(20, 8)) for name in PRICES
        ),
        in_force.with_columns(_known(listing, payload, run_id)).with_columns(
            pl.col(name).round(8).cast(pl.Decimal(20, 8)) for name in ("ratio", "amount")
        ),
        quotes.bars.height - over.height,
    )


def _known(listing: Listing, payload: Payload, run_id: str | None) -> list[pl.Expr]:
    fetched_at = pl.lit(payload.fetched_at, INSTANT)
    return [
        pl.lit(listing.id).alias("instrument_id"),
        fetched_at.alias("known_at"),
        pl.lit(KnownBasis.FETCHED.value).alias("known_basis"),
        pl.lit(payload.source_id).alias("source_id"),
        fetched_at.alias("fetched_at"),
        pl.lit(payload.payload_id).alias("payload_id"),
        pl.lit(run_id, pl.String).alias("run_id"),
    ]


def _end(zone: str) -> pl.Expr:
    """The instant at which a bar is over: for a daily one the next midnight, later than any session's close."""
    start = pl.col("bar_start")
    lengths = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1h", "4h": "4h"}
    ends = start.dt.convert_time_zone(zone).dt.offset_by("1d").dt.convert_time_zone("UTC")
    for interval, length in lengths.items():
        ends = pl.when(pl.col("interval") == interval).then(start.dt.offset_by(length)).otherwise(ends)
    return ends


def _day(moment: datetime, listing: Listing) -> date:
    return moment.astimezone(ZoneInfo(listing.instrument.zone)).date()
