"""How long the feed stays away after each kind of end."""

import random

import pytest

from liquidity_platform.realtime.feeds.schwab.backoff import Backoff
from liquidity_platform.realtime.feeds.schwab.patience import Patience
from liquidity_platform.realtime.feeds.schwab.streamer import Severed
from liquidity_platform.realtime.feeds.schwab.timing import Timing
from liquidity_platform.realtime.feeds.schwab.tokens import NotNow


class Whole(random.Random):
    """Never takes anything away."""

    def random(self):
        return 1.0


@pytest.fixture
def patience():
    return Patience(Timing(), Whole())


def test_waits_double_to_a_cap_and_jitter_takes_at_most_half():
    whole = Backoff(1, 60, Whole())
    assert [whole.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    jittered = [Backoff(1, 60, random.Random(seed)).next() for seed in range(200)]
    assert len(set(jittered)) > 100
    assert all(0.5 <= wait <= 1 for wait in jittered)


def test_a_thousand_failures_are_no_overflow():
    backoff = Backoff(1, 60, Whole())
    assert [backoff.next() for _ in range(2000)][-1] == 60


def test_only_a_minute_of_good_data_begins_anew(patience):
    waits = [patience.wait_s(Severed("gone", 30), good_s) for good_s in (0, 0, 59, 60, 0)]
    assert waits == [1, 2, 4, 1, 2]


def test_a_taken_stream_is_left_for_minutes_and_longer_each_time(patience):
    taken = Severed("taken", 12)
    assert [patience.wait_s(taken, 0) for _ in range(5)] == [300, 900, 2700, 3600, 3600]
    assert patience.wait_s(taken, 599) == 3600
    assert patience.wait_s(taken, 600) == 300


def test_the_third_denial_in_a_row_is_no_matter_of_seconds(patience):
    denied = Severed("denied", 3)
    assert [patience.wait_s(denied, 0) for _ in range(4)] == [1, 2, 300, 300]
    patience.wait_s(Severed("gone"), 0)
    assert patience.wait_s(denied, 0) < 300


def test_a_publisher_that_names_a_time_is_obeyed(patience):
    assert patience.wait_s(NotNow("busy", 42.0), 0) == 42.0
    assert patience.wait_s(NotNow("busy", 0.0), 0) == 2
