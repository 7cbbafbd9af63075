"""SQL that decides which offered rows are new, by the rule of their table, and writes those.

One statement a batch: it compares every row of the temporary table `offered` with what stands, inserts what is new
and counts. Its parameters: `start` and `end` (the run's knowledge windows), `ids` (what the batch speaks of), `dated`
(every row carries its own knowledge, as vintages do); `stamp` is SQL of the instant at which the batch is written down.
Belongs here: the statements. Keep out: staging, locks, transactions (append.py), what tables hold (rows.py).
"""

from liquidity_platform.warehouse.rows import FactTable, Rule

# In every statement: f is a row that stands, h the row known last, o an offered row, p a placed one.


def statement(table: FactTable, stamp: str, again: bool = False) -> str:
    """The statement of `table`; rows: id, appended, revised, outside. What is in none of them was unchanged.

    `again`: what was fetched long ago is read once more, and compared with what was known at its fetch. Two more
    parameters then: `recorded`, when that answer was written down, and `own`, the payloads of the same ask.
    """
    if table.rule is Rule.KNOWLEDGE:
        return _knowledge(table, stamp, again)
    return {Rule.STEP: _step, Rule.ONCE: _once}[table.rule](table, stamp)


def _listed(columns: tuple[str, ...], alias: str) -> str:
    return ", ".join(f'{alias}."{column}"' for column in columns)


def _same_fact(table: FactTable, left: str, right: str) -> str:
    return " AND ".join(f'{left}."{column}" = {right}."{column}"' for column in table.fact)


def _same_values(table: FactTable, left: str, right: str) -> str:
    return f"({_listed(table.values, left)}) IS NOT DISTINCT FROM ({_listed(table.values, right)})"


def _known_last(table: FactTable) -> str:
    """The join that brings what is known now: a table of its own for observations, else the index."""
    if table.name == "raw.observations":
        return f"LEFT JOIN raw.observation_heads h ON {_same_fact(table, 'h', 'o')}"
    return (
        f"LEFT JOIN LATERAL (SELECT f.* FROM {table.name} f WHERE {_same_fact(table, 'f', 'o')} "
        "ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1) h ON true"
    )


def _known_at_fetch(table: FactTable) -> str:
    """The joins for what is read again: `h`, known last at the fetch; `b`, the same without vintages loaded since."""
    rows = f"SELECT f.* FROM {table.name} f WHERE {_same_fact(table, 'f', 'o')} AND f.known_at <= o.fetched_at"
    last = "ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1"
    then = "NOT (f.known_basis = 'vintage' AND f.recorded_at > %(recorded)s)"
    return f"LEFT JOIN LATERAL ({rows} {last}) h ON true LEFT JOIN LATERAL ({rows} AND {then} {last}) b ON true"


def _asked_before(table: FactTable, again: bool) -> str:
    """True when the publisher had been asked after the row's instant, for a window that holds it, in vain."""
    if table.asked_as is None:
        return "false"
    earlier = "AND p.fetched_at < o.fetched_at AND p.payload_id <> ALL (%(own)s::uuid[])" if again else ""
    return f"""EXISTS (
            SELECT FROM raw.payloads p WHERE p.accepted AND p.series_id = o."{table.asked_as}"
            AND p.source_id = o.source_id AND p.fetched_at >= o.known_at
            AND p.known_from <= o.known_at AND o.known_at < p.known_to AND p.payload_id <> o.payload_id {earlier})"""


def _insert(table: FactTable, stamp: str, source: str) -> str:
    """INSERT of the rows of `source` that are `fresh`; recorded later than any row of the same key."""
    columns = tuple(table.types)
    key = "" if table.rule is Rule.ONCE else " AND f.known_at = p.known_at"
    return f"""INSERT INTO {table.name} ({", ".join(f'"{column}"' for column in columns)}, recorded_at)
    SELECT {_listed(columns, "p")}, CASE WHEN NOT p.found THEN s.at ELSE greatest(s.at, (
            SELECT max(f.recorded_at) + interval '1 microsecond' FROM {table.name} f
            WHERE {_same_fact(table, "f", "p")}{key})) END + p.delay * interval '1 microsecond'
    FROM {source} p CROSS JOIN (SELECT {stamp} AS at) s WHERE p.fresh"""


