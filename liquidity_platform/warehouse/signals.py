"""Reading signals, and how far they are behind the metrics they are made of.

Belongs here: the queries of derived.signals that rooms above need. Keep out: every step of one (history.py), metrics
(read.py), formatting.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg

from liquidity_platform.warehouse.read import METRIC
from liquidity_platform.warehouse.staging import pull

SIGNAL = {**METRIC, "confidence": pl.Float64(), "inputs": pl.String()}


def signals_as_of(connection: psycopg.Connection, versions: dict[str, int], at: datetime | None = None) -> pl.DataFrame:
    """Rows of the signals (id -> definition version) known at `at` (None: now), SIGNAL columns, oldest first.

    The score stands as value, the state as status, inputs are JSON.
    """
    return pull(
        connection,
        "SELECT signal_id, period, score, state, known_at, confidence, inputs::text "
        "FROM derived.signals_as_of(coalesce(%s, 'infinity'::timestamptz), %s) s "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = s.signal_id AND v.version = s.definition_version "
        "ORDER BY signal_id, period",
        [at, list(versions), list(versions), list(versions.values())],
        SIGNAL,
    )


def last_recorded(
    connection: psycopg.Connection, metrics: Sequence[str], signals: dict[str, int]
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """When the last row of each metric, and of each signal (id -> definition version), was written down."""
    of_metrics = connection.execute(
        "SELECT metric_id, max(recorded_at) FROM derived.metrics WHERE metric_id = ANY (%s) GROUP BY 1", [list(metrics)]
    ).fetchall()
    of_signals = connection.execute(
        "SELECT signal_id, max(recorded_at) FROM derived.signals s "
        "JOIN unnest(%s::text[], %s::int[]) v(id, version) ON v.id = s.signal_id AND v.version = s.definition_version "
        "GROUP BY 1",
        [list(signals), list(signals.values())],
    ).fetchall()
    return dict(of_metrics), dict(of_signals)
