"""The Fed's balance sheet by pencil, and stealth QE, which lives of how it changes; in millions, scores of 0 to 100.

Currency and Wednesday's reserves stand in no file of the data and are made up; the other legs are as printed.
Belongs here: the families balance_sheet, stealth_qe. What test_liquidity_golden.py has is not repeated.
"""

from pencil import Printed, Sum, millions, plain

NOW, W1, W4, W13 = "2023-03-15", "2023-03-08", "2023-02-15", "2022-12-14"
DAY, BEFORE = "2023-03-20", "2023-03-13"  # Mondays; they read the assets of NOW and W1
JUMP = "2016-01-22"

A = Printed("WALCL", "2016-01-13 4501695, 2016-01-20 4488840, 2023-03-08 8342283, 2023-03-15 8639300")
T = Printed("WDTGAL", "2023-03-08 311731, 2023-03-15 277643")
F = Printed("WLRRAL", "2023-03-08 2560350, 2023-03-15 2423126")
C = Printed("WCICL", "2023-03-08 2308500, 2023-03-15 2310000", made_up=True)
V = Printed(
    "WRBWFRBL",
    "2022-12-14 3050000, 2023-02-15 3020000, 2023-03-08 2910000, 2023-03-15 3380000",
    made_up=True,
)
D = Printed(
    "DTS", "2016-01-13 302240, 2016-01-14 265074, 2016-01-15 278444, 2016-01-20 318749, 2016-01-21 339133, "
    "2016-01-22 339516, 2023-03-13 227312, 2023-03-20 267101",
)  # fmt: skip
R = Printed(  # billions
    "RRPONTSYD", "2016-01-13 84.416, 2016-01-14 78.422, 2016-01-15 90.534, 2016-01-20 106.627, 2016-01-21 90.44, "
    "2016-01-22 60.316, 2023-03-08 2193.237, 2023-03-13 2126.677, 2023-03-15 2055.823, 2023-03-20 2098.393",
)  # fmt: skip

REST = {day: A[day] - C[day] - T[day] - F[day] - V[day] for day in (NOW, W1)}
RESERVES, WEEK, QE = "us.balance_sheet.reserves", "us.stealth_qe.weekly", "us.stealth_qe"
# percent of reverse repos a week before; 20 % lower is a score of 100
FELL = 100 * (R[BEFORE] - R[DAY]) / R[BEFORE]
FELL_WEEK = 100 * (R[W1] - R[NOW]) / R[W1]
FELL_JUMP = 100 * (R["2016-01-15"] - R[JUMP]) / R["2016-01-15"]


def score(percent: float) -> float:
    """What runs from 0 to 100 and stops there."""
    return min(100.0, max(0.0, percent))


# the raw score of three days in January 2016, each against seven days before
RAW = {
    day: 0.4 * score(100 * (R[then] - R[day]) / R[then] / 20 * 100)
    + 0.4 * score((D[then] - D[day]) / 200_000 * 100)
    + 0.2 * score((A["2016-01-20"] - A["2016-01-13"]) / 100_000 * 100)
    for day, then in (("2016-01-20", "2016-01-13"), ("2016-01-21", "2016-01-14"), (JUMP, "2016-01-15"))
}

SUMS: list[Sum] = [
    millions(RESERVES, NOW, V[NOW], 3_380_000),
    millions(f"{RESERVES}.d1w", NOW, V[NOW] - V[W1], 470_000),
    millions(f"{RESERVES}.d4w", NOW, V[NOW] - V[W4], 360_000),
    millions(f"{RESERVES}.d13w", NOW, V[NOW] - V[W13], 330_000),
    millions("us.balance_sheet.rest", NOW, A[NOW] - C[NOW] - T[NOW] - F[NOW] - V[NOW], 248_531),
    millions("us.balance_sheet.rest.d1w", NOW, REST[NOW] - REST[W1], -3_171),
    millions("check.balance_sheet.difference", NOW, REST[NOW] - REST[W1], -3_171),
    # Wednesdays: 200 billion spent are a score of 100, and 100 billion of new assets
    millions(f"{WEEK}.fed_change", NOW, A[NOW] - A[W1], 297_017),
    plain(f"{WEEK}.rrp", NOW, score(FELL_WEEK / 20 * 100), 31.326756),
    plain(f"{WEEK}.tga", NOW, score((T[W1] - T[NOW]) / 200_000 * 100), 17.044),
    plain(f"{WEEK}.fed", NOW, score((A[NOW] - A[W1]) / 100_000 * 100), 100),  # 297 billion: at its end
    # days
    plain(f"{QE}.rrp_velocity", DAY, -FELL, -1.329962),
    millions(f"{QE}.tga_spending", DAY, D[BEFORE] - D[DAY], -39_789),
    millions(f"{QE}.fed_change", DAY, A[NOW] - A[W1], 297_017),
    plain(f"{QE}.rrp", DAY, score(FELL / 20 * 100), 6.649811),
    plain(f"{QE}.tga", DAY, score((D[BEFORE] - D[DAY]) / 200_000 * 100), 0),  # the account grew
    plain(f"{QE}.fed", DAY, score((A[NOW] - A[W1]) / 100_000 * 100), 100),  # 297 billion: at its end
    plain(f"{QE}.raw", DAY, 0.4 * (FELL / 20 * 100) + 0.4 * 0 + 0.2 * 100, 22.659924),
    # three days by themselves: on the 20th and 21st all of it moves the other way, then reverse repos run off by a
    # third; 40 points would be a step from 0, and 25 are let through
    plain(f"{QE}.rrp_velocity", JUMP, -FELL_JUMP, -33.377516),
    plain(f"{QE}.raw", "2016-01-20", RAW["2016-01-20"], 0),
    plain(f"{QE}.raw", "2016-01-21", RAW["2016-01-21"], 0),
    plain(f"{QE}.raw", JUMP, RAW[JUMP], 40),
    plain(QE, JUMP, min(RAW[JUMP], RAW["2016-01-21"] + 25), 25),
]
