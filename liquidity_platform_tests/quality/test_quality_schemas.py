"""What is to be appended has the shape that the warehouse expects; who breaks it is named."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import polars as pl
import pytest

from liquidity_platform.core.facts import OFFERED, PARSED_BARS
from liquidity_platform.quality.schemas import misshapen, misshapen_bars

FETCHED = datetime(2026, 7, 16, 20, 35, tzinfo=UTC)


def offered(series: str, **changes: object) -> pl.DataFrame:
    days = [date(2026, 7, day) for day in (1, 8, 15)]
    rows = [
        {"series_id": series, "period": day, "known_at": FETCHED - timedelta(hours=1), "value": 1.0,
         "known_basis": "fetched", "source_id": "fred", "fetched_at": FETCHED, "payload_id": str(uuid4()),
         "run_id": None, **(changes if day == days[1] else {})}
        for day in days
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=OFFERED, orient="row")


def test_rows_as_they_should_be_have_nothing_against_them() -> None:
    assert misshapen(pl.concat([offered("a"), offered("b", value=None)])) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": float("inf")}, "b: value: a finite number does not hold"),
        ({"known_basis": "guessed"}, "b: known_basis: isin"),
        ({"known_at": FETCHED + timedelta(days=1)}, "b: rows: known by its fetch does not hold"),
        ({"payload_id": "none"}, "b: payload_id: str_length"),
        ({"period": None}, "b: period: not_nullable"),
    ],
)
def test_a_row_out_of_shape_is_told_of_its_own_series_alone(changes: dict[str, object], says: str) -> None:
    found = misshapen(pl.concat([offered("a"), offered("b", **changes), offered("c")]))
    assert list(found) == ["b"]
    assert found["b"].startswith(says)


def test_the_same_fact_twice_in_one_answer_is_out_of_shape() -> None:
    rows = offered("a")
    assert "uniqueness" in misshapen(pl.concat([rows, rows.head(1)]))["a"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"close": None, "volume": None}, None),
        ({"close": float("nan")}, "close: a finite number"),
        ({"volume": -1.0}, "volume: greater_than_or_equal_to"),
        ({"interval": "2d"}, "interval: isin"),
    ],
)
def test_bars_out_of_shape_are_told(changes: dict[str, object], says: str | None) -> None:
    row = {"interval": "1d", "bar_start": FETCHED, "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 7.0}
    found = misshapen_bars(pl.DataFrame([{**row, **changes}], schema=PARSED_BARS, orient="row"))
    assert found is None if says is None else str(found).startswith(says)
