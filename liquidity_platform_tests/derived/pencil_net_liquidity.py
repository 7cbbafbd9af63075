"""Net liquidity by pencil: the week in which two banks failed, by variant, leg, change and contribution, in millions.

Reverse repos with others (WLRRAOL) stand in no file of the data: that leg is made up, the others are as printed.
Belongs here: the families net_liquidity, contributions, reconciliation. What test_liquidity_golden.py has is not
repeated.
"""

from pencil import Printed, Sum, millions

NOW, W1, W4, W13 = "2023-03-15", "2023-03-08", "2023-02-15", "2022-12-14"
# a Monday; the Monday four weeks before was a holiday, and the Friday before it is read. Each reads the assets of the
# Wednesday before: of NOW, W1, W4 and W13
DAY, D1, D4, D13 = "2023-03-20", "2023-03-13", "2023-02-17", "2022-12-19"

A = Printed("WALCL", "2022-12-14 8583413, 2023-02-15 8384767, 2023-03-08 8342283, 2023-03-15 8639300")
T = Printed("WDTGAL", "2022-12-14 342104, 2023-02-15 439703, 2023-03-08 311731, 2023-03-15 277643")
M = Printed("WTREGEN", "2022-12-14 355517, 2023-02-15 490379, 2023-03-08 333350, 2023-03-15 232866")  # week's average
D = Printed("DTS", "2022-12-19 482388, 2023-02-17 475675, 2023-03-13 227312, 2023-03-20 267101")
R = Printed(  # billions
    "RRPONTSYD",
    "2022-12-14 2192.864, 2022-12-19 2134.765, 2023-02-15 2011.998, 2023-02-17 2059.662, 2023-03-08 2193.237, "
    "2023-03-13 2126.677, 2023-03-15 2055.823, 2023-03-20 2098.393",
)
F = Printed("WLRRAL", "2022-12-14 2551440, 2023-02-15 2362504, 2023-03-08 2560350, 2023-03-15 2423126")
X = Printed("WLRRAOL", "2022-12-14 2192900, 2023-02-15 2012500, 2023-03-08 2193300, 2023-03-15 2056000", made_up=True)

