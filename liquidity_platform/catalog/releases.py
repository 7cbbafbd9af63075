"""Release clocks: when a publisher first shows the value of a period.

A release maps a period to the local date of its publication and, where one is on file, a local clock time.
Sources: finance guide 4.5 (publishers' schedules); marks [V] seen, [K] general knowledge, as there.
Belongs here: the rules, their calendars, grace before "late". Keep out: what a series means, judging lateness.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from liquidity_platform.catalog.calendars import (
    Days,
    add_business_days,
    business_day_before,
    is_holiday,
    next_business_day,
)
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import INSTANT, KnownBasis
from liquidity_platform.core.frequency import Frequency

NEW_YORK, FRANKFURT, TOKYO = "America/New_York", "Europe/Berlin", "Asia/Tokyo"
END_OF_DAY = time(23, 59, 59)
MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}  # of a period


@dataclass(frozen=True, slots=True)
class Release:
    """One publication. `date_of` maps periods to local publication dates; `clock` None means none is on file.

    `on_file` holds publication dates that the publisher announced and that differ from the rule.
    """

    id: str
    title: str
    zone: str
    calendar: str
    date_of: Callable[[Days], Days]
    clock: time | None
    grace: timedelta = timedelta(hours=2)
    weekday: int | None = None  # weekly releases: the weekday its periods are dated on (Monday is 0)
    observed: str | None = None  # daily releases: the calendar of days that have a value, where it is another one
    on_file: Mapping[date, date] = field(default_factory=dict)

    @property
    def basis(self) -> KnownBasis:
        """What a first value of a non-revisable series can claim under this release."""
        return KnownBasis.RELEASE_RULE if self.clock else KnownBasis.CONSERVATIVE

    def known_at(self, periods: pl.Series) -> pl.Series:
        """First instant (UTC) at which the value of each period was out; dtype Datetime[us, UTC].

        Without a clock on file: the end of the next business day after the release date, never earlier.
        """
        days = periods.to_numpy().astype("datetime64[D]")
        released = self.date_of(days)
        for period, announced in self.on_file.items():
            released = np.where(days == np.datetime64(period), np.datetime64(announced), released)
        if self.clock is None:
            released = add_business_days(released, 1, self.calendar)
        local = pl.Series(periods.name, released.astype("datetime64[us]")).cast(pl.Datetime("us"))
        at = self.clock or END_OF_DAY
        local = local + timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
        return local.dt.replace_time_zone(self.zone).dt.convert_time_zone("UTC").cast(INSTANT)

    def known_at_one(self, period: date) -> datetime:
        """`known_at` of a single period."""
        known: datetime = self.known_at(pl.Series("period", [period], dtype=pl.Date)).to_list()[0]
        return known.astimezone(UTC)

    def newest_due(self, frequency: Frequency, now: datetime) -> date | None:
        """The newest period whose release instant has passed at `now`; None without a clock on file."""
        if self.clock is None:
            return None
        periods = pl.Series("period", self.periods_before(frequency, now), dtype=pl.Date)
        due: date | None = periods.filter(self.known_at(periods) <= now).max()  # type: ignore[assignment]
        return due

    def next_expected(self, frequency: Frequency, now: datetime) -> datetime | None:
        """The first release instant (UTC) after `now`; None without a clock on file."""
        if self.clock is None:
            return None
        # no release is due for a period that begins more than two weeks from now before one that begins sooner
        ahead = self.periods_before(frequency, now + timedelta(days=14), 30)
        known = self.known_at(pl.Series("period", ahead, dtype=pl.Date))
        coming: datetime | None = known.filter(known > now).min()  # type: ignore[assignment]
        return coming.astimezone(UTC) if coming else None

    def periods_before(self, frequency: Frequency, now: datetime, count: int = 15) -> list[date]:
        """The last `count` periods of this release dated on or before `now`, oldest first."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        if step := MONTHS.get(frequency):
            month = np.datetime64(today, "M") - (today.month - 1) % step
            return [(month - step * back).astype("datetime64[D]").item() for back in reversed(range(count))]
        days = np.arange(np.datetime64(today) - 8 * count, np.datetime64(today) + 1)
        if self.weekday is not None:
            days = days[(days.astype(int) + 3) % 7 == self.weekday]
        elif frequency is Frequency.DAILY:
            days = days[np.is_busday(days) & ~is_holiday(days, self.observed or self.calendar)]
        kept: list[date] = days[-count:].tolist()
        return kept


