"""What became known after an instant, of series and metrics; comments where people look first."""

from alembic import op

from liquidity_platform.warehouse.migrations.versions import v0003_as_of as before
from liquidity_platform.warehouse.migrations.wording import comment_all, quoted

revision = "0006"
down_revision = "0005"

_SINCE = """f.known_at <= since AND (NOT recorded OR f.recorded_at <= since)
        ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1"""
CHANGES = f"""
CREATE FUNCTION raw.observations_changed_since(
    since timestamptz, series text[] DEFAULT NULL, recorded boolean DEFAULT false
) RETURNS TABLE (series_id text, period date, value double precision, known_at timestamptz, known_basis text,
    recorded_at timestamptz, value_before double precision, known_at_before timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.series_id, h.period, h.value, h.known_at, h.known_basis, h.recorded_at, b.value, b.known_at
    FROM raw.observation_heads h LEFT JOIN LATERAL (
        SELECT f.value, f.known_at FROM raw.observations f
        WHERE f.series_id = h.series_id AND f.period = h.period AND {_SINCE}) b ON true
    WHERE (h.known_at > since OR (recorded AND h.recorded_at > since))
        AND (observations_changed_since.series IS NULL OR h.series_id = ANY (observations_changed_since.series))
$$;
CREATE FUNCTION derived.metrics_changed_since(
    since timestamptz, metrics text[] DEFAULT NULL, recorded boolean DEFAULT false
) RETURNS TABLE (metric_id text, period date, value double precision, known_at timestamptz, status text,
    recorded_at timestamptz, value_before double precision, known_at_before timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.metric_id, h.period, h.value, h.known_at, h.status, h.recorded_at, b.value, b.known_at
    FROM derived.metrics_as_of('infinity', metrics) h LEFT JOIN LATERAL (
        SELECT f.value, f.known_at FROM derived.metrics f
        WHERE f.metric_id = h.metric_id AND f.definition_version = h.definition_version AND f.period = h.period
            AND {_SINCE}) b ON true
    WHERE h.known_at > since OR (recorded AND h.recorded_at > since)
$$;
"""
_TYPES = "(timestamptz, text[], boolean)"
_CHANGED = (
    "What became known after an instant (UTC), beside what was known then; recorded: what was written down after it"
)
ROUTINES = {
    f"FUNCTION raw.observations_changed_since{_TYPES}": _CHANGED,
    f"FUNCTION derived.metrics_changed_since{_TYPES}": _CHANGED,
    "VIEW raw.observations_first":
        "What was known first of every (series, period): the first print where vintages are held, else our first fetch",
}  # fmt: skip
_BASIS = (
    "How sure known_at is: vintage (the publisher's own date), release_rule (the release calendar), fetched (our "
    "fetch), conservative (the end of the next business day: a date is known, a clock is not)"
)
_WITH_BASIS = (
    "raw.observations", "raw.observation_heads", "raw.bars", "raw.corporate_actions", "raw.events", "raw.news",
    "meta.universe_members",
)  # fmt: skip
_PROVIDER = "Provider the number was read from, see meta.data_sources"
COLUMNS = {
    **{f"{table}.known_basis": _BASIS for table in _WITH_BASIS},
    "raw.observations.source_id": _PROVIDER,
    "raw.observation_heads.source_id": _PROVIDER,
    "derived.metrics.inputs_hash": "Hash of the exact input rows: the same inputs give the same hash",
    "derived.metrics.payload_id": "Always NULL: a metric is computed, its series have the payloads",
}
# people select from the views: their columns say what the table's do
_COPIED = """
DO $$ DECLARE c record; BEGIN
    FOR c IN
        SELECT v.oid::regclass AS view, a.attname AS name, col_description(t.oid, b.attnum) AS said
        FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
        JOIN pg_class t ON t.relnamespace = v.relnamespace AND v.relname = t.relname || '_' || right(v.relname,
            length(v.relname) - length(t.relname) - 1) AND t.relkind IN ('r', 'p')
        JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = a.attname
        WHERE v.relkind = 'v' AND n.nspname IN ('raw', 'derived') AND col_description(t.oid, b.attnum) IS NOT NULL
    LOOP EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', c.view, c.name, c.said); END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION raw.observations_changed_since(timestamptz, text[])")
    op.execute(CHANGES)
    comment_all({}, ROUTINES)
    for column, meaning in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS {quoted(meaning)}")
    op.execute(_COPIED)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION derived.metrics_changed_since{_TYPES}, raw.observations_changed_since{_TYPES}")
    op.execute(before.CHANGED_SINCE)
