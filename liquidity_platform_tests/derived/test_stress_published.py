"""Spreads, volatility and stress on published files: golden values, each worked out from the files by hand.

Every series read here was checked against independent copies (shared/data/README.md, the row named beside each value);
MOVE's row says that 18 of 3,656 days differ from another vendor by more than 0.05: its values are compared to three
digits.
"""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, published
from stress_inputs import told, with_inputs

from liquidity_platform.derived import corridor, funding_stress, spreads, volatility
from liquidity_platform.derived.engine import evaluate_all

CODES = ["DGS10", "DGS2", "DGS3MO", "SOFR", "EFFR", "IORB", "BAMLH0A0HYM2", "BAMLC0A0CM", "BAA10Y", "VIXCLS", "WALCL",
         "RRPONTSYD"]  # fmt: skip
STRESS, TURN = "us.funding_stress", "us.funding_stress.quarter_end"
GOLDEN = [
    ("us.spread.10y3m", "2020-03-18", 116.0, "DGS10, DGS3MO: 1.18 - 0.02"),
    ("us.spread.10y2y", "2022-09-30", -39.0, "DGS10, DGS2: 3.83 - 4.22"),
    ("us.spread.hy_oas", "2020-03-20", 1009.0, "BAMLH0A0HYM2: 10.09"),
    ("us.spread.ig_oas", "2020-03-20", 387.0, "BAMLC0A0CM: 3.87"),
    ("us.spread.baa_10y", "2020-03-20", 423.0, "BAA10Y: 4.23"),
    ("us.spread.sofr_iorb", "2025-12-31", 22.0, "SOFR, IORB: 3.87 - 3.65, a year-end"),
    ("us.spread.sofr_iorb.band", "2025-12-31", 3.0, "SOFR, IORB: over 10"),
    ("us.spread.sofr_iorb", "2024-09-30", 6.0, "SOFR, IORB: 4.96 - 4.90"),
    ("us.spread.sofr_iorb.band", "2024-09-30", 2.0, "SOFR, IORB: over 5"),
    ("us.spread.sofr_iorb.band", "2022-09-30", 0.0, "SOFR, IORB: 2.98 - 3.15"),
    ("us.corridor.effr_iorb", "2022-04-15", -7.0, "EFFR, IORB: 0.33 - 0.40, Good Friday: no SOFR that day"),
    ("us.corridor.sofr_effr", "2019-09-17", 295.0, "SOFR, EFFR: 5.25 - 2.30"),
    ("us.corridor.sofr_effr", "2020-03-17", 29.0, "SOFR, EFFR: 0.54 - 0.25"),
    # 2,366.798 bn of 8,795,567 mn
    ("us.on_rrp.share_of_assets", "2022-09-28", 26.90898722, "WALCL, RRPONTSYD"),
    # 20 days from 13.68: mean 35.3995, sd 16.3742
    ("us.vix.z20", "2020-03-16", 2.8881083607, "VIXCLS: 82.69"),
    ("us.vix.z20", "2018-02-05", 13.0686112955, "VIXCLS: 37.32 against a mean of 11.7475, sd 1.9568"),
    ("us.vix.z20", "2017-11-03", -2.1693765842, "VIXCLS: 9.14 against 10.2555, sd 0.5142"),
    ("us.vix.band", "2020-03-16", 4.0, "VIXCLS: over 35"),
    ("us.vix.band", "2017-11-03", 0.0, "VIXCLS: under 12"),
    ("us.funding_stress.sofr_effr", "2025-12-31", 3.1775756493, "SOFR, EFFR: 23 bp against 2.96, sd 6.3067"),
    ("us.funding_stress.effr_iorb", "2023-03-13", 0.044, "EFFR, IORB: -7 against -7.044; sd 0.2051, held at 1 bp"),
    ("us.funding_stress.effr_iorb", "2025-12-31", 2.4246057862, "EFFR, IORB: -1 against -5.912, sd 2.0259"),
    ("us.funding_stress.hy_oas", "2023-03-13", 0.8797204091, "BAMLH0A0HYM2: 503 against 457.556, sd 51.6573"),
    ("us.funding_stress.vix", "2023-03-13", 0.4840337158, "VIXCLS: 26.52 against 24.4952, sd 4.1832"),
    # weights 0.2 0.2 0.1 0.1 0.1 of 0.7: s = 0.45875, without MOVE, SOFR's tails and commercial paper
    (STRESS, "2023-03-13", 61.271663154, "SOFR, EFFR, IORB, BAMLH0A0HYM2, BAMLC0A0CM, VIXCLS"),
    (STRESS, "2025-12-31", 78.635932502, "the same: s = 1.30312, at a turn of the year"),
    ("us.funding_stress.weight", "2025-12-31", 0.7, "the same five"),
    (TURN, "2025-12-31", 1.0, "EFFR: published that day"),
    (TURN, "2023-03-13", 0.0, "EFFR: published that day"),
    ("us.funding_stress.tax_date", "2022-04-18", 1.0, "EFFR: on the 15th Washington kept Emancipation Day"),
]


@pytest.fixture(scope="module")
def known(real_data: Path) -> pl.DataFrame:
    return inputs(real_data, date(2008, 1, 1), CODES)


@pytest.fixture(scope="module")
def rows(known: pl.DataFrame) -> pl.DataFrame:
    wanted = [metric.id for family in (spreads, corridor, volatility, funding_stress) for metric in family.METRICS]
    return evaluate_all(with_inputs(wanted), known).sort("metric_id", "period", "known_at")


@pytest.fixture(scope="module")
def newest(rows: pl.DataFrame) -> Callable[[str, date], dict[str, object] | None]:
    def found(metric: str, day: date) -> dict[str, object] | None:
        steps = rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == day))
        return steps.row(-1, named=True) if steps.height else None

    return found


