"""The reference model (version 3.4.1) beside ours, with its errors, as a comparison and nothing else.

`reference.v3_4_1.*` computes what that program computes, in our units, and each difference to our number is split by
its reason, below with the metric that shows it. The family exists so that whoever knows the old numbers can see why
ours differ; nothing is built on it. A leg it misses counts as zero: a value stands beside MISSING_INPUT or STALE_INPUT.

1. Reverse repos in billions are subtracted from millions: the leg is 1000 times too small.
   `.net_liquidity.vs_weekly.rrp_unit`
2. A SOFR above 1 is divided by 100, one up to 1 is not: 99 times the rate too much. `.sofr.vs_published`
3. "7 days" are 7 rows, nine to eleven days where rows are business days. `.net_liquidity.daily.d7.vs_calendar`
4. A missing leg is zero, and the last value is filled forward without limit: a number where ours is NULL. The status
   beside each value
5. Labels: WORAL is repos, RESPPLLOPNWW remittances due, the term funding program is H41RESPPALDKNWW. The catalog's
   `fed.repos`, `fed.remittances_due`, `fed.btfp`
6. "China" is foreign reserves without gold, no balance sheet. `.global_liquidity.vs_net_fed.china`
7. WTREGEN is a week's average, not the Wednesday. `.net_liquidity.vs_weekly.tga_average`
8. Its cross-check recomputes the same formula from the same rows; ours compare two publishers. checks.py

Also seen: a Bank of Japan month, dated on its first day, is read from that day on although it describes the last
(`.global_liquidity.vs_net_fed.dates`, with what is filled); percent of almost no reverse repos (`.stealth_qe.vs_ours`).
"Without limit" is FILL days here. Not rebuilt: its daily score, whose rows depend on when somebody opened the sheet.
Belongs here: the comparison. Keep out: anything that another metric reads.
"""

import polars as pl

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import Input, at_period, dates_only, lagged, last_within, optional, window
from liquidity_platform.derived.declare import Function, Metric
from liquidity_platform.derived.stealth_qe import FULL, WEIGHTED, WEIGHTS

GUIDE = "Finance guide 4.0, the reference model with its errors"
NAME = "reference.v3_4_1"
FILL = 3653  # days: ten years
FEW = 0.5e9  # dollars of reverse repos below which it takes no percent
NET, DAILY, GLOBAL, STEALTH = (f"{NAME}.{what}" for what in (
    "net_liquidity", "net_liquidity.daily", "global_liquidity", "stealth_qe",
))  # fmt: skip
WEEKLY = "us.net_liquidity.weekly"

_NET = pl.col("assets") - pl.col("tga") - pl.col("rrp") / 1000
_YEN = pl.when(pl.col("jpy") > 0).then(pl.col("boj") / pl.col("jpy")).otherwise(0.0)
_ABROAD = pl.col("ecb") * pl.col("eur") + _YEN  # dollars


def filled(source: str) -> Input:
    """The last value, however old."""
    return last_within(source, calendar_days=FILL)


def _metric(name: str, title: str, unit: Unit, inputs: dict[str, Input], how: str | Function) -> Metric:
    """A metric of this family; its first input is the anchor."""
    text, function = (how, None) if isinstance(how, str) else (None, how)
    return Metric(id=name, title=title, unit=unit, version=1, anchor=next(iter(inputs)), inputs=inputs,
                  formula=text, function=function, source=GUIDE)  # fmt: skip


def zero_for_missing(value: pl.Expr) -> Function:
    """`value` of a frame in which nothing is missing: a leg that is not there counts as 0 (error 4)."""
    return lambda frame: frame.with_columns(pl.exclude("period").fill_null(0.0)).select(value).to_series()


def _legs(anchor: str) -> dict[str, Input]:
    """The legs of net liquidity as the reference reads them: all but the one that makes its rows may be absent."""
    legs = {"assets": "fed.total_assets", "tga": "treasury.tga_week_average", "rrp": "fed.on_rrp"}
    others = {leg: optional(filled(source)) for leg, source in legs.items() if leg != anchor}
    return {anchor: at_period(legs[anchor]), **others}


def seven_rows(frame: pl.DataFrame) -> pl.Series:
    """The last of `rows` less the first."""
    return frame.select(pl.col("rows").list.last() - pl.col("rows").list.first()).to_series()


def sofr_read(frame: pl.DataFrame) -> pl.Series:
    """The rate that the reference works with, in percent: up to 1 it takes percent for a fraction."""
    rate = pl.col("rate")
    return frame.select(pl.when(rate > 1).then(rate).otherwise(100 * rate)).to_series()


def reference_velocity(frame: pl.DataFrame) -> pl.Series:
    """The score of reverse repos: of percent of the week before, however little that was; 0 where it takes none."""
    now, then = pl.col("now").fill_null(0.0), pl.col("then").fill_null(0.0)
    percent = pl.when(then > FEW).then(100 * (now - then) / then).otherwise(0.0)
    return frame.select((percent / FULL["rrp"] * 100).clip(0, 100)).to_series()


