"""As-of everywhere: functions and views of every fact table, best evidence and audit mode; heads of observations.

`recorded_by` is audit mode: only rows written down by then count, so the answer is the one given at that moment.
`raw.observation_heads` holds the row known last of every (series, period), kept by trigger: what is known now is
read without sorting, and a question about the past walks the index only where something was revised since.
"""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import comment_all

revision = "0003"
down_revision = "0002"

_COLUMNS = (
    "series_id", "period", "known_at", "value", "known_basis", "source_id", "fetched_at", "payload_id", "run_id",
    "recorded_at",
)  # fmt: skip
_LIST, _HEAD = ", ".join(_COLUMNS), ", ".join(f"h.{c}" for c in _COLUMNS)
_TAKEN = ", ".join(f"{c} = EXCLUDED.{c}" for c in _COLUMNS if c not in ("series_id", "period"))


def _heads_from(rows: str) -> str:
    """Bring the heads of every (series, period) in `rows` up to date."""
    return f"""
    INSERT INTO raw.observation_heads AS h ({_LIST}, first_known_at)
    SELECT {", ".join(f"l.{c}" for c in _COLUMNS)}, n.first_known_at
    FROM (SELECT series_id, period, min(known_at) AS first_known_at FROM {rows} GROUP BY series_id, period) n
    CROSS JOIN LATERAL (
        SELECT f.* FROM raw.observations f WHERE f.series_id = n.series_id AND f.period = n.period
        ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1) l
    ORDER BY n.series_id, n.period
    ON CONFLICT (series_id, period) DO UPDATE SET {_TAKEN},
        first_known_at = least(h.first_known_at, EXCLUDED.first_known_at)
    WHERE (h.known_at, h.recorded_at) <> (EXCLUDED.known_at, EXCLUDED.recorded_at)
        OR EXCLUDED.first_known_at < h.first_known_at"""


HEADS = f"""
CREATE TABLE raw.observation_heads (
    LIKE raw.observations INCLUDING COMMENTS, first_known_at timestamptz NOT NULL, PRIMARY KEY (series_id, period)
) WITH (fillfactor = 80);
{_heads_from("raw.observations")};
CREATE FUNCTION raw.keep_heads() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET work_mem = '128MB'
AS $$ BEGIN {_heads_from("new_rows")}; RETURN NULL; END $$;
CREATE TRIGGER keep_heads AFTER INSERT ON raw.observations REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION raw.keep_heads();
"""
_ROW_AS_OF = """SELECT f.* FROM raw.observations f
        WHERE f.series_id = h.series_id AND f.period = h.period AND f.known_at <= at AND f.recorded_at <= recorded_by
        ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1"""
CHANGED_SINCE = """
CREATE FUNCTION raw.observations_changed_since(since timestamptz, series text[] DEFAULT NULL)
RETURNS TABLE (series_id text, period date, value double precision, known_at timestamptz, known_basis text,
    recorded_at timestamptz, value_before double precision, known_at_before timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.series_id, h.period, h.value, h.known_at, h.known_basis, h.recorded_at, b.value, b.known_at
    FROM raw.observation_heads h LEFT JOIN LATERAL (
        SELECT f.value, f.known_at FROM raw.observations f
        WHERE f.series_id = h.series_id AND f.period = h.period AND f.known_at <= since AND f.recorded_at <= since
        ORDER BY f.known_at DESC, f.recorded_at DESC LIMIT 1) b ON true
    WHERE (h.known_at > since OR h.recorded_at > since)
        AND (observations_changed_since.series IS NULL OR h.series_id = ANY (observations_changed_since.series))
$$;
"""
_FOUND = ", ".join(f"h.{c}" if c in ("series_id", "period") else f"o.{c}" for c in _COLUMNS)
OBSERVATIONS = f"""
DROP VIEW raw.observations_latest;
DROP FUNCTION raw.observations_as_of(timestamptz, text[]);
CREATE FUNCTION raw.observations_as_of(
    at timestamptz DEFAULT 'infinity', series text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS SETOF raw.observations LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT {_HEAD} FROM raw.observation_heads h
    WHERE h.known_at <= at AND h.recorded_at <= recorded_by AND (series IS NULL OR h.series_id = ANY (series))
    UNION ALL
    SELECT {_FOUND} FROM raw.observation_heads h CROSS JOIN LATERAL ({_ROW_AS_OF}) o
    WHERE h.first_known_at <= at AND (h.known_at > at OR h.recorded_at > recorded_by)
        AND (series IS NULL OR h.series_id = ANY (series))
$$;
CREATE VIEW raw.observations_latest AS SELECT {_LIST} FROM raw.observation_heads;
CREATE FUNCTION raw.newest_as_of(
    at timestamptz DEFAULT 'infinity', series text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS SETOF raw.observations LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT n.* FROM meta.series s CROSS JOIN LATERAL (
        SELECT o.* FROM raw.observation_heads h CROSS JOIN LATERAL ({_ROW_AS_OF}) o
        WHERE h.series_id = s.series_id AND h.first_known_at <= at AND o.value IS NOT NULL
        ORDER BY h.period DESC LIMIT 1) n
    WHERE newest_as_of.series IS NULL OR s.series_id = ANY (newest_as_of.series)
$$;
CREATE VIEW raw.observations_newest AS SELECT * FROM raw.newest_as_of();
{CHANGED_SINCE}"""

