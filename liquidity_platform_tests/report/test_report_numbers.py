"""How numbers, instants and durations read: goldens."""

from datetime import UTC, date, datetime, timedelta

import pytest

from liquidity_platform.report.numbers import basis_points, day, duration, instant, instant_new_york, quantity, usd


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5_946_901_000_000, "$5.947 trn"),
        (795_976_000_000, "$796.0 bn"),
        (376_000_000, "$376 m"),
        (1_500_000, "$1.5 m"),
        (12_345, "$12,345"),
        (0.25, "$0.25"),
        (0.0, "$0"),
        (-0.0, "$0"),
        (-36_112_000_000, "−$36.1 bn"),
        (999_960_000_000, "$1.000 trn"),
        (999_600_000, "$1.0 bn"),
        (9_996_000, "$10 m"),
        (None, "—"),
        (float("nan"), "—"),
    ],
)
def test_dollars_read_in_trillions_billions_and_millions(value, text):
    assert usd(value) == text


def test_a_change_carries_its_sign_and_no_change_none():
    assert [usd(v, signed=True) for v in (12.3e9, -12.3e9, 0.0, None)] == ["+$12.3 bn", "−$12.3 bn", "$0", "—"]
    assert basis_points(-3.0, signed=True) == "−3.0 bp"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (36.0, "bp", "36.0 bp"),
        ((4.67 - 4.31) * 100, "bp", "36.0 bp"),
        (-0.04, "bp", "0.0 bp"),
        (4.67, "percent", "4.67 %"),
        (-0.5123, "index", "−0.512"),
        (6_389.774, "index", "6,389.77"),
        (6.29e12, "eur", "€6.290 trn"),
        (695e12, "jpy", "¥695.000 trn"),
        (159_400_000, "persons", "159.400 m"),
        (1.18853, "usd_per_eur", "$1.1885"),
        (-37.63, "usd_per_barrel", "−$37.63"),
        (12.5, "furlongs", "12.50"),
        (None, "bp", "—"),
    ],
)
def test_every_unit_reads_its_own_way(value, unit, text):
    assert quantity(value, unit) == text


def test_an_instant_is_utc_to_the_minute_and_never_rounded_up():
    late = datetime(2026, 7, 16, 20, 30, 59, 999_999, tzinfo=UTC)
    assert instant(late) == "2026-07-16 20:30Z"
    assert instant_new_york(late) == "Thu 16 Jul 2026, 16:30"
    assert instant_new_york(datetime(2026, 1, 2, 3, 0, tzinfo=UTC)) == "Thu 1 Jan 2026, 22:00"
    assert (instant(None), instant_new_york(None), day(None)) == ("—", "—", "—")
    assert day(date(2026, 7, 15)) == "Wed 15 Jul 2026"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=2, minutes=10), "2 h 10 m"),
        (timedelta(days=121, hours=5), "121 d"),
        (timedelta(days=1, hours=4, minutes=9), "1 d 4 h"),
        (timedelta(minutes=35, seconds=50), "35 m"),
        (timedelta(seconds=12), "12 s"),
        (timedelta(0), "0 s"),
        (-timedelta(hours=1), "−1 h"),
        (None, "—"),
    ],
)
def test_a_duration_shows_its_two_largest_parts(length, text):
    assert duration(length) == text
