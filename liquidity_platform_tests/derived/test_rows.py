"""Arrays of rows say what the frames they come from say, and new ones take the place of old ones step by step."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.facts import INSTANT, Status
from liquidity_platform.derived.rows import OWN, RANK, Rows, statuses

Step = tuple[date, datetime]
Said = tuple[float | None, str]
SCHEMA = {"period": pl.Date(), "known_at": INSTANT, "value": pl.Float64(), "status": pl.String()}
DAY, NOON = date(2024, 1, 3), datetime(2024, 1, 4, 12, tzinfo=UTC)

steps = st.tuples(
    st.integers(0, 3).map(lambda days: DAY + timedelta(days)),
    st.integers(0, 3).map(lambda days: NOON + timedelta(days)),
)
said = st.tuples(st.none() | st.sampled_from([0.0, 1.5]), st.sampled_from([status.value for status in Status]))
told = st.dictionaries(steps, said, max_size=8)


def rows(what: dict[Step, Said]) -> Rows:
    return Rows.of(pl.DataFrame([(*step, *one) for step, one in what.items()], schema=SCHEMA, orient="row"))


def read(found: Rows) -> list[tuple[Step, Said, bool]]:
    periods = [DAY + timedelta(int(day) - (DAY - date(1970, 1, 1)).days) for day in found.period]
    instants = [datetime.fromtimestamp(at / 1e6, UTC) for at in found.known_at.tolist()]
    values = [None if np.isnan(value) else float(value) for value in found.value]
    steps_ = zip(periods, instants, strict=True)
    return list(zip(steps_, zip(values, statuses(found.rank), strict=True), found.new.tolist(), strict=True))


@given(old=told, new=told)
def test_laid_over_what_stood_new_rows_replace_their_steps_and_are_new_where_they_say_something_else(
    old: dict[Step, Said], new: dict[Step, Said]
) -> None:
    expected = [(step, one, step in new and old.get(step) != one) for step, one in sorted({**old, **new}.items())]
    assert read(rows(new).laid_over(rows(old))) == expected


def test_a_status_that_is_none_of_a_metric_s_is_a_raw_row_s_own() -> None:
    frame = pl.DataFrame([(DAY, NOON, 1.0, None), (DAY, NOON + timedelta(1), 1.0, "quarantined"),
                          (DAY, NOON + timedelta(2), 1.0, "CARRIED")], schema=SCHEMA, orient="row")  # fmt: skip
    assert Rows.of(frame).rank.tolist() == [OWN, OWN, RANK["CARRIED"]]