# table, what one fact is, parameter that narrows the answer, the column it narrows
FACTS = (
    ("derived.metrics", "metric_id, definition_version, period", "metrics", "metric_id"),
    ("derived.signals", "signal_id, definition_version, period", "signals", "signal_id"),
    ("raw.bars", 'instrument_id, source_id, "interval", bar_start', "instruments", "instrument_id"),
    ("raw.corporate_actions", "instrument_id, kind, ex_date", "instruments", "instrument_id"),
    ("raw.events", "event_id", "kinds", "kind"),
    ("raw.news", "article_id", "articles", "article_id"),
)


def _as_of(table: str, fact: str, parameter: str, column: str) -> str:
    schema, name = table.split(".")
    function = f"{schema}.{name}_as_of"
    return f"""
CREATE FUNCTION {function}(
    at timestamptz DEFAULT 'infinity', {parameter} text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS SETOF {table} LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON ({fact}) * FROM {table}
    WHERE known_at <= at AND recorded_at <= recorded_by
        AND ({name}_as_of.{parameter} IS NULL OR {column} = ANY ({name}_as_of.{parameter}))
    ORDER BY {fact}, known_at DESC, recorded_at DESC
$$;
CREATE VIEW {table}_latest AS SELECT * FROM {function}();
CREATE VIEW {table}_first AS
    SELECT DISTINCT ON ({fact}) * FROM {table} ORDER BY {fact}, known_at, recorded_at DESC;
"""


