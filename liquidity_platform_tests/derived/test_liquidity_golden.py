"""Liquidity by hand: values worked out from the published files with a pencil, and the status beside each.

Every leg is of a series whose row in the data's README says that independent copies agree: WALCL, WDTGAL, WTREGEN,
RRPONTSYD, WLRRAL, ECBASSETSW, JPNASSETS, M2SL (before its revisions), SOFR, and the Treasury's statement, equal to
WDTGAL on every Wednesday. Numbers are in millions, as printed; exchange rates have one source only and stand apart.
"""

from datetime import date

import polars as pl
import pytest

MN = 1e6
WEEKLY, DAILY = "us.net_liquidity.weekly", "us.net_liquidity.daily"
REFERENCE = "reference.v3_4_1.net_liquidity"

# metric, period, millions of dollars, status
DOLLARS = [
    # WALCL - WDTGAL - RRPONTSYD
    (WEEKLY, "2015-12-23", 4_052_061, "COMPLETE"),  # 4,496,523 - 266,131 - 178,331
    (WEEKLY, "2021-09-29", 6_858_396, "COMPLETE"),  # 8,447,981 - 173,745 - 1,415,840
    (WEEKLY, "2023-03-15", 6_305_834, "COMPLETE"),  # 8,639,300 - 277,643 - 2,055,823
    (WEEKLY, "2020-07-22", 5_187_575, "COMPLETE"),  # 6,964,755 - 1,777,180 - 0.000: a zero is a number
    (WEEKLY, "2024-12-25", 5_969_935, "CARRIED"),  # 6,885,963 - 735,039 - 180,989 of the 24th
    (WEEKLY, "2025-01-01", 5_657_139, "CARRIED"),  # 6,852,491 - 721,892 - 473,460 of the 31st
    # WALCL - WDTGAL - WLRRAL, and - WTREGEN
    ("us.net_liquidity.openbb", "2025-04-16", 5_675_902, "COMPLETE"),  # 6,727,113 - 638,783 - 412,428
    ("us.net_liquidity.mixed", "2025-04-16", 6_249_358, "COMPLETE"),  # 6,727,113 - 422,983 - 54,772
    # the difference between variants, by leg
    ("us.net_liquidity.openbb.vs_weekly", "2025-04-16", -357_656, "COMPLETE"),  # 54,772 - 412,428
    ("us.net_liquidity.openbb.vs_weekly.rrp", "2025-04-16", -357_656, "COMPLETE"),
    ("us.net_liquidity.openbb.vs_weekly.tga", "2025-04-16", 0, "COMPLETE"),
    ("us.net_liquidity.mixed.vs_weekly.tga", "2025-04-16", 215_800, "COMPLETE"),  # 638,783 - 422,983
    # the week in which two banks failed: what moved it
    (f"{WEEKLY}.d1w", "2023-03-15", 468_519, "COMPLETE"),
    (f"{WEEKLY}.d1w.assets", "2023-03-15", 297_017, "COMPLETE"),  # 8,639,300 - 8,342,283
    (f"{WEEKLY}.d1w.tga", "2023-03-15", 34_088, "COMPLETE"),  # 311,731 - 277,643
    (f"{WEEKLY}.d1w.rrp", "2023-03-15", 137_414, "COMPLETE"),  # 2,193,237 - 2,055,823
    (f"{WEEKLY}.d4w", "2023-03-15", 372_768, "COMPLETE"),  # against 8,384,767 - 439,703 - 2,011,998 of 02-15
    (f"{WEEKLY}.d13w.tga", "2023-03-15", 64_461, "COMPLETE"),  # 342,104 of 2022-12-14 - 277,643
    # days: newest WALCL - DTS - RRPONTSYD
    (DAILY, "2023-03-14", 6_045_783, "COMPLETE"),  # 8,342,283 of the 8th - 253,921 - 2,042,579
    (DAILY, "2022-04-18", 6_385_855, "COMPLETE"),  # 8,965,487 of the 13th - 841,253 - 1,738,379: first of the new lines
    (f"{DAILY}.d1w.tga", "2023-03-15", 34_088, "COMPLETE"),  # 311,731 of the 8th - 277,643
    (f"{DAILY}.vs_weekly", "2023-03-17", -52_848, "COMPLETE"),  # since the 15th: -2,505 and -50,343
    (f"{DAILY}.vs_weekly.rrp", "2023-03-17", -50_343, "COMPLETE"),
    (f"{DAILY}.vs_weekly.assets", "2023-03-17", 0, "COMPLETE"),
    ("us.stealth_qe.weekly.tga_spending", "2023-03-15", 34_088, "COMPLETE"),
    ("us.m2", "2019-12-01", 15_347_500, "COMPLETE"),  # 15,347.5 billion
    # the reference: 8,965,487 - 547,308 - 1,815.555, and why that differs from 6,606,396
    (REFERENCE, "2022-04-13", 8_416_363.445, "COMPLETE"),
    (f"{REFERENCE}.vs_weekly", "2022-04-13", 1_809_967.445, "COMPLETE"),
    (f"{REFERENCE}.vs_weekly.rrp_unit", "2022-04-13", 1_813_739.445, "COMPLETE"),  # 1,815,555 - 1,815.555
    (f"{REFERENCE}.vs_weekly.tga_average", "2022-04-13", -3_772, "COMPLETE"),  # 543,536 - 547,308
]  # fmt: skip

