"""WHAT we watch: every raw series, one line each. Adding a series of a known provider is adding a line.

Plausible low and high are in the publisher's unit, wide enough for history and tight enough to meet a change of
unit: the low of a balance in millions lies above any value it ever had in billions, even where its first years
were lower. `revisable` defaults to True; False only for numbers that are published once (design: H.4.1 levels, DTS,
ON RRP, NY Fed rates, IORB, DFF, H.15, DEX*, ICE OAS, VIXCLS, SP500, central-bank levels). Week averages of the
H.4.1 (WTREGEN, WRESBAL) are averages, not levels: they stay revisable.
`seasonal` is the publisher's adjustment (SA, NSA, SAAR). Codes, units and frequencies of what no recorded file proves
are as FRED describes them (its stored pages, public code that reads them, general knowledge); a code that FRED does not
have is a missing series, a file in another unit is quarantined. Seen on the way: TGCR is TGCRRATE there and BGCR is not
carried; the monetary base is in billions, consumer credit in millions; a holding that began later (mortgage-backed
securities, custody) is printed as 0 before, outside its range.
Belongs here: the list and looking a line up. Keep out: what a line is (series_line.py), release rules, provider code.
"""

from datetime import date

from liquidity_platform.catalog.series_line import Series, index_series
from liquidity_platform.core import units as u
from liquidity_platform.core.errors import UsageError
from liquidity_platform.core.frequency import Frequency

__all__ = ["SERIES", "Series", "find_series", "index_series"]


