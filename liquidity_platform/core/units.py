"""Units of stored values, and units as publishers print them.

Values are stored in base units: one US dollar, never thousands or millions; 4.25 means 4.25 %.
Belongs here: the unit vocabulary and its scales. Keep out: series names, conversion of frames.
"""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """Unit of a stored value."""

    USD = "usd"  # one US dollar
    EUR = "eur"  # one euro
    JPY = "jpy"  # one yen
    PERCENT = "percent"  # 4.25 means 4.25 %
    BASIS_POINTS = "bp"  # 25 means 0.25 %
    INDEX = "index"  # dimensionless level
    PERSONS = "persons"
    COUNT = "count"  # things that are neither persons nor money: claims, dwellings, vehicles, vacancies
    RATIO = "ratio"
    HOURS = "hours"
    WEEKS = "weeks"
    DAYS = "days"
    USD_PER_EUR = "usd_per_eur"
    USD_PER_GBP = "usd_per_gbp"
    USD_PER_AUD = "usd_per_aud"
    USD_PER_NZD = "usd_per_nzd"
    BRL_PER_USD = "brl_per_usd"
    CAD_PER_USD = "cad_per_usd"
    CHF_PER_USD = "chf_per_usd"
    CNY_PER_USD = "cny_per_usd"
    DKK_PER_USD = "dkk_per_usd"
    HKD_PER_USD = "hkd_per_usd"
    INR_PER_USD = "inr_per_usd"
    JPY_PER_USD = "jpy_per_usd"
    KRW_PER_USD = "krw_per_usd"
    MXN_PER_USD = "mxn_per_usd"
    NOK_PER_USD = "nok_per_usd"
    SEK_PER_USD = "sek_per_usd"
    SGD_PER_USD = "sgd_per_usd"
    TWD_PER_USD = "twd_per_usd"
    ZAR_PER_USD = "zar_per_usd"
    JPY_PER_EUR = "jpy_per_eur"
    GBP_PER_EUR = "gbp_per_eur"
    CHF_PER_EUR = "chf_per_eur"
    CNY_PER_EUR = "cny_per_eur"
    USD_PER_BARREL = "usd_per_barrel"
    USD_PER_GALLON = "usd_per_gallon"
    USD_PER_MMBTU = "usd_per_mmbtu"
    USD_PER_HOUR = "usd_per_hour"


@dataclass(frozen=True, slots=True)
class PublishedUnit:
    """How a publisher prints a quantity: stored value = printed value x scale, in `unit`."""

    label: str
    unit: Unit
    scale: float


MN_USD = PublishedUnit("millions of US dollars", Unit.USD, 1e6)
BN_USD = PublishedUnit("billions of US dollars", Unit.USD, 1e9)
BN_USD_2017 = PublishedUnit("billions of chained 2017 US dollars", Unit.USD, 1e9)
MN_EUR = PublishedUnit("millions of euros", Unit.EUR, 1e6)
HUNDRED_MN_JPY = PublishedUnit("100 millions of yen", Unit.JPY, 1e8)
PERCENT = PublishedUnit("percent", Unit.PERCENT, 1.0)
INDEX = PublishedUnit("index", Unit.INDEX, 1.0)
THOUSAND_PERSONS = PublishedUnit("thousands of persons", Unit.PERSONS, 1e3)
NUMBER = PublishedUnit("number", Unit.COUNT, 1.0)
THOUSANDS = PublishedUnit("thousands", Unit.COUNT, 1e3)
MILLIONS = PublishedUnit("millions", Unit.COUNT, 1e6)
RATIO = PublishedUnit("ratio", Unit.RATIO, 1.0)
HOURS = PublishedUnit("hours", Unit.HOURS, 1.0)
WEEKS = PublishedUnit("weeks", Unit.WEEKS, 1.0)
USD_PER_EUR = PublishedUnit("US dollars per euro", Unit.USD_PER_EUR, 1.0)
USD_PER_GBP = PublishedUnit("US dollars per pound sterling", Unit.USD_PER_GBP, 1.0)
USD_PER_AUD = PublishedUnit("US dollars per Australian dollar", Unit.USD_PER_AUD, 1.0)
USD_PER_NZD = PublishedUnit("US dollars per New Zealand dollar", Unit.USD_PER_NZD, 1.0)
BRL_PER_USD = PublishedUnit("reais per US dollar", Unit.BRL_PER_USD, 1.0)
CAD_PER_USD = PublishedUnit("Canadian dollars per US dollar", Unit.CAD_PER_USD, 1.0)
CHF_PER_USD = PublishedUnit("Swiss francs per US dollar", Unit.CHF_PER_USD, 1.0)
CNY_PER_USD = PublishedUnit("yuan per US dollar", Unit.CNY_PER_USD, 1.0)
DKK_PER_USD = PublishedUnit("Danish kroner per US dollar", Unit.DKK_PER_USD, 1.0)
HKD_PER_USD = PublishedUnit("Hong Kong dollars per US dollar", Unit.HKD_PER_USD, 1.0)
INR_PER_USD = PublishedUnit("Indian rupees per US dollar", Unit.INR_PER_USD, 1.0)
JPY_PER_USD = PublishedUnit("yen per US dollar", Unit.JPY_PER_USD, 1.0)
KRW_PER_USD = PublishedUnit("won per US dollar", Unit.KRW_PER_USD, 1.0)
MXN_PER_USD = PublishedUnit("Mexican pesos per US dollar", Unit.MXN_PER_USD, 1.0)
NOK_PER_USD = PublishedUnit("Norwegian kroner per US dollar", Unit.NOK_PER_USD, 1.0)
SEK_PER_USD = PublishedUnit("Swedish kronor per US dollar", Unit.SEK_PER_USD, 1.0)
SGD_PER_USD = PublishedUnit("Singapore dollars per US dollar", Unit.SGD_PER_USD, 1.0)
TWD_PER_USD = PublishedUnit("New Taiwan dollars per US dollar", Unit.TWD_PER_USD, 1.0)
ZAR_PER_USD = PublishedUnit("rand per US dollar", Unit.ZAR_PER_USD, 1.0)
JPY_PER_EUR = PublishedUnit("yen per euro", Unit.JPY_PER_EUR, 1.0)
GBP_PER_EUR = PublishedUnit("pounds per euro", Unit.GBP_PER_EUR, 1.0)
CHF_PER_EUR = PublishedUnit("Swiss francs per euro", Unit.CHF_PER_EUR, 1.0)
CNY_PER_EUR = PublishedUnit("yuan per euro", Unit.CNY_PER_EUR, 1.0)
ONE_USD = PublishedUnit("US dollars", Unit.USD, 1.0)
USD_PER_BARREL = PublishedUnit("US dollars per barrel", Unit.USD_PER_BARREL, 1.0)
USD_PER_GALLON = PublishedUnit("US dollars per gallon", Unit.USD_PER_GALLON, 1.0)
USD_PER_MMBTU = PublishedUnit("US dollars per million BTU", Unit.USD_PER_MMBTU, 1.0)
USD_PER_HOUR = PublishedUnit("US dollars per hour", Unit.USD_PER_HOUR, 1.0)
