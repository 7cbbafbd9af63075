"""Replayed and simulated feeds: the same input gives the same updates, whatever the speed."""

import asyncio
import gzip
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.feeds.choosing import feed_of
from liquidity_platform.realtime.feeds.replay import ReplayFeed
from liquidity_platform.realtime.feeds.settings import ReplaySettings, StreamSettings
from liquidity_platform.realtime.feeds.simulated import SimulatedFeed
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.ticks import TickFlags

TRADES = """Date,Time,Price,Volume
2023-03-01,17:00:00.083,804.25,8
2023-03-01,17:00:00.083,804.25,8
2023-03-01,17:00:01,804.5,1
"""


def at(micros):
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()


def play(feed):
    updates = []
    asyncio.run(feed.run(updates.append))
    return updates


@pytest.fixture
def replay(tmp_path):
    def make(text, name="es_ticks.csv", **more):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return ReplayFeed(ReplaySettings(file=path, **({"speed": 0} | more)))

    return make


@pytest.mark.parametrize("name", ["es_ticks.csv", "es_ticks.csv.gz"])
def test_trades_are_in_the_instruments_zone_and_equal_ones_stay_two(replay, name):
    updates = play(replay(TRADES, name))
    assert [at(update.event_at) for update in updates] == [
        "2023-03-01T23:00:00.083000+00:00", "2023-03-01T23:00:00.083000+00:00", "2023-03-01T23:00:01+00:00"
    ]  # fmt: skip
    normalizer = Normalizer()
    ticks = [tick for update in updates for tick in normalizer.ticks(update)]
    assert [(tick.instrument, tick.price, tick.size) for tick in ticks] == [
        ("fut.es", 804.25, 8), ("fut.es", 804.25, 8), ("fut.es", 804.5, 1)
    ]  # fmt: skip
    assert ticks[0].flags == TickFlags.REPLAYED | TickFlags.AFTER_GAP
    assert ticks[1].flags == TickFlags.REPLAYED
    assert all(tick.received_at == tick.event_at for tick in ticks)


def test_the_zone_can_be_said_and_daylight_saving_is_right(replay):
    rows = "Date,Time,Price,Volume\n2026-03-06,09:30:00,1,1\n2026-03-09,09:30:00,1,1\n"
    updates = play(replay(rows, zone="America/New_York"))
    assert [at(update.event_at)[11:16] for update in updates] == ["14:30", "13:30"]


def test_a_bar_becomes_four_updates_inside_its_own_time(replay):
    rows = "timestamp_utc,open,high,low,close,volume\n2024-01-01 23:01:00,2,4,1,3,9\n2024-01-01 23:02:00,3,4,1,2,0\n"
    updates = play(replay(rows))
    assert [update.price for update in updates] == [2, 1, 4, 3, 3, 4, 1, 2]
    assert [update.size for update in updates] == [None, None, None, 9, None, None, None, None]
    assert at(updates[0].event_at) == "2024-01-01T23:01:00+00:00"
    assert at(updates[3].event_at) == "2024-01-01T23:01:59.999999+00:00"


def test_our_own_format_names_instruments_and_takes_both_stamps(replay):
    rows = (
        "instrument,event_at,price,size,bid,ask\nfut.es,2026-01-05T12:00:00.5Z,4500,2,4499.75,4500.25\n"
        "ES,1767614401000000,,,4500,4500.5\nint.tick,2026-01-05T07:00:02-05:00,-300,,,\n"
    )
    es, quote, tick = play(replay(rows, "session.csv"))
    assert (es.instrument, es.price, es.size, es.bid, es.ask) == ("fut.es", 4500, 2, 4499.75, 4500.25)
    assert (quote.instrument, quote.trade, quote.price, at(quote.event_at)) == (
        "fut.es",
        False,
        None,
        "2026-01-05T12:00:01+00:00",
    )
    assert (tick.instrument, tick.price, at(tick.event_at)) == ("int.tick", -300, "2026-01-05T12:00:02+00:00")


def test_rows_that_cannot_be_read_are_counted_and_skipped(replay):
    feed = replay(
        TRADES
        + "2023-03-01,17:00:02,nan,1\n2023-03-01,late,1,1\n2023-03-01,17:99:00,1,1\n,,,\n\n2023-03-01,17:00:03,805,1\n"
    )
    assert [update.price for update in play(feed)] == [804.25, 804.25, 804.5, 805]
    assert feed.health().bad_values == 5
    assert feed.health().reason == "the file has ended"


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("a,b\n1,2\n", "es.csv", "neither"),
        (TRADES, "mystery.csv", "INSTRUMENT"),
        (TRADES, "es.csv.gz", None),
        ("", "es.csv", "neither"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_at_once(tmp_path, text, name, says):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=says):
        ReplayFeed(ReplaySettings(file=path))


def test_a_missing_file_and_an_unknown_zone_or_instrument_are_refused(tmp_path, replay):
    with pytest.raises(ConfigError, match="cannot be read"):
        ReplayFeed(ReplaySettings(file=tmp_path / "es.csv"))
    with pytest.raises(ConfigError, match="no zone"):
        replay(TRADES, zone="Mars/Olympus")
    with pytest.raises(ValidationError, match="no instrument"):
        ReplaySettings(instrument="nothing")


def test_speed_changes_when_but_not_what(replay):
    slow, fast = replay(TRADES, speed=20), replay(TRADES, speed=0)
    assert play(slow) == play(fast) == play(fast)


DATA = Path(os.environ.get("LIQUIDITY_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
INTRADAY = DATA / "intraday" / "es_ticks_1m_rows.csv.gz"


@pytest.mark.skipif(not INTRADAY.exists(), reason=f"no intraday files in {DATA}: set LIQUIDITY_TEST_DATA")
def test_a_real_session_gives_the_same_ticks_byte_for_byte():
    def digest():
        normalizer, seen, count = Normalizer(), hashlib.sha256(), 0
        for update in ReplayFeed(ReplaySettings(file=INTRADAY, speed=0)).updates():
            for tick in normalizer.ticks(update):
                seen.update(repr(tick).encode())
                count += 1
            if count >= 20_000:
                break
        return seen.hexdigest(), dict(normalizer.counts)

    first, counts = digest()
    assert digest()[0] == first
    assert counts == {"ticks": 20_000, "gaps": 1}


def test_a_simulation_is_repeatable_labelled_and_plausible():
    lines = [INSTRUMENTS[name] for name in ("fut.es", "fut.cl", "idx.spx", "int.tick", "int.trin")]

    def run(seed):
        return play(SimulatedFeed(lines, seed=seed, rate=0, start=1_700_000_000_000_000, count=5_000))

    updates = run(1)
    assert updates == run(1) != run(2)
    assert all(update.flags & TickFlags.SIMULATED for update in updates)
    normalizer = Normalizer()
    ticks = [tick for update in updates for tick in normalizer.ticks(update)]
    assert len(ticks) == normalizer.counts["ticks"] == 5_000
    assert min(tick.price for tick in ticks if tick.instrument == "int.tick") < 0
    assert "simulated" in SimulatedFeed().health().warnings[0]


def test_the_settings_choose_the_feed(tmp_path):
    file = tmp_path / "es.csv"
    file.write_text(TRADES)
    assert feed_of(StreamSettings()) is None
    assert isinstance(feed_of(StreamSettings(feed="sim")), SimulatedFeed)
    assert isinstance(feed_of(StreamSettings(feed="replay", replay=ReplaySettings(file=file))), ReplayFeed)
    for name in ("schwab", "binance", "replay"):
        with pytest.raises(ConfigError):
            feed_of(StreamSettings(feed=name))
