"""Hypertables, where TimescaleDB is there: partitioned by known_at (ticks by event_at), old chunks compressed.

Without the extension nothing changes here. Everything is decided by the server, so that printed SQL works on both.
Needs TimescaleDB 2.18 or newer (transition tables in triggers of hypertables).
"""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import quoted

revision = "0005"
down_revision = "0004"

# table, partitioned by, chunk, compressed by segment, in order
HYPERTABLES = (
    ("raw.observations", "known_at", "1 year", "series_id", "period DESC, known_at DESC, recorded_at DESC"),
    ("raw.bars", "known_at", "1 year", 'instrument_id, source_id, "interval"', "bar_start DESC, known_at DESC"),
    ("raw.events", "known_at", "1 year", "kind", "occurs_at DESC, known_at DESC"),
    ("raw.news", "known_at", "1 year", "source_id", "known_at DESC, article_id"),
    ("raw.ticks", "event_at", "1 day", "instrument_id", "event_at DESC, seq DESC"),
    ("derived.metrics", "known_at", "1 year", "metric_id, definition_version", "period DESC, known_at DESC"),
    ("derived.signals", "known_at", "1 year", "signal_id, definition_version", "period DESC, known_at DESC"),
)
COMPRESS_AFTER = "2 years"

EXTENSION = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
        AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        CREATE EXTENSION timescaledb;
    END IF;
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state OR feature_not_supported THEN
    RAISE NOTICE 'TimescaleDB is available and cannot be used (%); plain tables are used', SQLERRM;
END $$;
"""
# ticks were partitioned by month in 0002: one plain table of the same rows becomes the hypertable
PLAIN_TICKS = """
    CREATE TABLE raw.ticks_plain (LIKE raw.ticks INCLUDING ALL);
    INSERT INTO raw.ticks_plain SELECT * FROM raw.ticks;
    DROP TABLE raw.ticks;
    ALTER TABLE raw.ticks_plain RENAME TO ticks;
    COMMENT ON TABLE raw.ticks IS 'Trades and quotes, loaded from the sidecar''s journal';
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON raw.ticks
        FOR EACH STATEMENT EXECUTE FUNCTION meta.refuse_change();
"""


def _hypertable(table: str, column: str, chunk: str, segment: str, order: str) -> str:
    return f"""
    PERFORM create_hypertable('{table}', by_range('{column}', interval '{chunk}'),
        create_default_indexes => false, migrate_data => true);
    ALTER TABLE {table} SET (timescaledb.compress, timescaledb.compress_segmentby = {quoted(segment)},
        timescaledb.compress_orderby = {quoted(order)});
    PERFORM add_compression_policy('{table}', interval '{COMPRESS_AFTER}');"""


def upgrade() -> None:
    op.execute(EXTENSION)
    made = "".join(_hypertable(*line) for line in HYPERTABLES)
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN"
        f"{PLAIN_TICKS}{made}\nEND IF; END $$;"
    )


def downgrade() -> None:
    """Plain tables again; the extension stays, others may use it."""
    for table, *_ in HYPERTABLES:
        op.execute(
            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN "
            f"RAISE EXCEPTION '{table} is a hypertable and stays one: back up, and restore without the extension'; "
            "END IF; END $$;"
        )