def find_series(name: str) -> Series:
    """The series called `name`, by id or publisher's code (any case). Raises UsageError with near names."""
    wanted = name.strip().lower()
    for line in SERIES.values():
        if wanted in (line.id, line.code.lower()):
            return line
    import difflib

    names = [*SERIES, *(line.code.lower() for line in SERIES.values())]
    near = difflib.get_close_matches(wanted, names, n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else "; `liquidity series` lists all"
    raise UsageError(f"no series '{name}'{hint}")


D, W, M, Q, E = Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.EVERY_DAY
FRED, ONCE = "fred", False
SA, NSA, SAAR = "SA", "NSA", "SAAR"

# fmt: off
SERIES = index_series([
    # the Federal Reserve's balance sheet, H.4.1: assets
    Series("fed.total_assets",          FRED, "WALCL",           "Fed total assets, Wednesday level",                                 u.MN_USD, W, "h41", 500_000, 20_000_000, ONCE, seasonal=NSA),
    Series("fed.securities_held",       FRED, "WSHOSHO",         "Securities held outright, Wednesday level",                         u.MN_USD, W, "h41", 300_000, 18_000_000, ONCE, seasonal=NSA),
    Series("fed.treasuries",            FRED, "TREAST",          "Treasury securities held outright, Wednesday level",                u.MN_USD, W, "h41", 300_000, 12_000_000, ONCE, seasonal=NSA),
    Series("fed.treasury_bills",        FRED, "WSHOBL",          "Treasury bills held outright, Wednesday level",                     u.MN_USD, W, "h41", 0, 4_000_000, ONCE, seasonal=NSA),
    Series("fed.treasury_notes_bonds",  FRED, "WSHONBNL",        "Treasury notes and bonds held, nominal, Wednesday level",           u.MN_USD, W, "h41", 100_000, 10_000_000, ONCE, seasonal=NSA),
    Series("fed.treasury_tips",         FRED, "WSHONBIIL",       "Treasury notes and bonds held, inflation-indexed, Wednesday level", u.MN_USD, W, "h41", 5_000, 1_500_000, ONCE, seasonal=NSA),
    Series("fed.mbs",                   FRED, "WSHOMCB",         "Mortgage-backed securities held outright, Wednesday level",         u.MN_USD, W, "h41", 5_000, 6_000_000, ONCE, seasonal=NSA),
    Series("fed.agency_debt",           FRED, "WSHOFADSL",       "Federal agency debt held outright, Wednesday level",                u.MN_USD, W, "h41", 0, 400_000, ONCE, seasonal=NSA),
    Series("fed.unamortized_premiums",  FRED, "WUPSHO",          "Unamortized premiums on securities held, Wednesday level",          u.MN_USD, W, "h41", 0, 800_000, ONCE, seasonal=NSA),
    Series("fed.unamortized_discounts", FRED, "WUDSHO",          "Unamortized discounts on securities held, Wednesday level",         u.MN_USD, W, "h41", -200_000, 0, ONCE, seasonal=NSA),
    Series("fed.repos",                 FRED, "WORAL",           "Repurchase agreements, Wednesday level",                            u.MN_USD, W, "h41", 0, 1_000_000, ONCE, seasonal=NSA),
    Series("fed.loans",                 FRED, "WLCFLL",          "Loans, Wednesday level",                                            u.MN_USD, W, "h41", 0, 2_000_000, ONCE, seasonal=NSA),
    Series("fed.primary_credit",        FRED, "WLCFLPCL",        "Primary credit (discount window), Wednesday level",                 u.MN_USD, W, "h41", 0, 1_000_000, ONCE, seasonal=NSA),
    Series("fed.secondary_credit",      FRED, "WLCFLSCL",        "Secondary credit (discount window), Wednesday level",               u.MN_USD, W, "h41", 0, 200_000, ONCE, seasonal=NSA),
    Series("fed.btfp",                  FRED, "H41RESPPALDKNWW", "Bank Term Funding Program, net, Wednesday level",                   u.MN_USD, W, "h41", 0, 500_000, ONCE, seasonal=NSA),
    Series("fed.swap_lines",            FRED, "SWPT",            "Central bank liquidity swaps, Wednesday level",                     u.MN_USD, W, "h41", 0, 1_000_000, ONCE, seasonal=NSA),
    # the Federal Reserve's balance sheet, H.4.1: liabilities, the Treasury's account, custody
    Series("fed.currency",                 FRED, "WCICL",        "Currency in circulation, Wednesday level",                               u.MN_USD, W, "h41", 300_000, 6_000_000, ONCE, seasonal=NSA),
    Series("fed.notes",                    FRED, "WLFN",         "Federal Reserve notes, net, Wednesday level",                            u.MN_USD, W, "h41", 300_000, 6_000_000, ONCE, seasonal=NSA),
    Series("fed.reverse_repos_all",        FRED, "WLRRAL",       "Reverse repos incl. foreign official, Wednesday level",                  u.MN_USD, W, "h41", 10_000, 5_000_000, ONCE, seasonal=NSA),
    Series("fed.reverse_repos_others",     FRED, "WLRRAOL",      "Reverse repos, others, Wednesday level",                                 u.MN_USD, W, "h41", 0, 5_000_000, ONCE, seasonal=NSA),
    Series("fed.reverse_repos_foreign",    FRED, "WLRRAFOIAL",   "Reverse repos, foreign official, Wednesday level",                       u.MN_USD, W, "h41", 5_000, 2_000_000, ONCE, seasonal=NSA),
    Series("fed.reserve_balances",         FRED, "WRBWFRBL",     "Reserve balances, Wednesday level",                                      u.MN_USD, W, "h41", 5_500, 8_000_000, ONCE, seasonal=NSA),
    Series("fed.reserve_balances_average", FRED, "WRESBAL",      "Reserve balances, week average",                                         u.MN_USD, W, "h41", 5_500, 8_000_000, seasonal=NSA),
    Series("fed.deposits_depository",      FRED, "WLODLL",       "Deposits of depository institutions, Wednesday level",                   u.MN_USD, W, "h41", 5_500, 8_000_000, ONCE, seasonal=NSA),
    Series("fed.remittances_due",          FRED, "RESPPLLOPNWW", "Earnings remittances due to the Treasury, Wednesday level",              u.MN_USD, W, "h41", -500_000, 50_000, ONCE, seasonal=NSA),
    Series("fed.custody_all",              FRED, "WSEFINTL1",    "Custody for foreign official accounts, all, Wednesday level",            u.MN_USD, W, "h41", 500_000, 10_000_000, ONCE, seasonal=NSA),
    Series("fed.custody_treasuries",       FRED, "WMTSECL1",     "Custody for foreign official accounts, Treasuries, Wednesday level",     u.MN_USD, W, "h41", 500_000, 8_000_000, ONCE, seasonal=NSA),
    Series("fed.custody_agencies",         FRED, "WFASECL1",     "Custody for foreign official accounts, agency debt and MBS, Wed. level", u.MN_USD, W, "h41", 20_000, 3_000_000, ONCE, seasonal=NSA),
    Series("treasury.tga_wednesday",       FRED, "WDTGAL",       "Treasury General Account, Wednesday level",                              u.MN_USD, W, "h41", 2_000, 3_000_000, ONCE, seasonal=NSA),
    Series("treasury.tga_week_average",    FRED, "WTREGEN",      "Treasury General Account, week average",                                 u.MN_USD, W, "h41", 2_000, 3_000_000, seasonal=NSA),
    Series("treasury.tga_daily",           "treasury", "DTS",          "Treasury General Account, closing balance",                              u.MN_USD, D, "dts", 2_000, 3_000_000, ONCE),
    # open market operations
    Series("fed.on_rrp",          FRED, "RRPONTSYD",     "Overnight reverse repo accepted",         u.BN_USD, D, "on_rrp", 0, 5_000, ONCE, seasonal=NSA),
    Series("fed.on_rrp_rate",     FRED, "RRPONTSYAWARD", "Overnight reverse repo award rate",       u.PERCENT, D, "on_rrp", 0, 20, ONCE, seasonal=NSA),
    Series("fed.repo_treasuries", FRED, "RPONTSYD",      "Overnight repo, Treasuries bought",       u.BN_USD, D, "nyfed_repo", 0, 1_000, seasonal=NSA),
    Series("fed.repo_mbs",        FRED, "RPMBSD",        "Repo, mortgage-backed securities bought", u.BN_USD, D, "nyfed_repo", 0, 1_000, seasonal=NSA),
    Series("fed.srf_rate",        FRED, "SRFTSYD",       "Standing repo facility rate",             u.PERCENT, D, "nyfed_repo", 0, 20, seasonal=NSA),
    # money-market and policy rates
    Series("fed.iorb",                  FRED, "IORB",                  "Interest rate on reserve balances",                 u.PERCENT, E, "iorb", 0, 20, ONCE, seasonal=NSA),
    Series("fed.ioer",                  FRED, "IOER",                  "Interest rate on excess reserves (ended)",          u.PERCENT, E, "iorb", 0, 20, ended=date(2021, 7, 28), seasonal=NSA),
    Series("fed.target_upper",          FRED, "DFEDTARU",              "Federal funds target range, upper limit",           u.PERCENT, E, "fed_target", 0, 20, seasonal=NSA),
    Series("fed.target_lower",          FRED, "DFEDTARL",              "Federal funds target range, lower limit",           u.PERCENT, E, "fed_target", 0, 20, seasonal=NSA),
    Series("fed.funds_rate_daily",      FRED, "DFF",                   "Federal funds effective rate, every day",           u.PERCENT, E, "h15", -1, 25, ONCE, seasonal=NSA),
    Series("fed.discount_rate",         FRED, "DPCREDIT",              "Discount window primary credit rate",               u.PERCENT, D, "h15", 0, 20, ONCE, seasonal=NSA),
    Series("fed.prime_rate",            FRED, "DPRIME",                "Bank prime loan rate",                              u.PERCENT, D, "h15", 1, 25, ONCE, seasonal=NSA),
    Series("nyfed.effr",                FRED, "EFFR",                  "Effective federal funds rate",                      u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE, seasonal=NSA),
    Series("nyfed.effr_p1",             FRED, "EFFR1",                 "Effective federal funds rate, 1st percentile",      u.PERCENT, D, "nyfed_unsecured", -1, 20, seasonal=NSA),
    Series("nyfed.effr_p99",            FRED, "EFFR99",                "Effective federal funds rate, 99th percentile",     u.PERCENT, D, "nyfed_unsecured", -1, 20, seasonal=NSA),
    Series("nyfed.effr_volume",         FRED, "EFFRVOL",               "Effective federal funds rate, volume",              u.BN_USD, D, "nyfed_unsecured", 10, 2_000, seasonal=NSA),
    Series("nyfed.obfr",                FRED, "OBFR",                  "Overnight bank funding rate",                       u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE, seasonal=NSA),
    Series("nyfed.obfr_volume",         FRED, "OBFRVOL",               "Overnight bank funding rate, volume",               u.BN_USD, D, "nyfed_unsecured", 20, 4_000, seasonal=NSA),
    Series("nyfed.sofr",                FRED, "SOFR",                  "Secured overnight financing rate",                  u.PERCENT, D, "nyfed_secured", -1, 20, ONCE, seasonal=NSA),
    Series("nyfed.sofr_p1",             FRED, "SOFR1",                 "Secured overnight financing rate, 1st percentile",  u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_p25",            FRED, "SOFR25",                "Secured overnight financing rate, 25th percentile", u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_p75",            FRED, "SOFR75",                "Secured overnight financing rate, 75th percentile", u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_p99",            FRED, "SOFR99",                "Secured overnight financing rate, 99th percentile", u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_volume",         FRED, "SOFRVOL",               "Secured overnight financing rate, volume",          u.BN_USD, D, "nyfed_secured", 200, 20_000, seasonal=NSA),
    Series("nyfed.sofr_30d",            FRED, "SOFR30DAYAVG",          "SOFR, 30-day average",                              u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_90d",            FRED, "SOFR90DAYAVG",          "SOFR, 90-day average",                              u.PERCENT, D, "nyfed_secured", -1, 20, seasonal=NSA),
    Series("nyfed.sofr_index",          FRED, "SOFRINDEX",             "SOFR index",                                        u.INDEX, D, "nyfed_secured", 0.9, 5, seasonal=NSA),
    Series("nyfed.tgcr",                FRED, "TGCRRATE",              "Tri-party general collateral rate",                 u.PERCENT, D, "nyfed_secured", -1, 20, ONCE, seasonal=NSA),
    Series("fed.cp_financial_3m",       FRED, "DCPF3M",                "Commercial paper, AA financial, 3 months",          u.PERCENT, D, "cp", -1, 20, seasonal=NSA),
    Series("fed.cp_nonfinancial_3m",    FRED, "DCPN3M",                "Commercial paper, AA nonfinancial, 3 months",       u.PERCENT, D, "cp", -1, 20, seasonal=NSA),
    Series("fed.cp_outstanding",        FRED, "COMPOUT",               "Commercial paper outstanding",                      u.BN_USD, W, "cp_outstanding", 300, 10_000, seasonal=SA),
    Series("freddie.mortgage_30y",      FRED, "MORTGAGE30US",          "30-year fixed mortgage rate",                       u.PERCENT, W, "pmms", 1, 25, seasonal=NSA),
    Series("freddie.mortgage_15y",      FRED, "MORTGAGE15US",          "15-year fixed mortgage rate",                       u.PERCENT, W, "pmms", 1, 25, seasonal=NSA),
    Series("libor.ted_spread",          FRED, "TEDRATE",               "TED spread (ended)",                                u.PERCENT, D, "libor", -1, 10, ended=date(2022, 1, 21), seasonal=NSA),
    Series("ecb.deposit_rate",          FRED, "ECBDFR",                "ECB deposit facility rate",                         u.PERCENT, E, "ecb_rates", -2, 15, seasonal=NSA),
    Series("ecb.main_refinancing_rate", FRED, "ECBMRRFR",              "ECB main refinancing operations rate",              u.PERCENT, E, "ecb_rates", -2, 15, seasonal=NSA),
    Series("ecb.marginal_lending_rate", FRED, "ECBMLFR",               "ECB marginal lending facility rate",                u.PERCENT, E, "ecb_rates", -2, 15, seasonal=NSA),
    Series("ecb.estr",                  FRED, "ECBESTRVOLWGTTRMDMNRT", "Euro short-term rate",                              u.PERCENT, D, "estr", -2, 15, seasonal=NSA),
    # Treasury yields, H.15
    Series("ust.yield_1m",         FRED, "DGS1MO",      "Treasury constant maturity, 1 month",                       u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_3m",         FRED, "DGS3MO",      "Treasury constant maturity, 3 months",                      u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_6m",         FRED, "DGS6MO",      "Treasury constant maturity, 6 months",                      u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_1y",         FRED, "DGS1",        "Treasury constant maturity, 1 year",                        u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_2y",         FRED, "DGS2",        "Treasury constant maturity, 2 years",                       u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_3y",         FRED, "DGS3",        "Treasury constant maturity, 3 years",                       u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_5y",         FRED, "DGS5",        "Treasury constant maturity, 5 years",                       u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_7y",         FRED, "DGS7",        "Treasury constant maturity, 7 years",                       u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_10y",        FRED, "DGS10",       "Treasury constant maturity, 10 years",                      u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_20y",        FRED, "DGS20",       "Treasury constant maturity, 20 years",                      u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.yield_30y",        FRED, "DGS30",       "Treasury constant maturity, 30 years",                      u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.real_yield_5y",    FRED, "DFII5",       "Treasury inflation-indexed constant maturity, 5 years",     u.PERCENT, D, "h15", -5, 10, ONCE, seasonal=NSA),
    Series("ust.real_yield_10y",   FRED, "DFII10",      "Treasury inflation-indexed constant maturity, 10 years",    u.PERCENT, D, "h15", -5, 10, ONCE, seasonal=NSA),
    Series("ust.real_yield_30y",   FRED, "DFII30",      "Treasury inflation-indexed constant maturity, 30 years",    u.PERCENT, D, "h15", -5, 10, ONCE, seasonal=NSA),
    Series("ust.bill_4w",          FRED, "DTB4WK",      "Treasury bill, secondary market, 4 weeks, discount basis",  u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.bill_3m",          FRED, "DTB3",        "Treasury bill, secondary market, 3 months, discount basis", u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("ust.bill_6m",          FRED, "DTB6",        "Treasury bill, secondary market, 6 months, discount basis", u.PERCENT, D, "h15", -1, 20, ONCE, seasonal=NSA),
    Series("fred.breakeven_5y",    FRED, "T5YIE",       "5-year breakeven inflation, as FRED computes it",           u.PERCENT, D, "h15", -5, 8, seasonal=NSA),
    Series("fred.breakeven_10y",   FRED, "T10YIE",      "10-year breakeven inflation, as FRED computes it",          u.PERCENT, D, "h15", -5, 8, seasonal=NSA),
    Series("fred.breakeven_5y5y",  FRED, "T5YIFR",      "5-year, 5-year forward inflation, as FRED computes it",     u.PERCENT, D, "h15", -5, 8, seasonal=NSA),
    Series("fred.spread_10y2y",    FRED, "T10Y2Y",      "10-year less 2-year, as FRED computes it",                  u.PERCENT, D, "h15", -5, 6, seasonal=NSA),
    Series("fred.spread_10y3m",    FRED, "T10Y3M",      "10-year less 3-month, as FRED computes it",                 u.PERCENT, D, "h15", -5, 7, seasonal=NSA),
    Series("fed.term_premium_10y", FRED, "THREEFYTP10", "Term premium of a 10-year zero-coupon bond",                u.PERCENT, D, "term_structure", -4, 8, seasonal=NSA),
    # credit
    Series("ice.hy_oas",                FRED, "BAMLH0A0HYM2",      "US high yield option-adjusted spread",                         u.PERCENT, D, "ice_bofa", 1, 30, ONCE, seasonal=NSA),
    Series("ice.hy_bb_oas",             FRED, "BAMLH0A1HYBB",      "US high yield BB option-adjusted spread",                      u.PERCENT, D, "ice_bofa", 0.8, 20, ONCE, seasonal=NSA),
    Series("ice.hy_b_oas",              FRED, "BAMLH0A2HYB",       "US high yield B option-adjusted spread",                       u.PERCENT, D, "ice_bofa", 1.5, 30, ONCE, seasonal=NSA),
    Series("ice.hy_ccc_oas",            FRED, "BAMLH0A3HYC",       "US high yield CCC and lower option-adjusted spread",           u.PERCENT, D, "ice_bofa", 3, 60, ONCE, seasonal=NSA),
    Series("ice.ig_oas",                FRED, "BAMLC0A0CM",        "US corporate option-adjusted spread",                          u.PERCENT, D, "ice_bofa", 0.2, 10, ONCE, seasonal=NSA),
    Series("ice.ig_aaa_oas",            FRED, "BAMLC0A1CAAA",      "US corporate AAA option-adjusted spread",                      u.PERCENT, D, "ice_bofa", 0.1, 8, ONCE, seasonal=NSA),
    Series("ice.ig_aa_oas",             FRED, "BAMLC0A2CAA",       "US corporate AA option-adjusted spread",                       u.PERCENT, D, "ice_bofa", 0.1, 8, ONCE, seasonal=NSA),
    Series("ice.ig_a_oas",              FRED, "BAMLC0A3CA",        "US corporate A option-adjusted spread",                        u.PERCENT, D, "ice_bofa", 0.2, 10, ONCE, seasonal=NSA),
    Series("ice.ig_bbb_oas",            FRED, "BAMLC0A4CBBB",      "US corporate BBB option-adjusted spread",                      u.PERCENT, D, "ice_bofa", 0.4, 12, ONCE, seasonal=NSA),
    Series("ice.em_oas",                FRED, "BAMLEMCBPIOAS",     "Emerging markets corporate option-adjusted spread",            u.PERCENT, D, "ice_bofa", 0.5, 20, ONCE, seasonal=NSA),
    Series("ice.em_hy_oas",             FRED, "BAMLEMHBHYCRPIOAS", "Emerging markets high yield corporate option-adjusted spread", u.PERCENT, D, "ice_bofa", 1, 40, ONCE, seasonal=NSA),
    Series("ice.euro_hy_oas",           FRED, "BAMLHE00EHYIOAS",   "Euro high yield option-adjusted spread",                       u.PERCENT, D, "ice_bofa", 1, 40, ONCE, seasonal=NSA),
    Series("ice.hy_yield",              FRED, "BAMLH0A0HYM2EY",    "US high yield effective yield",                                u.PERCENT, D, "ice_bofa", 2, 35, seasonal=NSA),
    Series("ice.ig_yield",              FRED, "BAMLC0A0CMEY",      "US corporate effective yield",                                 u.PERCENT, D, "ice_bofa", 0.8, 20, seasonal=NSA),
    Series("moodys.aaa",                FRED, "DAAA",              "Moody's Aaa yield",                                            u.PERCENT, D, "moodys", 1, 20, seasonal=NSA),
    Series("moodys.baa",                FRED, "DBAA",              "Moody's Baa yield",                                            u.PERCENT, D, "moodys", 1.5, 25, seasonal=NSA),
    Series("moodys.aaa_10y",            FRED, "AAA10Y",            "Moody's Aaa yield less 10-year Treasury",                      u.PERCENT, D, "moodys", -1, 8, seasonal=NSA),
    Series("moodys.baa_10y",            FRED, "BAA10Y",            "Moody's Baa yield less 10-year Treasury",                      u.PERCENT, D, "moodys", 0.3, 12, seasonal=NSA),
    Series("sloos.ci_large_tightening", FRED, "DRTSCILM",          "Banks tightening C&I loans, large firms, net share",           u.PERCENT, Q, "sloos", -100, 100, seasonal=NSA),
    Series("sloos.ci_small_tightening", FRED, "DRTSCIS",           "Banks tightening C&I loans, small firms, net share",           u.PERCENT, Q, "sloos", -100, 100, seasonal=NSA),
    Series("sloos.ci_large_demand",     FRED, "DRSDCILM",          "Banks seeing stronger C&I demand, large firms, net share",     u.PERCENT, Q, "sloos", -100, 100, seasonal=NSA),
    Series("sloos.cards_tightening",    FRED, "DRTSCLCC",          "Banks tightening credit cards, net share",                     u.PERCENT, Q, "sloos", -100, 100, seasonal=NSA),
    Series("fed.card_delinquency",      FRED, "DRCCLACBS",         "Delinquency rate on credit cards, all commercial banks",       u.PERCENT, Q, "charge_offs", 0.3, 20, seasonal=SA),
    Series("fed.card_charge_offs",      FRED, "CORCCACBS",         "Charge-off rate on credit cards, all commercial banks",        u.PERCENT, Q, "charge_offs", 0.3, 25, seasonal=SA),
    # volatility, equity indices, financial conditions
    Series("cboe.vix",                 FRED, "VIXCLS",       "VIX, close",                                    u.INDEX, D, "cboe", 5, 150, ONCE, seasonal=NSA),
    Series("cboe.vix_3m",              FRED, "VXVCLS",       "S&P 500 3-month volatility index, close",       u.INDEX, D, "cboe", 5, 120, seasonal=NSA),
    Series("cboe.vxn",                 FRED, "VXNCLS",       "Nasdaq-100 volatility index, close",            u.INDEX, D, "cboe", 5, 150, seasonal=NSA),
    Series("cboe.rvx",                 FRED, "RVXCLS",       "Russell 2000 volatility index, close",          u.INDEX, D, "cboe", 5, 150, seasonal=NSA),
    Series("cboe.ovx",                 FRED, "OVXCLS",       "Crude oil ETF volatility index, close",         u.INDEX, D, "cboe", 8, 500, seasonal=NSA),
    Series("cboe.gvz",                 FRED, "GVZCLS",       "Gold ETF volatility index, close",              u.INDEX, D, "cboe", 5, 150, seasonal=NSA),
    Series("sp.500",                   FRED, "SP500",        "S&P 500, close",                                u.INDEX, D, "sp_dji", 300, 50_000, ONCE, seasonal=NSA),
    Series("dji.average",              FRED, "DJIA",         "Dow Jones Industrial Average, close",           u.INDEX, D, "sp_dji", 5_000, 300_000, seasonal=NSA),
    Series("nasdaq.composite",         FRED, "NASDAQCOM",    "Nasdaq Composite, close",                       u.INDEX, D, "nasdaq", 50, 200_000, seasonal=NSA),
    Series("nasdaq.100",               FRED, "NASDAQ100",    "Nasdaq-100, close",                             u.INDEX, D, "nasdaq", 50, 200_000, seasonal=NSA),
    Series("chicagofed.nfci",          FRED, "NFCI",         "National Financial Conditions Index",           u.INDEX, W, "nfci", -5, 10, seasonal=NSA),
    Series("chicagofed.anfci",         FRED, "ANFCI",        "Adjusted National Financial Conditions Index",  u.INDEX, W, "nfci", -5, 10, seasonal=NSA),
    Series("chicagofed.nfci_credit",   FRED, "NFCICREDIT",   "National Financial Conditions Index, credit",   u.INDEX, W, "nfci", -5, 10, seasonal=NSA),
    Series("chicagofed.nfci_leverage", FRED, "NFCILEVERAGE", "National Financial Conditions Index, leverage", u.INDEX, W, "nfci", -5, 10, seasonal=NSA),
    Series("chicagofed.nfci_risk",     FRED, "NFCIRISK",     "National Financial Conditions Index, risk",     u.INDEX, W, "nfci", -5, 10, seasonal=NSA),
    Series("stlouisfed.stress",        FRED, "STLFSI4",      "St. Louis Fed Financial Stress Index",          u.INDEX, W, "stlfsi", -5, 15, seasonal=NSA),
    Series("kcfed.stress",             FRED, "KCFSI",        "Kansas City Financial Stress Index",            u.INDEX, M, "kcfsi", -5, 15, seasonal=NSA),
    Series("epu.us_daily",             FRED, "USEPUINDXD",   "US economic policy uncertainty, daily",         u.INDEX, E, "epu", 0, 3_000, seasonal=NSA),
    # other central banks, foreign yields
    Series("ecb.total_assets",       FRED, "ECBASSETSW",      "Eurosystem total assets",                  u.MN_EUR, W, "ecb_wfs", 400_000, 20_000_000, ONCE, seasonal=NSA),
    Series("boj.total_assets",       FRED, "JPNASSETS",       "Bank of Japan total assets",               u.HUNDRED_MN_JPY, M, "boj_accounts", 500_000, 20_000_000, ONCE, seasonal=NSA),
    Series("imf.reserves_china",     FRED, "TRESEGCNM052N",   "China, reserves excluding gold",           u.MN_USD, M, "imf_reserves", 1_000, 8_000_000, seasonal=NSA),
    Series("imf.reserves_japan",     FRED, "TRESEGJPM052N",   "Japan, reserves excluding gold",           u.MN_USD, M, "imf_reserves", 1_500, 4_000_000, seasonal=NSA),
    Series("oecd.yield_10y_germany", FRED, "IRLTLT01DEM156N", "Germany, 10-year government yield",        u.PERCENT, M, "oecd", -3, 25, seasonal=NSA),
    Series("oecd.yield_10y_japan",   FRED, "IRLTLT01JPM156N", "Japan, 10-year government yield",          u.PERCENT, M, "oecd", -3, 25, seasonal=NSA),
    Series("oecd.yield_10y_uk",      FRED, "IRLTLT01GBM156N", "United Kingdom, 10-year government yield", u.PERCENT, M, "oecd", -3, 25, seasonal=NSA),
    # currencies, H.10 (DEXUS..: dollars per unit; DEX..US: units per dollar)
    Series("fx.usd_per_eur",     FRED, "DEXUSEU",    "US dollars per euro",                      u.USD_PER_EUR, D, "h10", 0.6, 2, ONCE, seasonal=NSA),
    Series("fx.usd_per_gbp",     FRED, "DEXUSUK",    "US dollars per pound sterling",            u.USD_PER_GBP, D, "h10", 0.8, 3, ONCE, seasonal=NSA),
    Series("fx.usd_per_aud",     FRED, "DEXUSAL",    "US dollars per Australian dollar",         u.USD_PER_AUD, D, "h10", 0.3, 2, ONCE, seasonal=NSA),
    Series("fx.usd_per_nzd",     FRED, "DEXUSNZ",    "US dollars per New Zealand dollar",        u.USD_PER_NZD, D, "h10", 0.3, 2, ONCE, seasonal=NSA),
    Series("fx.jpy_per_usd",     FRED, "DEXJPUS",    "Yen per US dollar",                        u.JPY_PER_USD, D, "h10", 60, 400, ONCE, seasonal=NSA),
    Series("fx.chf_per_usd",     FRED, "DEXSZUS",    "Swiss francs per US dollar",               u.CHF_PER_USD, D, "h10", 0.5, 5, ONCE, seasonal=NSA),
    Series("fx.cad_per_usd",     FRED, "DEXCAUS",    "Canadian dollars per US dollar",           u.CAD_PER_USD, D, "h10", 0.8, 2, ONCE, seasonal=NSA),
    Series("fx.cny_per_usd",     FRED, "DEXCHUS",    "Yuan per US dollar",                       u.CNY_PER_USD, D, "h10", 1.2, 12, ONCE, seasonal=NSA),
    Series("fx.inr_per_usd",     FRED, "DEXINUS",    "Indian rupees per US dollar",              u.INR_PER_USD, D, "h10", 6, 250, ONCE, seasonal=NSA),
    Series("fx.krw_per_usd",     FRED, "DEXKOUS",    "Won per US dollar",                        u.KRW_PER_USD, D, "h10", 500, 3_000, ONCE, seasonal=NSA),
    Series("fx.twd_per_usd",     FRED, "DEXTAUS",    "New Taiwan dollars per US dollar",         u.TWD_PER_USD, D, "h10", 20, 60, ONCE, seasonal=NSA),
    Series("fx.hkd_per_usd",     FRED, "DEXHKUS",    "Hong Kong dollars per US dollar",          u.HKD_PER_USD, D, "h10", 5, 10, ONCE, seasonal=NSA),
    Series("fx.sgd_per_usd",     FRED, "DEXSIUS",    "Singapore dollars per US dollar",          u.SGD_PER_USD, D, "h10", 0.9, 4, ONCE, seasonal=NSA),
    Series("fx.mxn_per_usd",     FRED, "DEXMXUS",    "Mexican pesos per US dollar",              u.MXN_PER_USD, D, "h10", 2, 60, ONCE, seasonal=NSA),
    Series("fx.brl_per_usd",     FRED, "DEXBZUS",    "Reais per US dollar",                      u.BRL_PER_USD, D, "h10", 0.7, 15, ONCE, seasonal=NSA),
    Series("fx.sek_per_usd",     FRED, "DEXSDUS",    "Swedish kronor per US dollar",             u.SEK_PER_USD, D, "h10", 3, 20, ONCE, seasonal=NSA),
    Series("fx.nok_per_usd",     FRED, "DEXNOUS",    "Norwegian kroner per US dollar",           u.NOK_PER_USD, D, "h10", 3, 20, ONCE, seasonal=NSA),
    Series("fx.dkk_per_usd",     FRED, "DEXDNUS",    "Danish kroner per US dollar",              u.DKK_PER_USD, D, "h10", 3, 15, ONCE, seasonal=NSA),
    Series("fx.zar_per_usd",     FRED, "DEXSFUS",    "Rand per US dollar",                       u.ZAR_PER_USD, D, "h10", 0.5, 50, ONCE, seasonal=NSA),
    Series("fx.broad_dollar",    FRED, "DTWEXBGS",   "Broad dollar index",                       u.INDEX, D, "h10", 50, 250, seasonal=NSA),
    Series("fx.advanced_dollar", FRED, "DTWEXAFEGS", "Dollar index, advanced foreign economies", u.INDEX, D, "h10", 50, 250, seasonal=NSA),
    Series("fx.emerging_dollar", FRED, "DTWEXEMEGS", "Dollar index, emerging market economies",  u.INDEX, D, "h10", 50, 300, seasonal=NSA),
    # energy
    Series("eia.wti",       FRED, "DCOILWTICO",   "WTI crude, spot",             u.USD_PER_BARREL, D, "eia_spot", -60, 400, seasonal=NSA),
    Series("eia.brent",     FRED, "DCOILBRENTEU", "Brent crude, spot",           u.USD_PER_BARREL, D, "eia_spot", 5, 400, seasonal=NSA),
    Series("eia.henry_hub", FRED, "DHHNGSP",      "Henry Hub natural gas, spot", u.USD_PER_MMBTU, D, "eia_spot", 0.3, 60, seasonal=NSA),
    Series("eia.gasoline",  FRED, "GASREGW",      "Regular gasoline, US retail", u.USD_PER_GALLON, W, "eia_gasoline", 0.6, 12, seasonal=NSA),
    # money and bank credit, H.6, H.8, G.19
    Series("fed.m1",                    FRED, "M1SL",           "M1, seasonally adjusted",                               u.BN_USD, M, "h6", 100, 60_000, seasonal=SA),
    Series("fed.m2",                    FRED, "M2SL",           "M2, seasonally adjusted",                               u.BN_USD, M, "h6", 200, 60_000, seasonal=SA),
    Series("fed.m2_weekly",             FRED, "WM2NS",          "M2, weekly, not seasonally adjusted",                   u.BN_USD, W, "h6_weekly", 1_000, 60_000, seasonal=NSA),
    Series("fed.monetary_base",         FRED, "BOGMBASE",       "Monetary base",                                         u.BN_USD, M, "h6", 30, 20_000, seasonal=NSA),
    Series("fed.reserves_total",        FRED, "TOTRESNS",       "Reserves of depository institutions, total",            u.BN_USD, M, "h6", 5, 15_000, seasonal=NSA),
    Series("fed.retail_money_funds",    FRED, "RMFSL",          "Retail money market funds",                             u.BN_USD, M, "h6", 0, 20_000, seasonal=SA),
    Series("bea.m2_velocity",           FRED, "M2V",            "Velocity of M2",                                        u.RATIO, Q, "bea_gdp", 0.5, 4, seasonal=SA),
    Series("banks.total_assets",        FRED, "TLAACBW027SBOG", "All commercial banks, total assets",                    u.BN_USD, W, "h8", 400, 80_000, seasonal=SA),
    Series("banks.cash_assets",         FRED, "CASACBW027SBOG", "All commercial banks, cash assets",                     u.BN_USD, W, "h8", 40, 20_000, seasonal=SA),
    Series("banks.bank_credit",         FRED, "TOTBKCR",        "All commercial banks, bank credit",                     u.BN_USD, W, "h8", 300, 60_000, seasonal=SA),
    Series("banks.treasuries_agencies", FRED, "TASACBW027SBOG", "All commercial banks, Treasury and agency securities",  u.BN_USD, W, "h8", 50, 20_000, seasonal=SA),
    Series("banks.loans",               FRED, "TOTLL",          "All commercial banks, loans and leases",                u.BN_USD, W, "h8", 200, 50_000, seasonal=SA),
    Series("banks.ci_loans",            FRED, "TOTCI",          "All commercial banks, commercial and industrial loans", u.BN_USD, W, "h8", 80, 15_000, seasonal=SA),
    Series("banks.real_estate_loans",   FRED, "RELACBW027SBOG", "All commercial banks, real estate loans",               u.BN_USD, W, "h8", 60, 25_000, seasonal=SA),
    Series("banks.consumer_loans",      FRED, "CLSACBW027SBOG", "All commercial banks, consumer loans",                  u.BN_USD, W, "h8", 50, 15_000, seasonal=SA),
    Series("banks.deposits",            FRED, "DPSACBW027SBOG", "All commercial banks, deposits",                        u.BN_USD, W, "h8", 300, 70_000, seasonal=SA),
    Series("fed.consumer_credit",       FRED, "TOTALSL",        "Consumer credit, owned and securitized",                u.MN_USD, M, "g19", 6_000, 20_000_000, seasonal=SA),
    # prices
    Series("bls.cpi",                  FRED, "CPIAUCSL",     "Consumer price index, all items",                          u.INDEX, M, "bls_cpi", 15, 800, seasonal=SA),
    Series("bls.cpi_unadjusted",       FRED, "CPIAUCNS",     "Consumer price index, all items, not seasonally adjusted", u.INDEX, M, "bls_cpi", 8, 800, seasonal=NSA),
    Series("bls.core_cpi",             FRED, "CPILFESL",     "Consumer price index less food and energy",                u.INDEX, M, "bls_cpi", 20, 800, seasonal=SA),
    Series("bls.cpi_shelter",          FRED, "CUSR0000SAH1", "Consumer price index, shelter",                            u.INDEX, M, "bls_cpi", 15, 1_200, seasonal=SA),
    Series("bls.ppi_final_demand",     FRED, "PPIFIS",       "Producer price index, final demand",                       u.INDEX, M, "bls_ppi", 80, 400, seasonal=SA),
    Series("bls.ppi_core",             FRED, "PPIFES",       "Producer price index, final demand less food and energy",  u.INDEX, M, "bls_ppi", 80, 400, seasonal=SA),
    Series("bls.ppi_commodities",      FRED, "PPIACO",       "Producer price index, all commodities",                    u.INDEX, M, "bls_ppi", 5, 800, seasonal=NSA),
    Series("bea.pce_prices",           FRED, "PCEPI",        "PCE price index",                                          u.INDEX, M, "bea_income", 10, 500, seasonal=SA),
    Series("bea.core_pce_prices",      FRED, "PCEPILFE",     "PCE price index less food and energy",                     u.INDEX, M, "bea_income", 10, 500, seasonal=SA),
    Series("bea.gdp_deflator",         FRED, "GDPDEF",       "GDP implicit price deflator",                              u.INDEX, Q, "bea_gdp", 8, 500, seasonal=SA),
    Series("umich.inflation_expected", FRED, "MICH",         "Inflation expected for the next year, median",             u.PERCENT, M, "umich", -1, 20, seasonal=NSA),
    Series("spglobal.home_prices",     FRED, "CSUSHPISA",    "Case-Shiller US national home price index",                u.INDEX, M, "case_shiller", 30, 1_000, seasonal=SA),
    # work
    Series("bls.unemployment_rate",      FRED, "UNRATE",        "Unemployment rate",                           u.PERCENT, M, "bls_employment", 1, 30, seasonal=SA),
    Series("bls.u6_rate",                FRED, "U6RATE",        "Unemployment and underemployment rate, U-6",  u.PERCENT, M, "bls_employment", 3, 40, seasonal=SA),
    Series("bls.unemployed",             FRED, "UNEMPLOY",      "Unemployed",                                  u.THOUSAND_PERSONS, M, "bls_employment", 1_000, 50_000, seasonal=SA),
    Series("bls.participation_rate",     FRED, "CIVPART",       "Labor force participation rate",              u.PERCENT, M, "bls_employment", 45, 80, seasonal=SA),
    Series("bls.prime_age_employment",   FRED, "LNS12300060",   "Employment-population ratio, 25 to 54 years", u.PERCENT, M, "bls_employment", 50, 95, seasonal=SA),
    Series("bls.weeks_unemployed",       FRED, "UEMPMEAN",      "Average weeks unemployed",                    u.WEEKS, M, "bls_employment", 4, 80, seasonal=SA),
    Series("bls.payrolls",               FRED, "PAYEMS",        "Nonfarm payrolls",                            u.THOUSAND_PERSONS, M, "bls_employment", 20_000, 400_000, seasonal=SA),
    Series("bls.payrolls_private",       FRED, "USPRIV",        "Nonfarm payrolls, private",                   u.THOUSAND_PERSONS, M, "bls_employment", 15_000, 350_000, seasonal=SA),
    Series("bls.payrolls_manufacturing", FRED, "MANEMP",        "Nonfarm payrolls, manufacturing",             u.THOUSAND_PERSONS, M, "bls_employment", 5_000, 40_000, seasonal=SA),
    Series("bls.hourly_earnings",        FRED, "CES0500000003", "Average hourly earnings, private",            u.USD_PER_HOUR, M, "bls_employment", 15, 200, seasonal=SA),
    Series("bls.weekly_hours",           FRED, "AWHAETP",       "Average weekly hours, private",               u.HOURS, M, "bls_employment", 28, 42, seasonal=SA),
    Series("bls.job_openings",           FRED, "JTSJOL",        "Job openings",                                u.THOUSANDS, M, "bls_jolts", 1_000, 30_000, seasonal=SA),
    Series("bls.hires",                  FRED, "JTSHIL",        "Hires",                                       u.THOUSANDS, M, "bls_jolts", 1_000, 30_000, seasonal=SA),
    Series("bls.quits_rate",             FRED, "JTSQUR",        "Quits rate",                                  u.PERCENT, M, "bls_jolts", 0.3, 10, seasonal=SA),
    Series("dol.initial_claims",         FRED, "ICSA",          "Initial unemployment claims",                 u.NUMBER, W, "dol_claims", 100_000, 20_000_000, seasonal=SA),
    Series("dol.initial_claims_4w",      FRED, "IC4WSA",        "Initial unemployment claims, 4-week average", u.NUMBER, W, "dol_claims", 100_000, 20_000_000, seasonal=SA),
    Series("dol.continued_claims",       FRED, "CCSA",          "Continued unemployment claims",               u.NUMBER, W, "dol_continued", 500_000, 60_000_000, seasonal=SA),
    # output, demand, housing, sentiment
    Series("bea.gdp",                    FRED, "GDP",                "Gross domestic product, annual rate",                u.BN_USD, Q, "bea_gdp", 150, 100_000, seasonal=SAAR),
    Series("bea.real_gdp",               FRED, "GDPC1",              "Real gross domestic product, annual rate",           u.BN_USD_2017, Q, "bea_gdp", 1_500, 80_000, seasonal=SAAR),
    Series("bea.consumption",            FRED, "PCE",                "Personal consumption expenditures, annual rate",     u.BN_USD, M, "bea_income", 200, 80_000, seasonal=SAAR),
    Series("bea.personal_income",        FRED, "PI",                 "Personal income, annual rate",                       u.BN_USD, M, "bea_income", 250, 100_000, seasonal=SAAR),
    Series("bea.real_disposable_income", FRED, "DSPIC96",            "Real disposable personal income, annual rate",       u.BN_USD_2017, M, "bea_income", 1_500, 80_000, seasonal=SAAR),
    Series("bea.saving_rate",            FRED, "PSAVERT",            "Personal saving rate",                               u.PERCENT, M, "bea_income", 0, 50, seasonal=SAAR),
    Series("bea.trade_balance",          FRED, "BOPGSTB",            "Trade balance, goods and services",                  u.MN_USD, M, "bea_trade", -300_000, 30_000, seasonal=SA),
    Series("bea.vehicle_sales",          FRED, "TOTALSA",            "Vehicle sales, annual rate",                         u.MILLIONS, M, "bea_vehicles", 5, 40, seasonal=SAAR),
    Series("fed.industrial_production",  FRED, "INDPRO",             "Industrial production",                              u.INDEX, M, "g17", 2, 300, seasonal=SA),
    Series("fed.manufacturing",          FRED, "IPMAN",              "Industrial production, manufacturing",               u.INDEX, M, "g17", 5, 300, seasonal=SA),
    Series("fed.capacity_use",           FRED, "TCU",                "Capacity utilization",                               u.PERCENT, M, "g17", 50, 100, seasonal=SA),
    Series("census.retail_sales",        FRED, "RSAFS",              "Retail and food services sales",                     u.MN_USD, M, "census_retail", 80_000, 3_000_000, seasonal=SA),
    Series("census.durable_orders",      FRED, "DGORDER",            "New orders, durable goods",                          u.MN_USD, M, "census_durables", 60_000, 1_500_000, seasonal=SA),
    Series("census.core_capital_orders", FRED, "NEWORDER",           "New orders, nondefense capital goods less aircraft", u.MN_USD, M, "census_durables", 15_000, 500_000, seasonal=SA),
    Series("census.housing_starts",      FRED, "HOUST",              "Housing starts, annual rate",                        u.THOUSANDS, M, "census_housing", 200, 5_000, seasonal=SAAR),
    Series("census.building_permits",    FRED, "PERMIT",             "Building permits, annual rate",                      u.THOUSANDS, M, "census_housing", 200, 5_000, seasonal=SAAR),
    Series("census.new_home_sales",      FRED, "HSN1F",              "New one-family houses sold, annual rate",            u.THOUSANDS, M, "census_sales", 100, 3_000, seasonal=SAAR),
    Series("umich.sentiment",            FRED, "UMCSENT",            "Consumer sentiment",                                 u.INDEX, M, "umich", 20, 150, seasonal=NSA),
    Series("chicagofed.cfnai",           FRED, "CFNAI",              "Chicago Fed National Activity Index",                u.INDEX, M, "cfnai", -30, 20, seasonal=NSA),
    Series("nyfed.empire",               FRED, "GACDISA066MSFRBNY",  "Empire State survey, general business conditions",   u.INDEX, M, "fed_surveys", -100, 100, seasonal=SA),
    Series("phillyfed.activity",         FRED, "GACDFSA066MSFRBPHI", "Philadelphia Fed survey, general activity",          u.INDEX, M, "fed_surveys", -100, 100, seasonal=SA),
    Series("dallasfed.wei",              FRED, "WEI",                "Weekly Economic Index",                              u.INDEX, W, "wei", -25, 25, seasonal=NSA),
    # the Treasury's debt and budget
    Series("treasury.debt_total",     FRED, "GFDEBTN",     "Federal debt, total public debt",            u.MN_USD, Q, "federal_debt", 250_000, 200_000_000, seasonal=NSA),
    Series("treasury.debt_public",    FRED, "FYGFDPUN",    "Federal debt held by the public",            u.MN_USD, Q, "federal_debt", 200_000, 150_000_000, seasonal=NSA),
    Series("treasury.debt_fed",       FRED, "FDHBFRBN",    "Federal debt held by Federal Reserve Banks", u.BN_USD, Q, "federal_debt", 30, 30_000, seasonal=NSA),
    Series("treasury.debt_foreign",   FRED, "FDHBFIN",     "Federal debt held by foreign investors",     u.BN_USD, Q, "federal_debt", 5, 40_000, seasonal=NSA),
    Series("treasury.debt_to_gdp",    FRED, "GFDEGDQ188S", "Federal debt as a share of GDP",             u.PERCENT, Q, "federal_debt", 20, 300, seasonal=SA),
    Series("treasury.budget_balance", FRED, "MTSDS133FMS", "Federal surplus or deficit",                 u.MN_USD, M, "mts", -1_500_000, 600_000, seasonal=NSA),
    Series("treasury.receipts",       FRED, "MTSR133FMS",  "Federal receipts",                           u.MN_USD, M, "mts", 10_000, 2_000_000, seasonal=NSA),
    Series("treasury.outlays",        FRED, "MTSO133FMS",  "Federal outlays",                            u.MN_USD, M, "mts", 10_000, 3_000_000, seasonal=NSA),
])
# fmt: on
