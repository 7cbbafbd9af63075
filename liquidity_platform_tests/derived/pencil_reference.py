"""The reference model by pencil: reverse repos in billions among millions, a week's average, a month read too early.

China's reserves stand in no file of the data and are made up; all else is as printed.
Belongs here: the family reference. What test_liquidity_golden.py has is not repeated.
"""

from pencil import Printed, Sum, millions, plain

NOW, W1 = "2023-03-15", "2023-03-08"
DAY, SEVEN_DAYS, SEVEN_ROWS = "2023-03-20", "2023-03-13", "2023-03-09"  # they read the assets of NOW, W1 and W1

A = Printed("WALCL", "2023-03-08 8342283, 2023-03-15 8639300")
T = Printed("WDTGAL", "2023-03-08 311731, 2023-03-15 277643")
M = Printed("WTREGEN", "2023-03-08 333350, 2023-03-15 232866")
R = Printed(  # billions
    "RRPONTSYD", "2023-03-08 2193.237, 2023-03-09 2229.623, 2023-03-13 2126.677, "
    "2023-03-15 2055.823, 2023-03-20 2098.393",
)  # fmt: skip
E = Printed("ECBASSETSW", "2023-03-10 7829368")  # millions of euros
J = Printed("JPNASSETS", "2023-02-01 7395800, 2023-03-01 7351165")  # hundreds of millions of yen
EUR = Printed("DEXUSEU", "2023-03-15 1.0535")
JPY = Printed("DEXJPUS", "2023-03-15 132.81")
CHINA = Printed("TRESEGCNM052N", "2023-02-01 3133000", made_up=True)["2023-02-01"]

NAME = "reference.v3_4_1"
DAILY, GLOBAL, QE = f"{NAME}.net_liquidity.daily", f"{NAME}.global_liquidity", f"{NAME}.stealth_qe"
OURS = A[NOW] - T[NOW] - 1000 * R[NOW]  # reverse repos in millions, as the others
THEIRS = A[NOW] - M[NOW] - R[NOW]  # in billions
ON_DAY, ON_SEVEN_DAYS, ON_SEVEN_ROWS = (
    assets - average - R[day]
    for assets, average, day in ((A[NOW], M[NOW], DAY), (A[W1], M[W1], SEVEN_DAYS), (A[W1], M[W1], SEVEN_ROWS))
)
OUR_YEN, THEIR_YEN = (100 * J[month] / JPY[NOW] for month in ("2023-02-01", "2023-03-01"))  # March was not over
FELL = 100 * (R[W1] - R[NOW]) / R[W1]

SUMS: list[Sum] = [
    millions(DAILY, DAY, A[NOW] - M[NOW] - R[DAY], 8_404_335.607, "CARRIED"),
    # the 20th, 17th, 16th, 15th, 14th, 13th, 10th and 9th: seven rows back are eleven days
    millions(f"{DAILY}.d7", DAY, ON_DAY - ON_SEVEN_ROWS, 397_632.23, "CARRIED"),
    millions(f"{DAILY}.d7.vs_calendar", DAY, (ON_DAY - ON_SEVEN_ROWS) - (ON_DAY - ON_SEVEN_DAYS), 102.946, "CARRIED"),
    millions(GLOBAL, NOW, THEIRS + E["2023-03-10"] * EUR[NOW] + THEIR_YEN + CHINA, 25_320_716.378628, "CARRIED"),
    millions(f"{GLOBAL}.vs_net_fed", NOW, THEIRS + THEIR_YEN + CHINA - OURS - OUR_YEN, 5_197_936.014964, "CARRIED"),
    millions(f"{GLOBAL}.vs_net_fed.fed", NOW, THEIRS - OURS, 2_098_544.177),
    millions(f"{GLOBAL}.vs_net_fed.china", NOW, CHINA, 3_133_000, "CARRIED"),
    millions(f"{GLOBAL}.vs_net_fed.dates", NOW, THEIR_YEN - OUR_YEN, -33_608.162036, "CARRIED"),
    plain(f"{QE}.rrp", NOW, FELL / 20 * 100, 31.326756),
    plain(f"{QE}.tga", NOW, (M[W1] - M[NOW]) / 200_000 * 100, 50.242),
    plain(f"{QE}.fed", NOW, min(100.0, (A[NOW] - A[W1]) / 100_000 * 100), 100),  # 297 billion more
    plain(QE, NOW, 0.4 * (FELL / 20 * 100) + 0.4 * ((M[W1] - M[NOW]) / 2000) + 0.2 * 100, 52.627502),
    plain(f"{QE}.vs_ours", NOW, 0.4 * ((M[W1] - M[NOW]) / 2000 - (T[W1] - T[NOW]) / 2000), 13.2792),
    plain(f"{QE}.vs_ours.rrp", NOW, 0.4 * (FELL / 20 * 100) - 0.4 * (FELL / 20 * 100), 0),
    plain(f"{QE}.vs_ours.tga", NOW, 0.4 * ((M[W1] - M[NOW]) / 2000) - 0.4 * ((T[W1] - T[NOW]) / 2000), 13.2792),
    plain(f"{QE}.vs_ours.fed", NOW, 0.2 * 100 - 0.2 * 100, 0),
]