WEEKLY, H41, OPENBB, MIXED, DAILY = (
    f"us.net_liquidity.{variant}" for variant in ("weekly", "h41", "openbb", "mixed", "daily")
)
SUMS: list[Sum] = [
    # the variants, and their changes over 1, 4 and 13 weeks
    millions(f"{WEEKLY}.d13w", NOW, (A[NOW] - T[NOW] - 1000 * R[NOW]) - (A[W13] - T[W13] - 1000 * R[W13]), 257_389),
    millions(H41, NOW, A[NOW] - T[NOW] - X[NOW], 6_305_657),
    millions(f"{H41}.d1w", NOW, (A[NOW] - T[NOW] - X[NOW]) - (A[W1] - T[W1] - X[W1]), 468_405),
    millions(f"{H41}.d4w", NOW, (A[NOW] - T[NOW] - X[NOW]) - (A[W4] - T[W4] - X[W4]), 373_093),
    millions(f"{H41}.d13w", NOW, (A[NOW] - T[NOW] - X[NOW]) - (A[W13] - T[W13] - X[W13]), 257_248),
    millions(f"{OPENBB}.d1w", NOW, (A[NOW] - T[NOW] - F[NOW]) - (A[W1] - T[W1] - F[W1]), 468_329),
    millions(f"{OPENBB}.d4w", NOW, (A[NOW] - T[NOW] - F[NOW]) - (A[W4] - T[W4] - F[W4]), 355_971),
    millions(f"{OPENBB}.d13w", NOW, (A[NOW] - T[NOW] - F[NOW]) - (A[W13] - T[W13] - F[W13]), 248_662),
    millions(f"{MIXED}.d1w", NOW, (A[NOW] - M[NOW] - 1000 * R[NOW]) - (A[W1] - M[W1] - 1000 * R[W1]), 534_915),
    millions(f"{MIXED}.d4w", NOW, (A[NOW] - M[NOW] - 1000 * R[NOW]) - (A[W4] - M[W4] - 1000 * R[W4]), 468_221),
    millions(f"{MIXED}.d13w", NOW, (A[NOW] - M[NOW] - 1000 * R[NOW]) - (A[W13] - M[W13] - 1000 * R[W13]), 315_579),
    millions(f"{DAILY}.d1w", DAY, (A[NOW] - D[DAY] - 1000 * R[DAY]) - (A[W1] - D[D1] - 1000 * R[D1]), 285_512),
    millions(f"{DAILY}.d4w", DAY, (A[NOW] - D[DAY] - 1000 * R[DAY]) - (A[W4] - D[D4] - 1000 * R[D4]), 424_376),
    millions(f"{DAILY}.d13w", DAY, (A[NOW] - D[DAY] - 1000 * R[DAY]) - (A[W13] - D[D13] - 1000 * R[D13]), 307_546),
    # what each reads of its legs
    millions(f"{WEEKLY}.assets", NOW, A[NOW], 8_639_300),
    millions(f"{WEEKLY}.tga", NOW, T[NOW], 277_643),
    millions(f"{WEEKLY}.rrp", NOW, 1000 * R[NOW], 2_055_823),
    millions(f"{H41}.assets", NOW, A[NOW], 8_639_300),
    millions(f"{H41}.tga", NOW, T[NOW], 277_643),
    millions(f"{H41}.rrp", NOW, X[NOW], 2_056_000),
    millions(f"{OPENBB}.assets", NOW, A[NOW], 8_639_300),
    millions(f"{OPENBB}.tga", NOW, T[NOW], 277_643),
    millions(f"{OPENBB}.rrp", NOW, F[NOW], 2_423_126),
    millions(f"{MIXED}.assets", NOW, A[NOW], 8_639_300),
    millions(f"{MIXED}.tga", NOW, M[NOW], 232_866),
    millions(f"{MIXED}.rrp", NOW, 1000 * R[NOW], 2_055_823),
    millions(f"{DAILY}.assets", DAY, A[NOW], 8_639_300),
    millions(f"{DAILY}.tga", DAY, D[DAY], 267_101),
    millions(f"{DAILY}.rrp", DAY, 1000 * R[DAY], 2_098_393),
    # which leg moved it: what the Treasury or reverse repos take in, net liquidity loses
    millions(f"{WEEKLY}.d4w.assets", NOW, A[NOW] - A[W4], 254_533),
    millions(f"{WEEKLY}.d4w.tga", NOW, T[W4] - T[NOW], 162_060),
    millions(f"{WEEKLY}.d4w.rrp", NOW, 1000 * R[W4] - 1000 * R[NOW], -43_825),
    millions(f"{WEEKLY}.d13w.assets", NOW, A[NOW] - A[W13], 55_887),
    millions(f"{WEEKLY}.d13w.rrp", NOW, 1000 * R[W13] - 1000 * R[NOW], 137_041),
    millions(f"{H41}.d1w.assets", NOW, A[NOW] - A[W1], 297_017),
    millions(f"{H41}.d1w.tga", NOW, T[W1] - T[NOW], 34_088),
    millions(f"{H41}.d1w.rrp", NOW, X[W1] - X[NOW], 137_300),
    millions(f"{H41}.d4w.assets", NOW, A[NOW] - A[W4], 254_533),
    millions(f"{H41}.d4w.tga", NOW, T[W4] - T[NOW], 162_060),
    millions(f"{H41}.d4w.rrp", NOW, X[W4] - X[NOW], -43_500),
    millions(f"{H41}.d13w.assets", NOW, A[NOW] - A[W13], 55_887),
    millions(f"{H41}.d13w.tga", NOW, T[W13] - T[NOW], 64_461),
    millions(f"{H41}.d13w.rrp", NOW, X[W13] - X[NOW], 136_900),
    millions(f"{OPENBB}.d1w.assets", NOW, A[NOW] - A[W1], 297_017),
    millions(f"{OPENBB}.d1w.tga", NOW, T[W1] - T[NOW], 34_088),
    millions(f"{OPENBB}.d1w.rrp", NOW, F[W1] - F[NOW], 137_224),
    millions(f"{OPENBB}.d4w.assets", NOW, A[NOW] - A[W4], 254_533),
    millions(f"{OPENBB}.d4w.tga", NOW, T[W4] - T[NOW], 162_060),
    millions(f"{OPENBB}.d4w.rrp", NOW, F[W4] - F[NOW], -60_622),
    millions(f"{OPENBB}.d13w.assets", NOW, A[NOW] - A[W13], 55_887),
    millions(f"{OPENBB}.d13w.tga", NOW, T[W13] - T[NOW], 64_461),
    millions(f"{OPENBB}.d13w.rrp", NOW, F[W13] - F[NOW], 128_314),
    millions(f"{MIXED}.d1w.assets", NOW, A[NOW] - A[W1], 297_017),
    millions(f"{MIXED}.d1w.tga", NOW, M[W1] - M[NOW], 100_484),
    millions(f"{MIXED}.d1w.rrp", NOW, 1000 * R[W1] - 1000 * R[NOW], 137_414),
    millions(f"{MIXED}.d4w.assets", NOW, A[NOW] - A[W4], 254_533),
    millions(f"{MIXED}.d4w.tga", NOW, M[W4] - M[NOW], 257_513),
    millions(f"{MIXED}.d4w.rrp", NOW, 1000 * R[W4] - 1000 * R[NOW], -43_825),
    millions(f"{MIXED}.d13w.assets", NOW, A[NOW] - A[W13], 55_887),
    millions(f"{MIXED}.d13w.tga", NOW, M[W13] - M[NOW], 122_651),
    millions(f"{MIXED}.d13w.rrp", NOW, 1000 * R[W13] - 1000 * R[NOW], 137_041),
    millions(f"{DAILY}.d1w.assets", DAY, A[NOW] - A[W1], 297_017),
    millions(f"{DAILY}.d1w.rrp", DAY, 1000 * R[D1] - 1000 * R[DAY], 28_284),
    millions(f"{DAILY}.d4w.assets", DAY, A[NOW] - A[W4], 254_533),
    millions(f"{DAILY}.d4w.tga", DAY, D[D4] - D[DAY], 208_574),
    millions(f"{DAILY}.d4w.rrp", DAY, 1000 * R[D4] - 1000 * R[DAY], -38_731),
    millions(f"{DAILY}.d13w.assets", DAY, A[NOW] - A[W13], 55_887),
    millions(f"{DAILY}.d13w.tga", DAY, D[D13] - D[DAY], 215_287),
    millions(f"{DAILY}.d13w.rrp", DAY, 1000 * R[D13] - 1000 * R[DAY], 36_372),
    # against the canonical variant of the same Wednesday (of a day: of the Wednesday before), by leg
    millions(f"{H41}.vs_weekly", NOW, (A[NOW] - T[NOW] - X[NOW]) - (A[NOW] - T[NOW] - 1000 * R[NOW]), -177),
    millions(f"{H41}.vs_weekly.assets", NOW, A[NOW] - A[NOW], 0),
    millions(f"{H41}.vs_weekly.tga", NOW, T[NOW] - T[NOW], 0),
    millions(f"{H41}.vs_weekly.rrp", NOW, 1000 * R[NOW] - X[NOW], -177),
    millions(f"{OPENBB}.vs_weekly.assets", NOW, A[NOW] - A[NOW], 0),
    millions(f"{MIXED}.vs_weekly", NOW, (A[NOW] - M[NOW] - 1000 * R[NOW]) - (A[NOW] - T[NOW] - 1000 * R[NOW]), 44_777),
    millions(f"{MIXED}.vs_weekly.assets", NOW, A[NOW] - A[NOW], 0),
    millions(f"{MIXED}.vs_weekly.rrp", NOW, 1000 * R[NOW] - 1000 * R[NOW], 0),
    millions(f"{DAILY}.vs_weekly.tga", DAY, T[NOW] - D[DAY], 10_542),
]
