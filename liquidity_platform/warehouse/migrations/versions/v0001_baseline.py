"""Baseline: catalog, payload index, observations, metrics, quarantine; as-of functions and guards."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE meta.warehouse (
    key text COLLATE "C" PRIMARY KEY, value text NOT NULL, set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE meta.data_sources (
    source_id text COLLATE "C" PRIMARY KEY, name text NOT NULL, base_url text NOT NULL, licence text NOT NULL,
    terms text NOT NULL, rate_limit double precision NOT NULL, auth text NOT NULL, status text NOT NULL
);
CREATE TABLE meta.series (
    series_id text COLLATE "C" PRIMARY KEY, source_id text COLLATE "C" NOT NULL, code text NOT NULL,
    title text NOT NULL, unit text NOT NULL, published_unit text NOT NULL, scale double precision NOT NULL,
    frequency text NOT NULL, release_id text NOT NULL, revisable boolean NOT NULL,
    plausible_low double precision NOT NULL, plausible_high double precision NOT NULL, ended date
);
CREATE TABLE raw.payloads (
    payload_id uuid PRIMARY KEY, sha256 text NOT NULL, bytes bigint NOT NULL, source_id text COLLATE "C" NOT NULL,
    series_id text COLLATE "C" NOT NULL, request text NOT NULL, fetched_at timestamptz NOT NULL, uri text NOT NULL,
    known_from timestamptz NOT NULL, known_to timestamptz NOT NULL, accepted boolean NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX payloads_asks ON raw.payloads (series_id, source_id, fetched_at) WHERE accepted;
CREATE TABLE raw.observations (
    series_id text COLLATE "C" NOT NULL, period date NOT NULL, known_at timestamptz NOT NULL,
    value double precision CHECK (value <> 'NaN' AND abs(value) < 'Infinity'),
    known_basis text NOT NULL CHECK (known_basis IN ('vintage', 'release_rule', 'fetched', 'conservative')),
    source_id text COLLATE "C" NOT NULL, fetched_at timestamptz NOT NULL, payload_id uuid NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (series_id, period, known_at, recorded_at)
);
CREATE TABLE derived.metrics (
    metric_id text COLLATE "C" NOT NULL, definition_version integer NOT NULL, period date NOT NULL,
    known_at timestamptz NOT NULL, value double precision CHECK (value <> 'NaN' AND abs(value) < 'Infinity'),
    status text NOT NULL CHECK (status IN ('COMPLETE', 'CARRIED', 'PROVISIONAL', 'STALE_INPUT', 'MISSING_INPUT')),
    inputs_hash text NOT NULL, payload_id uuid, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (metric_id, definition_version, period, known_at, recorded_at)
);
CREATE TABLE ops.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, series_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL, payload_id uuid NOT NULL, sha256 text NOT NULL, reason text NOT NULL,
    rows bigint NOT NULL, status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'rejected')),
    run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (series_id, sha256, reason)
);
"""

GUARDS = """
CREATE FUNCTION meta.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: a correction is a new row', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
FACTS = ("raw.payloads", "raw.observations", "derived.metrics")

AS_OF = """
CREATE FUNCTION raw.observations_as_of(at timestamptz DEFAULT 'infinity', series text[] DEFAULT NULL)
RETURNS SETOF raw.observations LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (series_id, period) * FROM raw.observations
    WHERE known_at <= at AND (observations_as_of.series IS NULL OR series_id = ANY (observations_as_of.series))
    ORDER BY series_id, period, known_at DESC, recorded_at DESC
$$;
CREATE FUNCTION derived.metrics_as_of(at timestamptz DEFAULT 'infinity', metrics text[] DEFAULT NULL)
RETURNS SETOF derived.metrics LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (metric_id, definition_version, period) * FROM derived.metrics
    WHERE known_at <= at AND (metrics_as_of.metrics IS NULL OR metric_id = ANY (metrics_as_of.metrics))
    ORDER BY metric_id, definition_version, period, known_at DESC, recorded_at DESC
$$;
CREATE VIEW raw.observations_latest AS SELECT * FROM raw.observations_as_of();
CREATE VIEW raw.observations_first AS
    SELECT DISTINCT ON (series_id, period) * FROM raw.observations
    ORDER BY series_id, period, known_at, recorded_at DESC;
CREATE VIEW derived.metrics_latest AS SELECT * FROM derived.metrics_as_of();
CREATE VIEW derived.metrics_first AS
    SELECT DISTINCT ON (metric_id, definition_version, period) * FROM derived.metrics
    ORDER BY metric_id, definition_version, period, known_at, recorded_at DESC;