Newest = Callable[[str, date], dict[str, object] | None]


@pytest.mark.parametrize(("metric", "day", "value", "readme"), GOLDEN, ids=lambda given: str(given).split(":")[0])
def test_golden_values(newest: Newest, metric: str, day: str, value: float, readme: str) -> None:
    row = newest(metric, date.fromisoformat(day))
    assert row is not None, readme
    assert row["value"] == pytest.approx(value, abs=1e-8), readme


def test_good_friday_has_a_federal_funds_rate_and_nothing_else(newest: Newest) -> None:
    """EFFR is published, SOFR, Treasury yields, VIX and ICE's spreads are blank; stress carries Thursday's."""
    day = date(2022, 4, 15)
    for metric in ("us.spread.sofr_iorb", "us.spread.10y2y", "us.vix.z20", "us.corridor.sofr_effr", "us.spread.hy_oas"):
        assert newest(metric, day) is None, metric
    effr = newest("us.corridor.effr_iorb", day)
    assert effr is not None
    assert (effr["value"], effr["status"]) == (pytest.approx(-7.0), "COMPLETE")
    stress, thursday = newest(STRESS, day), newest(STRESS, date(2022, 4, 14))
    assert stress is not None
    assert thursday is not None
    assert stress["value"] is not None


def test_before_interest_on_reserves_had_its_name_the_spread_is_missing_and_stress_has_too_little_weight(
    newest: Newest,
) -> None:
    day = date(2020, 3, 17)
    spread, stress, weight = (newest(name, day) for name in ("us.spread.sofr_iorb", STRESS, f"{STRESS}.weight"))
    assert spread is not None
    assert stress is not None
    assert weight is not None
    assert (spread["value"], spread["status"]) == (None, "MISSING_INPUT")
    assert (stress["value"], stress["status"]) == (None, "MISSING_INPUT")
    assert weight["value"] == pytest.approx(0.5)  # SOFR less EFFR, both credit spreads, VIX


def test_with_move_the_weight_is_four_fifths_and_the_number_another(known: pl.DataFrame, real_data: Path) -> None:
    """2023-03-13: 173.59 is 3.379 sd over its year's mean; 100 / (1 + exp(-0.823774))."""
    with (real_data / "ohlcv" / "MOVE.csv").open() as lines:
        closes = {date.fromisoformat(day): float(close) for day, close in list(csv.reader(lines))[1:]}
    move = told("close.yahoo.idx.move", {day: close for day, close in closes.items() if day >= date(2019, 1, 1)})
    wanted = [STRESS, f"{STRESS}.weight", f"{STRESS}.move", "us.move.z20", "us.move.band"]
    rows = evaluate_all(with_inputs(wanted), pl.concat([known, move])).sort("period", "known_at")

    def of(metric: str, day: date) -> float:
        found = rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == day))["value"][-1]
        assert isinstance(found, float)
        return found

    day = date(2023, 3, 13)
    assert of(f"{STRESS}.move", day) == pytest.approx(3.379, abs=5e-4)
    assert of(f"{STRESS}.weight", day) == pytest.approx(0.8)
    assert of(STRESS, day) == pytest.approx(69.504, abs=1e-2)
    assert of("us.move.z20", day) == pytest.approx(6.190, abs=5e-4)
    assert of("us.move.z20", date(2020, 3, 9)) == pytest.approx(4.503, abs=5e-4)
    assert of("us.move.band", day) == 4.0


def test_a_quarter_s_turn_is_its_last_business_day_and_the_next(rows: pl.DataFrame) -> None:
    flagged = rows.filter((pl.col("metric_id") == TURN) & (pl.col("value") == 1))["period"].unique().sort().to_list()
    year = [day for day in flagged if day.year == 2022]
    # 1 January 2022 was a Saturday, 1 October and 2 October 2022 a weekend
    assert [str(day)[5:] for day in year] == ["01-03", "03-31", "04-01", "06-30", "07-01", "09-30", "10-03", "12-30"]


def test_stress_jumps_at_turns_of_quarters_and_the_flag_says_so(rows: pl.DataFrame) -> None:
    """Overnight rates jump at quarter-ends; what is in the number is shown beside it, not taken out."""
    last = rows.group_by("metric_id", "period", maintain_order=True).last()
    flag = last.filter(pl.col("metric_id") == TURN).select("period", turn="value")
    spread = last.filter(pl.col("metric_id") == "us.funding_stress.sofr_effr").select("period", "value")
    both = spread.join(flag, on="period").drop_nulls()
    at_turns, else_where = both.filter(pl.col("turn") == 1)["value"], both.filter(pl.col("turn") == 0)["value"]
    assert at_turns.mean() > else_where.mean() + 1  # type: ignore[operator]


def test_a_number_is_known_when_the_last_of_its_legs_is(rows: pl.DataFrame) -> None:
    """SOFR of 30 September 2024 came the next morning at eight, interest on reserves has no clock: end of that day."""
    steps = rows.filter((pl.col("metric_id") == "us.spread.sofr_iorb") & (pl.col("period") == date(2024, 9, 30)))
    assert steps.select("known_at", "value", "status").rows() == [
        (datetime(2024, 10, 1, 12, 0, tzinfo=UTC), None, "MISSING_INPUT"),
        (datetime(2024, 10, 2, 3, 59, 59, tzinfo=UTC), 6.0, "COMPLETE"),
    ]


def test_the_long_history_of_ice_s_spreads_reaches_back_to_where_the_file_does(real_data: Path) -> None:
    numbers = published(real_data, "BAMLH0A0HYM2", date(1990, 1, 1))
    assert min(numbers) == date(1996, 12, 31)
