"""The journal's first schema."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE engine_state (
    name TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    state JSON NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE instruments (
    id INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    symbol TEXT NOT NULL,
    feed_symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT status_known CHECK (status IN ('active', 'inactive')),
    UNIQUE (instrument)
);
CREATE TABLE alert_logs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL,
    rule_id INTEGER NOT NULL,
    rule_version INTEGER NOT NULL,
    instrument_id INTEGER,
    edge_id TEXT NOT NULL,
    fired_at INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    value DOUBLE,
    threshold DOUBLE,
    condition TEXT NOT NULL,
    severity TEXT NOT NULL,
    suppressed TEXT,
    acknowledged_at INTEGER,
    context JSON NOT NULL,
    CONSTRAINT severity_known CHECK (severity IN ('info', 'warning', 'critical')),
    UNIQUE (uid),
    FOREIGN KEY(instrument_id) REFERENCES instruments (id)
);
CREATE INDEX alert_logs_time ON alert_logs (fired_at);
CREATE TABLE alert_rules (
    "row" INTEGER NOT NULL,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    uid TEXT NOT NULL,
    instrument_id INTEGER,
    rule_type TEXT NOT NULL,
    name TEXT NOT NULL,
    definition JSON NOT NULL,
    severity TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY ("row"),
    UNIQUE (id, version),
    CONSTRAINT severity_known CHECK (severity IN ('info', 'warning', 'critical')),
    FOREIGN KEY(instrument_id) REFERENCES instruments (id)
);
CREATE TABLE market_data (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    instrument_id INTEGER NOT NULL,
    event_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    price DOUBLE,
    size DOUBLE,
    bid DOUBLE,
    ask DOUBLE,
    flags INTEGER NOT NULL,
    FOREIGN KEY(instrument_id) REFERENCES instruments (id)
);
CREATE INDEX market_data_time ON market_data (instrument_id, event_at);
CREATE TABLE deliveries (
    id INTEGER NOT NULL,
    alert_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (id),
    UNIQUE (alert_id, channel),
    CONSTRAINT state_known CHECK (state IN ('pending', 'sent', 'acknowledged', 'failed', 'dead')),
    FOREIGN KEY(alert_id) REFERENCES alert_logs (id),
    UNIQUE (idempotency_key)
);
CREATE INDEX deliveries_due ON deliveries (state, next_try_at);
CREATE TABLE delivery_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
"""
_ORDER = ("delivery_log", "deliveries", "market_data", "alert_rules", "alert_logs", "instruments", "engine_state")


def upgrade() -> None:
    for statement in TABLES.split(";"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in _ORDER:
        op.execute(f"DROP TABLE {table}")
