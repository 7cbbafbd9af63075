"""Report data for tests: a small made one, and one of published numbers, which is what people look at.

Belongs here: builders of `ReportData`. Keep out: assertions. The arithmetic stands in for derived/.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.report.model import LATE, NEWEST, ReportData

DATA = Path(os.environ.get("LIQUIDITY_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data") / "fred"
GENERATED = datetime(2026, 7, 23, 12, 0, tzinfo=UTC)
LEGS = {"us.spread.10y2y": ("DGS10", "DGS2"), "us.spread.10y3m": ("DGS10", "DGS3MO"),
        "us.spread.sofr_iorb": ("SOFR", "IORB"), "us.spread.hy_oas": ("BAMLH0A0HYM2", None),
        "us.spread.ig_oas": ("BAMLC0A0CM", None)}  # fmt: skip
SHOWN = [("fed.total_assets", "WALCL", "Fed total assets, Wednesday level", "usd", 1e6, "release_rule"),
         ("treasury.tga_wednesday", "WDTGAL", "Treasury General Account, Wednesday level", "usd", 1e6, "release_rule"),
         ("fed.on_rrp", "RRPONTSYD", "Overnight reverse repo accepted", "usd", 1e9, "release_rule"),
         ("ust.yield_10y", "DGS10", "Treasury constant maturity, 10 years", "percent", 1, "release_rule"),
         ("nyfed.sofr", "SOFR", "Secured overnight financing rate", "percent", 1, "release_rule"),
         ("bls.cpi", "CPIAUCSL", "Consumer price index, all items", "index", 1, "vintage"),
         ("bls.payrolls", "PAYEMS", "Nonfarm payrolls", "persons", 1e3, "fetched"),
         ("ecb.total_assets", "ECBASSETSW", "Eurosystem total assets", "eur", 1e6, "conservative"),
         ("fx.usd_per_eur", "DEXUSEU", "US dollars per euro", "usd_per_eur", 1, "release_rule"),
         ("chicagofed.nfci", "NFCI", "National Financial Conditions Index", "index", 1, "fetched")]  # fmt: skip


def published(code: str, scale: float = 1.0) -> pl.DataFrame:
    """One file as [period, value]; a blank is NULL."""
    frame = pl.read_csv(DATA / f"{code}.csv", null_values=[""], infer_schema=False)
    return frame.select(
        pl.col("observation_date").str.to_date().alias("period"), value=pl.col(code).cast(pl.Float64) * scale
    )


def known(days: int, hour: int, minute: int = 0) -> pl.Expr:
    """`period` plus so many days at a UTC time of day."""
    return (pl.col("period").cast(INSTANT) + timedelta(days=days, hours=hour, minutes=minute)).alias("known_at")


def net_liquidity() -> pl.DataFrame:
    """`model.NET_LIQUIDITY`, ON RRP of the same Wednesday; a blank one is a missing value."""
    legs = published("WALCL", 1e6).rename({"value": "fed_assets"})
    for name, code, scale in (("tga", "WDTGAL", 1e6), ("rrp", "RRPONTSYD", 1e9)):
        legs = legs.join(published(code, scale).rename({"value": name}), on="period", how="left")
    level = pl.col("fed_assets") - pl.col("tga") - pl.col("rrp")
    status = pl.when(level.is_null()).then(pl.lit("MISSING_INPUT")).otherwise(pl.lit("COMPLETE")).alias("status")
    return legs.with_columns(level.alias("net_liquidity"), status, known(1, 20, 30))


def variants(rows: pl.DataFrame) -> pl.DataFrame:
    """`model.VARIANTS`: the weekly variant with its changes, a provisional daily one, one that lacks a leg."""
    newest = rows.row(-1, named=True)
    same = {"period": newest["period"], "known_at": newest["known_at"]}
    found = [{"metric": "us.net_liquidity.weekly", "value": newest["net_liquidity"], "status": "COMPLETE", **same}]
    for suffix, weeks in (("d1w", 1), ("d4w", 4), ("d13w", 13)):
        change = newest["net_liquidity"] - rows["net_liquidity"].drop_nulls()[-1 - weeks]
        found.append({"metric": f"us.net_liquidity.weekly.{suffix}", "value": change, "status": "COMPLETE", **same})
        found.append({"metric": f"us.net_liquidity.daily.{suffix}", "value": change * 1.1, "status": "CARRIED", **same})
    daily = {"metric": "us.net_liquidity.daily", "value": newest["net_liquidity"] + 21e9, "status": "PROVISIONAL"}
    found.append({**daily, **same})
    found.append({"metric": "us.net_liquidity.openbb", "value": 5.58e12, "status": "CARRIED", **same})
    found.append({"metric": "us.net_liquidity.openbb.d1w", "value": None, "status": "STALE_INPUT", **same})
    found.append({"metric": "us.net_liquidity.h41", "value": None, "status": "MISSING_INPUT", **same})
    return pl.DataFrame(found, schema_overrides={"known_at": INSTANT, "value": pl.Float64})


def spreads() -> pl.DataFrame:
    """`model.SPREADS`: one row a day that the first leg has one."""
    parts = []
    for metric, (first, second) in LEGS.items():
        rows = published(first)
        if second:
            start = published(second)["period"].min()
            rows = rows.filter(pl.col("period") >= start).join(
                published(second), on="period", how="left", suffix="_less"
            )
            rows = rows.select("period", value=pl.col("value") - pl.col("value_less"))
        status = pl.when(pl.col("value").is_null()).then(pl.lit("MISSING_INPUT")).otherwise(pl.lit("COMPLETE"))
        rows = rows.with_columns(pl.col("value") * 100, status.alias("status"), known(1, 20, 15))
        parts.append(rows.with_columns(metric=pl.lit(metric)))
    return pl.concat(parts)


def newest_values() -> pl.DataFrame:
    """`model.NEWEST`: newest rows of some series, the last of them blank."""
    found = []
    for series, code, title, unit, scale, basis in SHOWN:
        row = published(code, scale).with_columns(known(1, 20, 15)).row(-1, named=True)
        found.append({**row, "series_id": series, "code": code, "title": title, "unit": unit, "known_basis": basis,
                      "source": "fred", "status_text": ""})  # fmt: skip
    found[-1].update(value=None, status_text="published blank")
    return pl.DataFrame(found, schema=dict(NEWEST))


def late() -> pl.DataFrame:
    """`model.LATE`: two series."""
    rows = [("chicagofed.nfci", "NFCI", "National Financial Conditions Index", "NFCI, Wednesdays 08:30 Chicago",
             date(2026, 5, 15), date(2026, 7, 17), "61 d"),
            ("treasury.tga_daily", "DTS", "Treasury General Account, closing balance", "DTS, 16:00 New York",
             None, date(2026, 7, 21), "2 h 10 m")]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(LATE), orient="row")


def small_net_liquidity() -> pl.DataFrame:
    """Sixty Wednesdays, one row apart a week; ON RRP of the week before the last is missing, so is the result."""
    weeks = [date(2025, 5, 28) + timedelta(days=7 * week) for week in range(60)]
    legs = [(6.7e12 + 1e9 * week, 0.8e12 - 2e9 * week, None if week == 58 else 5e9) for week in range(60)]
    rows = [
        (day, None if rrp is None else assets - tga - rrp, assets, tga, rrp)
        for day, (assets, tga, rrp) in zip(weeks, legs, strict=True)
    ]
    frame = pl.DataFrame(rows, schema=["period", "net_liquidity", "fed_assets", "tga", "rrp"], orient="row")
    status = pl.when(pl.col("net_liquidity").is_null()).then(pl.lit("MISSING_INPUT")).otherwise(pl.lit("COMPLETE"))
    return frame.with_columns(status.alias("status"), known(1, 20, 30))


def small_spreads() -> pl.DataFrame:
    """Ten days of two spreads; the third day of the first is missing."""
    days = [date(2026, 7, 6) + timedelta(days=day) for day in range(10)]
    rows = [("us.spread.10y2y", day, None if place == 2 else 30.0 + place) for place, day in enumerate(days)]
    rows += [("us.spread.sofr_iorb", day, place - 5.0) for place, day in enumerate(days)]
    frame = pl.DataFrame(rows, schema=["metric", "period", "value"], orient="row")
    status = pl.when(pl.col("value").is_null()).then(pl.lit("STALE_INPUT")).otherwise(pl.lit("COMPLETE"))
    return frame.with_columns(status.alias("status"), known(1, 20, 15))


def small_newest() -> pl.DataFrame:
    """Two series: one with a value, one whose newest value is a published blank."""
    rows = [("ust.yield_10y", "DGS10", "Treasury constant maturity, 10 years", "percent", date(2026, 7, 15), 4.67,
             GENERATED, "release_rule", "fred", ""),
            ("fed.on_rrp", "RRPONTSYD", "Overnight reverse repo accepted", "usd", date(2026, 7, 15), None,
             GENERATED, "fetched", "fred", "published blank")]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NEWEST), orient="row")


def _report(parts: dict[str, object], changes: dict[str, object]) -> ReportData:
    fields: dict[str, object] = {
        "title": "Liquidity report", "generated_at": GENERATED, "as_of": None, "simulated": False, "clock_moved": False,
        "late": late(), "failures": ["treasury DTS: time-out after 4 attempts (SourceUnavailable)"],
        "quarantined": ["fred T10Y2Y 2026-07-21: 19.0 outside the plausible range -5..6"], **parts, **changes,
    }  # fmt: skip
    return ReportData(**fields)  # type: ignore[arg-type]


def small_report(**changes: object) -> ReportData:
    """A made report with a missing value of every kind, and `changes` to its fields."""
    rows = small_net_liquidity()
    parts: dict[str, object] = {"net_liquidity": rows, "variants": variants(rows), "spreads": small_spreads()}
    return _report({**parts, "newest": small_newest()}, changes)


def published_report(**changes: object) -> ReportData:
    """A report of published numbers."""
    rows = net_liquidity()
    parts: dict[str, object] = {"net_liquidity": rows, "variants": variants(rows), "spreads": spreads()}
    return _report({**parts, "newest": newest_values()}, changes)


@pytest.fixture
def small() -> Callable[..., ReportData]:
    """The builder of a small made report."""
    return small_report


@pytest.fixture
def real() -> Callable[..., ReportData]:
    """The builder of a report of published numbers; skips where they are not."""
    if not (DATA / "WALCL.csv").exists():
        pytest.skip(f"no published numbers under {DATA} (LIQUIDITY_TEST_DATA)")
    return published_report
