"""What the UI says of columns is what PostgreSQL says of them."""

import pytest

from liquidity_platform.automation.columns import MEANINGS, columns_of
from liquidity_platform.warehouse.connect import Warehouse

COMMENTS = (
    "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
)


@pytest.mark.parametrize("table", MEANINGS)
def test_every_column_has_the_words_of_its_table_and_what_counts_comes_first(table: str, warehouse: Warehouse) -> None:
    with warehouse.session() as connection:
        comments = dict(connection.execute(COMMENTS, [table]).fetchall())
    shown = columns_of(table)["dagster/column_schema"].columns
    assert {column.name: column.description for column in shown} == comments
    assert shown[0].name in ("value", "state", "bar_start")
    assert [column.name for column in shown[-3:]] == ["payload_id", "run_id", "recorded_at"]


def test_other_tables_have_columns_and_marts_none() -> None:
    assert columns_of("raw.ticks")["dagster/column_schema"].columns[-1].name == "recorded_at"
    assert columns_of("marts.net_liquidity_weekly") == columns_of(None) == {}
