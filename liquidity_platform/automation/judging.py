"""Judging what a load has written, before anybody reads it: findings, rows held back, the day's quality of each series.

One pass over all series of a provider that have news; a load without news judges nothing and asks what stands.
Belongs here: from rows written to findings stored, and outcomes that carry what stands. Keep out: the judgements
(quality), what the gate means (warehouse.findings), loading.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.catalog.gates import Severity, severity_of
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.instants import Clock
from liquidity_platform.quality.arrivals import (
    NEWEST,
    PAST,
    RECENT,
    RECENTLY,
    REPLACED,
    USUAL,
    Finding,
    judge_arrivals,
)
from liquidity_platform.quality.lateness import judge_lateness
from liquidity_platform.quality.score import Day
from liquidity_platform.warehouse.arrivals import recent_rows, replaced_rows, usual_revisions
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.findings import Found, add_finding, by_series, hold_rows, standing
from liquidity_platform.warehouse.quality import add_days, newest_held


def judge_written(
    connection: psycopg.Connection, ids: Sequence[str], payloads: Sequence[str], clock: Clock, run_id: str | None
) -> list[Found]:
    """Judge what `payloads` made known of the series `ids`, in the transaction that wrote it; what was found.

    What blocks is held back here and now: there is no moment at which a dependant could read it.
    """
    if not ids:
        return []
    recent = _frame(recent_rows(connection, ids, payloads, PAST + NEWEST), RECENT)
    replaced = _frame(replaced_rows(connection, ids, payloads, clock.now() - RECENTLY), REPLACED)
    revised = replaced["series_id"].unique().to_list()
    usual = _frame(usual_revisions(connection, revised, payloads) if revised else [], USUAL)
    lines = {name: SERIES[name] for name in ids}
    return _keep(connection, judge_arrivals(lines, recent, replaced, usual), clock, run_id)


def _frame(rows: Sequence[tuple[object, ...]], shape: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=shape, orient="row")


def _keep(connection: psycopg.Connection, findings: Sequence[Finding], clock: Clock, run_id: str | None) -> list[Found]:
    """Write findings down; what blocks a series in one load waits under one id in quarantine."""
    held: dict[str, int] = {}
    blocks = [one for one in findings if severity_of(one.series, one.judgement) is Severity.BLOCK]
    for name in dict.fromkeys(one.series for one in blocks):
        own = [one for one in blocks if one.series == name]
        rows = sorted({row for one in own for row in one.rows})
        reason = "; ".join(f"{one.judgement.value}: {one.reason}" for one in own)
        held[name] = hold_rows(connection, name, rows, reason, clock, run_id)
    kept = []
    for one in findings:
        severity, newest = severity_of(one.series, one.judgement), max(one.rows)
        waits = held[one.series] if severity is Severity.BLOCK else None
        found = Found(
            one.series, one.judgement.value, severity.value, newest[0], newest[1], len(one.rows), one.reason, waits
        )
        add_finding(connection, found, newest, clock, run_id, waits)
        kept.append(found)
    return kept


def remember(warehouse: Warehouse, outcomes: Sequence[Outcome], run_id: str | None) -> list[Outcome]:
    """`outcomes` with what stands against their series; the quality of each on this day is written down."""
    now = warehouse.settings.clock_now().now()

    def write(connection: psycopg.Connection) -> list[Outcome]:
        ids = [outcome.series.id for outcome in outcomes]
        found = by_series(standing(connection, now, ids))
        known = [replace(outcome, found=found.get(outcome.series.id, ())) for outcome in outcomes]
        silent = newest_held(connection, [one.series.id for one in known if one.newest is None])
        days = [_day(one, one.newest or silent.get(one.series.id), now) for one in known]
        add_days(connection, now.date(), days, warehouse.settings.clock_now(), run_id)
        return known

    return warehouse.run(write)


def _day(outcome: Outcome, newest: date | None, now: datetime) -> Day:
    blocks = sum(one.blocks for one in outcome.found)
    late = not judge_lateness(outcome.series, newest, now).verdict.passed
    return Day(outcome.series.id, outcome.published, late, len(outcome.found) - blocks, blocks)
