"""The columns of the tables that assets are rows of, as the UI shows them: what counts first, where it came from last.

The words are those of the tables' own comments (SQL's `\\d+`), which a test holds them to; migrations may not read this
module, since what they said once stays as it was.
Belongs here: the order and the words. Keep out: types (warehouse/rows.py), columns of marts (dbt describes them).
"""

from collections.abc import Mapping
from functools import cache

import dagster as dg

from liquidity_platform.warehouse.rows import FACTS, Row

_WRITTEN = {
    "payload_id": "Archived bytes it was parsed from, see raw.payloads",
    "run_id": "Dagster run that wrote the row",
    "recorded_at": "Instant (UTC) at which this row was written down; the last word among equals",
}
_PUBLISHED = {
    **_WRITTEN,
    "known_basis": "How sure known_at is: vintage (the publisher's own date), release_rule (the release calendar), "
    "fetched (our fetch), conservative (the end of the next business day: a date is known, a clock is not)",
    "fetched_at": "Instant (UTC) we read it",
}
_AS_TRADED = "in meta.instruments.currency; as traded, or adjusted where meta.data_sources.bars of the source says so"
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "raw.observations": {
        **_PUBLISHED,
        "series_id": "Catalog id, see meta.series",
        "period": "Day the value describes; the first of a month or quarter",
        "known_at": "First instant (UTC) at which anyone could have read the value",
        "value": "Value in meta.series.unit (dollars, not millions; 4.25 is 4.25 %); NULL is a published blank",
        "source_id": "Provider the number was read from, see meta.data_sources",
    },
    "raw.bars": {
        **_PUBLISHED,
        "instrument_id": "Catalog id, see meta.instruments",
        "source_id": "Publisher, see meta.data_sources",
        "interval": "Length: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w",
        "bar_start": "Start (UTC); a daily bar starts at midnight of its trading day in meta.instruments.zone",
        "known_at": "First instant (UTC) at which anyone could have read this",
        "open": f"First price, {_AS_TRADED}",
        "high": f"Highest price, {_AS_TRADED}",
        "low": f"Lowest price, {_AS_TRADED}",
        "close": f"Last price, {_AS_TRADED}",
        "volume": "Units traded; NULL where the publisher gives none",
    },
    "derived.metrics": {
        **_WRITTEN,
        "metric_id": "Declared metric",
        "definition_version": "Version of its definition; history is never re-labelled",
        "period": "Day the value describes",
        "known_at": "First instant (UTC) at which anyone could have read the value",
        "value": "Value in the metric's unit (dollars or basis points); NULL has its reason in status",
        "status": "COMPLETE, CARRIED, PROVISIONAL, STALE_INPUT or MISSING_INPUT",
        "inputs_hash": "Hash of the exact input rows: the same inputs give the same hash",
        "payload_id": "Always NULL: a metric is computed, its series have the payloads",
    },
    "derived.signals": {
        **_WRITTEN,
        "signal_id": "Declared signal",
        "definition_version": "Version of its definition",
        "period": "Day described",
        "known_at": "Latest known_at among its inputs (UTC)",
        "state": "State, such as EXPANSION",
        "score": "Number behind the state",
        "confidence": "0 to 1",
        "inputs": "Inputs and their values",
    },
}
_COUNTS_FIRST = ("value", "state", "period", "bar_start", "known_at")


@cache
def columns_of(table: str | None) -> Mapping[str, dg.TableSchema]:
    """The column schema of a fact table as metadata; nothing for another."""
    if table not in FACTS:
        return {}
    types = {name: sql for name, (_, sql) in FACTS[table].types.items()}
    own = [name for name in types if name not in Row.model_fields]
    first = [name for name in _COUNTS_FIRST if name in own]
    order = [*first, *(name for name in own if name not in first), *Row.model_fields, "recorded_at"]
    said = MEANINGS.get(table, _WRITTEN)
    columns = [dg.TableColumn(name, {**types, "recorded_at": "timestamptz"}[name], said.get(name)) for name in order]
    return {"dagster/column_schema": dg.TableSchema(columns)}