NET_LIQUIDITY = [
    _metric(NET, "Reference model: net liquidity", Unit.USD, _legs("assets"), zero_for_missing(_NET)),
    _metric(f"{NET}.vs_weekly", "Reference model less us.net_liquidity.weekly", Unit.USD,
            {"theirs": at_period(NET), "ours": at_period(WEEKLY)}, "theirs - ours"),
    _metric(f"{NET}.vs_weekly.rrp_unit", "Its difference: reverse repos, billions taken for millions", Unit.USD,
            {"ours": at_period(f"{WEEKLY}.rrp")}, "ours - ours / 1000"),
    _metric(f"{NET}.vs_weekly.tga_average", "Its difference: a week's average for the Wednesday", Unit.USD,
            {"level": at_period(f"{WEEKLY}.tga"), "average": filled("treasury.tga_week_average")}, "level - average"),
    _metric(DAILY, "Reference model: net liquidity on days with reverse repos", Unit.USD, _legs("rrp"),
            zero_for_missing(_NET)),
    _metric(f"{DAILY}.d7", "Reference model: change over 7 rows, called 7 days", Unit.USD,
            {"now": at_period(DAILY), "rows": window(DAILY, days=60, least=8, rows=8, with_current=True)}, seven_rows),
    _metric(f"{DAILY}.d7.vs_calendar", "Its difference: 7 rows less 7 calendar days", Unit.USD,
            {"rows": at_period(f"{DAILY}.d7"), "now": at_period(DAILY),
             "then": lagged(DAILY, days=7, calendar_days=4)}, "rows - (now - then)"),
]  # fmt: skip

SOFR = [
    _metric(f"{NAME}.sofr", "Reference model: SOFR, where up to 1 % is read as a fraction", Unit.PERCENT,
            {"rate": at_period("nyfed.sofr")}, sofr_read),
    _metric(f"{NAME}.sofr.vs_published", "Its difference: SOFR as read less SOFR", Unit.PERCENT,
            {"theirs": at_period(f"{NAME}.sofr"), "ours": at_period("nyfed.sofr")}, "theirs - ours"),
]  # fmt: skip

ABROAD = {
    "ecb": optional(filled("ecb.total_assets")), "eur": optional(filled("fx.usd_per_eur")),
    "boj": optional(filled("boj.total_assets")), "jpy": optional(filled("fx.jpy_per_usd")),
}  # fmt: skip
CHINA = optional(filled("imf.reserves_china"))
GLOBAL_LIQUIDITY = [
    _metric(GLOBAL, "Reference model: global liquidity", Unit.USD,
            {"fed": at_period(NET), **ABROAD, "china": CHINA},
            zero_for_missing(pl.col("fed") + _ABROAD + pl.col("china"))),
    _metric(f"{GLOBAL}.vs_net_fed", "Reference model less global.liquidity.net_fed", Unit.USD,
            {"theirs": at_period(GLOBAL), "ours": at_period("global.liquidity.net_fed")}, "theirs - ours"),
    _metric(f"{GLOBAL}.vs_net_fed.fed", "Its difference: net liquidity of the US", Unit.USD,
            {"theirs": at_period(NET), "ours": at_period(WEEKLY)}, "theirs - ours"),
    _metric(f"{GLOBAL}.vs_net_fed.china", "Its difference: China's foreign reserves, no balance sheet", Unit.USD,
            {"fed": dates_only(at_period(NET)), "china": CHINA}, zero_for_missing(pl.col("china"))),
    _metric(f"{GLOBAL}.vs_net_fed.dates", "Its difference: ECB and Bank of Japan of other dates, filled", Unit.USD,
            {"ecb_leg": at_period("global.liquidity.gross.ecb"), "boj_leg": at_period("global.liquidity.gross.boj"),
             **ABROAD}, zero_for_missing(_ABROAD - pl.col("ecb_leg") - pl.col("boj_leg"))),
]  # fmt: skip


def _week(source: str) -> dict[str, Input]:
    return {"now": optional(filled(source)), "then": optional(lagged(source, days=7, calendar_days=FILL))}


def _part(leg: str, source: str, how: Function) -> Metric:
    return _metric(f"{STEALTH}.{leg}", f"Reference model: stealth QE, score of {leg}", Unit.INDEX,
                   {"week": dates_only(at_period("fed.total_assets")), **_week(source)}, how)  # fmt: skip


def _moved(sign: int, full: float) -> Function:
    """What moved in a week, in percent of `full` within 0..100; a missing value counts as 0."""
    return zero_for_missing((sign * (pl.col("now") - pl.col("then")) / full * 100).clip(0, 100))


def _differs(leg: str, why: str) -> Metric:
    return _metric(f"{STEALTH}.vs_ours.{leg}", f"Its difference: {why}", Unit.INDEX,
                   {"theirs": at_period(f"{STEALTH}.{leg}"), "ours": at_period(f"us.stealth_qe.weekly.{leg}")},
                   f"{WEIGHTS[leg]} * theirs - {WEIGHTS[leg]} * ours")  # fmt: skip


STEALTH_QE = [
    _part("rrp", "fed.on_rrp", reference_velocity),
    _part("tga", "treasury.tga_week_average", _moved(-1, FULL["tga"])),
    _part("fed", "fed.total_assets", _moved(1, FULL["fed"])),
    _metric(STEALTH, "Reference model: stealth QE on Wednesdays", Unit.INDEX,
            {leg: at_period(f"{STEALTH}.{leg}") for leg in WEIGHTS}, WEIGHTED),
    _metric(f"{STEALTH}.vs_ours", "Reference model less us.stealth_qe.weekly", Unit.INDEX,
            {"theirs": at_period(STEALTH), "ours": at_period("us.stealth_qe.weekly")}, "theirs - ours"),
    _differs("rrp", "percent of little, filled"),
    _differs("tga", "a week's average for the Wednesday"),
    _differs("fed", "what is missing counted as zero"),
]  # fmt: skip
METRICS = NET_LIQUIDITY + SOFR + GLOBAL_LIQUIDITY + STEALTH_QE
