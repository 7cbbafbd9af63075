"""What large batches are spared: comparing with nothing, and staging what stands already.

The first load of a series is the largest batch there is and goes at nearly the rate of a plain COPY; a vintage file
read again, or a publisher asked again, is nearly all known, and is compared here instead of in the server row by row.
Belongs here: which batches may, how. Keep out: the comparison every other batch goes through (append.py, deciding.py).
"""

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, KnownBasis
from liquidity_platform.core.window import Window
from liquidity_platform.warehouse.rows import FactTable, Rule
from liquidity_platform.warehouse.staging import copy_facts, pull

# rows that no comparison would give another knowledge: vintages, and what is known since its own fetch
_KEPT = (pl.col("known_basis") == KnownBasis.VINTAGE) | (
    (pl.col("known_basis") == KnownBasis.FETCHED) & (pl.col("known_at") == pl.col("fetched_at"))
)
LARGE = 10_000  # rows from which on a read of what stands is cheaper than staging


def is_first(connection: psycopg.Connection, table: FactTable, tidy: pl.DataFrame, dated: bool) -> bool:
    """True when no row stands of any id in `tidy` and every row keeps the knowledge it is offered with."""
    if table.rule is Rule.ONCE:
        return False  # ticks repeat their ids
    if table.rule is Rule.KNOWLEDGE and not dated and not tidy.select(_KEPT.all()).item():
        return False
    ids = tidy[table.id].unique().to_list()
    standing = connection.execute(
        f'SELECT EXISTS (SELECT FROM {table.name} WHERE "{table.id}" = ANY (%s))', [ids], prepare=False
    ).fetchone()
    return standing == (False,)


def copy_first(
    connection: psycopg.Connection, table: FactTable, tidy: pl.DataFrame, window: Window, stamp: str
) -> dict[str, tuple[int, int, int]]:
    """Copy the rows of `tidy` known within `window`; by id: appended, revised (none), outside.

    `stamp` is SQL of the instant at which the batch is written down; rows are recorded `delay` microseconds later.
    The caller holds the lock of the table's writers.
    """
    inside = tidy.filter(pl.col("known_at").is_between(window.start, window.end, closed="left"))
    at = connection.execute(f"SELECT {stamp}".encode()).fetchone()
    assert at is not None
    recorded = pl.lit(at[0], INSTANT) + pl.duration(microseconds=pl.col("delay"))
    kinds = {column: kind for column, (_, kind) in table.types.items()}
    if not inside.is_empty():
        rows = inside.select(*kinds, recorded_at=recorded.cast(INSTANT))
        copy_facts(connection, table.name, rows, kinds)
    fresh = dict(inside.group_by(table.id).len().iter_rows())
    every = tidy.group_by(table.id).len().iter_rows()
    return {key: (fresh.get(key, 0), 0, count - fresh.get(key, 0)) for key, count in every}


def not_standing(connection: psycopg.Connection, table: FactTable, tidy: pl.DataFrame, dated: bool) -> pl.DataFrame:
    """`tidy` without those of its vintages that stand already, exactly so; small batches come back whole.

    Reads what is committed over a connection of its own. Facts are never changed or removed, so a row found there
    stands; a row this transaction wrote is not found, and is left to the comparison.
    """
    exact = pl.lit(True) if dated else pl.col("known_basis") == KnownBasis.VINTAGE
    if table.rule is not Rule.KNOWLEDGE or _has_numeric(table) or tidy.filter(exact).height < LARGE:
        return tidy
    columns = (*table.fact, "known_at", *table.values)
    kept = {name: dtype for name, dtype in tidy.schema.items() if name in columns}
    ids = tidy[table.id].unique().to_list()
    listed = ", ".join(f'"{name}"' for name in kept)
    query = f'SELECT {listed} FROM {table.name} WHERE "{table.id}" = ANY (%s) AND known_at BETWEEN %s AND %s'
    stands = pull(connection, query, [ids, tidy["known_at"].min(), tidy["known_at"].max()], kept)
    again = tidy.filter(exact).join(stands, on=list(kept), how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([again, tidy.filter(~exact)])


def not_known(connection: psycopg.Connection, table: FactTable, tidy: pl.DataFrame) -> pl.DataFrame:
    """`tidy` without those of its rows that say what is known now; small batches come back whole.

    A publisher asked every day says mostly what it said the day before: that is found here, twenty times as fast as
    in the server. Reads what is committed, so it wants the lock of the table's writers and a transaction that has
    written nothing so far.
    """
    if table.name != "raw.observations" or tidy.height < LARGE:
        return tidy
    written = connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL", prepare=False).fetchone()
    if written != (False,):
        return tidy
    columns = [*table.fact, *table.values]
    known = pull(
        connection,
        f"SELECT {', '.join(columns)} FROM raw.observation_heads WHERE series_id = ANY (%s)",
        [tidy[table.id].unique().to_list()],
        {name: tidy.schema[name] for name in columns},
    )
    repeats = (pl.col("known_basis") != KnownBasis.VINTAGE) & (pl.col("turn") == 0)
    new = tidy.filter(repeats).join(known, on=columns, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([new, tidy.filter(~repeats)])


def _has_numeric(table: FactTable) -> bool:
    return any(kind.startswith("numeric") for _, kind in table.types.values())