def _counted(table: FactTable) -> str:
    return f"""SELECT "{table.id}", count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE fresh AND found),
    count(*) FILTER (WHERE NOT unchanged AND NOT fresh)
FROM placed GROUP BY 1"""


def _standing(table: FactTable) -> str:
    """Vintages that stand already, found by one join: looking each up by itself takes twice as long."""
    return f"""SELECT o.row_no FROM offered o WHERE (o.known_basis = 'vintage' OR %(dated)s) AND EXISTS (
        SELECT FROM {table.name} f WHERE f."{table.id}" = ANY (%(ids)s) AND {_same_fact(table, "f", "o")}
        AND f.known_at = o.known_at AND {_same_values(table, "f", "o")})"""


def _knowledge(table: FactTable, stamp: str, again: bool) -> str:
    found = f'h."{table.id}" IS NOT NULL'
    joined = _known_at_fetch(table) if again else _known_last(table)
    same = f"o.turn = 0 AND {found} AND {_same_values(table, 'h', 'o')}"
    if again:  # of several rows of one fact in one ask, each stands already where it was appended
        then = f'b."{table.id}" IS NOT NULL AND {_same_values(table, "b", "o")}'
        same = f"({found} AND {_same_values(table, 'h', 'o')} OR {then})"
    kept = tuple(column for column in table.types if column not in ("known_at", "known_basis"))
    # OFFSET 0 keeps PostgreSQL from working out the same answer once for every use of it
    return f"""WITH standing AS MATERIALIZED (
    {_standing(table)}
), placed AS MATERIALIZED (
    SELECT {_listed(kept, "o")}, o.delay, {found} AS found, j.unchanged, k.known_at, k.known_basis,
        NOT j.unchanged AND k.known_at >= %(start)s AND k.known_at < %(end)s AS fresh
    FROM offered o {joined} LEFT JOIN standing v ON v.row_no = o.row_no
    CROSS JOIN LATERAL (SELECT o.known_basis = 'vintage' OR %(dated)s AS dated) d CROSS JOIN LATERAL (
        SELECT NOT d.dated AND {same} AS unchanged, NOT d.dated AND (
            o.known_basis = 'fetched' OR o.turn > 0 OR {found} OR {_asked_before(table, again)}) AS late
        OFFSET 0) j CROSS JOIN LATERAL (
        SELECT CASE WHEN j.late THEN o.fetched_at ELSE o.known_at END AS known_at,
            CASE WHEN j.late THEN 'fetched' ELSE o.known_basis END AS known_basis) k
    WHERE v.row_no IS NULL
), inserted AS (
    {_insert(table, stamp, "placed")}
)
{_counted(table)}"""


def _step(table: FactTable, stamp: str) -> str:
    return f"""WITH decided AS (
    SELECT o.*, h."{table.id}" IS NOT NULL AS found,
        h."{table.id}" IS NOT NULL AND {_same_values(table, "h", "o")} AS unchanged,
        o.known_at >= %(start)s AND o.known_at < %(end)s AS inside
    FROM offered o LEFT JOIN LATERAL (
        SELECT f.* FROM {table.name} f WHERE {_same_fact(table, "f", "o")} AND f.known_at = o.known_at
        ORDER BY f.recorded_at DESC LIMIT 1) h ON true
), placed AS MATERIALIZED (
    SELECT *, NOT unchanged AND inside AS fresh FROM decided
), inserted AS (
    {_insert(table, stamp, "placed")}
)
{_counted(table)}"""


def _once(table: FactTable, stamp: str) -> str:
    return f"""WITH decided AS (
    SELECT o.*, EXISTS (SELECT FROM {table.name} f WHERE {_same_fact(table, "f", "o")}) AS found FROM offered o
), placed AS MATERIALIZED (
    SELECT *, found AS unchanged, NOT found AND %(start)s < %(end)s AS fresh FROM decided
), inserted AS (
    {_insert(table, stamp, "placed")}
)
{_counted(table)}"""
