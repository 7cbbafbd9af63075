"""Which tick a rule's version came after, and its deletion: a restart replays the ticks between under the old rules."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE alert_rules ADD COLUMN taken_after INTEGER")
    op.execute("ALTER TABLE alert_rules ADD COLUMN dropped_after INTEGER")
    op.execute("UPDATE alert_rules SET taken_after = 0")
    op.execute("UPDATE alert_rules SET dropped_after = 0 WHERE deleted_at IS NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE alert_rules DROP COLUMN taken_after")
    op.execute("ALTER TABLE alert_rules DROP COLUMN dropped_after")