def _after(days: int, calendar: str, periods: Days) -> Days:
    """A fixed number of calendar days later, on the next business day when closed."""
    return next_business_day(periods + np.timedelta64(days, "D"), calendar)


def _business(count: int, calendar: str, periods: Days) -> Days:
    return add_business_days(periods, count, calendar)


def _h41(periods: Days) -> Days:
    """Thursday; Friday when that Thursday or the Wednesday itself is a federal holiday [V, 2025-01-02]."""
    thursday = periods + np.timedelta64(1, "D")
    shifted = is_holiday(thursday, "us_federal") | is_holiday(periods, "us_federal")
    return np.where(shifted, next_business_day(periods + np.timedelta64(2, "D"), "us_federal"), thursday)


def _h10(periods: Days) -> Days:
    """The Monday after the week of the observation, Tuesday when that Monday is a federal holiday [V]."""
    weekday = (periods.astype(int) + 3) % 7
    return next_business_day(periods + (7 - weekday).astype("timedelta64[D]"), "us_federal")


def _h8(periods: Days) -> Days:
    """Friday of the week after the Wednesday's; Thursday when that Friday is a federal holiday [V]."""
    return business_day_before(periods + np.timedelta64(9, "D"), "us_federal")


def _ecb_statement(periods: Days) -> Days:
    """Tuesday, two TARGET days after the Friday; three for the statement that carries a quarter's revaluation [V]."""
    quarter_of = (periods + np.timedelta64(1, "D")).astype("datetime64[M]").astype(int) // 3
    revalued = quarter_of != (periods - np.timedelta64(6, "D")).astype("datetime64[M]").astype(int) // 3
    return np.where(revalued, add_business_days(periods, 3, "target"), add_business_days(periods, 2, "target"))


def _month_end(periods: Days, months: int = 1) -> Days:
    """Last calendar day of the month (or quarter) that starts at each period."""
    after: Days = (periods.astype("datetime64[M]") + months).astype("datetime64[D]")
    return after - np.timedelta64(1, "D")


def _boj(periods: Days) -> Days:
    return add_business_days(next_business_day(_month_end(periods), "japan"), 2, "japan")


def _employment(periods: Days) -> Days:
    """Third Friday after the week (Sunday to Saturday) that holds the month's 12th; the day before if closed."""
    twelfth = periods.astype("datetime64[M]").astype("datetime64[D]") + np.timedelta64(11, "D")
    saturday = twelfth + ((5 - (twelfth.astype(int) + 3) % 7) % 7).astype("timedelta64[D]")
    friday = saturday + np.timedelta64(20, "D")
    return business_day_before(friday, "us_federal")


def _month_day(months: int, day: int, periods: Days) -> Days:
    """The given day of the month that comes `months` after the period's, or the next business day."""
    start: Days = (periods.astype("datetime64[M]") + months).astype("datetime64[D]")
    return next_business_day(start + np.timedelta64(day - 1, "D"), "us_federal")


def _month_after(calendar: str, periods: Days) -> Days:
    """The first business day after the month that starts at each period."""
    return next_business_day(_month_end(periods) + np.timedelta64(1, "D"), calendar)


def _half_year_after(periods: Days) -> Days:
    """The first business day of July after the year that starts at each period."""
    return next_business_day((periods.astype("datetime64[M]") + 18).astype("datetime64[D]"), "us_federal")


def _after_quarter(days: int, periods: Days) -> Days:
    return next_business_day(_month_end(periods, 3) + np.timedelta64(days, "D"), "us_federal")


US, NY = "us_federal", NEW_YORK
MORNING = time(12, 0)  # "the morning": known for sure when it has ended
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def index_releases(releases: list[Release]) -> Mapping[str, Release]:
    """Releases by id. Raises CatalogError for a duplicate."""
    by_id: dict[str, Release] = {}
    for release in releases:
        if release.id in by_id:
            raise CatalogError(f"release {release.id}: declared twice")
        by_id[release.id] = release
    return by_id


