"""Where the passwords of the writer's and the reader's login are kept, so that every home finds the same ones."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import comment_all

revision = "0004"
down_revision = "0003"

TABLE = """
CREATE TABLE ops.logins (
    login text COLLATE "C" PRIMARY KEY, password text NOT NULL, set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
REVOKE ALL ON ops.logins FROM PUBLIC;
"""
COMMENTS = {
    "ops.logins": ("Logins made by migrate; only the owner may read this", {
        "login": "Role", "password": "Random password", "set_at": "When it was set (UTC)"}),
}  # fmt: skip


def upgrade() -> None:
    op.execute(TABLE)
    # a reader made earlier was given everything in `ops` by default privileges
    op.execute(
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT grantee FROM information_schema.role_table_grants "
        "WHERE table_schema = 'ops' AND table_name = 'logins' AND grantee <> current_user LOOP "
        "EXECUTE format('REVOKE ALL ON ops.logins FROM %I', name); END LOOP; END $$"
    )
    comment_all(COMMENTS, {})


def downgrade() -> None:
    op.execute("DROP TABLE ops.logins")
