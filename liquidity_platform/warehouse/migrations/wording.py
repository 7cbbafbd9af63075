"""What migrations say to PostgreSQL more than once: comments, and the guard of append-only tables.

Belongs here: statements of that kind. Keep out: tables (versions). What is here is part of old revisions: it may grow,
never change its meaning.
"""

from collections.abc import Mapping

from alembic import op


def quoted(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def comment_all(tables: Mapping[str, tuple[str, Mapping[str, str]]], things: Mapping[str, str]) -> None:
    """Comment tables and their columns, and things such as `FUNCTION name(types)` or `VIEW name`."""
    for table, (about, columns) in tables.items():
        op.execute(f"COMMENT ON TABLE {table} IS {quoted(about)}")
        for column, meaning in columns.items():
            op.execute(f'COMMENT ON COLUMN {table}."{column}" IS {quoted(meaning)}')
    for thing, meaning in things.items():
        op.execute(f"COMMENT ON {thing} IS {quoted(meaning)}")


def add_guard(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE of `table` by trigger, whoever asks."""
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION meta.refuse_change()"
    )
