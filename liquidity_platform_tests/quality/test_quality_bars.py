"""Judgements of bars, on the recorded files and at their edges."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.facts import INSTANT, PARSED_BARS
from liquidity_platform.quality.bars import judge_same, judge_sound
from liquidity_platform.sources.registry import PROVIDERS, listings

START = datetime(2026, 6, 1, 4, tzinfo=UTC)
STORED = pl.DataFrame(
    {"bar_start": [START + timedelta(days=n) for n in range(20)], "close": [100.0] * 20},
    schema={"bar_start": INSTANT, "close": pl.Float64},
)
Prices = tuple[float | None, float | None, float | None, float | None]


def bars(*prices: Prices, days: tuple[int, ...] | None = None, volume: float = 1.0) -> pl.DataFrame:
    starts = [START + timedelta(days=day) for day in days or range(len(prices))]
    rows = [("1d", start, *four, volume) for start, four in zip(starts, prices, strict=True)]
    return pl.DataFrame(rows, schema=PARSED_BARS, orient="row")


def said(instrument: str, frame: pl.DataFrame) -> str:
    verdict = judge_sound(INSTRUMENTS[instrument], frame)
    return "" if verdict.passed else verdict.reason


@pytest.mark.parametrize(
    ("instrument", "says"),
    [
        ("fut.gc", "of 6,508 bars 441 whose high and low do not enclose the open and close (2001-02-13 .. 2011-11-14)"),
        ("fut.cl", "of 6,517 bars 7 whose high and low do not enclose the open and close (2001-04-10 .. 2002-05-21)"),
        ("idx.move", "1 after a gap of more than 7 d (2013-03-25)"),
        ("etf.spy", ""),
        ("idx.vix", ""),
        ("crypto.btc", ""),
    ],
)
def test_the_recorded_faults_are_found_and_no_others(real_data: Path, instrument: str, says: str) -> None:
    provider = PROVIDERS["ohlcv"]
    (listing,) = listings(provider, [INSTRUMENTS[instrument]])
    assert provider.bars is not None
    quotes = provider.bars.parse((real_data / "ohlcv" / f"{listing.code}.csv").read_bytes(), listing)
    found = said(instrument, quotes.bars)
    assert says in found if says else found == ""


@pytest.mark.parametrize(
    ("prices", "sound"),
    [
        ((1, 2, 0.5, 1.5), True),
        ((2, 2, 2, 2), True),
        ((1, 2, 0.5, 2.01), False),
        ((0.4, 2, 0.5, 1), False),
        ((1, 0.5, 2, 1), False),
        ((None, None, None, 1), True),
        ((None, 2, 1, 3), False),
    ],
)
def test_high_and_low_enclose_the_others_where_they_are_known(prices: Prices, sound: bool) -> None:
    assert (said("etf.spy", bars(prices)) == "") is sound


def test_a_future_may_be_below_zero_and_a_share_may_not() -> None:
    oil = bars((-14.0, 13.69, -40.32, -37.63))
    assert said("fut.cl", oil) == ""
    assert "1 with a price of 0 or below (2026-06-01)" in said("eq.aapl", oil)


def test_a_gap_is_longer_than_a_week_for_a_session_and_than_a_day_for_what_never_closes() -> None:
    one = (1.0, 1.0, 1.0, 1.0)
    assert said("etf.spy", bars(one, one, days=(0, 7))) == ""
    assert "after a gap of more than 7 d (2026-06-09)" in said("etf.spy", bars(one, one, days=(0, 8)))
    assert said("crypto.btc", bars(one, one)) == ""
    assert "after a gap of more than 1 d" in said("crypto.btc", bars(one, one, days=(0, 2)))


def test_a_volume_of_zero_is_told_and_is_no_fault() -> None:
    verdict = judge_sound(INSTRUMENTS["etf.spy"], bars((1, 1, 1, 1), volume=0))
    assert verdict.passed
    assert "1 with a volume of 0" in verdict.reason


@pytest.mark.parametrize(("factor", "same"), [(1.0, True), (1.19, True), (0.25, False), (4.0, False)])
def test_closes_as_traded_that_changed_by_a_factor_are_of_another_thing(factor: float, same: bool) -> None:
    offered = bars(*[(100.0 * factor,) * 4 for _ in range(20)])
    verdict = judge_same(INSTRUMENTS["eq.aapl"], offered, STORED)
    assert verdict.passed is same
    assert same or f"{factor:.4g} times the stored ones" in verdict.reason


def test_one_corrected_close_among_many_and_a_first_load_are_no_reason_to_refuse() -> None:
    offered = bars(*[(100.0,) * 4 if n else (1.0,) * 4 for n in range(20)])
    assert judge_same(INSTRUMENTS["eq.aapl"], offered, STORED).passed
    assert judge_same(INSTRUMENTS["eq.aapl"], offered, STORED.clear()).passed