MEMBERS = """
CREATE FUNCTION meta.universe_as_of(
    at timestamptz DEFAULT 'infinity', on_day date DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS SETOF meta.universe_members LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT m.* FROM (
        SELECT DISTINCT ON (universe_id, instrument_id, valid_from) * FROM meta.universe_members
        WHERE known_at <= at AND recorded_at <= recorded_by
        ORDER BY universe_id, instrument_id, valid_from, known_at DESC, recorded_at DESC) m
    WHERE (m.valid_to IS NULL OR m.valid_to > m.valid_from)
        AND (on_day IS NULL OR (m.valid_from <= on_day AND (m.valid_to IS NULL OR m.valid_to > on_day)))
$$;
"""
ADJUSTED = """
CREATE AGGREGATE meta.product(double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = '1');
CREATE FUNCTION raw.adjustments_as_of(
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
    WHERE a.ex_date <= (least(at, now()) AT TIME ZONE i.zone)::date
$$;
CREATE FUNCTION raw.bars_adjusted_as_of(
    at timestamptz DEFAULT 'infinity', instruments text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS TABLE (instrument_id text, source_id text, "interval" text, bar_start timestamptz, known_at timestamptz,
    open numeric, high numeric, low numeric, close numeric, volume double precision, price_factor double precision,
    volume_factor double precision, status text) LANGUAGE sql STABLE AS $$
    WITH actions AS MATERIALIZED (SELECT * FROM raw.adjustments_as_of(at, instruments, recorded_by))
    SELECT b.instrument_id, b.source_id, b."interval", b.bar_start, b.known_at,
        round((b.open * f.price)::numeric, 8), round((b.high * f.price)::numeric, 8),
        round((b.low * f.price)::numeric, 8), round((b.close * f.price)::numeric, 8), b.volume * f.volume,
        f.price, f.volume, CASE WHEN f.price IS NULL THEN 'MISSING_INPUT' ELSE 'COMPLETE' END
    FROM raw.bars_as_of(at, instruments, recorded_by) b
    JOIN meta.instruments i ON i.instrument_id = b.instrument_id
    CROSS JOIN LATERAL (
        SELECT meta.product(a.volume_factor) AS volume,
            CASE WHEN count(*) FILTER (WHERE a.price_factor IS NULL) = 0 THEN meta.product(a.price_factor) END AS price
        FROM actions a WHERE a.instrument_id = b.instrument_id AND a.source_id = b.source_id
            AND a.ex_date > (b.bar_start AT TIME ZONE i.zone)::date) f
$$;
"""
_KNOWN = "known at an instant (UTC); recorded_by: only rows written by then (audit)"
_TYPES = "(timestamptz, text[], timestamptz)"
ROUTINES = {
    f"FUNCTION raw.observations_as_of{_TYPES}": f"Per (series, period) the row {_KNOWN}; order is not promised",
    f"FUNCTION raw.newest_as_of{_TYPES}": f"Per series the newest period with a value {_KNOWN}",
    "FUNCTION raw.observations_changed_since(timestamptz, text[])":
        "What is known now and was not at an instant (UTC), beside what this warehouse then answered",
    "FUNCTION raw.keep_heads()": "Keeps raw.observation_heads, whoever inserts",
    "VIEW raw.observations_latest": "What is known now, one row a (series, period)",
    "VIEW raw.observations_newest": "The newest period with a value of every series, as known now",
    "FUNCTION meta.universe_as_of(timestamptz, date, timestamptz)": f"Memberships (on a day, if given) {_KNOWN}",
    "AGGREGATE meta.product(double precision)": "Product; 1 of nothing",
    f"FUNCTION raw.adjustments_as_of{_TYPES}": f"Factors of splits and dividends in force and {_KNOWN}",
    f"FUNCTION raw.bars_adjusted_as_of{_TYPES}":
        "Bars adjusted by the splits and dividends in force and known at an instant (UTC)",
    **{f"FUNCTION {table}_as_of{_TYPES}": f"Per ({fact}) the row {_KNOWN}" for table, fact, _, _ in FACTS},
    **{f"VIEW {table}_latest": f"What is known now, one row a ({fact})" for table, fact, _, _ in FACTS},
    **{f"VIEW {table}_first": f"What was known first of every ({fact})" for table, fact, _, _ in FACTS},
}  # fmt: skip
HEAD_COMMENTS = {
    "raw.observation_heads": ("Index of what is known: the row known last of every (series, period), kept by trigger", {
        "first_known_at": "Smallest known_at (UTC) of the (series, period)"}),
}  # fmt: skip


def upgrade() -> None:
    op.execute(HEADS)
    op.execute(OBSERVATIONS)
    op.execute("DROP VIEW derived.metrics_latest, derived.metrics_first")
    op.execute("DROP FUNCTION derived.metrics_as_of(timestamptz, text[])")
    for fact in FACTS:
        op.execute(_as_of(*fact))
    op.execute(MEMBERS)
    op.execute(ADJUSTED)
    comment_all(HEAD_COMMENTS, ROUTINES)


def downgrade() -> None:
    from liquidity_platform.warehouse.migrations.versions import v0001_baseline as before

    op.execute(f"DROP FUNCTION raw.bars_adjusted_as_of{_TYPES}, raw.adjustments_as_of{_TYPES}")
    op.execute("DROP AGGREGATE meta.product(double precision)")
    op.execute("DROP FUNCTION meta.universe_as_of(timestamptz, date, timestamptz)")
    for table, *_ in FACTS:
        op.execute(f"DROP VIEW {table}_latest, {table}_first")
        op.execute(f"DROP FUNCTION {table}_as_of{_TYPES}")
    op.execute("DROP VIEW raw.observations_latest, raw.observations_newest, raw.observations_first")
    op.execute(f"DROP FUNCTION raw.observations_as_of{_TYPES}, raw.newest_as_of{_TYPES}")
    op.execute("DROP FUNCTION raw.observations_changed_since(timestamptz, text[])")
    op.execute("DROP TRIGGER keep_heads ON raw.observations")
    op.execute("DROP FUNCTION raw.keep_heads()")
    op.execute("DROP TABLE raw.observation_heads")
    op.execute(before.AS_OF)
