"""An index by delivery: deleting old alerts read the whole log once an alert."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE INDEX delivery_log_of ON delivery_log (delivery_id)")


def downgrade() -> None:
    op.execute("DROP INDEX delivery_log_of")
