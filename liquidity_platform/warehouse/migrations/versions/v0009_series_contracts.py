"""What publishers said their series are: as first accepted, as changed, and as held back."""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all

revision = "0009"
down_revision = "0008"

TABLE = """
CREATE TABLE meta.series_contracts (
    contract_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, series_id text COLLATE "C" NOT NULL,
    accepted_from date, title text, unit text, frequency text, seasonal text, payload_id uuid, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
INDEX = "CREATE INDEX series_contracts_series ON meta.series_contracts (series_id, contract_id)"
COMMENTS = {
    "meta.series_contracts": ("What each publisher said a series is, in its own words; rows are only ever added", {
        "contract_id": "Order in which the words were heard",
        "series_id": "Series the words are about",
        "accepted_from": "Answers of this day (UTC) and later are read by these words, until others are accepted; "
                         "0001-01-01 for the first ones, NULL for words that are held back",
        "title": "Title", "unit": "Unit as printed, with its power of ten",
        "frequency": "Frequency", "seasonal": "Seasonal adjustment",
        "payload_id": "Answer that held the words; NULL when a person typed them",
        "run_id": "Dagster run that wrote the row", "recorded_at": "When this row was written (UTC)"}),
}  # fmt: skip


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(INDEX)
    add_guard("meta.series_contracts")
    comment_all(COMMENTS, {})


def downgrade() -> None:
    op.execute("DROP TABLE meta.series_contracts")
