"""Gaps of the last days are asked for again, once a day; of a longer time on demand.

Publishers answer with the whole history, so that asking again fills whatever they have filled meanwhile. The daily run
has asked at 05:00; at noon in New York the series and instruments that still lack a day before their newest one are
asked once more, in one run. On demand: with the cursor `30 days` (set in the UI, or by `dagster sensor cursor`) the
next tick looks that far back. What the publisher does not fill stays a gap, and is not asked for again before the next
day. Gaps of ticks are the sidecar's own: it fills them from the feed's history.
Belongs here: the sensor and its cursor. Keep out: what a gap is (quality), late releases (asking.py).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from liquidity_platform.automation.jobs import LOAD_BARS, LOAD_RAW, current_range
from liquidity_platform.automation.keys import bar_key, raw_key
from liquidity_platform.automation.schedules import bars_tick
from liquidity_platform.catalog.releases import NEW_YORK
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.instants import parse_day
from liquidity_platform.quality.gaps import missing_periods, missing_sessions
from liquidity_platform.settings import Settings, settings
from liquidity_platform.sources.bar_fetching import BAR_FILES, usual_listings
from liquidity_platform.sources.contract import Listing
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.shown import held_periods, held_sessions

USUAL = 2  # days back
NOON = time(12, 0)
_WIDER = timedelta(days=800)  # periods are dated long before they are released: a year's 18 months
_SILENT = timedelta(days=10)  # an instrument without any bar for so long does not trade, or is not asked for


@dataclass(frozen=True, slots=True)
class Look:
    """How far back to look, and the last day on which the usual look then has happened."""

    days: int
    done: date


def look_now(cursor: str | None, now: datetime) -> Look | None:
    """What the cursor and the clock ask for: None before noon, and when today was looked at."""
    text = (cursor or "").strip()
    local = now.astimezone(ZoneInfo(NEW_YORK))
    if asked := re.fullmatch(r"(\d{1,5})( days?)?", text):
        return Look(int(asked[1]), local.date() - timedelta(days=local.time() < NOON))
    done = parse_day(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    if local.time() < NOON or (done is not None and done >= local.date()):
        return None
    return Look(USUAL, local.date())


def gaps_of_series(warehouse: Warehouse, days: int, now: datetime) -> dict[str, list[date]]:
    """Periods that are missing, by id of the series."""
    since = now - timedelta(days=days)
    with warehouse.session() as connection:
        held = held_periods(connection, (since - _WIDER).date())
    found = {name: missing_periods(SERIES[name], periods, since, now) for name, periods in held.items()
             if name in SERIES}  # fmt: skip
    return {name: periods for name, periods in found.items() if periods}


def gaps_of_bars(warehouse: Warehouse, days: int, now: datetime) -> dict[Listing, list[date]]:
    """Sessions that are missing, by instrument and provider."""
    last = bars_tick(now).astimezone(ZoneInfo(NEW_YORK)).date() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    with warehouse.session() as connection:
        held = held_sessions(connection, first - _SILENT)
    found = {}
    for one in usual_listings(warehouse.settings):
        sessions = held.get((_source(one, warehouse.settings), one.id))
        if sessions and (missing := missing_sessions(one.instrument, sessions, max(first, min(sessions)), last)):
            found[one] = missing
    return found


def _source(listing: Listing, chosen: Settings) -> str:
    return BAR_FILES if chosen.files_dir is not None else listing.source


@dg.sensor(
    name="gap_repair",
    jobs=[LOAD_RAW, LOAD_BARS],
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks again, once a day, for what lacks a day of the last two; set the cursor to `30 days` for more",
)
def gap_repair(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    chosen = settings()
    now = chosen.clock_now().now()
    look = look_now(context.cursor, now)
    if look is None:
        return dg.SkipReason(f"looks at the last {USUAL} days at noon in New York; looked at: {context.cursor}")
    with open_warehouse(chosen) as warehouse:
        series = gaps_of_series(warehouse, look.days, now)
        bars = gaps_of_bars(warehouse, look.days, now)
    lines = [SERIES[name] for name in sorted(series)]
    found = _requests(lines, list(bars), f"{look.done} {look.days}")
    said = f"{sum(map(len, series.values()))} periods of {len(series)} series, " \
           f"{sum(map(len, bars.values()))} sessions of {len(bars)} instruments are missing"  # fmt: skip
    return dg.SensorResult(run_requests=found, cursor=f"{look.done}", skip_reason=None if found else said)


def _requests(lines: list[Series], listings: list[Listing], look: str) -> list[dg.RunRequest]:
    """A run of series and one of bars; the same gaps at the same look give the same run keys."""
    tags = {**current_range(), "liquidity/why": "gap repair"}
    wanted = (
        (LOAD_RAW.name, [line.id for line in lines], [raw_key(line) for line in lines]),
        (LOAD_BARS.name, [f"{one.source}:{one.id}" for one in listings], [bar_key(one) for one in listings]),
    )
    return [
        dg.RunRequest(
            hashlib.sha256(f"{look} {names}".encode()).hexdigest()[:32],
            job_name=job, asset_selection=keys, tags={**tags, "liquidity/gaps": ", ".join(names)[:250]},
        )
        for job, names, keys in wanted
        if keys
    ]  # fmt: skip
