"""What regimes are made of, by hand; and the regime of March 2020 from published files, as it was known then."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs
from stress_inputs import Numbers, with_inputs

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.derived.engine import evaluate, evaluate_all
from liquidity_platform.derived.regime_inputs import METRICS, NET, WEEK
from liquidity_platform.derived.signals import engine as signals
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.derived.signals.registry import inputs as read_by_signals

BY_ID = {metric.id.removeprefix("us.regime."): metric for metric in METRICS}
DAY = date(2024, 10, 2)  # a Wednesday
KNOWN = datetime(2024, 10, 3, 20, 30, tzinfo=UTC)
WEDNESDAYS = [DAY - timedelta(days=7 * back) for back in range(150, 0, -1)]
SWING = [0.0, 10.0] * 60  # mean 5, population sd 5


def told(source: str, numbers: Numbers) -> pl.DataFrame:
    """Rows of an input, all known at one instant; of metrics with a status."""
    status = None if source in SERIES else "COMPLETE"
    rows = [(source, day, KNOWN, value, status) for day, value in numbers.items()]
    return pl.DataFrame(rows, schema=KNOWN_INPUT, orient="row")


def answer(name: str, given: dict[str, Numbers]) -> tuple[float | None, str]:
    week = told(WEEK, {DAY: 7e12})
    rows = evaluate(BY_ID[name], pl.concat([week, *(told(source, numbers) for source, numbers in given.items())]))
    (row,) = rows.filter(pl.col("period") == DAY).select("value", "status").rows()
    return row


def before(values: list[float], days: list[date]) -> dict[date, float | None]:
    return dict(zip(days[len(days) - len(values) :], values, strict=True))


RISING = [float(number) for number in range(1, 27)]
Z = 2.6655  # of 1 - 1/260, normal table


BY_HAND: list[tuple[str, dict[str, Numbers], float]] = [
    # above all 26 before it: 1 - 1/52 = 0.98077, 2.07 in the table
    ("net_13w", {f"{NET}.d13w": {**before(RISING, WEDNESDAYS), DAY: 27.0}}, 2.0698),
    ("net_13w", {f"{NET}.d13w": {**before(RISING, WEDNESDAYS), DAY: 13.5}}, 0.0),
    # 20 below, one tie: 20.5 of 26 = 0.78846, 0.8012
    ("net_4w", {f"{NET}.d4w": {**before(RISING, WEDNESDAYS), DAY: 21.0}}, 0.8012),
    ("week.vix", {"cboe.vix": {DAY: 21.0}}, 21.0),
    ("week.credit", {"us.spread.hy_oas": {DAY: 301.0}}, 301.0),
    ("week.dollar", {"fx.broad_dollar": {DAY: 121.0}}, 121.0),
    ("week.slope", {"us.spread.10y2y": {DAY: -39.0}}, -39.0),
    # wider, and more volatile, than on any of 130 Wednesdays: as bad as it gets
    ("credit", {"us.regime.week.credit": {**before([300.0] * 130, WEDNESDAYS), DAY: 301.0}}, -Z),
    ("volatility", {"us.regime.week.vix": {**before([20.0] * 130, WEDNESDAYS), DAY: 21.0}}, -Z),
    ("volatility", {"us.regime.week.vix": {**before([20.0] * 130, WEDNESDAYS), DAY: 19.0}}, Z),
    ("net_signs", {f"{NET}.d1w": {DAY: 1.0}, f"{NET}.d4w": {DAY: 5.0}}, 1.0),
    ("net_signs", {f"{NET}.d1w": {DAY: -1.0}, f"{NET}.d4w": {DAY: -5.0}}, -1.0),
    ("net_signs", {f"{NET}.d1w": {DAY: -1.0}, f"{NET}.d4w": {DAY: 5.0}}, 0.0),
    ("net_signs", {f"{NET}.d1w": {DAY: 0.0}, f"{NET}.d4w": {DAY: 5.0}}, 0.0),
    ("net_z104", {NET: {**before(SWING[:104], WEDNESDAYS), DAY: 20.0}}, 3.0),
    # 13 of 26 below and 26 of 26: (50 + 100) / 2
    (
        "net_rank",
        {
            f"{NET}.d13w": {**before(RISING, WEDNESDAYS), DAY: 13.5},
            f"{NET}.d4w": {**before(RISING, WEDNESDAYS), DAY: 30.0},
        },
        75.0,
    ),
    ("net_percentile", {NET: {**before(RISING, WEDNESDAYS), DAY: 13.5}}, 0.5),
    ("global_percentile", {"global.liquidity.gross": {**before(RISING, WEDNESDAYS), DAY: 21.0}}, 20.5 / 26),
    (
        "weighted_percentile",
        {"us.regime.net_percentile": {DAY: 0.5}, "us.regime.global_percentile": {DAY: 1.0}}
        | {"us.stealth_qe.weekly": {DAY: 30.0}},
        0.66,
    ),
    ("vix_z", {"us.regime.week.vix": {**before(SWING, WEDNESDAYS), DAY: 15.0}}, 2.0),
    ("credit_z", {"us.regime.week.credit": {**before(SWING, WEDNESDAYS), DAY: 15.0}}, 2.0),
    ("dollar_z", {"us.regime.week.dollar": {**before(SWING, WEDNESDAYS), DAY: 0.0}}, -1.0),
    ("slope_z", {"us.regime.week.slope": {**before(SWING, WEDNESDAYS), DAY: 5.0}}, 0.0),
    (
        "risk_taken",
        {"us.regime.vix_z": {DAY: 1.0}, "us.regime.credit_z": {DAY: 1.0}, "us.regime.slope_z": {DAY: 0.4}}
        | {"us.regime.dollar_z": {DAY: 0.0}},
        -0.4,
    ),
]


@pytest.mark.parametrize(("name", "given", "value"), BY_HAND)
def test_values_by_hand(name: str, given: dict[str, Numbers], value: float) -> None:
    assert answer(name, given) == (pytest.approx(value, abs=5e-4), "COMPLETE")


def test_every_input_of_a_regime_has_such_a_value() -> None:
    assert {name for name, *_ in BY_HAND} == set(BY_ID)


def test_too_short_a_history_is_no_score() -> None:
    few = {f"{NET}.d13w": {**before(RISING[:25], WEDNESDAYS), DAY: 27.0}}
    assert answer("net_13w", few) == (None, "MISSING_INPUT")
    weeks = {"us.regime.week.vix": {**before([20.0] * 25, WEDNESDAYS), DAY: 21.0}}
    assert answer("volatility", weeks) == (None, "MISSING_INPUT")


def test_a_market_that_was_last_priced_three_business_days_before_is_stale() -> None:
    """Wednesday the 2nd reads Monday the 30th, and no Friday."""
    friday, monday = date(2024, 9, 27), date(2024, 9, 30)
    assert answer("week.vix", {"cboe.vix": {friday: 20.0, monday: 21.0}}) == (21.0, "CARRIED")
    assert answer("week.vix", {"cboe.vix": {friday: 20.0}}) == (None, "STALE_INPUT")


def test_risk_is_told_of_three_of_its_four_legs_and_not_of_two() -> None:
    three = {"us.regime.vix_z": {DAY: 1.0}, "us.regime.credit_z": {DAY: 1.0}, "us.regime.slope_z": {DAY: 0.5}}
    assert answer("risk_taken", three) == (pytest.approx(-0.5), "MISSING_INPUT")
    three.pop("us.regime.slope_z")
    assert answer("risk_taken", three) == (None, "MISSING_INPUT")


@pytest.fixture(scope="module")
def regime(real_data: Path) -> pl.DataFrame:
    """Every step of every signal from WALCL, WDTGAL, RRPONTSYD, VIXCLS, ICE's spreads, yields and the dollar index."""
    codes = ["WALCL", "WDTGAL", "RRPONTSYD", "DGS10", "DGS2", "BAMLH0A0HYM2", "VIXCLS", "DTWEXBGS", "ECBASSETSW",
             "JPNASSETS", "DEXUSEU", "DEXJPUS"]  # fmt: skip
    rows = evaluate_all(with_inputs(read_by_signals()), inputs(real_data, date(2010, 1, 1), codes))
    known = rows.select(pl.col("metric_id").alias("input_id"), "period", "known_at", "value", "status")
    return signals.evaluate_all(SIGNALS, known)