"""

FACT_COLUMNS = {
    "known_at": "First instant (UTC) at which anyone could have read the value",
    "recorded_at": "Instant (UTC) at which this row was written down; the last word among equals",
    "run_id": "Dagster run that wrote the row",
}
COMMENTS = {
    "meta.warehouse": ("What this warehouse holds: kind (real or simulated), clock (real or moved)", {
        "key": "kind or clock", "value": "What was claimed by the first write", "set_at": "When it was claimed (UTC)"}),
    "meta.data_sources": ("Publishers, synced from the code on migrate", {
        "source_id": "Provider name", "name": "Publisher", "base_url": "Address asked", "licence": "Licence of data",
        "terms": "Terms of use", "rate_limit": "Requests a second at most", "auth": "none or key",
        "status": "verified against a recorded body, or unverified"}),
    "meta.series": ("The catalog of raw series, synced on migrate", {
        "series_id": "<owner>.<what>", "source_id": "Provider", "code": "Publisher's code", "title": "What it is",
        "unit": "Unit of stored values (base unit: dollars, not millions)",
        "published_unit": "Unit the publisher prints", "scale": "Stored value = published value x scale",
        "frequency": "Pace of observation", "release_id": "Release clock", "revisable": "Whether values are restated",
        "plausible_low": "Lowest plausible stored value, in unit",
        "plausible_high": "Highest plausible stored value, in unit", "ended": "Last period of an ended series"}),
    "raw.payloads": ("Index of the archive: one row for every answer a publisher gave us", {
        "payload_id": "Id that fact rows carry", "sha256": "Hash of the archived bytes", "bytes": "Size of the answer",
        "source_id": "Provider", "series_id": "Series asked for", "request": "What was asked, without secrets",
        "fetched_at": "Instant (UTC) the answer was complete", "uri": "Where the bytes are, below the archive",
        "known_from": "Start (UTC) of the knowledge windows the run was writing",
        "known_to": "End (UTC) of those windows, exclusive",
        "accepted": "False when the answer was quarantined", **FACT_COLUMNS}),
    "raw.observations": ("Every number ever published, as it became known; rows are only added", {
        "series_id": "Catalog id, see meta.series",
        "period": "Day the value describes; the first of a month or quarter",
        "value": "Value in meta.series.unit (dollars, not millions; 4.25 is 4.25 %); NULL is a published blank",
        "known_basis": "How sure known_at is: vintage, release_rule, fetched, conservative",
        "source_id": "Publisher the number came from", "fetched_at": "Instant (UTC) we read it",
        "payload_id": "Archived bytes it was parsed from, see raw.payloads", **FACT_COLUMNS}),
    "derived.metrics": ("Every derived number at every step of knowledge; rows are only added", {
        "metric_id": "Declared metric", "definition_version": "Version of its definition; history is never re-labelled",
        "period": "Day the value describes",
        "value": "Value in the metric's unit (dollars or basis points); NULL has its reason in status",
        "status": "COMPLETE, CARRIED, PROVISIONAL, STALE_INPUT or MISSING_INPUT",
        "inputs_hash": "Hash of the exact input rows", "payload_id": "Always NULL: inputs_hash leads to the inputs",
        **FACT_COLUMNS}),
    "ops.quarantine": ("Answers that contradict the catalog; nothing of them reached a fact table", {
        "quarantine_id": "Id", "series_id": "Series", "source_id": "Publisher", "payload_id": "Archived bytes",
        "sha256": "Hash of the bytes", "reason": "Sentence naming the series, what was expected and what was seen",
        "rows": "Rows held back", "status": "pending, accepted or rejected", **FACT_COLUMNS}),
}  # fmt: skip
ROUTINES = {
    "FUNCTION raw.observations_as_of(timestamptz, text[])": "Per (series, period) the row known at an instant (UTC)",
    "FUNCTION derived.metrics_as_of(timestamptz, text[])": "Per (metric, version, period) the row known at an instant",
    "VIEW raw.observations_latest": "What is known now, one row a (series, period)",
    "VIEW raw.observations_first": "The first print of every (series, period)",
    "VIEW derived.metrics_latest": "What is known now, one row a (metric, version, period)",
    "VIEW derived.metrics_first": "The first value of every (metric, version, period)",
    "SCHEMA meta": "What we watch", "SCHEMA raw": "What publishers said", "SCHEMA derived": "What we compute",
    "SCHEMA marts": "What people read", "SCHEMA ops": "What needs a person",
}  # fmt: skip


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def upgrade() -> None:
    for schema in ("raw", "derived", "marts", "ops"):
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    op.execute(TABLES)
    op.execute(GUARDS)
    for table in FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION meta.refuse_change()"
        )
    op.execute(AS_OF)
    for table, (about, columns) in COMMENTS.items():
        op.execute(f"COMMENT ON TABLE {table} IS {_quoted(about)}")
        for column, meaning in columns.items():
            if not (column == "known_at" and table in ("raw.payloads", "ops.quarantine")):
                op.execute(f"COMMENT ON COLUMN {table}.{column} IS {_quoted(meaning)}")
    for thing, meaning in ROUTINES.items():
        op.execute(f"COMMENT ON {thing} IS {_quoted(meaning)}")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS marts, derived, raw, ops CASCADE")
    op.execute("DROP TABLE meta.warehouse, meta.data_sources, meta.series CASCADE")
    op.execute("DROP FUNCTION meta.refuse_change()")