# metric, period, value in its unit, status
OTHERS = [
    ("global.liquidity.gross.ecb.assets", "2025-04-16", 6_329_821e6, "COMPLETE"),  # euros, of Friday the 11th
    ("global.liquidity.gross.boj.assets", "2025-04-16", 7_297_669e8, "COMPLETE"),  # yen, of the end of March
    ("global.liquidity.gross.age.ecb", "2025-04-16", 5, "COMPLETE"),
    ("global.liquidity.gross.age.boj", "2025-04-16", 16, "COMPLETE"),  # since March 31st
    ("global.liquidity.gross.age.fed", "2025-04-16", 0, "COMPLETE"),
    ("us.m2.growth_12m", "2019-12-01", 6.677649, "COMPLETE"),  # 15,347.5 / 14,386.8
    ("us.stealth_qe.weekly.rrp_velocity", "2023-03-15", -6.265352, "COMPLETE"),  # -137.414 of 2,193.237
    ("us.stealth_qe.weekly", "2023-03-15", 39.348303, "COMPLETE"),  # 0.4 x 31.326758 + 0.4 x 17.044 + 0.2 x 100
    ("reference.v3_4_1.sofr", "2021-06-16", 1.0, "COMPLETE"),  # 0.01 %: read as a fraction
    ("reference.v3_4_1.sofr.vs_published", "2023-03-15", 0.0, "COMPLETE"),  # 4.58 %
]


def row_of(rows: pl.DataFrame, metric: str, period: str) -> dict[str, object]:
    found = rows.filter((pl.col("metric_id") == metric) & (pl.col("period") == date.fromisoformat(period)))
    return found.sort("known_at").row(-1, named=True)


@pytest.mark.parametrize(("metric", "period", "millions", "status"), DOLLARS)
def test_a_number_in_dollars_is_what_the_published_numbers_give(
    liquidity: pl.DataFrame, metric: str, period: str, millions: float, status: str
) -> None:
    row = row_of(liquidity, metric, period)
    assert row["value"] == pytest.approx(millions * MN, abs=0.01)
    assert row["status"] == status


@pytest.mark.parametrize(("metric", "period", "value", "status"), OTHERS)
def test_a_number_in_another_unit_is_what_the_published_numbers_give(
    liquidity: pl.DataFrame, metric: str, period: str, value: float, status: str
) -> None:
    row = row_of(liquidity, metric, period)
    assert row["value"] == pytest.approx(value, abs=1e-6)
    assert row["status"] == status


def test_there_are_enough_of_them_and_each_family_has_one() -> None:
    named = [metric for metric, *_ in (*DOLLARS, *OTHERS)]
    assert len(named) >= 30
    assert len(set(named)) >= 25