def test_on_20_march_2020_the_newest_regime_was_that_of_the_18th_and_no_market_agreed(regime: pl.DataFrame) -> None:
    """H.4.1 of Wednesday the 18th came on Thursday at 16:30: the largest 13 weeks of 260, while VIX stood at 76.

    The five years before hold 260 such changes: above all of them is 1 - 1/520, 2.8905 in the normal table.
    """
    at = datetime(2020, 3, 20, 12, tzinfo=UTC)
    then = regime.filter((pl.col("signal_id") == "us.regime") & (pl.col("known_at") <= at)).sort("period", "known_at")
    row = then.row(-1, named=True)
    assert (row["period"], row["state"]) == (date(2020, 3, 18), "EXPANSION")
    assert row["known_at"] == datetime(2020, 3, 19, 20, 30, tzinfo=UTC)
    assert row["score"] == pytest.approx(2.8905, abs=1e-4)
    said = json.loads(row["inputs"])
    assert said["confidence"] == "LOW"
    assert said["inputs"]["credit"]["value"] < -2
    assert said["inputs"]["volatility"]["value"] < -2
    assert all(one["known_at"] <= "2020-03-20T12:00:00Z" for one in said["inputs"].values())


def test_the_rules_of_others_side_by_side_on_that_day(regime: pl.DataFrame) -> None:
    day = regime.filter(pl.col("period") == date(2020, 3, 18)).sort("known_at")
    last = day.group_by("signal_id").last()
    assert dict(last.select("signal_id", "state").iter_rows()) == {
        "us.regime": "EXPANSION", "us.regime.signs": "BULLISH", "us.regime.zscore": "LOOSE",
        "us.regime.score": "EXPANSION", "us.regime.risk": "RISK_OFF", "us.regime.percentile": "LOOSE",
    }  # fmt: skip


def test_every_state_of_every_signal_was_reached_and_before_there_was_enough_it_was_insufficient(
    regime: pl.DataFrame,
) -> None:
    for signal in SIGNALS.values():
        seen = set(regime.filter(pl.col("signal_id") == signal.id)["state"])
        # what holds between 45 and 55 is neutral before it was ever outside of them only: the first score was
        never = {"NEUTRAL"} if signal.id == "us.regime.score" else set()
        assert seen == {*signal.states, "INSUFFICIENT"} - never or seen == set(signal.states)
    words = {json.loads(text)["confidence"] for text in regime.filter(pl.col("signal_id") == "us.regime")["inputs"]}
    assert words == {"HIGH", "MEDIUM", "LOW"}


def test_no_state_of_the_regime_lasts_less_than_two_releases(regime: pl.DataFrame) -> None:
    path = regime.filter(pl.col("signal_id") == "us.regime").sort("period", "known_at")
    states = path.group_by("period", maintain_order=True).last()["state"]
    runs = states.rle().struct.unnest().with_columns(after=pl.col("value").shift(-1, fill_value="INSUFFICIENT"))
    left = runs.filter((pl.col("value") != "INSUFFICIENT") & (pl.col("after") != "INSUFFICIENT"))
    assert left.height > 20
    assert left["len"].min() == 2
