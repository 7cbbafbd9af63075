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
    USD_PER_EUR = "usd_per_eur"
    JPY_PER_USD = "jpy_per_usd"
    JPY_PER_EUR = "jpy_per_eur"
    GBP_PER_EUR = "gbp_per_eur"
    CHF_PER_EUR = "chf_per_eur"
    CNY_PER_EUR = "cny_per_eur"
    USD_PER_BARREL = "usd_per_barrel"


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
USD_PER_EUR = PublishedUnit("US dollars per euro", Unit.USD_PER_EUR, 1.0)
JPY_PER_USD = PublishedUnit("yen per US dollar", Unit.JPY_PER_USD, 1.0)
JPY_PER_EUR = PublishedUnit("yen per euro", Unit.JPY_PER_EUR, 1.0)
GBP_PER_EUR = PublishedUnit("pounds per euro", Unit.GBP_PER_EUR, 1.0)
CHF_PER_EUR = PublishedUnit("Swiss francs per euro", Unit.CHF_PER_EUR, 1.0)
CNY_PER_EUR = PublishedUnit("yuan per euro", Unit.CNY_PER_EUR, 1.0)
ONE_USD = PublishedUnit("US dollars", Unit.USD, 1.0)
USD_PER_BARREL = PublishedUnit("US dollars per barrel", Unit.USD_PER_BARREL, 1.0)
