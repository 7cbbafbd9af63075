"""What became known, or was written down, after an instant, beside what was answered then.

Belongs here: those queries of series and metrics. Keep out: every row of one number (history.py), formatting.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg

from liquidity_platform.core.facts import INSTANT
from liquidity_platform.warehouse.staging import pull

# known_basis is that of a series' row, status that of a metric's; the other is NULL
CHANGES = {
    "series": pl.String(), "period": pl.Date(), "value": pl.Float64(), "value_before": pl.Float64(),
    "unit": pl.String(), "known_at": INSTANT, "known_at_before": INSTANT, "known_basis": pl.String(),
    "status": pl.String(), "recorded_at": INSTANT,
}  # fmt: skip
WRITTEN = {
    "series": pl.String(), "rows": pl.Int64(), "first period": pl.Date(), "last period": pl.Date(),
    "first known": INSTANT, "last known": INSTANT, "last recorded": INSTANT,
}  # fmt: skip
_COUNTED = (
    "count(*), min(period) AS first_period, max(period) AS last_period, min(known_at) AS first_known, "
    "max(known_at) AS last_known, max(recorded_at)"
)
_OF_SERIES = (
    "c.series_id, c.period, c.value, c.value_before, s.unit, c.known_at, c.known_at_before, c.known_basis, "
    "NULL::text AS status, c.recorded_at"
)
_OF_METRICS = (
    "c.metric_id, c.period, c.value, c.value_before, NULL::text AS unit, c.known_at, c.known_at_before, "
    "NULL::text AS known_basis, c.status, c.recorded_at"
)


def _written(table: str, same: str) -> str:
    """Rows of `table` written down after an instant, with the answer that then stood for the moment each is known."""
    return (
        f"SELECT o.*, b.value AS value_before, b.known_at AS known_at_before FROM {table} o LEFT JOIN LATERAL ("
        f"SELECT f.value, f.known_at FROM {table} f WHERE {same} AND f.period = o.period "
        "AND f.known_at <= o.known_at AND f.recorded_at <= %(since)s "
        "ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1) b ON true WHERE o.recorded_at > %(since)s"
    )


_WRITTEN_SERIES = _written("raw.observations", "f.series_id = o.series_id")
_WRITTEN_METRICS = _written(
    "derived.metrics", "f.metric_id = o.metric_id AND f.definition_version = o.definition_version"
)


def changed_since(
    connection: psycopg.Connection, since: datetime, series: Sequence[str] | None, recorded: bool = False
) -> pl.DataFrame:
    """What is answered now and became known after `since`, beside what was known then; newest knowledge first, CHANGES.

    `recorded`: instead, what is answered now and was written down after it, beside what this warehouse then answered.
    `series` None asks for all of them. No value before is NULL, as a blank before is.
    """
    return pull(
        connection,
        f"SELECT {_OF_SERIES} FROM raw.observations_changed_since(%s, %s::text[], %s) c LEFT JOIN meta.series s "
        "USING (series_id) ORDER BY c.known_at DESC, c.recorded_at DESC, c.series_id, c.period DESC",
        [since, list(series) if series is not None else None, recorded],
        CHANGES,
    )


def metrics_changed_since(
    connection: psycopg.Connection, since: datetime, metrics: Sequence[str], recorded: bool = False
) -> pl.DataFrame:
    """The same of metrics; their unit is NULL."""
    return pull(
        connection,
        f"SELECT {_OF_METRICS} FROM derived.metrics_changed_since(%s, %s::text[], %s) c "
        "ORDER BY c.known_at DESC, c.recorded_at DESC, c.metric_id, c.period DESC",
        [since, list(metrics), recorded],
        CHANGES,
    )


def written_since(connection: psycopg.Connection, since: datetime, series: Sequence[str] | None) -> pl.DataFrame:
    """Every row written down after `since`, whenever it was known: old vintages too. CHANGES columns.

    Beside each stands what this warehouse answered at `since` for the moment from which the row is known.
    """
    return pull(
        connection,
        f"SELECT {_OF_SERIES} FROM ({_WRITTEN_SERIES} AND (%(ids)s::text[] IS NULL OR o.series_id = ANY (%(ids)s))) c "
        "LEFT JOIN meta.series s ON s.series_id = c.series_id "
        "ORDER BY c.known_at DESC, c.recorded_at DESC, c.series_id, c.period DESC",
        {"since": since, "ids": list(series) if series is not None else None},
        CHANGES,
    )


def metrics_written_since(connection: psycopg.Connection, since: datetime, metrics: Sequence[str]) -> pl.DataFrame:
    """The same of metrics, whatever the version of their definition; their unit is NULL."""
    return pull(
        connection,
        f"SELECT {_OF_METRICS} FROM ({_WRITTEN_METRICS} AND o.metric_id = ANY (%(ids)s)) c "
        "ORDER BY c.known_at DESC, c.recorded_at DESC, c.metric_id, c.period DESC",
        {"since": since, "ids": list(metrics)},
        CHANGES,
    )


def counted_since(
    connection: psycopg.Connection, since: datetime, series: Sequence[str] | None, metrics: Sequence[str]
) -> pl.DataFrame:
    """How many rows of each series (None: all) and metric were written down after `since`, and their span: WRITTEN."""
    return pull(
        connection,
        f"SELECT series_id, {_COUNTED} FROM raw.observations WHERE recorded_at > %(since)s "
        "AND (%(series)s::text[] IS NULL OR series_id = ANY (%(series)s)) GROUP BY 1 "
        f"UNION ALL SELECT metric_id, {_COUNTED} FROM derived.metrics WHERE recorded_at > %(since)s "
        "AND metric_id = ANY (%(metrics)s::text[]) GROUP BY 1 ORDER BY 1",
        {"since": since, "series": list(series) if series is not None else None, "metrics": list(metrics)},
        WRITTEN,
    )
