"""The daily score is the formula that is written down."""

import pytest

from liquidity_platform.quality.score import Day


@pytest.mark.parametrize(
    ("arrived", "late", "flags", "blocks", "score"),
    [(True, False, 0, 0, 100), (True, True, 0, 0, 70), (True, False, 1, 0, 90), (True, False, 7, 0, 70),
     (True, False, 1, 1, 70), (False, False, 0, 0, 30), (False, True, 2, 1, 0)],
)  # fmt: skip
def test_a_day_s_score(arrived: bool, late: bool, flags: int, blocks: int, score: float) -> None:
    assert Day("fed.total_assets", arrived, late, flags, blocks).score == score
