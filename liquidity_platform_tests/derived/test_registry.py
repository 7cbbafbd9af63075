"""The registry's look-ups: families, parts, what a metric cannot do without."""

import pytest

from liquidity_platform.derived.registry import FAMILIES, METRICS, family_of, is_part, needed, raw_inputs


def test_every_metric_has_one_family_named_like_its_module() -> None:
    assert sum(len(metrics) for metrics in FAMILIES.values()) == len(METRICS)
    assert family_of(METRICS["us.net_liquidity.weekly"]) == "net_liquidity"
    assert family_of(METRICS["us.net_liquidity.weekly.d1w.tga"]) == "contributions"
    assert family_of(METRICS["us.net_liquidity.mixed.vs_weekly.tga"]) == "reconciliation"


@pytest.mark.parametrize(
    ("metric", "part"),
    [
        ("us.net_liquidity.weekly", False),
        ("us.net_liquidity.weekly.d13w", False),  # a change stands by itself
        ("us.net_liquidity.weekly.tga", True),
        ("us.net_liquidity.weekly.d13w.tga", True),
        ("us.net_liquidity.mixed.vs_weekly", True),
        ("global.liquidity.gross", False),
        ("global.liquidity.gross.d4w", False),
        ("global.liquidity.gross.ecb", True),
        ("global.liquidity.gross.ecb.d4w", True),  # of a part
        ("global.liquidity.breadth", False),
    ],
)
def test_a_part_is_what_stands_below_another_metric(metric: str, part: bool) -> None:
    assert metric in METRICS
    assert is_part(metric) is part


def test_what_a_metric_can_do_without_is_not_needed() -> None:
    """China's reserves are read by the reference alone, where they may be absent."""
    reference = METRICS["reference.v3_4_1.global_liquidity"]
    assert "imf.reserves_china" in raw_inputs(reference) - raw_inputs(reference, with_optional=False)
    assert "imf.reserves_china" not in needed()
    assert {"fed.currency", "fed.reserve_balances", "ecb.total_assets", "fx.jpy_per_usd"} <= needed()
