"""What was found of rows that arrived, and the gate: rows that are kept from what is computed of them.

A gate never rewrites history. What the publisher said stands in `raw.observations` whatever is thought of it. A row is
judged once, in the transaction that writes it down, before anything is computed of it; no later judgement, and no other
severity in the catalog, takes back a row that has passed. A row that is held is for its dependants a blank known since
the row's own instant. One that a person accepts is known to them since the decision, not since the row: what was
answered between stays the answer for that time, in a full recomputation too. A publisher's correction is a row of its
own, judged by itself. (An answer that was refused whole was never written down; accepting it reads it as of its own
fetch, as `reparse` does, and `recorded_by` tells what this warehouse would have answered before.)
Belongs here: writing findings, holding rows, the gate for the inputs of metrics, what stands. Keep out: judging
(quality).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT, Status
from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.payloads import recorded_at

STANDS = timedelta(days=30)  # of knowledge, during which a flag is told
Row = tuple[date, datetime, str]  # period, known_at, payload_id


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as stored. `decided`: None while a block waits for a person; a flag is never decided."""

    series: str
    judgement: str
    severity: str
    period: date
    known_at: datetime
    rows: int
    reason: str
    quarantine_id: int | None = None

    @property
    def blocks(self) -> bool:
        """Whether rows are held back."""
        return self.severity == "block"


def add_finding(
    connection: psycopg.Connection, found: Found, row: Row, clock: Clock, run_id: str | None, quarantine: int | None
) -> None:
    """Write one finding down; `row` is the newest row concerned."""
    connection.execute(
        "INSERT INTO ops.findings (series_id, judgement, severity, period, known_at, rows, reason, quarantine_id, "
        f"payload_id, run_id, recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, {recorded_at(clock)})",
        [found.series, found.judgement, found.severity, found.period, found.known_at, found.rows, found.reason,
         quarantine, row[2], run_id],
    )  # fmt: skip


def hold_rows(
    connection: psycopg.Connection, series: str, rows: Sequence[Row], reason: str, clock: Clock, run_id: str | None
) -> int:
    """Keep `rows` of `series` from their dependants until a person decides; returns the id in ops.quarantine."""
    payload = max(rows)[2]
    told = {"series": series, "payload": payload, "reason": reason, "rows": len(rows), "run": run_id}
    connection.execute(
        "INSERT INTO ops.quarantine (series_id, source_id, payload_id, sha256, reason, rows, run_id, recorded_at) "
        "SELECT %(series)s, p.source_id, p.payload_id, p.sha256, %(reason)s, %(rows)s, %(run)s, "
        f"{recorded_at(clock)} FROM raw.payloads p WHERE p.payload_id = %(payload)s ON CONFLICT DO NOTHING",
        told,
    )
    found = connection.execute(
        "SELECT q.quarantine_id FROM ops.quarantine q JOIN raw.payloads p USING (sha256) "
        "WHERE p.payload_id = %(payload)s AND q.series_id = %(series)s AND q.reason = %(reason)s",
        told,
    ).fetchone()
    assert found is not None
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops.held_rows (series_id, period, known_at, payload_id, quarantine_id, run_id, recorded_at) "
            f"VALUES (%s, %s, %s, %s, %s, %s, {recorded_at(clock)}) ON CONFLICT DO NOTHING",
            [(series, *row, found[0], run_id) for row in rows],
        )
    return int(found[0])


_HELD = {
    "input_id": pl.String(), "period": pl.Date(), "known_at": INSTANT, "value": pl.Float64(), "released_at": INSTANT,
    "new": pl.Boolean(), "stands": pl.Boolean(),
}  # fmt: skip
# a release is a step only where no other row had come for the period by then
_ASK_HELD = """
SELECT g.series_id, g.period, g.known_at, o.value, g.released_at, g.recorded_at >= %(since)s, NOT EXISTS (
    SELECT FROM raw.observations n WHERE n.series_id = g.series_id AND n.period = g.period
        AND n.known_at > g.known_at AND n.known_at <= g.released_at)
FROM ops.gates() g CROSS JOIN LATERAL (
    SELECT * FROM raw.observations l WHERE l.series_id = g.series_id AND l.period = g.period AND l.known_at = g.known_at
    ORDER BY l.recorded_at DESC LIMIT 1) o
WHERE g.series_id = ANY (%(series)s) AND o.payload_id = g.payload_id
"""


def through_the_gate(
    connection: psycopg.Connection, told: pl.DataFrame, series: Sequence[str], since: datetime
) -> pl.DataFrame:
    """`told` (read.SINCE, every known row of `series`) as dependants may read it.

    A held row is NULL with the status MISSING_INPUT, which is an answer and no blank to look past; a row that was let
    through is one more step, known since then.
    """
    rows = connection.execute(_ASK_HELD, {"since": since, "series": list(series)}).fetchall()
    if not rows:
        return told
    held = pl.DataFrame(rows, schema=_HELD, orient="row")
    key = ["input_id", "period", "known_at"]
    marked = told.join(held.select(*key, held=pl.lit(True)), on=key, how="left", maintain_order="left")
    shut = marked.with_columns(
        value=pl.when(pl.col("held").is_null()).then("value"),
        status=pl.when(pl.col("held")).then(pl.lit(Status.MISSING_INPUT.value)).otherwise("status"),
    ).drop("held")
    later = held.filter(pl.col("released_at").is_not_null() & pl.col("stands"))
    let = later.select(
        "input_id", "period", known_at="released_at", value="value", status=pl.lit(None, pl.String), new="new"
    )
    return pl.concat([shut, let.select(told.columns)])


_STANDING = """
SELECT f.series_id, f.judgement, f.severity, f.period, f.known_at, f.rows, f.reason, f.quarantine_id
FROM ops.findings f
WHERE f.known_at <= %(at)s AND (%(series)s::text[] IS NULL OR f.series_id = ANY (%(series)s))
    AND CASE f.severity WHEN 'flag' THEN f.known_at > %(at)s - %(stands)s ELSE NOT EXISTS (
        SELECT FROM ops.quarantine_decisions d WHERE d.quarantine_id = f.quarantine_id AND d.decision = 'accepted'
            AND d.decided_at <= %(at)s) END
    AND NOT EXISTS (SELECT FROM raw.observations o WHERE o.series_id = f.series_id AND o.period = f.period
        AND o.known_at > f.known_at AND o.known_at <= %(at)s)
ORDER BY f.severity, f.series_id, f.finding_id
"""


def standing(connection: psycopg.Connection, at: datetime, series: Sequence[str] | None = None) -> list[Found]:
    """What is told of `series` (None: all) at `at`: blocks first; a flag for 30 days, a block until it is decided.

    Neither once the publisher has printed another row for the period.
    """
    given = {"at": at, "stands": STANDS, "series": list(series) if series is not None else None}
    return [Found(*row) for row in connection.execute(_STANDING, given).fetchall()]


def by_series(found: Sequence[Found]) -> Mapping[str, tuple[Found, ...]]:
    """Findings by the series they are about."""
    kept: dict[str, tuple[Found, ...]] = {}
    for one in found:
        kept[one.series] = (*kept.get(one.series, ()), one)
    return kept
