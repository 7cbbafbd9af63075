"""Liquidity of the central banks the catalog has both a balance sheet and an exchange rate of: Fed, ECB, Bank of Japan.

Two totals, never mixed: `global.liquidity.gross` (total assets of each) and `global.liquidity.net_fed` (the Fed by
`us.net_liquidity.weekly`). Both are in dollars, dated on the Fed's Wednesday, and read of every bank the newest
statement that describes that Wednesday or a day before it:
- ECB: the Friday before (5 days), or the one before that while it is not out;
- Bank of Japan: monthly, dated on the first of the month and describing its LAST day, so that a month is read from 30
  days after its date on, never earlier (in March up to two days later);
- exchange rates: the Wednesday's own (H.10). They come out on the Monday after: until then, and on a holiday, the
  newest one is CARRIED.
A statement within its max age is COMPLETE, beyond it the totals are NULL: nothing is filled without limit, no bank is
left out silently. How old each is says `global.liquidity.gross.age.<bank>`, in days from the day described, also when
it is too old to be read.

`.d4w` and `.d13w` compare two Wednesdays as both are known now, and split exactly:
  volume = sum of (assets now - assets then) x rate then;  fx = sum of assets now x (rate now - rate then).
`.revision` is what the earlier Wednesday has been corrected by since it first had a number (rates of its own day that
came later, revised statements); `.shown` = volume + fx + revision is the change against what was first shown.
`.constant_fx` is the total at the exchange rates of BASE, 100 on that Wednesday; before the rates of BASE were
published nobody knew it. `.concentration` is the Herfindahl-Hirschman index of the banks' shares (1/3 to 1), breadth
the percent of banks whose balance sheet, in its own currency, is larger than 13 weeks before.

Not here: coverage (global_coverage.py); the People's Bank of China, whose balance sheet the catalog has not (its
foreign reserves are no substitute: reference.py). The first ECB statement of a quarter revalues gold and foreign
currency: a step of `.volume` that is no purchase.
Belongs here: the totals and what is made of them. Keep out: net liquidity of the US, regimes.
"""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import (
    Input,
    age_of,
    at_period,
    dates_only,
    first_told,
    lagged,
    last_within,
    on_date,
)
from liquidity_platform.derived.declare import Function, Metric
from liquidity_platform.derived.net_liquidity import change

GUIDE = "Finance guide 4.2"
GROSS, NET = "global.liquidity.gross", "global.liquidity.net_fed"
BASE = date(2020, 1, 8)  # a Wednesday with both exchange rates, before the purchases of that spring
LONG = 400  # days that an age reaches back: it is told of what is too old for the totals
SPANS = {"d4w": 28, "d13w": 91}


@dataclass(frozen=True, slots=True)
class Bank:
    """A central bank: its balance sheet as a Wednesday reads it, and the exchange rate of a currency not the dollar."""

    key: str
    name: str
    assets: Input
    rate: str | None = None

    def dollars(self, assets: str, rate: str) -> str:
        """The formula of `assets` in dollars: rates are quoted in dollars per unit, or in units per dollar."""
        if self.rate is None:
            return assets
        return f"{assets} {'*' if SERIES[self.rate].unit.value.startswith('usd_per_') else '/'} {rate}"


FED = Bank("fed", "Federal Reserve", at_period("fed.total_assets"))
BANKS = (
    FED,
    Bank("ecb", "Eurosystem", lagged("ecb.total_assets", days=5, calendar_days=7), "fx.usd_per_eur"),
    # a month's accounts come 2 business days after its end; over Golden Week the ones of 38 days before are the newest
    Bank("boj", "Bank of Japan", lagged("boj.total_assets", days=30, calendar_days=45), "fx.jpy_per_usd"),
)
ABROAD = [bank for bank in BANKS if bank.rate]


def _metric(name: str, title: str, unit: Unit, inputs: dict[str, Input], formula: str | Function) -> Metric:
    """A metric of this family; its first input is the anchor."""
    text, function = (formula, None) if isinstance(formula, str) else (None, formula)
    return Metric(id=name, title=title, unit=unit, version=1, anchor=next(iter(inputs)), inputs=inputs,
                  formula=text, function=function, source=GUIDE)  # fmt: skip


def _rate(bank: Bank) -> Input:
    assert bank.rate is not None
    return last_within(bank.rate, calendar_days=8)


def _assets_id(bank: Bank) -> str:
    return f"{GROSS}.{bank.key}.assets"


def _leg_id(bank: Bank) -> str:
    return f"{GROSS}.{bank.key}"


def _rate_id(bank: Bank) -> str:
    return f"{GROSS}.{bank.key}.rate"


def _read(bank: Bank) -> list[Metric]:
    """What a Wednesday reads of a bank: its assets, their exchange rate, the assets in dollars."""
    anchored = {"week": dates_only(at_period("fed.total_assets"))}
    assets = _metric(_assets_id(bank), f"{bank.name}: total assets", SERIES[bank.assets.source].unit,
                     {**anchored, "assets": bank.assets}, "assets")  # fmt: skip
    legs = {"assets": at_period(assets.id)}
    rates = []
    if bank.rate:
        unit = SERIES[bank.rate].unit
        rates = [_metric(_rate_id(bank), f"Exchange rate of the {bank.name}'s currency", unit,
                         {**anchored, "rate": _rate(bank)}, "rate")]  # fmt: skip
        legs["rate"] = at_period(_rate_id(bank))
    formula = bank.dollars("assets", "rate")
    return [assets, *rates, _metric(_leg_id(bank), f"{bank.name}: assets in dollars", Unit.USD, legs, formula)]


