"""Alembic's entry: runs the versions on the connection that `schema.migrate` hands over, or prints offline SQL."""

from alembic import context

config = context.config
connection = config.attributes.get("connection")

if connection is None:
    context.configure(
        dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, literal_binds=True, version_table_schema="meta"
    )
    with context.begin_transaction():
        context.execute("CREATE SCHEMA IF NOT EXISTS meta")
        context.run_migrations()
else:
    context.configure(connection=connection, version_table_schema="meta")
    with context.begin_transaction():
        context.run_migrations()
