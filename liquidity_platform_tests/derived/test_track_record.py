"""Track records by hand: when a return starts, which state counts, which windows are independent, what noise shows."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.derived.signals.track_record import TRACK, first_known, followed, track

THURSDAY = datetime(2024, 1, 4, 21, 30, tzinfo=UTC)  # 16:30 in New York
STEPS = {"period": pl.Date(), "known_at": INSTANT, "state": pl.String(), "recorded_at": INSTANT}


def releases(states: str) -> pl.DataFrame:
    """A release a week, one letter each."""
    rows = [(THURSDAY + timedelta(weeks=week), state) for week, state in enumerate(states)]
    return pl.DataFrame(rows, schema={"known_at": INSTANT, "state": pl.String()}, orient="row")


def closes(weeks: int, rate: float = 0.0, noise: int | None = None) -> pl.DataFrame:
    """Business days from 2024-01-02 on; `rate` a week, or a random walk."""
    days = [day for n in range(7 * weeks) if (day := date(2024, 1, 2) + timedelta(days=n)).weekday() < 5]
    steps = np.random.default_rng(noise).normal(0, 0.01, len(days)) if noise is not None else np.full(len(days), 0.0)
    values = 100 * np.exp(np.cumsum(steps)) * [(1 + rate) ** ((day - days[0]).days / 7) for day in days]
    return pl.DataFrame({"period": days, "value": values})


def test_a_return_starts_at_the_close_after_the_day_it_was_known_and_ends_weeks_later() -> None:
    """Known on Thursday after the close: Friday 5 January to Friday 2 February."""
    (row,) = followed(releases("E"), closes(8, rate=0.01), weeks=4).to_dicts()
    assert (row["entry"], row["leave"]) == (date(2024, 1, 5), date(2024, 2, 2))
    assert row["followed"] == pytest.approx(100 * (1.01**4 - 1))


def test_a_holiday_is_passed_to_the_next_close_and_a_window_that_is_not_over_is_left_out() -> None:
    prices = closes(5).filter(pl.col("period") != date(2024, 1, 5))
    found = followed(releases("EEE"), prices, weeks=2)
    assert found["entry"].to_list() == [date(2024, 1, 8), date(2024, 1, 12), date(2024, 1, 19)]
    assert followed(releases("EEE"), closes(3), weeks=2).height == 1


def test_a_hole_in_the_prices_is_no_return() -> None:
    hole = closes(12).filter(~pl.col("period").is_between(date(2024, 1, 25), date(2024, 2, 20)))
    assert followed(releases("E"), hole, weeks=4).is_empty()


def test_the_state_that_counts_is_the_first_that_was_known_in_its_last_wording() -> None:
    day, later = date(2024, 1, 3), THURSDAY + timedelta(days=9)
    rows = [
        (day, THURSDAY, "A", THURSDAY), (day, THURSDAY, "B", later), (day, later, "C", later),
        (day + timedelta(days=7), later, "D", later),
    ]  # fmt: skip
    first = first_known(pl.DataFrame(rows, schema=STEPS, orient="row"))
    assert first["state"].to_list() == ["B", "D"]
    assert first["known_at"].to_list() == [THURSDAY, later]


def test_the_mean_the_base_rate_and_the_windows_that_do_not_overlap() -> None:
    """E for 8 weeks, then C for 8: prices rise by 1 % a week for 8 weeks and stand still."""
    rise = closes(30, rate=0.01)
    top = rise.filter(pl.col("period") <= date(2024, 3, 1))["value"][-1]
    prices = rise.with_columns(value=pl.when(pl.col("period") <= date(2024, 3, 1)).then("value").otherwise(top))
    record = {row["state"]: row for row in track(releases("E" * 8 + "C" * 8), prices, weeks=1).to_dicts()}
    assert record["E"]["mean"] == pytest.approx(1.0)
    assert record["C"]["mean"] == pytest.approx(0.0)
    assert record["E"]["base_mean"] == pytest.approx(0.5)
    assert (record["E"]["rises"], record["C"]["rises"], record["E"]["base_rises"]) == (1.0, 0.0, 0.5)
    assert record["E"]["difference"] == pytest.approx(0.5)
    assert (record["E"]["n"], record["E"]["n_eff"]) == (8, 8)
    over_four = {row["state"]: row for row in track(releases("E" * 8 + "C" * 8), prices, weeks=4).to_dicts()}
    assert (over_four["E"]["n"], over_four["E"]["n_eff"]) == (8, 2)


def test_of_noise_nothing_is_shown_and_of_a_real_difference_something_is() -> None:
    """States in spells of five weeks, prices a random walk: of forty intervals some four at most leave out 0."""
    outside = 0
    for seed in range(20):
        record = track(releases("EEEEECCCCC" * 20), closes(230, noise=seed), weeks=4)
        outside += record.filter((pl.col("low") > 0) | (pl.col("high") < 0)).height
    assert outside <= 8
    rates = np.where(np.arange(230) % 10 < 5, 0.01, -0.01)
    days = closes(230)
    weeks = ((days["period"] - date(2024, 1, 5)).dt.total_days() // 7).clip(0, 229).to_numpy()
    wave = days.with_columns(value=pl.Series(100 * np.exp(np.cumsum(rates[weeks] / 5))))
    (row,) = track(releases("EEEEECCCCC" * 20), wave, weeks=1).filter(pl.col("state") == "E").to_dicts()
    assert row["low"] > 0


def test_the_record_is_the_same_every_time_and_empty_without_prices() -> None:
    once = track(releases("EECC" * 20), closes(100, noise=1), weeks=4)
    assert once.equals(track(releases("EECC" * 20), closes(100, noise=1), weeks=4))
    assert dict(once.schema) == TRACK
    assert track(releases("EE"), closes(1).clear(), weeks=4).is_empty()
