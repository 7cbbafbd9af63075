"""Appending facts: section 2 of the design, set-based, one transaction a batch.

`parse` proposes, append decides:
- a `vintage` row is skipped when its (fact, period, known_at, value) exists, blank equal to blank;
- any other row is compared with what is known now: equal is skipped, different is appended as `fetched`, known at
  its fetch; a first value keeps its proposed `known_at` unless the same publisher had already been asked after that
  instant without showing it, then it is `fetched`;
- a derived step is skipped when the last row recorded at exactly that step says the same; a tick when it stands;
- a batch about ids that have no rows at all has nothing to be compared with and is copied in (bulk.py);
- only rows known within the run's windows are written.
Doing it twice appends nothing. Belongs here: batches of any fact table, what they did. Keep out: the comparing SQL
(deciding.py), payloads (payloads.py), fetching, judging whether a payload may be appended.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import psycopg

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import METRIC_ROWS, OFFERED
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.bulk import copy_first, is_first, not_known, not_standing
from liquidity_platform.warehouse.deciding import statement
from liquidity_platform.warehouse.payloads import index_payloads, recorded_at
from liquidity_platform.warehouse.rows import FACTS, FactTable, Row, Rule
from liquidity_platform.warehouse.staging import lock_writers, stage


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What an append did, in rows. offered = appended + unchanged + outside; revised is part of appended."""

    offered: int = 0
    appended: int = 0
    revised: int = 0
    unchanged: int = 0
    quarantined: int = 0
    outside: int = 0  # known outside the run's windows: not written by this run

    def __add__(self, other: "WriteReport") -> "WriteReport":
        return WriteReport(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What is offered was fetched before: when it was `recorded` then, and `own`, the payloads of that ask."""

    recorded: datetime
    own: list[str]


def append_facts(
    connection: psycopg.Connection,
    name: str,
    offered: pl.DataFrame,
    window: Window,
    clock: Clock,
    payloads: Iterable[Mapping[str, Any]] = (),
    dated: bool = False,
    again: ReadAgain | None = None,
) -> dict[str, WriteReport]:
    """Append `offered` to the fact table `name`, in the caller's transaction; one report an id.

    `offered` has the columns and dtypes of `FACTS[name].shape`, in any order. `payloads` are indexed beside it.
    `dated`: every row carries its own knowledge, as a vintage does, whatever its basis.
    `again`: compared with what was known at its fetch instead of now.
    Raises CatalogError when an id is not in the catalog; nothing is written then.
    """
    table = FACTS[name]
    assert set(offered.columns) == set(table.shape), f"{name}: offered {offered.columns}, wants {list(table.shape)}"
    lock_writers(connection, name)
    reports: dict[str, WriteReport] = {}
    if not offered.is_empty():
        tidy = _tidy(table, dated, offered.select(*table.shape).cast(table.shape))  # type: ignore[arg-type]
        _check_ids(connection, table, tidy)
        if is_first(connection, table, tidy, dated):
            written = copy_first(connection, table, tidy, window, recorded_at(clock))
        else:
            left = not_standing(connection, table, tidy, dated)
            if not dated and again is None:
                left = not_known(connection, table, left)
            written = _compare(connection, table, left, window, recorded_at(clock), dated, again)
        for key, count in offered.group_by(table.id).len().iter_rows():
            appended, revised, outside = written.get(key, (0, 0, 0))
            reports[key] = WriteReport(count, appended, revised, count - appended - outside, 0, outside)
    index_payloads(connection, payloads, window, clock)  # now: pages of one answer are no earlier asks of each other
    return reports


def append_rows(
    connection: psycopg.Connection, name: str, rows: Sequence[Row], window: Window, clock: Clock
) -> dict[str, WriteReport]:
    """Append models of `FACTS[name].model`; see append_facts."""
    table = FACTS[name]
    frame = pl.DataFrame([_plain(table, row) for row in rows], schema=table.shape, orient="row")
    return append_facts(connection, name, frame, window, clock)


def append_observations(
    connection: psycopg.Connection,
    offered: pl.DataFrame,
    payloads: Iterable[Mapping[str, Any]],
    window: Window,
    clock: Clock,
) -> dict[str, WriteReport]:
    """Append `offered` (columns and dtypes of core.facts.OFFERED) and index `payloads`; one report a series."""
    assert dict(offered.schema) == OFFERED, f"offered frame has the wrong shape: {offered.schema}"
    return append_facts(connection, "raw.observations", offered, window, clock, payloads)


def append_vintages(
    connection: psycopg.Connection, offered: pl.DataFrame, window: Window, clock: Clock
) -> dict[str, WriteReport]:
    """Append observations that carry their own knowledge (core.facts.OFFERED); their payloads come with the fetch."""
    return append_facts(connection, "raw.observations", offered, window, clock, dated=True)


def append_metrics(
    connection: psycopg.Connection, computed: pl.DataFrame, window: Window, clock: Clock, run_id: str | None
) -> dict[str, WriteReport]:
    """Append metric rows (core.facts.METRIC_ROWS); a step that stands with the same value and status is skipped."""
    assert dict(computed.schema) == METRIC_ROWS, f"metric frame has the wrong shape: {computed.schema}"
    rows = computed.with_columns(payload_id=pl.lit(None, pl.String), run_id=pl.lit(run_id, pl.String))
    return append_facts(connection, "derived.metrics", rows, window, clock)


def append_signals(
    connection: psycopg.Connection, computed: pl.DataFrame, window: Window, clock: Clock, run_id: str | None
) -> dict[str, WriteReport]:
    """Append signal rows (the shape of derived.signals less payload and run); a step that says the same is skipped."""
    rows = computed.with_columns(payload_id=pl.lit(None, pl.String), run_id=pl.lit(run_id, pl.String))
    return append_facts(connection, "derived.signals", rows, window, clock)


def _tidy(table: FactTable, dated: bool, offered: pl.DataFrame) -> pl.DataFrame:
    """`offered` in key order, without rows that only say again what an earlier row of the batch says.

    Adds `turn`, which counts the rows of one key (of one fact, where rows are compared with what is known), and
    `delay`, the microseconds by which rows that may meet at one known_at are recorded one after the other: the later
    has the last word.
    """
    if table.rule is not Rule.KNOWLEDGE or dated:
        key = [*table.fact] if table.rule is Rule.ONCE else [*table.fact, "known_at"]
        return _counted(table, offered, key).with_columns(delay="turn")
    exact = pl.col("known_basis") == "vintage"
    vintages = _counted(table, offered.filter(exact), [*table.fact, "known_at"])
    others = _counted(table, offered.filter(~exact), [*table.fact])
    if vintages.is_empty() or others.is_empty():
        return pl.concat([vintages, others]).with_columns(delay="turn")
    turns = 2 * pl.col("turn")
    return pl.concat([vintages.with_columns(delay=turns), others.with_columns(delay=turns + 1)])


def _counted(table: FactTable, offered: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Rows in order, each with its `turn` among those of the same key, without repetitions."""
    order = [*table.fact] if table.rule is Rule.ONCE else [*table.fact, "known_at"]
    ordered = offered.sort(order, maintain_order=True)
    if not ordered.select(pl.struct(key).is_duplicated().any()).item():
        return ordered.with_columns(turn=pl.lit(0, pl.Int32))
    says = pl.struct(*table.values)
    again = pl.int_range(pl.len()).over(key) > 0
    if table.rule is not Rule.ONCE:
        again = (says == says.shift(1)).over(key).fill_null(False)
    return ordered.filter(~again).with_columns(turn=pl.int_range(pl.len(), dtype=pl.Int32).over(key))


def _compare(
    connection: psycopg.Connection,
    table: FactTable,
    tidy: pl.DataFrame,
    window: Window,
    stamp: str,
    dated: bool,
    again: ReadAgain | None = None,
) -> dict[str, tuple[int, int, int]]:
    """Stage `tidy`, let the server compare it with what stands and insert what is new; see statement."""
    if tidy.is_empty():
        return {}
    if table.name == "raw.ticks":
        _make_months(connection, tidy)
    kinds = {column: kind for column, (_, kind) in table.types.items()}
    stage(connection, "offered", tidy.with_row_index("row_no").cast({"row_no": pl.Int32}), kinds)
    limits: dict[str, Any] = {
        "start": window.start,
        "end": window.end,
        "ids": tidy[table.id].unique().to_list(),
        "dated": dated,
    }
    if again is not None:
        limits |= {"recorded": again.recorded, "own": again.own}
    connection.execute("SET LOCAL work_mem = '256MB'")  # a million placed rows stay in memory
    rows = connection.execute(statement(table, stamp, again is not None), limits, prepare=False).fetchall()
    connection.execute("DROP TABLE offered")
    return {row[0]: row[1:] for row in rows}


def _check_ids(connection: psycopg.Connection, table: FactTable, tidy: pl.DataFrame) -> None:
    if table.catalog is None:
        return
    own, (catalog, there) = table.catalog[0], table.catalog[1].rsplit(".", 1)
    unknown = connection.execute(
        f'SELECT i FROM unnest(%s::text[]) i WHERE NOT EXISTS (SELECT FROM {catalog} c WHERE c."{there}" = i)',
        [tidy[own].unique().to_list()],
    ).fetchall()
    if unknown:
        raise CatalogError(f"not in the catalog: {', '.join(sorted(row[0] for row in unknown))}")


def _make_months(connection: psycopg.Connection, tidy: pl.DataFrame) -> None:
    """Ticks are partitioned by month: those of the batch, and some ahead, must be there."""
    days = tidy.select(first=pl.col("event_at").min().dt.date(), last=pl.col("event_at").max().dt.date()).row(0)
    connection.execute(
        "SELECT raw.make_tick_partitions(%s, %s), raw.make_tick_partitions(current_date, current_date + 60)", days
    )


def _plain(table: FactTable, row: Row) -> dict[str, Any]:
    """The row as staging takes it: ids and JSON as text."""
    found = row.model_dump()
    for name, (_, kind) in table.types.items():
        if kind == "jsonb":
            found[name] = json.dumps(found[name], ensure_ascii=False)
        elif kind == "uuid" and found[name] is not None:
            found[name] = str(found[name])
    return found
