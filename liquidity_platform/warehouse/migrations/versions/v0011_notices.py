"""What people were told of, channel by channel, so that a problem is told once and its end once."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all

revision = "0011"
down_revision = "0010"

TABLE = """
CREATE TABLE ops.notices (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, channel text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL, state text NOT NULL CHECK (state IN ('open', 'closed', 'failed')),
    subject text NOT NULL, name text NOT NULL, said text NOT NULL, link text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notices_channel ON ops.notices (channel, topic, notice_id)
"""
COMMENTS = {
    "ops.notices": ("What each channel was told of; the last row of a (channel, topic) counts", {
        "notice_id": "Id, in order of telling", "channel": "Kind of address and six digits of its hash",
        "topic": "The problem, such as `provider fred`; empty for a channel that took nothing",
        "state": "open: told; closed: its end was told; failed: the channel took nothing",
        "subject": "What is told together", "name": "Which of them", "said": "The sentence", "link": "Page in the UI",
        "recorded_at": "When this row was written (UTC)"}),
}  # fmt: skip


def upgrade() -> None:
    op.execute(TABLE)
    add_guard("ops.notices")
    comment_all(COMMENTS, {})


def downgrade() -> None:
    op.execute("DROP TABLE ops.notices")
