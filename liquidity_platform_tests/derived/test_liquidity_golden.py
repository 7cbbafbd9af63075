"""Liquidity by hand: values worked out from the published files with a pencil, and the status beside each.

Every leg is of a series whose row in the data's README says that independent copies agree: WALCL, WDTGAL, WTREGEN,
RRPONTSYD, WLRRAL, ECBASSETSW, JPNASSETS, M2SL (before its revisions), SOFR, and the Treasury's statement, equal to
WDTGAL on every Wednesday. Exchange rates have one source only and stand apart (pencil_global.py). That the numbers
below are those of the files is seen in test_hand_values.py, which counts these lines with those of pencil_*.py.
"""

import polars as pl
import pytest
from pencil import ROUNDED, Printed, Sum, found, millions, plain

from liquidity_platform.derived.registry import METRICS, family_of

A = Printed(
    "WALCL", "2015-12-23 4496523, 2020-07-22 6964755, 2021-09-29 8447981, 2022-04-13 8965487, 2023-02-15 8384767, "
    "2023-03-08 8342283, 2023-03-15 8639300, 2024-12-25 6885963, 2025-01-01 6852491, 2025-04-16 6727113",
)  # fmt: skip
T = Printed(
    "WDTGAL", "2015-12-23 266131, 2020-07-22 1777180, 2021-09-29 173745, 2022-04-13 543536, 2022-12-14 342104, "
    "2023-02-15 439703, 2023-03-08 311731, 2023-03-15 277643, 2024-12-25 735039, 2025-01-01 721892, 2025-04-16 638783",
)  # fmt: skip
R = Printed(  # billions
    "RRPONTSYD", "2015-12-23 178.331, 2020-07-22 0.0, 2021-09-29 1415.84, 2022-04-13 1815.555, 2022-04-18 1738.379, "
    "2023-02-15 2011.998, 2023-03-08 2193.237, 2023-03-14 2042.579, 2023-03-15 2055.823, 2023-03-17 2106.166, "
    "2024-12-24 180.989, 2024-12-31 473.46, 2025-04-16 54.772",
)  # fmt: skip
M = Printed("WTREGEN", "2022-04-13 547308, 2025-04-16 422983")  # a week's average
F = Printed("WLRRAL", "2025-04-16 412428")
D = Printed("DTS", "2022-04-18 841253, 2023-03-08 311731, 2023-03-14 253921, 2023-03-15 277643, 2023-03-17 280148")
M2 = Printed("M2SL", "2018-12-01 14386.8, 2019-12-01 15347.5")  # billions
ECB = Printed("ECBASSETSW", "2025-04-11 6329821")  # millions of euros
BOJ = Printed("JPNASSETS", "2025-03-01 7297669")  # hundreds of millions of yen
SOFR = Printed("SOFR", "2021-06-16 0.01, 2023-03-15 4.58")

WEEKLY, DAILY = "us.net_liquidity.weekly", "us.net_liquidity.daily"
REFERENCE, GROSS = "reference.v3_4_1.net_liquidity", "global.liquidity.gross"
MONTH, BEFORE, BANKS = "2023-02-15", "2023-03-08", "2023-03-15"  # the week in which two banks failed
APRIL, TAXES = "2022-04-13", "2025-04-16"
OURS = A[BANKS] - T[BANKS] - 1000 * R[BANKS]
FELL = 100 * (R[BEFORE] - R[BANKS]) / R[BEFORE]

