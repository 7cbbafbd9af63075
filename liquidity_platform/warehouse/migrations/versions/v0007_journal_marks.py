"""How far each journal of the sidecar has been moved here; what a tick's flags mean."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all, quoted

revision = "0007"
down_revision = "0006"

TABLE = """
CREATE TABLE ops.journal_marks (
    journal text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, last_id bigint NOT NULL,
    run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (journal, source, last_id)
)
"""
COMMENTS = {
    "ops.journal_marks": ("How far each sidecar journal has been moved here; the greatest last_id counts", {
        "journal": "The journal's own id: another file begins anew", "source": "Table of the journal",
        "last_id": "Greatest id that is here, written in the transaction that brought the rows",
        "run_id": "Dagster run that wrote the row", "recorded_at": "When this row was written (UTC)"}),
}  # fmt: skip
BITS = "Bits: 1 delayed, 2 simulated, 4 replayed, 8 after a gap, 16 late, 32 volume reset, 64 backfilled"
BITS_BEFORE = "Bits: 1 late, 2 simulated, 4 delayed, 8 after a gap, 16 implausible"


def upgrade() -> None:
    op.execute(TABLE)
    add_guard("ops.journal_marks")
    comment_all(COMMENTS, {})
    op.execute(f"COMMENT ON COLUMN raw.ticks.flags IS {quoted(BITS)}")


def downgrade() -> None:
    op.execute(f"COMMENT ON COLUMN raw.ticks.flags IS {quoted(BITS_BEFORE)}")
    op.execute("DROP TABLE ops.journal_marks")
