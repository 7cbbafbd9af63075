"""Findings about rows that arrived, rows held from their dependants, decisions of people, daily quality of series."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE ops.findings (
    finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, series_id text COLLATE "C" NOT NULL,
    judgement text NOT NULL, severity text NOT NULL CHECK (severity IN ('block', 'flag')),
    period date NOT NULL, known_at timestamptz NOT NULL, rows bigint NOT NULL, reason text NOT NULL,
    quarantine_id bigint, payload_id uuid NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX findings_series ON ops.findings (series_id, known_at);
CREATE TABLE ops.held_rows (
    series_id text COLLATE "C" NOT NULL, period date NOT NULL, known_at timestamptz NOT NULL, payload_id uuid NOT NULL,
    quarantine_id bigint NOT NULL, run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (series_id, period, known_at, payload_id, quarantine_id)
);
CREATE TABLE ops.quarantine_decisions (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, quarantine_id bigint NOT NULL,
    decision text NOT NULL CHECK (decision IN ('accepted', 'rejected')), decided_at timestamptz NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX decisions_quarantine ON ops.quarantine_decisions (quarantine_id);
CREATE TABLE ops.series_quality (
    series_id text COLLATE "C" NOT NULL, day date NOT NULL, arrived boolean NOT NULL, late boolean NOT NULL,
    flags integer NOT NULL, blocks integer NOT NULL, score double precision NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (series_id, day, recorded_at)
);
"""
GUARDED = ("ops.findings", "ops.held_rows", "ops.quarantine_decisions", "ops.series_quality")
# ops.quarantine.status says the last decision, so that what asks for it need not know of decisions
DECIDED = """
CREATE FUNCTION ops.keep_status() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ BEGIN
    UPDATE ops.quarantine q SET status = NEW.decision WHERE q.quarantine_id = NEW.quarantine_id;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_status AFTER INSERT ON ops.quarantine_decisions
    FOR EACH ROW EXECUTE FUNCTION ops.keep_status();
INSERT INTO ops.quarantine_decisions (quarantine_id, decision, decided_at)
    SELECT quarantine_id, status, clock_timestamp() FROM ops.quarantine WHERE status <> 'pending';
"""
_ROW = "o.source_id, o.fetched_at, o.payload_id, o.run_id, o.recorded_at"
GATES = f"""
CREATE FUNCTION ops.gates(recorded_by timestamptz DEFAULT 'infinity') RETURNS TABLE (series_id text, period date,
    known_at timestamptz, payload_id uuid, released_at timestamptz, recorded_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (h.series_id, h.period, h.known_at, h.payload_id) h.series_id, h.period, h.known_at,
        h.payload_id, d.decided_at, greatest(h.recorded_at, d.recorded_at)
    FROM ops.held_rows h LEFT JOIN LATERAL (
        SELECT q.decided_at, q.recorded_at FROM ops.quarantine_decisions q
        WHERE q.quarantine_id = h.quarantine_id AND q.decision = 'accepted' AND q.recorded_at <= recorded_by
        ORDER BY q.decision_id LIMIT 1) d ON true
    WHERE h.recorded_at <= recorded_by
    ORDER BY h.series_id, h.period, h.known_at, h.payload_id, d.decided_at DESC NULLS FIRST
$$;
CREATE FUNCTION raw.observations_gated_as_of(
    at timestamptz DEFAULT 'infinity', series text[] DEFAULT NULL, recorded_by timestamptz DEFAULT 'infinity'
) RETURNS SETOF raw.observations LANGUAGE sql STABLE AS $$
    SELECT o.series_id, o.period,
        CASE WHEN g.released_at <= at THEN greatest(o.known_at, g.released_at) ELSE o.known_at END,
        CASE WHEN g.series_id IS NULL OR g.released_at <= at THEN o.value END,
        CASE WHEN g.series_id IS NULL OR g.released_at <= at THEN o.known_basis ELSE 'held_back' END, {_ROW}
    FROM raw.observations_as_of(at, series, recorded_by) o
    LEFT JOIN ops.gates(recorded_by) g ON g.series_id = o.series_id AND g.period = o.period
        AND g.known_at = o.known_at AND g.payload_id = o.payload_id
$$;
"""
_RUN = {"run_id": "Dagster run that wrote the row", "recorded_at": "When this row was written (UTC)"}
COMMENTS = {
    "ops.findings": ("What judgements found of rows when they arrived; one row a series, judgement and load", {
        "finding_id": "Id", "series_id": "Series",
        "judgement": "range, unit_step, jump, gap, revision or restated",
        "severity": "block (the rows are held from what is computed of them) or flag, as the catalog then said",
        "period": "Newest period concerned", "known_at": "Since when (UTC) the newest row concerned is known",
        "rows": "Rows concerned", "reason": "What was found, in a sentence",
        "quarantine_id": "Of a block: what a person accepts or rejects; NULL for a flag",
        "payload_id": "Archived bytes of the newest row concerned", **_RUN}),
    "ops.held_rows": ("Observations that the gate keeps from what is computed of them", {
        "series_id": "Series", "period": "Period", "known_at": "known_at (UTC) of the row that is held",
        "payload_id": "payload_id of the row that is held", "quarantine_id": "What a person decides about", **_RUN}),
    "ops.quarantine_decisions": ("What people decided about ops.quarantine; the last one counts", {
        "decision_id": "Order of decisions", "quarantine_id": "About what", "decision": "accepted or rejected",
        "decided_at": "When (UTC): dependants read an accepted row from then on", **_RUN}),
    "ops.series_quality": ("Quality of every series on each day it was asked for; the last row of a day counts", {
        "series_id": "Series", "day": "UTC day", "arrived": "The publisher's answer was there and accepted",
        "late": "A period was overdue by the release calendar, or, with no clock on file, the series was old",
        "flags": "Findings that stood as flags",
        "blocks": "Findings that held rows back",
        "score": "0 to 100: 40 for an answer, 30 for being on time, 30 for soundness, of which a flag that stands "
                 "takes 10 and a block all", **_RUN}),
}  # fmt: skip
ROUTINES = {
    "FUNCTION ops.keep_status()": "Keeps ops.quarantine.status, whoever decides",
    "FUNCTION ops.gates(timestamptz)": "Rows held, and since when (UTC) they were let through; NULL: held still",
    "FUNCTION raw.observations_gated_as_of(timestamptz, text[], timestamptz)":
        "raw.observations_as_of through the gate: a row held at that instant (UTC) is NULL, its known_basis held_back; "
        "an accepted one is known since it was accepted",
}  # fmt: skip


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(DECIDED)
    for table in GUARDED:
        add_guard(table)
    op.execute(GATES)
    comment_all(COMMENTS, ROUTINES)


def downgrade() -> None:
    op.execute("DROP FUNCTION raw.observations_gated_as_of(timestamptz, text[], timestamptz)")
    op.execute("DROP FUNCTION ops.gates(timestamptz)")
    op.execute(f"DROP TABLE {', '.join(GUARDED)}")
    op.execute("DROP FUNCTION ops.keep_status()")
