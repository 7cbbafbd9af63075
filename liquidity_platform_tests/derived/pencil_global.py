"""Central banks' liquidity by pencil, in millions of dollars: Fed, ECB and Bank of Japan of one Wednesday and before.

A Wednesday reads the ECB's Friday before, and of the Bank of Japan the newest month that is over: on 15 March 2023
February, dated on its first. What it was first told with are exchange rates of the Friday before; its own came out on
the Monday after. The Bank of Japan's file begins in 2018: its month of 2016 is made up.
Belongs here: the families global_liquidity, global_coverage. What test_liquidity_golden.py has is not repeated.
"""

from pencil import Printed, Sum, millions, plain

GROSS, NET_FED = "global.liquidity.gross", "global.liquidity.net_fed"
NOW, W4, W13, BASE, TEN_BANKS = "2023-03-15", "2023-02-15", "2022-12-14", "2020-01-08", "2016-10-19"

A = Printed(
    "WALCL", "2016-10-19 4467382, 2020-01-08 4149544, 2022-12-14 8583413, 2023-02-15 8384767, 2023-03-15 8639300"
)
T = Printed("WDTGAL", "2020-01-08 350840, 2022-12-14 342104, 2023-02-15 439703, 2023-03-15 277643")
R = Printed("RRPONTSYD", "2020-01-08 0.876, 2022-12-14 2192.864, 2023-02-15 2011.998, 2023-03-15 2055.823")  # billions
E = Printed(  # millions of euros, Fridays
    "ECBASSETSW", "2016-10-14 3469281, 2020-01-03 4664037, 2022-12-09 8480172, 2023-02-10 7872208, 2023-03-10 7829368"
)
J = Printed(  # hundreds of millions of yen, months
    "JPNASSETS", "2019-12-01 5730531, 2022-11-01 6998931, 2023-01-01 7337761, 2023-02-01 7395800"
)
J_2016 = Printed("JPNASSETS", "2016-09-01 4500000", made_up=True)
EUR = Printed(  # dollars per euro
    "DEXUSEU", "2016-10-19 1.0966, 2020-01-08 1.1117, 2022-12-09 1.055, 2022-12-14 1.0655, 2023-02-10 1.067, "
    "2023-02-15 1.0683, 2023-03-10 1.0659, 2023-03-15 1.0535",
)  # fmt: skip
JPY = Printed(  # yen per dollar
    "DEXJPUS", "2016-10-19 103.3, 2020-01-08 109.03, 2022-12-09 136.4, 2022-12-14 134.95, 2023-02-10 131.5, "
    "2023-02-15 134.22, 2023-03-10 135.05, 2023-03-15 132.81",
)  # fmt: skip

# what each Wednesday reads in its bank's currency, in millions; the Fed gross and net
NET = {day: A[day] - T[day] - 1000 * R[day] for day in (NOW, W4, W13, BASE)}
EUROS = {NOW: E["2023-03-10"], W4: E["2023-02-10"], W13: E["2022-12-09"], BASE: E["2020-01-03"]}
YEN = {NOW: 100 * J["2023-02-01"], W4: 100 * J["2023-01-01"], W13: 100 * J["2022-11-01"], BASE: 100 * J["2019-12-01"]}
ABROAD = {day: EUROS[day] * EUR[day] + YEN[day] / JPY[day] for day in (NOW, W4, W13, BASE)}
# of the two earlier Wednesdays as first told: at the rates of the Friday before
FIRST = {
    W4: EUROS[W4] * EUR["2023-02-10"] + YEN[W4] / JPY["2023-02-10"],
    W13: EUROS[W13] * EUR["2022-12-09"] + YEN[W13] / JPY["2022-12-09"],
}