SUMS: list[Sum] = [
    *(
        millions(WEEKLY, day, A[day] - T[day] - 1000 * R[day], value)
        for day, value in (
            ("2015-12-23", 4_052_061),
            ("2021-09-29", 6_858_396),
            ("2023-03-15", 6_305_834),
            ("2020-07-22", 5_187_575),  # reverse repos of 0.000: a zero is a number
        )
    ),
    # holidays: reverse repos of the day before
    millions(WEEKLY, "2024-12-25", A["2024-12-25"] - T["2024-12-25"] - 1000 * R["2024-12-24"], 5_969_935, "CARRIED"),
    millions(WEEKLY, "2025-01-01", A["2025-01-01"] - T["2025-01-01"] - 1000 * R["2024-12-31"], 5_657_139, "CARRIED"),
    millions("us.net_liquidity.openbb", TAXES, A[TAXES] - T[TAXES] - F[TAXES], 5_675_902),
    millions("us.net_liquidity.mixed", TAXES, A[TAXES] - M[TAXES] - 1000 * R[TAXES], 6_249_358),
    # the difference between variants, by leg
    millions("us.net_liquidity.openbb.vs_weekly", TAXES, 1000 * R[TAXES] - F[TAXES], -357_656),
    millions("us.net_liquidity.openbb.vs_weekly.rrp", TAXES, 1000 * R[TAXES] - F[TAXES], -357_656),
    millions("us.net_liquidity.openbb.vs_weekly.tga", TAXES, T[TAXES] - T[TAXES], 0),
    millions("us.net_liquidity.mixed.vs_weekly.tga", TAXES, T[TAXES] - M[TAXES], 215_800),
    # what moved it
    millions(f"{WEEKLY}.d1w", BANKS, OURS - (A[BEFORE] - T[BEFORE] - 1000 * R[BEFORE]), 468_519),
    millions(f"{WEEKLY}.d1w.assets", BANKS, A[BANKS] - A[BEFORE], 297_017),
    millions(f"{WEEKLY}.d1w.tga", BANKS, T[BEFORE] - T[BANKS], 34_088),
    millions(f"{WEEKLY}.d1w.rrp", BANKS, 1000 * R[BEFORE] - 1000 * R[BANKS], 137_414),
    millions(f"{WEEKLY}.d4w", BANKS, OURS - (A[MONTH] - T[MONTH] - 1000 * R[MONTH]), 372_768),
    millions(f"{WEEKLY}.d13w.tga", BANKS, T["2022-12-14"] - T[BANKS], 64_461),
    # days: the assets of the Wednesday before
    millions(DAILY, "2023-03-14", A[BEFORE] - D["2023-03-14"] - 1000 * R["2023-03-14"], 6_045_783),
    # the first of the statement's new lines
    millions(DAILY, "2022-04-18", A[APRIL] - D["2022-04-18"] - 1000 * R["2022-04-18"], 6_385_855),
    millions(f"{DAILY}.d1w.tga", BANKS, D[BEFORE] - D[BANKS], 34_088),
    millions(
        f"{DAILY}.vs_weekly", "2023-03-17",
        A[BANKS] - D["2023-03-17"] - 1000 * R["2023-03-17"] - OURS, -52_848,
    ),
    millions(f"{DAILY}.vs_weekly.rrp", "2023-03-17", 1000 * R[BANKS] - 1000 * R["2023-03-17"], -50_343),
    millions(f"{DAILY}.vs_weekly.assets", "2023-03-17", A[BANKS] - A[BANKS], 0),
    # stealth QE: a fifth of reverse repos, 200 billion spent, 100 billion of new assets are 100 each; of these 297
    millions("us.stealth_qe.weekly.tga_spending", BANKS, T[BEFORE] - T[BANKS], 34_088),
    plain("us.stealth_qe.weekly.rrp_velocity", BANKS, -FELL, -6.265351),
    plain(
        "us.stealth_qe.weekly", BANKS,
        0.4 * (FELL / 20 * 100) + 0.4 * ((T[BEFORE] - T[BANKS]) / 2000) + 0.2 * 100, 39.348302,
    ),
    millions("us.m2", "2019-12-01", 1000 * M2["2019-12-01"], 15_347_500),
    plain("us.m2.growth_12m", "2019-12-01", 100 * (M2["2019-12-01"] / M2["2018-12-01"] - 1), 6.677649),
    # the reference, and why it differs from 6,606,396
    millions(REFERENCE, APRIL, A[APRIL] - M[APRIL] - R[APRIL], 8_416_363.445),
    millions(
        f"{REFERENCE}.vs_weekly", APRIL,
        (A[APRIL] - M[APRIL] - R[APRIL]) - (A[APRIL] - T[APRIL] - 1000 * R[APRIL]), 1_809_967.445,
    ),
    millions(f"{REFERENCE}.vs_weekly.rrp_unit", APRIL, 1000 * R[APRIL] - R[APRIL], 1_813_739.445),
    millions(f"{REFERENCE}.vs_weekly.tga_average", APRIL, T[APRIL] - M[APRIL], -3_772),
    plain("reference.v3_4_1.sofr", "2021-06-16", 100 * SOFR["2021-06-16"], 1.0),  # 0.01 %: read as a fraction
    plain("reference.v3_4_1.sofr.vs_published", BANKS, SOFR[BANKS] - SOFR[BANKS], 0.0),
    plain(f"{GROSS}.ecb.assets", TAXES, ECB["2025-04-11"] * 1e6, 6_329_821e6),  # euros, of Friday the 11th
    plain(f"{GROSS}.boj.assets", TAXES, BOJ["2025-03-01"] * 1e8, 7_297_669e8),  # yen, of the end of March
    plain(f"{GROSS}.age.ecb", TAXES, 16 - 11, 5),
    plain(f"{GROSS}.age.boj", TAXES, 16, 16),  # since March 31st
    plain(f"{GROSS}.age.fed", TAXES, 16 - 16, 0),
]  # fmt: skip


@pytest.mark.parametrize("line", SUMS, ids=lambda line: f"{line.metric} {line.period}")
def test_a_number_is_what_the_published_numbers_give(liquidity: pl.DataFrame, line: Sum) -> None:
    assert line.worked == pytest.approx(line.value, abs=ROUNDED)
    value, status = found(liquidity, line)
    assert value == pytest.approx(line.value * line.unit, abs=ROUNDED * line.unit)
    assert status == line.status


def test_there_are_enough_of_them_and_each_family_has_one() -> None:
    named = [line.metric for line in SUMS]
    assert len(named) >= 30
    assert len(set(named)) >= 25
    # the balance sheet and coverage want numbers that no file of the data has
    assert {family_of(METRICS[metric]) for metric in named} == {
        "net_liquidity", "contributions", "reconciliation", "money", "global_liquidity", "stealth_qe", "reference",
    }  # fmt: skip
