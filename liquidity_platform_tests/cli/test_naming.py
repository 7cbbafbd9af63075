"""A metric or a series by the name a person types."""

import pytest

from liquidity_platform.cli.reading import find_fact
from liquidity_platform.core.errors import UsageError


def test_case_and_blanks_do_not_matter() -> None:
    assert find_fact(" US.Spread.10y2y ").id == "us.spread.10y2y"
    assert find_fact(" walcl ").id == "fed.total_assets"


def test_a_misspelt_metric_is_answered_with_near_names() -> None:
    with pytest.raises(UsageError, match=r"did you mean us\.net_liquidity\.weekly"):
        find_fact("us.net_liquidity.weekl")