SUMS: list[Sum] = [
    millions(f"{GROSS}.fed.assets", NOW, A[NOW], 8_639_300),
    plain(f"{GROSS}.ecb.rate", NOW, EUR[NOW], 1.0535),
    plain(f"{GROSS}.boj.rate", NOW, JPY[NOW], 132.81),
    plain(f"{GROSS}.age.boj_rate", NOW, 15 - 15, 0),
    plain(f"{GROSS}.age.boj_rate", NOW, 15 - 10, 5, "CARRIED", known="2023-03-16T20:30:00Z"),
    plain(f"{GROSS}.age.ecb_rate", NOW, 15 - 15, 0),
    millions(f"{GROSS}.fed", NOW, A[NOW], 8_639_300),
    millions(f"{GROSS}.ecb", NOW, EUROS[NOW] * EUR[NOW], 8_248_239.188),
    millions(f"{GROSS}.boj", NOW, YEN[NOW] / JPY[NOW], 5_568_707.175664),
    millions(GROSS, NOW, A[NOW] + EUROS[NOW] * EUR[NOW] + YEN[NOW] / JPY[NOW], 22_456_246.363664),
    millions(NET_FED, NOW, NET[NOW] + EUROS[NOW] * EUR[NOW] + YEN[NOW] / JPY[NOW], 20_122_780.363664),
    # each bank's change, its exchange rate's included
    millions(f"{GROSS}.fed.d4w", NOW, A[NOW] - A[W4], 254_533),
    millions(f"{GROSS}.ecb.d4w", NOW, EUROS[NOW] * EUR[NOW] - EUROS[W4] * EUR[W4], -161_640.6184),
    millions(f"{GROSS}.boj.d4w", NOW, YEN[NOW] / JPY[NOW] - YEN[W4] / JPY[W4], 101_741.745773),
    millions(f"{GROSS}.fed.d13w", NOW, A[NOW] - A[W13], 55_887),
    millions(f"{GROSS}.ecb.d13w", NOW, EUROS[NOW] * EUR[NOW] - EUROS[W13] * EUR[W13], -787_384.078),
    millions(f"{GROSS}.boj.d13w", NOW, YEN[NOW] / JPY[NOW] - YEN[W13] / JPY[W13], 382_392.985224),
    # parts of a change: what balance sheets did at the rates of then, what rates did to what is held now
    millions(
        f"{GROSS}.d4w.volume", NOW,
        A[NOW] - A[W4] + (EUROS[NOW] - EUROS[W4]) * EUR[W4] + (YEN[NOW] - YEN[W4]) / JPY[W4], 252_008.720743,
    ),
    millions(
        f"{GROSS}.d4w.fx", NOW,
        EUROS[NOW] * (EUR[NOW] - EUR[W4]) + YEN[NOW] / JPY[NOW] - YEN[NOW] / JPY[W4], -57_374.59337,
    ),
    millions(
        f"{NET_FED}.d4w.volume", NOW,
        NET[NOW] - NET[W4] + (EUROS[NOW] - EUROS[W4]) * EUR[W4] + (YEN[NOW] - YEN[W4]) / JPY[W4], 370_243.720743,
    ),
    millions(
        f"{NET_FED}.d4w.fx", NOW,
        EUROS[NOW] * (EUR[NOW] - EUR[W4]) + YEN[NOW] / JPY[NOW] - YEN[NOW] / JPY[W4], -57_374.59337,
    ),
    millions(
        f"{GROSS}.d13w.volume", NOW,
        A[NOW] - A[W13] + (EUROS[NOW] - EUROS[W13]) * EUR[W13] + (YEN[NOW] - YEN[W13]) / JPY[W13], -343_458.704238,
    ),
    millions(
        f"{GROSS}.d13w.fx", NOW,
        EUROS[NOW] * (EUR[NOW] - EUR[W13]) + YEN[NOW] / JPY[NOW] - YEN[NOW] / JPY[W13], -5_645.388539,
    ),
    millions(
        f"{NET_FED}.d13w.volume", NOW,
        NET[NOW] - NET[W13] + (EUROS[NOW] - EUROS[W13]) * EUR[W13] + (YEN[NOW] - YEN[W13]) / JPY[W13], -141_956.704238,
    ),
    millions(
        f"{NET_FED}.d13w.fx", NOW,
        EUROS[NOW] * (EUR[NOW] - EUR[W13]) + YEN[NOW] / JPY[NOW] - YEN[NOW] / JPY[W13], -5_645.388539,
    ),
    # the change as both Wednesdays are known now, and against what was first shown of the earlier one,
    # at rates that were carried over from its Friday
    millions(f"{GROSS}.d4w", NOW, (A[NOW] + ABROAD[NOW]) - (A[W4] + ABROAD[W4]), 194_634.127373),
    millions(f"{GROSS}.d13w", NOW, (A[NOW] + ABROAD[NOW]) - (A[W13] + ABROAD[W13]), -349_104.092776),
    millions(f"{NET_FED}.d4w", NOW, (NET[NOW] + ABROAD[NOW]) - (NET[W4] + ABROAD[W4]), 312_869.127373),
    millions(f"{NET_FED}.d13w", NOW, (NET[NOW] + ABROAD[NOW]) - (NET[W13] + ABROAD[W13]), -147_602.092776),
    millions(f"{GROSS}.d4w.revision", NOW, ABROAD[W4] - FIRST[W4], -102_847.087541, "CARRIED"),
    millions(f"{GROSS}.d13w.revision", NOW, ABROAD[W13] - FIRST[W13], 144_174.911397, "CARRIED"),
    millions(f"{NET_FED}.d4w.revision", NOW, ABROAD[W4] - FIRST[W4], -102_847.087541, "CARRIED"),
    millions(f"{NET_FED}.d13w.revision", NOW, ABROAD[W13] - FIRST[W13], 144_174.911397, "CARRIED"),
    millions(f"{GROSS}.d4w.shown", NOW, (A[NOW] + ABROAD[NOW]) - (A[W4] + FIRST[W4]), 91_787.039832, "CARRIED"),
    millions(f"{GROSS}.d13w.shown", NOW, (A[NOW] + ABROAD[NOW]) - (A[W13] + FIRST[W13]), -204_929.18138, "CARRIED"),
    millions(f"{NET_FED}.d4w.shown", NOW, (NET[NOW] + ABROAD[NOW]) - (NET[W4] + FIRST[W4]), 210_022.039832, "CARRIED"),
    millions(f"{NET_FED}.d13w.shown", NOW, (NET[NOW] + ABROAD[NOW]) - (NET[W13] + FIRST[W13]), -3_427.18138, "CARRIED"),
    # at the exchange rates of BASE, in percent of the total of that day
    plain(
        f"{GROSS}.constant_fx", NOW,
        100 * (A[NOW] + EUROS[NOW] * EUR[BASE] + YEN[NOW] / JPY[BASE]) / (A[BASE] + ABROAD[BASE]), 165.357733,
    ),
    plain(
        f"{NET_FED}.constant_fx", NOW,
        100 * (NET[NOW] + EUROS[NOW] * EUR[BASE] + YEN[NOW] / JPY[BASE]) / (NET[BASE] + ABROAD[BASE]), 153.054158,
    ),
    plain(
        f"{GROSS}.concentration", NOW,
        (A[NOW] ** 2 + (EUROS[NOW] * EUR[NOW]) ** 2 + (YEN[NOW] / JPY[NOW]) ** 2) / (A[NOW] + ABROAD[NOW]) ** 2,
        0.344413,
    ),
    plain(
        f"{NET_FED}.concentration", NOW,
        (NET[NOW] ** 2 + (EUROS[NOW] * EUR[NOW]) ** 2 + (YEN[NOW] / JPY[NOW]) ** 2) / (NET[NOW] + ABROAD[NOW]) ** 2,
        0.342797,
    ),
    # over 13 weeks the Fed and the Bank of Japan grew, each in its own currency; the ECB did not
    plain(
        "global.liquidity.breadth", NOW,
        100 * ((A[NOW] > A[W13]) + (EUROS[NOW] > EUROS[W13]) + (YEN[NOW] > YEN[W13])) / 3, 66.666667,
    ),
    # 21.4 trillion of the ten largest, in print on 18 October 2016
    plain(
        f"{GROSS}.coverage", TEN_BANKS,
        100 * (A[TEN_BANKS] + E["2016-10-14"] * EUR[TEN_BANKS] + 100 * J_2016["2016-09-01"] / JPY[TEN_BANKS]) / 21.4e6,
        59.00953,
    ),
    plain(f"{GROSS}.coverage.age", TEN_BANKS, 19 - 18, 1),
]  # fmt: skip
