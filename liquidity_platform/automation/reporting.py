"""The report asset: what the warehouse holds, as one HTML file below HOME.

Belongs here: gathering the report's data from the warehouse, writing the file. Keep out: layout and wording (report).
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa

from liquidity_platform.automation.covering import write_coverage
from liquidity_platform.automation.hubs import gathered
from liquidity_platform.automation.keys import FRESH, REPORT, bar_key, mart_key, metric_key, raw_key
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.units import Unit
from liquidity_platform.core.whole import written_whole
from liquidity_platform.derived.registry import METRICS, anchored_on, is_part, needed, raw_inputs
from liquidity_platform.quality.lateness import Lateness, judge_lateness, short_title, spoken
from liquidity_platform.report.labels import HEADLINE
from liquidity_platform.report.model import LATE, NET_LIQUIDITY, NEWEST, OLD, ReportData, empty
from liquidity_platform.report.page import render
from liquidity_platform.sources.registry import LISTINGS
from liquidity_platform.warehouse.charted import regime_states, revised_rows
from liquidity_platform.warehouse.connect import Warehouse, claims
from liquidity_platform.warehouse.findings import standing
from liquidity_platform.warehouse.read import metrics_as_of, newest_observations, newest_periods

REGIME = "us.regime"
REVISED = ("bls.payrolls", "fed.industrial_production", "chicagofed.nfci")  # whose vintages a fan shows, if held
FAN_YEARS = 3
_SPREADS = [m.id for m in METRICS.values() if m.id.startswith("us.spread.") and m.unit is Unit.BASIS_POINTS]
_VARIANTS = [name for name in METRICS if name.startswith("us.net_liquidity.") and not is_part(name)]


def gather(warehouse: Warehouse, failures: list[str], at: datetime | None = None) -> ReportData:
    """Everything the report shows, as known at `at` (None: now)."""
    now = warehouse.settings.clock_now().now()
    with warehouse.engine.connect() as connection:
        held = claims(connection)
        weekly = _weekly(connection)
        waiting: list[str] = list(
            connection.execute(
                sa.text(
                    "SELECT reason FROM ops.quarantine q WHERE status = 'pending' AND NOT EXISTS (SELECT "
                    "FROM ops.held_rows h WHERE h.quarantine_id = q.quarantine_id) ORDER BY quarantine_id"
                )
            )
            .scalars()
            .all()
        )
    with warehouse.session() as session:
        spreads = metrics_as_of(session, {name: METRICS[name].version for name in _SPREADS}, at)
        variants = newest_periods(session, {name: METRICS[name].version for name in _VARIANTS}, 1, at)
        newest = newest_observations(session, at)
        found = standing(session, at or now)
        regimes, vintages = regime_states(session, REGIME, at), revised_rows(session, REVISED, FAN_YEARS, at)
    late = lateness(newest, at or now)
    empty_ones = [name for name, one in late.items() if one.newest is None]
    read = needed()
    return ReportData(
        title="US net liquidity",
        generated_at=now,
        as_of=at,
        simulated=held.get("kind") == "simulated",
        clock_moved=held.get("clock") == "moved",
        net_liquidity=weekly,
        variants=variants,
        spreads=spreads,
        newest=_newest_table(newest, late, {(one.series, one.period) for one in found if one.blocks}),
        late=_late_table(late),
        failures=failures,
        quarantined=waiting,
        held_back=[f"{one.judgement}: {one.reason}" for one in found if one.blocks],
        flagged=[f"{one.judgement}: {one.reason}" for one in found if not one.blocks],
        regimes=regimes,
        vintages=vintages,
        headline_late=_headline_late(late),
        old=_old_table(late),
        absent=[SERIES[name].code for name in empty_ones if name in read],
        absent_others=sum(name not in read for name in empty_ones),
    )


def _weekly(connection: sa.engine.Connection) -> pl.DataFrame:
    """marts.net_liquidity_weekly, oldest first; empty before the first build."""
    if connection.scalar(sa.text("SELECT to_regclass('marts.net_liquidity_weekly')")) is None:
        return empty(NET_LIQUIDITY)
    rows = connection.execute(
        sa.text(f"SELECT {', '.join(NET_LIQUIDITY)} FROM marts.net_liquidity_weekly ORDER BY period")
    )
    return pl.DataFrame([tuple(row) for row in rows], schema=dict(NET_LIQUIDITY), orient="row")


def lateness(newest: pl.DataFrame, now: datetime) -> dict[str, Lateness]:
    """The lateness of every catalog series at `now`."""
    held = dict(zip(newest["series_id"], newest["period"], strict=True))
    return {line.id: judge_lateness(line, held.get(line.id), now) for line in SERIES.values()}


def _shown(late: dict[str, Lateness]) -> list[Series]:
    """The series a page speaks of: those held, and those that a metric misses. Nobody reads two hundred empty rows."""
    read = needed()
    return [line for line in SERIES.values() if late[line.id].newest is not None or line.id in read]


def _newest_table(newest: pl.DataFrame, late: dict[str, Lateness], blocked: set[tuple[str, date]]) -> pl.DataFrame:
    """The newest row of each series; one that is `blocked` (series, period) says so."""
    held = {row["series_id"]: row for row in newest.to_dicts()}
    rows = []
    for line in _shown(late):
        row = held.get(line.id, {})
        rows.append(
            {
                "series_id": line.id, "code": line.code, "title": line.title, "unit": line.unit.value,
                "period": row.get("period"), "value": row.get("value"), "known_at": row.get("known_at"),
                "known_basis": row.get("known_basis"), "source": row.get("source") or line.source,
                "status_text": "held back" if (line.id, row.get("period")) in blocked
                else _said(late[line.id]) if row else "nothing published",
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NEWEST))


def _said(found: Lateness) -> str:
    return "" if found.verdict.passed else found.verdict.reason


def _late_table(late: dict[str, Lateness]) -> pl.DataFrame:
    """Held and late, as `liquidity status --late` has them."""
    rows = [
        {
            **_named(line), "newest_period": found.newest, "expected_period": found.expected,
            "late_by_text": spoken(found.late_by),
        }
        for line in SERIES.values()
        if (found := late[line.id]).late_by is not None
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(LATE))


def _old_table(late: dict[str, Lateness]) -> pl.DataFrame:
    rows = [{**_named(line), "newest_period": late[line.id].newest} for line in SERIES.values() if late[line.id].old]
    return pl.DataFrame(rows, schema=dict(OLD))


def _named(line: Series) -> dict[str, str]:
    return {"series_id": line.id, "code": line.code, "title": line.title, "release": line.release.title}


def _headline_late(late: dict[str, Lateness]) -> str:
    """`121 days late against H.4.1: WALCL`: what dates the headline, or the latest of its other inputs."""
    metric = METRICS[HEADLINE]
    anchor = anchored_on(metric)
    found = {name: span for name in raw_inputs(metric) if (span := late[name].late_by)}
    if not found:
        return ""
    name = anchor if anchor in found else max(sorted(found), key=found.__getitem__)
    length = f"{found[name].days} days" if found[name].days >= 2 else spoken(found[name])
    return f"{length} late against {short_title(SERIES[name])}: {SERIES[name].code}"


def write_report(warehouse: Warehouse, failures: list[str]) -> Path:
    """Render and write <HOME>/reports/liquidity.html, whole or not at all."""
    path = warehouse.settings.data_home / "reports" / "liquidity.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(render(gather(warehouse, failures)).encode())
    return path


def _failures(instance: dg.DagsterInstance) -> list[str]:
    """Why series and bars did not arrive when last asked for; quarantined ones have a place of their own."""
    listed = [bar_key(listing) for listings in LISTINGS.values() for listing in listings]
    keys = [dg.AssetCheckKey(key, "arrived") for key in (*(raw_key(line) for line in SERIES.values()), *listed)]
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    judged = [r.event.dagster_event.event_specific_data for r in found.values() if r.event and r.event.dagster_event]
    failed = [e.description or "" for e in judged if isinstance(e, dg.AssetCheckEvaluation) and not e.passed]
    return sorted(reason for reason in failed if not reason.startswith("quarantined: "))


@dg.asset(
    key=REPORT,
    deps=[
        *(mart_key(mart) for mart in ("net_liquidity_weekly", "spreads_daily", "series_status", "universe_coverage")),
        *sorted(gathered(metric_key(name) for name in (*_VARIANTS, REGIME))),
        *(raw_key(find_series(name)) for name in REVISED),
    ],
    group_name="report",
    kinds={"html"},
    owners=["team:liquidity"],
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH),
    description="One self-contained HTML page: net liquidity and its components, spreads, newest values, what is late. "
    "Beside it the page of coverage.",
)
def report(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dg.MaterializeResult[Any]:
    """Write the report."""
    with warehouse.writing() as opened:
        path = write_report(opened, _failures(context.instance))
        coverage = write_coverage(opened)
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(path)),
            "bytes": path.stat().st_size,
            "coverage": dg.MetadataValue.path(str(coverage)),
        }
    )
