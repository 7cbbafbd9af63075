"""Metrics in a real warehouse: computing what is new leaves what computing everything would, and is chosen rightly."""

import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from liquidity_platform.automation.computing import compute
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.facts import OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.warehouse.append import append_vintages
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.derived.histories import ASSETS, DAYS, DTS, INSTANTS, KINDS, RRP, TGA, frame

EVERYTHING = Window(2002, 2030)
NOW = Window.current(datetime.now(UTC))
Fact = tuple[str, object, datetime, float | None]


def drawn(seed: int) -> list[Fact]:
    draw = random.Random(seed)
    keys = {(source, day, at) for source in (ASSETS, TGA, RRP, DTS) for day in DAYS for at in INSTANTS}
    chosen = draw.sample(sorted(keys), 150)
    return [(*key, draw.choice([None, 0.0, 1.0, 2.0, 5.0, 40.0])) for key in chosen]


def load(warehouse: Warehouse, facts: list[Fact]) -> None:
    """Write facts down, each known since its own instant."""
    fetched, payload = datetime.now(UTC), str(uuid.uuid4())
    rows = [(series, day, at, value, "vintage", SERIES[series].source, fetched, payload, "run")
            for series, day, at, value in facts]  # fmt: skip
    with warehouse.session() as connection:
        append_vintages(connection, pl.DataFrame(rows, schema=OFFERED, orient="row"), EVERYTHING, Clock())


def held(warehouse: Warehouse) -> dict[tuple[object, ...], tuple[object, ...]]:
    """The last word on every step."""
    with warehouse.session() as connection:
        rows = connection.execute(
            "SELECT DISTINCT ON (metric_id, period, known_at) metric_id, period, known_at, value, status "
            "FROM derived.metrics ORDER BY metric_id, period, known_at, recorded_at DESC"
        ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def wanted(facts: list[Fact]) -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = evaluate_all(KINDS, frame(facts)).select("metric_id", "period", "known_at", "value", "status").rows()  # type: ignore[arg-type]
    return {row[:3]: row[3:] for row in rows}


def computed(warehouse: Warehouse, window: Window = NOW, **more: object) -> dict[str, int]:
    """Compute what is new, without time to spare; rows offered of each metric."""
    reports = compute(warehouse, window, "run", **{"metrics": KINDS, "overlap": timedelta(0), **more})  # type: ignore[arg-type]
    return {name: report.offered for name, report in reports.items()}


@pytest.mark.parametrize("seed", range(3))
def test_what_arrives_in_any_order_is_computed_as_if_it_had_been_there_at_once(warehouse: Warehouse, seed: int) -> None:
    facts = drawn(seed)
    cuts = [0, 90, 91, 120, 149, 150]
    for start, end in pairwise(cuts):
        load(warehouse, facts[start:end])
        computed(warehouse)
        assert held(warehouse) == wanted(facts[:end])
    assert computed(warehouse) == {}


def test_a_day_to_spare_computes_again_and_appends_nothing(warehouse: Warehouse) -> None:
    load(warehouse, drawn(1))
    computed(warehouse)
    reports = compute(warehouse, NOW, "run", metrics=KINDS)
    assert sum(report.offered for report in reports.values()) > 100
    assert sum(report.appended for report in reports.values()) == 0


def test_one_new_row_computes_few_steps_and_a_new_definition_computes_its_own(warehouse: Warehouse) -> None:
    facts = drawn(2)
    load(warehouse, facts)
    first = computed(warehouse)
    load(warehouse, [(TGA, DAYS[2], INSTANTS[-1] + timedelta(hours=1), 3.0)])
    second = computed(warehouse)
    assert set(second) <= {"same_day", "calendar", "by_function", "of_optional"}
    assert 0 < sum(second.values()) < 20 < sum(first.values())
    changed = {**KINDS, "business": replace(KINDS["business"], formula="b - a")}
    assert set(computed(warehouse, metrics=changed)) == {"business", "of_metric", "of_metric_again"}
    assert computed(warehouse, metrics=changed) == {}


def test_a_backfill_of_past_years_computes_all_writes_its_own_and_leaves_no_mark(warehouse: Warehouse) -> None:
    facts = drawn(3)
    load(warehouse, facts)
    assert sum(computed(warehouse, Window(2003, 2004)).values()) == len(wanted(facts))
    assert held(warehouse) == {}
    computed(warehouse, Window(2021, 2021))
    computed(warehouse)
    assert held(warehouse) == wanted(facts)
