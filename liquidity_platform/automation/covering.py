"""The coverage page beside the report: gathering what is held and what the calendars had, writing the file.

Belongs here: those two. Keep out: queries (warehouse), layout (report).
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.whole import written_whole
from liquidity_platform.report.coverage import NAMED, SERIES_HELD, UNIVERSES_HELD, CoverageData, render_coverage
from liquidity_platform.warehouse.connect import Warehouse, claims
from liquidity_platform.warehouse.coverage import held_of_series, held_of_universes, periods_since

YEARS = 5  # over which missing periods are counted: today's calendars are no guide to older ones


def gather_coverage(warehouse: Warehouse) -> CoverageData:
    """What is held of every catalog series and universe, as known now."""
    now = warehouse.settings.clock_now().now()
    since = now.date() - timedelta(days=366 * YEARS)
    with warehouse.engine.connect() as connection:
        kind = claims(connection).get("kind")
    with warehouse.session() as session:
        held = {row["series_id"]: row for row in held_of_series(session).to_dicts()}
        recent = periods_since(session, since).partition_by("series_id", as_dict=True)
        universes = pl.DataFrame(held_of_universes(session), schema=dict(UNIVERSES_HELD), orient="row")
    nothing = {"periods": 0, "blanks": 0, "vintages": 0, "later_rows": 0}
    rows = []
    for line in SERIES.values():
        row = held.get(line.id, nothing)
        own = recent.get((line.id,))
        missing = missing_periods(line, row.get("first_period"), row.get("newest_period"), since,
                                  set(own["period"]) if own is not None else set())  # fmt: skip
        rows.append(
            {"series_id": line.id, "code": line.code, "title": line.title, "source": line.source,
             "frequency": line.frequency.value, **row, "missing": None if missing is None else len(missing),
             "missing_named": _named(missing or [])}
        )  # fmt: skip
    return CoverageData(now, kind == "simulated", pl.DataFrame(rows, schema=dict(SERIES_HELD)), universes, YEARS)


def missing_periods(
    line: Series, first: date | None, newest: date | None, since: date, held: set[date]
) -> list[date] | None:
    """Periods from `since` on that the release calendar has and `held` has not, between the first and the newest.

    None where nothing is held, or which day the series' weeks are dated on is not on file.
    """
    if first is None or newest is None or (line.frequency is Frequency.WEEKLY and line.release.weekday is None):
        return None
    begin = max(first, since)
    noon = datetime(newest.year, newest.month, newest.day, 12, tzinfo=ZoneInfo(line.release.zone))
    days = max(0, (newest - begin).days)
    step = {Frequency.WEEKLY: 7, Frequency.MONTHLY: 28, Frequency.QUARTERLY: 89, Frequency.YEARLY: 365}
    due = line.release.periods_before(line.frequency, noon, days // step.get(line.frequency, 1) + 2)
    return [period for period in due if begin < period < newest and period not in held]


def _named(missing: list[date]) -> str:
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return ", ".join(map(str, missing[-NAMED:])) + more


def write_coverage(warehouse: Warehouse) -> Path:
    """Render and write <HOME>/reports/coverage.html, whole or not at all."""
    path = warehouse.settings.data_home / "reports" / "coverage.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(render_coverage(gather_coverage(warehouse)).encode())
    return path
