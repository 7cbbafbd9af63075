"""An answer that was cut short is not a shorter history."""

from datetime import date

import polars as pl
import pytest

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.quality.ends import judge_end
from liquidity_platform.sources.published import ended

LINE = SERIES["fed.total_assets"]
ASKED = ["GET /graph/fredgraph.csv?id=WALCL"]


def rows(*days: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"period": [date(2026, 7, day) for day in days], "value": [float(day) for day in days]},
        schema={"period": pl.Date(), "value": pl.Float64()},
    )


@pytest.mark.parametrize(("offered", "stored"), [((1, 8, 15), (1, 8)), ((1, 8), (1, 8)), ((8,), (1, 8)), ((1,), ())])
def test_what_reaches_as_far_as_what_is_stored_passes(offered: tuple[int, ...], stored: tuple[int, ...]) -> None:
    assert judge_end(LINE, rows(*offered), rows(*stored), ASKED).passed


def test_an_answer_that_ends_earlier_is_refused_with_both_days() -> None:
    verdict = judge_end(LINE, rows(1, 8), rows(1, 8, 15), ASKED)
    assert not verdict.passed
    assert "fred WALCL (fed.total_assets)" in verdict.reason
    assert "ends with 2026-07-08, stored is 2026-07-15" in verdict.reason


def test_an_older_file_of_a_folder_is_no_lie() -> None:
    assert judge_end(LINE, rows(1), rows(1, 8), ["files fred/WALCL.csv"]).passed


@pytest.mark.parametrize("body", [b"a,b\n2026-07-01,1\n", b'{"a": 1}', b"  [1]", b"<xml/>"])
def test_an_answer_that_says_where_it_ends_passes(body: bytes) -> None:
    ended(body, ASKED[0], LINE)


def test_a_number_broken_off_is_refused_and_a_file_may_end_as_it_likes() -> None:
    broken = b"observation_date,WALCL\n2026-07-01,6743"
    with pytest.raises(SourceChanged, match=r"breaks off within a line: .*2026-07-01,6743'"):
        ended(broken, ASKED[0], LINE)
    ended(broken, "files fred/WALCL.csv", LINE)
