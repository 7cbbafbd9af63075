"""How far each metric has been computed, so that a daily run computes what new rows change and no more."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all

revision = "0010"
down_revision = "0009"

TABLE = """
CREATE TABLE ops.metric_marks (
    metric_id text COLLATE "C" NOT NULL, definition text NOT NULL, seen_to timestamptz NOT NULL, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (metric_id, recorded_at)
)
"""
COMMENTS = {
    "ops.metric_marks": ("How far each metric has been computed; the last row of a metric counts", {
        "metric_id": "Metric", "definition": "Digest of its declaration; another one wants all steps again",
        "seen_to": "Input rows recorded before this instant (UTC) were read, but for transactions then unfinished",
        "run_id": "Dagster run that wrote the row", "recorded_at": "When this row was written (UTC)"}),
}  # fmt: skip


def upgrade() -> None:
    op.execute(TABLE)
    add_guard("ops.metric_marks")
    comment_all(COMMENTS, {})


def downgrade() -> None:
    op.execute("DROP TABLE ops.metric_marks")
