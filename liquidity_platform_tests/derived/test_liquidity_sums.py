"""Parts add up to their whole, in every week and day of the published history: legs, contributions, splits."""

from collections.abc import Sequence

import polars as pl
import pytest

from liquidity_platform.derived.net_liquidity import CHANGES, VARIANTS

LEGS = ("assets", "tga", "rrp")
WITH_NUMBERS = [f"us.net_liquidity.{variant}" for variant in ("weekly", "openbb", "mixed", "daily")]


def wide(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The metrics side by side, newest word, where all have a number: period and a column each."""
    some = rows.filter(pl.col("metric_id").is_in(list(names))).pivot(on="metric_id", index="period", values="value")
    assert set(names) <= set(some.columns)
    return some.drop_nulls()


def exact(rows: pl.DataFrame, whole: str, parts: Sequence[str]) -> pl.DataFrame:
    """Every period with all numbers, after asserting that the parts are the whole to the last bit."""
    side = wide(rows, [whole, *parts])
    assert side.filter(pl.sum_horizontal(parts) != pl.col(whole)).is_empty()
    return side


@pytest.mark.parametrize("variant", WITH_NUMBERS)
def test_the_legs_are_what_the_variant_is_made_of(known_now: pl.DataFrame, variant: str) -> None:
    side = wide(known_now, [variant, *(f"{variant}.{leg}" for leg in LEGS)])
    made = pl.col(f"{variant}.assets") - pl.col(f"{variant}.tga") - pl.col(f"{variant}.rrp")
    assert side.height > 300
    assert side.filter(made != pl.col(variant)).is_empty()


@pytest.mark.parametrize("change", [c.id for c in CHANGES if c.id.rsplit(".", 1)[0] in WITH_NUMBERS])
def test_contributions_add_up_to_the_change_exactly(known_now: pl.DataFrame, change: str) -> None:
    assert exact(known_now, change, [f"{change}.{leg}" for leg in LEGS]).height > 300


@pytest.mark.parametrize("variant", WITH_NUMBERS[1:])
def test_the_legs_explain_the_difference_between_variants_exactly(known_now: pl.DataFrame, variant: str) -> None:
    whole = f"{variant}.vs_weekly"
    side = exact(known_now, whole, [f"{whole}.{leg}" for leg in LEGS])
    assert side.height > 300
    same_leg = {"openbb": ("assets", "tga"), "mixed": ("assets", "rrp"), "daily": ("assets",)}
    for leg in same_leg[variant.rsplit(".", 1)[-1]]:
        assert side[f"{whole}.{leg}"].unique().to_list() == [0.0]


def test_every_variant_has_its_legs_contributions_and_reconciliation(known_now: pl.DataFrame) -> None:
    ids = set(known_now["metric_id"])
    for variant in VARIANTS:
        assert {f"{variant.id}.{leg}" for leg in LEGS} <= ids
        assert {f"{variant.id}.{span}.{leg}" for span in ("d1w", "d4w", "d13w") for leg in LEGS} <= ids
        if variant is not VARIANTS[0]:
            assert {f"{variant.id}.vs_weekly.{leg}" for leg in LEGS} <= ids


def test_the_difference_of_the_reference_is_its_two_reasons(known_now: pl.DataFrame) -> None:
    whole = "reference.v3_4_1.net_liquidity.vs_weekly"
    side = wide(known_now, [whole, f"{whole}.rrp_unit", f"{whole}.tga_average"])
    left = (pl.col(f"{whole}.rrp_unit") + pl.col(f"{whole}.tga_average") - pl.col(whole)).abs()
    assert side.height > 500
    assert side.select(left.max()).item() < 0.01  # dollars: a thousandth of reverse repos is no whole number


def test_the_reference_s_global_difference_is_its_three_reasons(known_now: pl.DataFrame) -> None:
    whole = "reference.v3_4_1.global_liquidity.vs_net_fed"
    parts = [f"{whole}.{why}" for why in ("fed", "china", "dates")]
    side = wide(known_now, [whole, *parts])
    assert side.height > 300
    assert side.select((pl.sum_horizontal(parts) - pl.col(whole)).abs().max()).item() < 0.1


def test_the_reference_s_stealth_qe_differs_by_its_components(known_now: pl.DataFrame) -> None:
    whole = "reference.v3_4_1.stealth_qe.vs_ours"
    parts = [f"{whole}.{leg}" for leg in ("rrp", "tga", "fed")]
    side = wide(known_now, [whole, *parts])
    assert side.height > 500
    assert side.select((pl.sum_horizontal(parts) - pl.col(whole)).abs().max()).item() < 1e-9


@pytest.mark.parametrize("total", ["global.liquidity.gross", "global.liquidity.net_fed"])
@pytest.mark.parametrize("span", ["d4w", "d13w"])
def test_a_global_change_is_volume_and_exchange_rates_and_against_what_was_shown_also_revision(
    liquidity: pl.DataFrame, total: str, span: str
) -> None:
    """At every step of knowledge, not only by what is known now."""
    names = [f"{total}.{span}{part}" for part in ("", ".volume", ".fx", ".revision", ".shown")]
    whole, volume, fx, revision, shown = (pl.col(name) for name in names)
    side = liquidity.filter(pl.col("metric_id") == names[0]).select("period", "known_at").sort("known_at")
    for name in names:
        own = liquidity.filter(pl.col("metric_id") == name).select("period", "known_at", pl.col("value").alias(name))
        side = side.join_asof(own.sort("known_at"), on="known_at", by="period", check_sortedness=False)
    side = side.drop_nulls()
    assert side.height > 800
    assert side.select((volume + fx - whole).abs().max()).item() < 0.1  # dollars, of 1e13
    assert side.select((volume + fx + revision - shown).abs().max()).item() < 0.1
    assert side.filter(revision.abs() > 1e9).height > 800  # rates of the day itself come on the Monday after
    assert side.filter(fx.abs() > 1e9).height > 800


@pytest.mark.parametrize("span", ["d4w", "d13w"])
def test_the_banks_changes_add_up_to_the_total_s(known_now: pl.DataFrame, span: str) -> None:
    banks = [f"global.liquidity.gross.{bank}.{span}" for bank in ("fed", "ecb", "boj")]
    side = wide(known_now, [f"global.liquidity.gross.{span}", *banks])
    assert side.height > 300
    gap = (pl.sum_horizontal(banks) - pl.col(f"global.liquidity.gross.{span}")).abs()
    assert side.select(gap.max()).item() < 0.1
