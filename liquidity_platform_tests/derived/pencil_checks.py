"""Cross-checks by pencil: two publishers of one number, a sum and its parts.

FRED's breakevens, the yields below them and closes as traded by two providers stand in no file of the data: made up.
Belongs here: the families checks, price_checks. What test_derived_checks.py compares pair by pair is not repeated.
"""

from pencil import Printed, Sum, millions, plain

WEDNESDAY, ROUNDED, AFTER_A_HOLIDAY = "2023-03-15", "2022-12-20", "2023-02-21"
NOVEMBER, OCTOBER, PRICED = "1990-11-21", "1999-10-01", "2024-06-04"

T = Printed("WDTGAL", "2023-03-15 277643")
CLOSE = Printed("DTS", "2022-12-20 450413, 2023-02-17 475675, 2023-03-15 277643")
OPENING = Printed("DTS.opening", "2022-12-20 482388, 2023-02-21 475675")
DEPOSITS = Printed("DTS.deposits", "2022-12-20 139612")
WITHDRAWALS = Printed("DTS.withdrawals", "2022-12-20 171586")
TEN = Printed("DGS10", "1990-11-21 8.27, 1999-10-01 6.00")
TWO, BILL = Printed("DGS2", "1990-11-21 7.55"), Printed("DGS3MO", "1999-10-01 4.88")
TEN_TWO, TEN_BILL = Printed("T10Y2Y", "1990-11-21 0.74"), Printed("T10Y3M", "1999-10-01 1.02")
SOFR, SOFR_NEW_YORK = Printed("SOFR", "2024-06-03 5.35"), Printed("sofr.rate", "2024-06-03 5.35")
FIVE, REAL_FIVE, LONG, REAL_TEN = (
    Printed(code, f"{PRICED} {number}", made_up=code != "DGS10")[PRICED]
    for code, number in (("DGS5", 4.35), ("DFII5", 2.05), ("DGS10", 4.33), ("DFII10", 2.05))
)
FRED_5Y, FRED_10Y, FRED_5Y5Y = (
    Printed(code, f"{PRICED} {number}", made_up=True)[PRICED]
    for code, number in (("T5YIE", 2.30), ("T10YIE", 2.29), ("T5YIFR", 2.27))
)
POLYGON, YAHOO = (
    {
        one: Printed(f"close.{provider}.{one}", f"{PRICED} {close}", made_up=True)[PRICED]
        for one, close in zip(("etf.spy", "etf.qqq", "eq.aapl", "eq.msft", "eq.nvda"), closes, strict=True)
    }
    for provider, closes in (
        ("polygon", (528.39, 454.35, 194.38, 416.07, 1164.37)),
        ("yahoo", (528.38, 454.37, 194.35, 416.02, 1164.87)),
    )
)

SUMS: list[Sum] = [
    millions("check.tga_wednesday.difference", WEDNESDAY, T[WEDNESDAY] - CLOSE[WEDNESDAY], 0),
    # each of the four is rounded to a million
    millions(
        "check.tga_foot.difference", ROUNDED,
        OPENING[ROUNDED] + DEPOSITS[ROUNDED] - WITHDRAWALS[ROUNDED] - CLOSE[ROUNDED], 1,
    ),
    # a Tuesday, with the close of the Friday
    millions("check.tga_opening.difference", AFTER_A_HOLIDAY, OPENING[AFTER_A_HOLIDAY] - CLOSE["2023-02-17"], 0),
    plain("check.spread_10y2y.difference", NOVEMBER, 100 * (TEN_TWO[NOVEMBER] - (TEN[NOVEMBER] - TWO[NOVEMBER])), 2),
    plain("check.spread_10y3m.difference", OCTOBER, 100 * (TEN_BILL[OCTOBER] - (TEN[OCTOBER] - BILL[OCTOBER])), -10),
    plain("check.sofr.difference", "2024-06-03", SOFR["2024-06-03"] - SOFR_NEW_YORK["2024-06-03"], 0),
    plain("check.breakeven_5y.difference", PRICED, FRED_5Y - (FIVE - REAL_FIVE), 0),
    plain("check.breakeven_10y.difference", PRICED, FRED_10Y - (LONG - REAL_TEN), 0.01),
    # 2.28 % over ten years, 2.30 % over the first five: 1.0228 x 1.0228 / 1.0230
    plain(
        "check.breakeven_5y5y.difference", PRICED,
        FRED_5Y5Y - 100 * ((1 + (LONG - REAL_TEN) / 100) ** 2 / (1 + (FIVE - REAL_FIVE) / 100) - 1), 0.009996,
    ),
    plain("check.close_etf_spy.difference", PRICED, POLYGON["etf.spy"] - YAHOO["etf.spy"], 0.01),
    plain("check.close_etf_qqq.difference", PRICED, POLYGON["etf.qqq"] - YAHOO["etf.qqq"], -0.02),
    plain("check.close_eq_aapl.difference", PRICED, POLYGON["eq.aapl"] - YAHOO["eq.aapl"], 0.03),
    plain("check.close_eq_msft.difference", PRICED, POLYGON["eq.msft"] - YAHOO["eq.msft"], 0.05),
    plain("check.close_eq_nvda.difference", PRICED, POLYGON["eq.nvda"] - YAHOO["eq.nvda"], -0.5),
]  # fmt: skip