def _ages(bank: Bank) -> list[Metric]:
    """How many days before the Wednesday lies what is read of the bank."""
    anchored = {"week": dates_only(at_period("fed.total_assets"))}

    def age(name: str, what: str, leg: Input) -> Metric:
        far = leg if leg.calendar_days is None else replace(leg, calendar_days=LONG)
        return _metric(f"{GROSS}.age.{name}", f"Age of {what}", Unit.DAYS, {**anchored, "age": age_of(far)}, "age")

    found = [age(bank.key, f"the {bank.name}'s balance sheet", bank.assets)]
    return [*found, age(f"{bank.key}_rate", "its exchange rate", _rate(bank))] if bank.rate else found


def _total(name: str, title: str, fed: str) -> Metric:
    legs = {bank.key: at_period(fed if bank is FED else f"{GROSS}.{bank.key}") for bank in BANKS}
    return _metric(name, title, Unit.USD, legs, " + ".join(legs))


def _fed_of(total: Metric) -> str:
    """What the total reads of the Fed."""
    return total.inputs["fed"].source


def _changes(total: Metric, name: str, days: int) -> list[Metric]:
    """The change over so many days and its parts."""
    whole = change(total, name, days, source=GUIDE)
    now, then = whole.inputs["now"], whole.inputs["then"]

    def part(suffix: str, words: str, inputs: dict[str, Input], formula: str) -> Metric:
        return _metric(f"{whole.id}.{suffix}", f"{whole.title}, {words}", Unit.USD, inputs, formula)

    volume, fx = [], []
    assets: dict[str, Input] = {}
    rates_now: dict[str, Input] = {}
    rates_then: dict[str, Input] = {}
    for bank in BANKS:
        source = _fed_of(total) if bank is FED else _assets_id(bank)
        here, before = f"{bank.key}_now", f"{bank.key}_then"
        assets |= {here: at_period(source), before: lagged(source, days=days, calendar_days=0)}
        volume.append(bank.dollars(f"({here} - {before})", f"{bank.key}_rate_then"))
        if bank.rate:
            rates_now[f"{bank.key}_rate_now"] = at_period(_rate_id(bank))
            rates_then[f"{bank.key}_rate_then"] = lagged(_rate_id(bank), days=days, calendar_days=0)
            at_rate = (bank.dollars(here, f"{bank.key}_rate_{when}") for when in ("now", "then"))
            fx.append(" - ".join(at_rate))
    held = {name: leg for name, leg in assets.items() if name in {f"{bank.key}_now" for bank in ABROAD}}
    return [
        whole,
        part("volume", "by balance sheets", {**assets, **rates_then}, " + ".join(volume)),
        part("fx", "by exchange rates", {**held, **rates_now, **rates_then}, " + ".join(fx)),
        part("revision", "by corrections of the earlier date",
             {"now": dates_only(now), "then": then, "first": first_told(then)}, "then - first"),
        part("shown", "against what was first shown", {"now": now, "first": first_told(then)}, "now - first"),
    ]  # fmt: skip


def _at_fixed_rates(total: Metric) -> Metric:
    """The total in percent of its level on BASE, at the exchange rates of BASE."""
    legs = {bank.key: at_period(_fed_of(total) if bank is FED else _assets_id(bank)) for bank in BANKS}
    fixed = {f"{bank.key}_rate": on_date(_rate_id(bank), BASE) for bank in ABROAD}
    summed = " + ".join(bank.dollars(bank.key, f"{bank.key}_rate") for bank in BANKS)
    legs |= {**fixed, "base": on_date(total.id, BASE)}
    return _metric(f"{total.id}.constant_fx", f"{total.title}, at exchange rates of {BASE}, in percent of that day",
                   Unit.PERCENT, legs, f"pct(({summed}) / base)")  # fmt: skip


def _concentration(total: Metric) -> Metric:
    squares = " + ".join(f"{bank.key} * {bank.key}" for bank in BANKS)
    return _metric(f"{total.id}.concentration", f"{total.title}: concentration (Herfindahl-Hirschman)", Unit.RATIO,
                   {"total": at_period(total.id), **total.inputs}, f"({squares}) / (total * total)")  # fmt: skip


def _breadth() -> Metric:
    """Percent of the banks that grew over 13 weeks, each in its own currency."""
    legs = {}
    for bank in BANKS:
        legs[f"{bank.key}_now"] = at_period(_assets_id(bank))
        legs[f"{bank.key}_then"] = lagged(_assets_id(bank), days=91, calendar_days=0)

    def growing(frame: pl.DataFrame) -> pl.Series:
        grew = [(pl.col(f"{bank.key}_now") > pl.col(f"{bank.key}_then")).cast(pl.Float64) for bank in BANKS]
        return frame.select(pl.sum_horizontal(grew) * 100 / len(BANKS)).to_series()

    return _metric("global.liquidity.breadth", "Central banks that grew over 13 weeks", Unit.PERCENT, legs, growing)


TOTALS = [
    _total(GROSS, "Assets of Fed, ECB and Bank of Japan", f"{GROSS}.fed"),
    _total(NET, "US net liquidity and assets of ECB and Bank of Japan", "us.net_liquidity.weekly"),
]
READ = [metric for bank in BANKS for metric in _read(bank)]
METRICS = [
    *READ,
    *(age for bank in BANKS for age in _ages(bank)),
    *TOTALS,
    *(metric for total in TOTALS for name, days in SPANS.items() for metric in _changes(total, name, days)),
    *(change(leg, name, days, source=GUIDE)
      for leg in READ if leg.id in {_leg_id(bank) for bank in BANKS} for name, days in SPANS.items()),
    *(_at_fixed_rates(total) for total in TOTALS),
    *(_concentration(total) for total in TOTALS),
    _breadth(),
]  # fmt: skip