# fmt: off
RELEASES = index_releases([
    Release("h41", "H.4.1 Factors Affecting Reserve Balances", NY, US, _h41, time(16, 30), timedelta(minutes=45), 2),
    Release("dts", "Daily Treasury Statement", NY, US, partial(_business, 1, US), time(16, 0)),
    Release("on_rrp", "NY Fed reverse repo operations", NY, US, partial(_business, 0, US), time(13, 15), observed="us_market"),
    Release("nyfed_secured", "NY Fed SOFR, TGCR, BGCR", NY, US, partial(_business, 1, US), time(8, 0), observed="us_market"),
    Release("nyfed_unsecured", "NY Fed EFFR, OBFR", NY, US, partial(_business, 1, US), time(9, 0)),
    Release("h15", "H.15 Selected Interest Rates", NY, US, partial(_business, 1, US), time(16, 15), observed="us_market"),
    Release("h10", "H.10 Foreign Exchange Rates", NY, US, _h10, time(16, 15)),
    Release("iorb", "Interest Rate on Reserve Balances", NY, US, partial(_after, 0, US), None),
    Release("ice_bofa", "ICE BofA indices", NY, US, partial(_business, 1, US), MORNING, observed="us_market"),
    Release("cboe", "Cboe volatility indices", NY, US, partial(_business, 1, US), MORNING, observed="nyse"),
    Release("sp_dji", "S&P Dow Jones indices", NY, US, partial(_business, 1, US), MORNING, observed="nyse"),
    Release("nfci", "Chicago Fed National Financial Conditions Index", NY, US, partial(_after, 5, US), time(8, 30), weekday=4),
    Release("stlfsi", "St. Louis Fed Financial Stress Index", NY, US, partial(_after, 6, US), None, weekday=4),
    Release("moodys", "Moody's corporate yields", NY, US, partial(_business, 1, US), None),
    Release("eia_spot", "EIA spot prices", NY, US, partial(_after, 7, US), None),
    Release("libor", "ICE LIBOR, ended", NY, US, partial(_business, 7, US), None),
    Release("bls_employment", "BLS Employment Situation", NY, US, _employment, time(8, 30), WEEK),
    Release("bls_cpi", "BLS Consumer Price Index", NY, US, partial(_month_day, 1, 20), time(8, 30), WEEK),
    Release("bea_gdp", "BEA Gross Domestic Product", NY, US, partial(_after_quarter, 30), time(8, 30), WEEK),
    Release("g17", "G.17 Industrial Production", NY, US, partial(_month_day, 1, 17), time(9, 15), WEEK),
    Release("h6", "H.6 Money Stock Measures", NY, US, partial(_month_day, 1, 28), time(13, 0), WEEK),
    # the rules below: [V] H.8's, claims' and retail, housing and sentiment days against ALFRED, WEI; the other clocks are [K]
    Release("nyfed_repo", "NY Fed repo operations", NY, US, partial(_business, 0, US), time(13, 45), observed="us_market"),
    Release("fed_target", "FOMC target range", NY, US, partial(_after, 0, US), None),
    Release("cp", "Commercial Paper Rates", NY, US, partial(_business, 1, US), None),
    Release("cp_outstanding", "Commercial Paper Outstanding", NY, US, partial(_after, 1, US), None, weekday=2),
    Release("pmms", "Freddie Mac Primary Mortgage Market Survey", NY, US, partial(_after, 0, US), time(12, 0), DAY, 3),
    Release("term_structure", "Three-factor term structure model", NY, US, partial(_after, 7, US), None),
    Release("nasdaq", "Nasdaq indices", NY, US, partial(_business, 1, US), None, observed="nyse"),
    Release("kcfsi", "Kansas City Financial Stress Index", NY, US, partial(_month_day, 1, 10), None),
    Release("epu", "Economic policy uncertainty", NY, US, partial(_business, 1, US), None),
    Release("sloos", "Senior Loan Officer Opinion Survey", NY, US, partial(_after, 49, US), None),
    Release("charge_offs", "Charge-off and delinquency rates", NY, US, partial(_after_quarter, 60), None),
    Release("h8", "H.8 Assets and Liabilities of Commercial Banks", NY, US, _h8, time(16, 15), DAY, 2),
    Release("h6_weekly", "H.6 weekly averages, published monthly", NY, US, partial(_month_day, 1, 28), None, weekday=0),
    Release("g19", "G.19 Consumer Credit", NY, US, partial(_month_day, 2, 8), time(15, 0), WEEK),
    Release("bls_ppi", "BLS Producer Price Index", NY, US, partial(_month_day, 1, 17), time(8, 30), WEEK),
    Release("bls_jolts", "BLS Job Openings and Labor Turnover", NY, US, partial(_month_day, 2, 10), time(10, 0), WEEK),
    Release("dol_claims", "Weekly unemployment claims", NY, US, partial(_after, 5, US), time(8, 30), DAY, 5),
    Release("dol_continued", "Weekly unemployment claims, continued", NY, US, partial(_after, 12, US), time(8, 30), DAY, 5),
    Release("bea_income", "BEA Personal Income and Outlays", NY, US, partial(_month_day, 1, 31), time(8, 30), WEEK),
    Release("bea_trade", "US International Trade in Goods and Services", NY, US, partial(_month_day, 2, 8), time(8, 30), WEEK),
    Release("bea_vehicles", "BEA vehicle sales", NY, US, partial(_month_day, 1, 7), None),
    Release("census_retail", "Census Advance Retail Sales", NY, US, partial(_month_day, 1, 17), time(8, 30), WEEK),
    Release("census_housing", "Census New Residential Construction", NY, US, partial(_month_day, 1, 20), time(8, 30), WEEK),
    Release("census_sales", "Census New Residential Sales", NY, US, partial(_month_day, 1, 28), time(10, 0), WEEK),
    Release("census_durables", "Census Durable Goods", NY, US, partial(_month_day, 1, 28), time(8, 30), WEEK),
    Release("umich", "University of Michigan Surveys of Consumers", NY, US, partial(_month_day, 1, 1), time(10, 0), WEEK),
    Release("case_shiller", "S&P Case-Shiller home prices", NY, US, partial(_month_day, 2, 31), None),
    Release("cfnai", "Chicago Fed National Activity Index", NY, US, partial(_month_day, 1, 28), None),
    Release("fed_surveys", "New York and Philadelphia Fed surveys", NY, US, partial(_month_day, 1, 1), None),
    Release("wei", "Weekly Economic Index", NY, US, partial(_after, 5, US), time(11, 30), DAY, 5),
    Release("eia_gasoline", "EIA retail gasoline prices", NY, US, partial(_after, 1, US), None, weekday=0),
    Release("federal_debt", "Treasury's public debt, quarterly", NY, US, partial(_after_quarter, 75), None),
    Release("mts", "Monthly Treasury Statement", NY, US, partial(_month_day, 1, 13), time(14, 0), WEEK),
    Release("imf_reserves", "IMF international reserves", NY, US, partial(_month_day, 2, 15), None),
    Release("oecd", "OECD Main Economic Indicators", NY, US, partial(_month_day, 1, 20), None),
    Release("ecb_rates", "ECB key interest rates", FRANKFURT, "target", partial(_after, 0, "target"), None),
    Release("estr", "Euro short-term rate", FRANKFURT, "target", partial(_business, 1, "target"), None),
    Release("ecb_wfs", "ECB weekly financial statement", FRANKFURT, "target", _ecb_statement, time(15, 0), timedelta(days=1), 4),
    Release("boj_accounts", "Bank of Japan accounts", TOKYO, "japan", _boj, None),
    Release("ecb_fx", "ECB euro reference rates", FRANKFURT, "target", partial(_business, 0, "target"), time(16, 0)),
    Release("ecb_fx_month", "ECB euro reference rates, monthly averages", FRANKFURT, "target", partial(_month_after, "target"), time(16, 0), timedelta(days=2)),
    Release("ecb_estr", "ECB euro short-term rate", FRANKFURT, "target", partial(_business, 1, "target"), time(8, 0)),
    Release("world_bank", "World Development Indicators", NY, US, _half_year_after, None),
])
# fmt: on
