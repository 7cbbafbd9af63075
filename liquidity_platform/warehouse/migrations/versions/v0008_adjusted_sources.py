"""Whether a source's bars are as traded or adjusted; adjusted ones are never adjusted again."""

from alembic import op

from liquidity_platform.warehouse.migrations.versions import v0003_as_of as before
from liquidity_platform.warehouse.migrations.wording import comment_all

revision = "0008"
down_revision = "0007"

COLUMN = """
ALTER TABLE meta.data_sources ADD COLUMN bars text NOT NULL DEFAULT 'none'
    CHECK (bars IN ('none', 'as_traded', 'adjusted'))
"""
_ADJUSTED = "EXISTS (SELECT FROM meta.data_sources d WHERE d.source_id = {0}.source_id AND d.bars = 'adjusted')"
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION raw.adjustments_as_of(
    at timestamptz DEFAULT 'infinity', instruments text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS TABLE (instrument_id text, source_id text, ex_date date, kind text, price_factor double precision,
    volume_factor double precision) LANGUAGE sql STABLE AS $$
    SELECT a.instrument_id, s.source_id, a.ex_date, a.kind,
        CASE a.kind WHEN 'split' THEN 1 / a.ratio WHEN 'dividend' THEN 1 - a.amount / nullif(c.close, 0) END,
        CASE a.kind WHEN 'split' THEN a.ratio ELSE 1 END
    FROM raw.corporate_actions_as_of(at, instruments, recorded_by) a
    JOIN meta.instruments i ON i.instrument_id = a.instrument_id
    CROSS JOIN LATERAL (SELECT DISTINCT b.source_id FROM raw.bars b WHERE b.instrument_id = a.instrument_id) s
    LEFT JOIN LATERAL (
        SELECT b.close FROM raw.bars b
        WHERE b.instrument_id = a.instrument_id AND b.source_id = s.source_id AND b."interval" = '1d'
            AND b.bar_start < a.ex_date::timestamp AT TIME ZONE i.zone AND b.known_at <= at
            AND b.recorded_at <= recorded_by
        ORDER BY b.bar_start DESC, b.known_at DESC, b.recorded_at DESC LIMIT 1) c ON a.kind = 'dividend'
    WHERE a.ex_date <= (least(at, now()) AT TIME ZONE i.zone)::date AND NOT {_ADJUSTED.format("s")}
$$;
CREATE OR REPLACE FUNCTION raw.bars_adjusted_as_of(
    at timestamptz DEFAULT 'infinity', instruments text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS TABLE (instrument_id text, source_id text, "interval" text, bar_start timestamptz, known_at timestamptz,
    open numeric, high numeric, low numeric, close numeric, volume double precision, price_factor double precision,
    volume_factor double precision, status text) LANGUAGE sql STABLE AS $$
    WITH actions AS MATERIALIZED (SELECT * FROM raw.adjustments_as_of(at, instruments, recorded_by))
    SELECT b.instrument_id, b.source_id, b."interval", b.bar_start, b.known_at,
        round((b.open * f.price)::numeric, 8), round((b.high * f.price)::numeric, 8),
        round((b.low * f.price)::numeric, 8), round((b.close * f.price)::numeric, 8), b.volume * f.volume,
        f.price, f.volume, CASE WHEN {_ADJUSTED.format("b")} THEN 'ADJUSTED_BY_SOURCE'
            WHEN f.price IS NULL THEN 'MISSING_INPUT' ELSE 'COMPLETE' END
    FROM raw.bars_as_of(at, instruments, recorded_by) b
    JOIN meta.instruments i ON i.instrument_id = b.instrument_id
    CROSS JOIN LATERAL (
        SELECT meta.product(a.volume_factor) AS volume,
            CASE WHEN count(*) FILTER (WHERE a.price_factor IS NULL) = 0 THEN meta.product(a.price_factor) END AS price
        FROM actions a WHERE a.instrument_id = b.instrument_id AND a.source_id = b.source_id
            AND a.ex_date > (b.bar_start AT TIME ZONE i.zone)::date) f
$$;
"""
_BEFORE = "in meta.instruments.currency, as traded: not adjusted for splits or dividends"
_NOW = "in meta.instruments.currency; as traded, or adjusted where meta.data_sources.bars of the source says so"
_PRICES = {"open": "First", "high": "Highest", "low": "Lowest", "close": "Last"}
_TYPES = "(timestamptz, text[], timestamptz)"
COMMENTS = {
    "COLUMN meta.data_sources.bars": "none, as_traded, or adjusted (for splits and dividends known when it was asked)",
    f"FUNCTION raw.bars_adjusted_as_of{_TYPES}":
        "Bars adjusted by the splits and dividends in force and known at an instant (UTC); those of a source that "
        "adjusts by itself pass as they were known then, with status ADJUSTED_BY_SOURCE",
}  # fmt: skip


def _prices(are: str) -> dict[str, str]:
    """Comments of the price columns of bars, in the table and its views."""
    tables = ("raw.bars", "raw.bars_latest", "raw.bars_first")
    return {f"COLUMN {table}.{one}": f"{word} price, {are}" for table in tables for one, word in _PRICES.items()}


def upgrade() -> None:
    op.execute(COLUMN)
    op.execute(FUNCTIONS)
    comment_all({}, {**COMMENTS, **_prices(_NOW)})


def downgrade() -> None:
    functions = before.ADJUSTED.split(";\n", 1)[1]
    op.execute(functions.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    comment_all({}, _prices(_BEFORE))
    op.execute("ALTER TABLE meta.data_sources DROP COLUMN bars")
