"""WHAT we watch: every raw series, one line each. Adding a series of a known provider is adding a line.

Plausible low and high are in the publisher's unit, wide enough for history and tight enough to meet a change of
unit: the low of a balance in millions lies above any value it ever had in billions, even where its first years
were lower. `revisable` defaults to True; False only for numbers that are published once (design: H.4.1 levels, DTS,
ON RRP, NY Fed rates, IORB, DFF, H.15, DEX*, ICE OAS, VIXCLS, SP500, central-bank levels). Week averages of the
H.4.1 (WTREGEN, WRESBAL) are averages, not levels: they stay revisable.
Belongs here: the list and the checks made when it is imported. Keep out: release rules, provider code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from liquidity_platform.catalog.releases import RELEASES, Release
from liquidity_platform.core import units as u
from liquidity_platform.core.errors import CatalogError, UsageError
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.units import PublishedUnit, Unit


@dataclass(frozen=True, slots=True)
class Series:
    """One raw series. Stored value = published value x `published.scale`, in `unit`."""

    id: str  # <owner>.<what>
    source: str  # provider name
    code: str  # the publisher's code
    title: str
    published: PublishedUnit
    frequency: Frequency
    release_id: str
    low: float  # plausible range, in the publisher's unit
    high: float
    revisable: bool = True
    ended: date | None = None  # last period of a discontinued series

    @property
    def unit(self) -> Unit:
        """Unit of the stored value."""
        return self.published.unit

    @property
    def release(self) -> Release:
        """Its release clock."""
        return RELEASES[self.release_id]

    @property
    def plausible(self) -> tuple[float, float]:
        """Plausible range of the stored value."""
        return self.low * self.published.scale, self.high * self.published.scale


def index_series(lines: Sequence[Series]) -> Mapping[str, Series]:
    """Series by id. Raises CatalogError naming the first line that contradicts itself or another."""
    by_id: dict[str, Series] = {}
    feeds: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.id in by_id:
            raise CatalogError(f"series {line.id}: declared twice")
        if line.release_id not in RELEASES:
            raise CatalogError(f"series {line.id}: unknown release '{line.release_id}'")
        if not line.low < line.high:
            raise CatalogError(f"series {line.id}: impossible range {line.low}..{line.high}")
        if line.published.scale <= 0:
            raise CatalogError(f"series {line.id}: impossible scale {line.published.scale}")
        if (line.source, line.code) in feeds:
            raise CatalogError(
                f"series {line.id}: reads {line.source} {line.code}, as {feeds[line.source, line.code]} does"
            )
        by_id[line.id] = line
        feeds[line.source, line.code] = line.id
    return by_id


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
NYFED, Y = "ny_fed", Frequency.YEARLY

# fmt: off
SERIES = index_series([
    # the Federal Reserve's balance sheet, H.4.1
    Series("fed.total_assets",            FRED, "WALCL",      "Fed total assets, Wednesday level",                    u.MN_USD, W, "h41", 500_000, 20_000_000, ONCE),
    Series("fed.securities_held",         FRED, "WSHOSHO",    "Securities held outright, Wednesday level",            u.MN_USD, W, "h41", 300_000, 18_000_000, ONCE),
    Series("fed.primary_credit",          FRED, "WLCFLPCL",   "Primary credit (discount window), Wednesday level",    u.MN_USD, W, "h41", 0, 1_000_000, ONCE),
    Series("fed.reverse_repos_all",       FRED, "WLRRAL",     "Reverse repos incl. foreign official, Wednesday level", u.MN_USD, W, "h41", 10_000, 5_000_000, ONCE),
    Series("fed.reverse_repos_others",    FRED, "WLRRAOL",    "Reverse repos, others, Wednesday level",               u.MN_USD, W, "h41", 0, 5_000_000, ONCE),
    Series("fed.reserve_balances_average", FRED, "WRESBAL",   "Reserve balances, week average",                       u.MN_USD, W, "h41", 5_500, 8_000_000),
    Series("treasury.tga_wednesday",      FRED, "WDTGAL",     "Treasury General Account, Wednesday level",            u.MN_USD, W, "h41", 2_000, 3_000_000, ONCE),
    Series("treasury.tga_week_average",   FRED, "WTREGEN",    "Treasury General Account, week average",               u.MN_USD, W, "h41", 2_000, 3_000_000),
    Series("treasury.tga_daily",    "treasury", "DTS",        "Treasury General Account, closing balance",            u.MN_USD, D, "dts", 2_000, 3_000_000, ONCE),
    Series("fed.on_rrp",                  FRED, "RRPONTSYD",  "Overnight reverse repo accepted",                      u.BN_USD, D, "on_rrp", 0, 5_000, ONCE),
    # money-market and policy rates
    Series("fed.iorb",                    FRED, "IORB",       "Interest rate on reserve balances",                    u.PERCENT, E, "iorb", 0, 20, ONCE),
    Series("nyfed.sofr",                  FRED, "SOFR",       "Secured overnight financing rate",                     u.PERCENT, D, "nyfed_secured", -1, 20, ONCE),
    Series("nyfed.effr",                  FRED, "EFFR",       "Effective federal funds rate",                         u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE),
    Series("fed.funds_rate_daily",        FRED, "DFF",        "Federal funds effective rate, every day",              u.PERCENT, E, "h15", -1, 25, ONCE),
    Series("libor.ted_spread",            FRED, "TEDRATE",    "TED spread (ended)",                                   u.PERCENT, D, "libor", -1, 10, ended=date(2022, 1, 21)),
    # Treasury yields, H.15
    Series("ust.yield_3m",                FRED, "DGS3MO",     "Treasury constant maturity, 3 months",                 u.PERCENT, D, "h15", -1, 20, ONCE),
    Series("ust.yield_2y",                FRED, "DGS2",       "Treasury constant maturity, 2 years",                  u.PERCENT, D, "h15", -1, 20, ONCE),
    Series("ust.yield_10y",               FRED, "DGS10",      "Treasury constant maturity, 10 years",                 u.PERCENT, D, "h15", -1, 20, ONCE),
    Series("fred.spread_10y2y",           FRED, "T10Y2Y",     "10-year less 2-year, as FRED computes it",             u.PERCENT, D, "h15", -5, 6),
    Series("fred.spread_10y3m",           FRED, "T10Y3M",     "10-year less 3-month, as FRED computes it",            u.PERCENT, D, "h15", -5, 7),
    # credit, volatility, conditions
    Series("ice.hy_oas",                  FRED, "BAMLH0A0HYM2", "US high yield option-adjusted spread",               u.PERCENT, D, "ice_bofa", 1, 30, ONCE),
    Series("ice.ig_oas",                  FRED, "BAMLC0A0CM", "US corporate option-adjusted spread",                  u.PERCENT, D, "ice_bofa", 0.2, 10, ONCE),
    Series("moodys.baa_10y",              FRED, "BAA10Y",     "Moody's Baa yield less 10-year Treasury",              u.PERCENT, D, "moodys", 0.3, 12),
    Series("cboe.vix",                    FRED, "VIXCLS",     "VIX, close",                                           u.INDEX, D, "cboe", 5, 150, ONCE),
    Series("sp.500",                      FRED, "SP500",      "S&P 500, close",                                       u.INDEX, D, "sp_dji", 300, 50_000, ONCE),
    Series("chicagofed.nfci",             FRED, "NFCI",       "National Financial Conditions Index",                  u.INDEX, W, "nfci", -5, 10),
    Series("stlouisfed.stress",           FRED, "STLFSI4",    "St. Louis Fed Financial Stress Index",                 u.INDEX, W, "stlfsi", -5, 15),
    # other central banks, currencies, oil
    Series("ecb.total_assets",            FRED, "ECBASSETSW", "Eurosystem total assets",                              u.MN_EUR, W, "ecb_wfs", 400_000, 20_000_000, ONCE),
    Series("boj.total_assets",            FRED, "JPNASSETS",  "Bank of Japan total assets",                           u.HUNDRED_MN_JPY, M, "boj_accounts", 500_000, 20_000_000, ONCE),
    Series("fx.usd_per_eur",              FRED, "DEXUSEU",    "US dollars per euro",                                  u.USD_PER_EUR, D, "h10", 0.6, 2, ONCE),
    Series("fx.jpy_per_usd",              FRED, "DEXJPUS",    "Yen per US dollar",                                    u.JPY_PER_USD, D, "h10", 60, 400, ONCE),
    Series("fx.broad_dollar",             FRED, "DTWEXBGS",   "Broad dollar index",                                   u.INDEX, D, "h10", 50, 250),
    Series("eia.wti",                     FRED, "DCOILWTICO", "WTI crude, spot",                                      u.USD_PER_BARREL, D, "eia_spot", -60, 400),
    # money, prices, work, output
    Series("fed.m2",                      FRED, "M2SL",       "M2, seasonally adjusted",                              u.BN_USD, M, "h6", 200, 60_000),
    Series("bls.cpi",                     FRED, "CPIAUCSL",   "Consumer price index, all items",                      u.INDEX, M, "bls_cpi", 15, 800),
    Series("bls.core_cpi",                FRED, "CPILFESL",   "Consumer price index less food and energy",            u.INDEX, M, "bls_cpi", 20, 800),
    Series("bls.unemployment_rate",       FRED, "UNRATE",     "Unemployment rate",                                    u.PERCENT, M, "bls_employment", 1, 30),
    Series("bls.payrolls",                FRED, "PAYEMS",     "Nonfarm payrolls",                                     u.THOUSAND_PERSONS, M, "bls_employment", 20_000, 400_000),
    Series("bea.gdp",                     FRED, "GDP",        "Gross domestic product, annual rate",                  u.BN_USD, Q, "bea_gdp", 150, 100_000),
    Series("bea.real_gdp",                FRED, "GDPC1",      "Real gross domestic product, annual rate",             u.BN_USD_2017, Q, "bea_gdp", 1_500, 80_000),
    Series("fed.industrial_production",   FRED, "INDPRO",     "Industrial production",                                u.INDEX, M, "g17", 2, 300),
    # asked of the New York Fed itself, of the ECB and of the World Bank. What FRED copies from the New York Fed has no `_direct`
    Series("nyfed.sofr_direct",            NYFED, "sofr.rate",   "Secured overnight financing rate (New York Fed)",      u.PERCENT, D, "nyfed_secured", -1, 20, ONCE),
    Series("nyfed.sofr_p1_direct",         NYFED, "sofr.p1",     "Secured overnight financing rate, 1st percentile (New York Fed)", u.PERCENT, D, "nyfed_secured", -2, 20, ONCE),
    Series("nyfed.sofr_p25_direct",        NYFED, "sofr.p25",    "Secured overnight financing rate, 25th percentile (New York Fed)", u.PERCENT, D, "nyfed_secured", -2, 20, ONCE),
    Series("nyfed.sofr_p75_direct",        NYFED, "sofr.p75",    "Secured overnight financing rate, 75th percentile (New York Fed)", u.PERCENT, D, "nyfed_secured", -1, 20, ONCE),
    Series("nyfed.sofr_p99_direct",        NYFED, "sofr.p99",    "Secured overnight financing rate, 99th percentile (New York Fed)", u.PERCENT, D, "nyfed_secured", -1, 25, ONCE),
    Series("nyfed.sofr_volume_direct",     NYFED, "sofr.volume", "Secured overnight financing rate, volume (New York Fed)", u.BN_USD, D, "nyfed_secured", 300, 20_000, ONCE),
    Series("nyfed.effr_direct",            NYFED, "effr.rate",   "Effective federal funds rate (New York Fed)",          u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE),
    Series("nyfed.effr_p1_direct",         NYFED, "effr.p1",     "Effective federal funds rate, 1st percentile (New York Fed)", u.PERCENT, D, "nyfed_unsecured", -2, 20, ONCE),
    Series("nyfed.effr_p25_direct",        NYFED, "effr.p25",    "Effective federal funds rate, 25th percentile (New York Fed)", u.PERCENT, D, "nyfed_unsecured", -2, 20, ONCE),
    Series("nyfed.effr_p75_direct",        NYFED, "effr.p75",    "Effective federal funds rate, 75th percentile (New York Fed)", u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE),
    Series("nyfed.effr_p99_direct",        NYFED, "effr.p99",    "Effective federal funds rate, 99th percentile (New York Fed)", u.PERCENT, D, "nyfed_unsecured", -1, 25, ONCE),
    Series("nyfed.effr_volume_direct",     NYFED, "effr.volume", "Effective federal funds rate, volume (New York Fed)",  u.BN_USD, D, "nyfed_unsecured", 15, 1_000, ONCE),
    Series("nyfed.tgcr_direct",            NYFED, "tgcr.rate",   "Tri-party general collateral rate (New York Fed)",     u.PERCENT, D, "nyfed_secured", -1, 20, ONCE),
    Series("nyfed.tgcr_volume_direct",     NYFED, "tgcr.volume", "Tri-party general collateral rate, volume (New York Fed)", u.BN_USD, D, "nyfed_secured", 100, 20_000, ONCE),
    Series("nyfed.bgcr_direct",            NYFED, "bgcr.rate",   "Broad general collateral rate (New York Fed)",         u.PERCENT, D, "nyfed_secured", -1, 20, ONCE),
    Series("nyfed.bgcr_volume_direct",     NYFED, "bgcr.volume", "Broad general collateral rate, volume (New York Fed)", u.BN_USD, D, "nyfed_secured", 100, 20_000, ONCE),
    Series("nyfed.obfr_direct",            NYFED, "obfr.rate",   "Overnight bank funding rate (New York Fed)",           u.PERCENT, D, "nyfed_unsecured", -1, 20, ONCE),
    Series("nyfed.obfr_volume_direct",     NYFED, "obfr.volume", "Overnight bank funding rate, volume (New York Fed)",   u.BN_USD, D, "nyfed_unsecured", 30, 3_000, ONCE),
    Series("ecb.usd_per_eur",              "ecb", "EXR.D.USD.EUR.SP00.A",         "US dollars per euro, reference rate",         u.USD_PER_EUR, D, "ecb_fx", 0.6, 2),
    Series("ecb.usd_per_eur_month",        "ecb", "EXR.M.USD.EUR.SP00.A",         "US dollars per euro, monthly average",        u.USD_PER_EUR, M, "ecb_fx_month", 0.6, 2),
    Series("ecb.jpy_per_eur",              "ecb", "EXR.D.JPY.EUR.SP00.A",         "Yen per euro, reference rate",                u.JPY_PER_EUR, D, "ecb_fx", 70, 400),
    Series("ecb.gbp_per_eur",              "ecb", "EXR.D.GBP.EUR.SP00.A",         "Pounds per euro, reference rate",             u.GBP_PER_EUR, D, "ecb_fx", 0.4, 1.5),
    Series("ecb.chf_per_eur",              "ecb", "EXR.D.CHF.EUR.SP00.A",         "Swiss francs per euro, reference rate",       u.CHF_PER_EUR, D, "ecb_fx", 0.5, 2),
    Series("ecb.cny_per_eur",              "ecb", "EXR.D.CNY.EUR.SP00.A",         "Yuan per euro, reference rate",               u.CNY_PER_EUR, D, "ecb_fx", 4, 20),
    Series("ecb.estr",                     "ecb", "EST.B.EU000A2X2A25.WT",        "Euro short-term rate",                        u.PERCENT, D, "ecb_estr", -2, 20),
    Series("ecb.deposit_rate",             "ecb", "FM.D.U2.EUR.4F.KR.DFR.LEV",    "Deposit facility rate",                       u.PERCENT, E, "ecb_key_rates", -2, 20),
    Series("ecb.refinancing_rate",         "ecb", "FM.D.U2.EUR.4F.KR.MRR_FR.LEV", "Main refinancing operations, fixed rate",     u.PERCENT, E, "ecb_key_rates", -1, 20),
    Series("worldbank.world_gdp",          "world_bank", "WLD.NY.GDP.MKTP.CD",    "World gross domestic product, current dollars",   u.ONE_USD, Y, "world_bank", 1e12, 1e15),
    Series("worldbank.world_broad_money",  "world_bank", "WLD.FM.LBL.BMNY.GD.ZS", "World broad money, percent of GDP",               u.PERCENT, Y, "world_bank", 30, 400),
    Series("worldbank.china_gdp",          "world_bank", "CHN.NY.GDP.MKTP.CD",    "China gross domestic product, current dollars",   u.ONE_USD, Y, "world_bank", 4e10, 1e14),
    Series("worldbank.china_broad_money",  "world_bank", "CHN.FM.LBL.BMNY.GD.ZS", "China broad money, percent of GDP",               u.PERCENT, Y, "world_bank", 10, 500),
    Series("worldbank.china_reserves",     "world_bank", "CHN.FI.RES.TOTL.CD",    "China total reserves with gold, current dollars", u.ONE_USD, Y, "world_bank", 1e9, 1e13),
])
# fmt: on
