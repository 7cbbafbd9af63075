"""Market facts: instruments and universes, bars, corporate actions, events, news, ticks, signals, the alert tables.

Ticks are partitioned by month here; with TimescaleDB they become a hypertable in 0005.
"""

from alembic import op

from liquidity_platform.warehouse.migrations.wording import add_guard, comment_all

revision = "0002"
down_revision = "0001"

_WRITTEN = "payload_id uuid, run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"
_ARCHIVED = "payload_id uuid NOT NULL, run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"
_KNOWN = """known_basis text NOT NULL CHECK (known_basis IN ('vintage', 'release_rule', 'fetched', 'conservative')),
    source_id text COLLATE "C" NOT NULL, fetched_at timestamptz NOT NULL"""
_FINITE = "double precision CHECK ({0} <> 'NaN' AND abs({0}) < 'Infinity')"

META = f"""
CREATE TABLE meta.instruments (
    instrument_id text COLLATE "C" PRIMARY KEY, symbol text NOT NULL, feed_symbol text, name text NOT NULL,
    asset_class text NOT NULL, exchange text NOT NULL, session_calendar text NOT NULL, zone text NOT NULL,
    currency text NOT NULL, multiplier numeric(20, 8) NOT NULL CHECK (multiplier > 0),
    tick_size numeric(20, 8) CHECK (tick_size > 0)
);
CREATE TABLE meta.universe_members (
    universe_id text COLLATE "C" NOT NULL, instrument_id text COLLATE "C" NOT NULL, valid_from date NOT NULL,
    known_at timestamptz NOT NULL, valid_to date CHECK (valid_to >= valid_from), {_KNOWN}, {_ARCHIVED},
    PRIMARY KEY (universe_id, instrument_id, valid_from, known_at, recorded_at)
);
"""
RAW = f"""
CREATE TABLE raw.bars (
    instrument_id text COLLATE "C" NOT NULL, source_id text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL CHECK ("interval" IN ('1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w')),
    bar_start timestamptz NOT NULL, known_at timestamptz NOT NULL,
    open numeric(20, 8) CHECK (open <> 'NaN'), high numeric(20, 8) CHECK (high <> 'NaN'),
    low numeric(20, 8) CHECK (low <> 'NaN'), close numeric(20, 8) CHECK (close <> 'NaN'),
    volume {_FINITE.format("volume")} CHECK (volume >= 0),
    known_basis text NOT NULL CHECK (known_basis IN ('vintage', 'release_rule', 'fetched', 'conservative')),
    fetched_at timestamptz NOT NULL, {_ARCHIVED},
    PRIMARY KEY (instrument_id, source_id, "interval", bar_start, known_at, recorded_at)
);
CREATE TABLE raw.corporate_actions (
    instrument_id text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL CHECK (kind IN ('split', 'dividend')),
    ex_date date NOT NULL, known_at timestamptz NOT NULL,
    ratio numeric(20, 8) CHECK (ratio > 0), amount numeric(20, 8) CHECK (amount >= 0), currency text,
    {_KNOWN}, {_ARCHIVED},
    CHECK (CASE kind WHEN 'split' THEN ratio IS NOT NULL AND amount IS NULL
        ELSE amount IS NOT NULL AND ratio IS NULL END),
    PRIMARY KEY (instrument_id, kind, ex_date, known_at, recorded_at)
);
CREATE TABLE raw.events (
    event_id text COLLATE "C" NOT NULL, known_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN
        ('economic', 'earnings', 'dividend', 'split', 'geopolitical', 'central_bank', 'auction')),
    title text NOT NULL, occurs_at timestamptz NOT NULL, region text, instrument_id text COLLATE "C",
    actual {_FINITE.format("actual")}, forecast {_FINITE.format("forecast")}, previous {_FINITE.format("previous")},
    unit text, {_KNOWN}, {_ARCHIVED},
    PRIMARY KEY (event_id, known_at, recorded_at)
);
CREATE TABLE raw.news (
    article_id text COLLATE "C" NOT NULL, known_at timestamptz NOT NULL, headline text NOT NULL, summary text,
    url text, symbols text[] NOT NULL DEFAULT '{{}}', sentiment double precision CHECK (sentiment BETWEEN -1 AND 1),
    sentiment_model text, CHECK (sentiment IS NULL OR sentiment_model IS NOT NULL), {_KNOWN}, {_ARCHIVED},
    PRIMARY KEY (article_id, known_at, recorded_at)
);
CREATE TABLE raw.ticks (
    instrument_id text COLLATE "C" NOT NULL, event_at timestamptz NOT NULL, seq bigint NOT NULL,
    received_at timestamptz NOT NULL, price numeric(20, 8) CHECK (price <> 'NaN'), size {_FINITE.format("size")},
    bid numeric(20, 8) CHECK (bid <> 'NaN'), ask numeric(20, 8) CHECK (ask <> 'NaN'),
    flags integer NOT NULL DEFAULT 0, {_WRITTEN},
    PRIMARY KEY (instrument_id, event_at, seq, recorded_at)
) PARTITION BY RANGE (event_at);
CREATE FUNCTION raw.make_tick_partitions(first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE month date := date_trunc('month', first); made integer := 0; name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'raw.ticks'::regclass) THEN RETURN 0; END IF;
    IF last - first > 366 * 60 THEN RAISE EXCEPTION 'ticks from % to %: more than 60 years', first, last; END IF;
    PERFORM pg_advisory_xact_lock(7402002);
    WHILE month <= last LOOP
        name := 'ticks_' || to_char(month, 'YYYY_MM');
        IF to_regclass('raw.' || name) IS NULL THEN
            -- partitions do not inherit the guard: each has its own
            EXECUTE format('CREATE TABLE raw.%I PARTITION OF raw.ticks FOR VALUES FROM (%L) TO (%L)', name,
                month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON raw.%I '
                'FOR EACH STATEMENT EXECUTE FUNCTION meta.refuse_change()', name);
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION raw.make_tick_partitions(date, date) FROM PUBLIC;
"""
DERIVED = f"""
CREATE TABLE derived.signals (
    signal_id text COLLATE "C" NOT NULL, definition_version integer NOT NULL, period date NOT NULL,
    known_at timestamptz NOT NULL, state text NOT NULL, score {_FINITE.format("score")},
    confidence double precision CHECK (confidence BETWEEN 0 AND 1), inputs jsonb NOT NULL, {_WRITTEN},
    PRIMARY KEY (signal_id, definition_version, period, known_at, recorded_at)
);
"""
OPS = """
CREATE TABLE ops.alert_rules (
    rule_id text COLLATE "C" NOT NULL, version integer NOT NULL, name text NOT NULL, definition jsonb NOT NULL,
    active boolean NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (rule_id, version)
);
CREATE TABLE ops.alert_log (
    alert_id text COLLATE "C" PRIMARY KEY, rule_id text COLLATE "C" NOT NULL, rule_version integer NOT NULL,
    instrument_id text COLLATE "C", fired_at timestamptz NOT NULL, value numeric(20, 8), threshold numeric(20, 8),
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')), suppressed text,
    context jsonb NOT NULL, run_id text, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX alert_log_time ON ops.alert_log (fired_at);
CREATE TABLE ops.deliveries (
    alert_id text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
    attempt integer NOT NULL CHECK (attempt >= 0),
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'sent', 'acknowledged', 'failed', 'dead')),
    at timestamptz NOT NULL, idempotency_key text NOT NULL, reason text, run_id text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (alert_id, channel, attempt, status)
);
"""
FACTS = (
    "meta.universe_members", "raw.bars", "raw.corporate_actions", "raw.events", "raw.news", "raw.ticks",
    "derived.signals",
)  # fmt: skip
TABLES = (
    *FACTS, "meta.instruments", "ops.alert_rules", "ops.alert_log", "ops.deliveries",
)  # fmt: skip

_ID = {"instrument_id": "Catalog id, see meta.instruments"}
_PUBLISHED = {
    "known_at": "First instant (UTC) at which anyone could have read this",
    "known_basis": "How sure known_at is: vintage, release_rule, fetched, conservative",
    "source_id": "Publisher, see meta.data_sources", "fetched_at": "Instant (UTC) we read it",
}  # fmt: skip
_ROW = {
    "payload_id": "Archived bytes it was parsed from, see raw.payloads", "run_id": "Dagster run that wrote the row",
    "recorded_at": "Instant (UTC) at which this row was written down; the last word among equals",
}  # fmt: skip
_PRICE = "in meta.instruments.currency, as traded: not adjusted for splits or dividends"
COMMENTS = {
    "meta.instruments": ("The catalog of traded things, synced on migrate", {
        **_ID, "symbol": "Symbol people use, such as ES", "feed_symbol": "Symbol of the live feed, such as /ES",
        "name": "What it is", "asset_class": "future, index, etf, equity, crypto, fx or internal",
        "exchange": "Market", "session_calendar": "Calendar of its sessions",
        "zone": "IANA zone of its trading day", "currency": "ISO code of prices (pts for index points)",
        "multiplier": "Value of one point, in currency", "tick_size": "Smallest price step; NULL when there is none"}),
    "meta.universe_members": ("Which instruments belonged to a universe, when, as it became known", {
        "universe_id": "Universe, such as us.large_caps", **_ID, "valid_from": "First day of membership",
        "valid_to": "First day after membership; NULL while it lasts; equal to valid_from: withdrawn",
        **_PUBLISHED, **_ROW}),
    "raw.bars": ("Price bars as traded, as they became known; rows are only added", {
        **_ID, "interval": "Length: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w",
        "bar_start": "Start (UTC); a daily bar starts at midnight of its trading day in meta.instruments.zone",
        "open": f"First price, {_PRICE}", "high": f"Highest price, {_PRICE}", "low": f"Lowest price, {_PRICE}",
        "close": f"Last price, {_PRICE}", "volume": "Units traded; NULL where the publisher gives none",
        **_PUBLISHED, **_ROW}),
    "raw.corporate_actions": ("Splits and dividends as they became known; adjusted prices are computed from them", {
        **_ID, "kind": "split or dividend", "ex_date": "First trading day without the entitlement",
        "ratio": "Splits: new units for one old; 1 withdraws it", "currency": "Dividends: ISO code of amount",
        "amount": "Dividends: cash a unit, as declared (not split-adjusted); 0 withdraws it", **_PUBLISHED, **_ROW}),
    "raw.events": ("Scheduled and unscheduled events as they became known; a moved date or an outcome is a new row", {
        "event_id": "Publisher's id, prefixed", "kind":
        "economic, earnings, dividend, split, geopolitical, central_bank or auction", "title": "What happens",
        "occurs_at": "When it happens (UTC), as then announced", "region": "ISO country or zone, such as US, EU",
        "instrument_id": "Instrument concerned, if one", "actual": "Outcome, in unit; NULL before it",
        "forecast": "Consensus, in unit", "previous": "Previous outcome as then known, in unit",
        "unit": "Unit of the three numbers", **_PUBLISHED, **_ROW}),
    "raw.news": ("Headlines as they became known", {
        "article_id": "Publisher's id, prefixed", "headline": "Headline", "summary": "Summary", "url": "Address",
        "symbols": "Symbols named by the publisher", "sentiment": "-1 to 1, by sentiment_model",
        "sentiment_model": "Model and version that judged it", **_PUBLISHED, **_ROW}),
    "raw.ticks": ("Trades and quotes, loaded from the sidecar's journal", {
        **_ID, "event_at": "Instant (UTC) of the exchange or feed", "seq": "Order within the instant, by the journal",
        "received_at": "Instant (UTC) at which the sidecar had it: known since then", "price": f"Last price, {_PRICE}",
        "size": "Units traded", "bid": f"Best bid, {_PRICE}", "ask": f"Best ask, {_PRICE}",
        "flags": "Bits: 1 late, 2 simulated, 4 delayed, 8 after a gap, 16 implausible", **_ROW}),
    "derived.signals": ("Every state of every signal at every step of knowledge; rows are only added", {
        "signal_id": "Declared signal", "definition_version": "Version of its definition", "period": "Day described",
        "known_at": "Latest known_at among its inputs (UTC)", "state": "State, such as EXPANSION",
        "score": "Number behind the state", "confidence": "0 to 1", "inputs": "Inputs and their values", **_ROW}),
    "ops.alert_rules": ("Alert rules, one row a version", {
        "rule_id": "Rule", "version": "Counts its changes", "name": "What a person calls it",
        "definition": "The rule as JSON", "active": "Whether it is evaluated", "recorded_at": _ROW["recorded_at"]}),
    "ops.alert_log": ("Alerts that fired, moved here from the sidecar's journal once each", {
        "alert_id": "The journal's id", "rule_id": "Rule", "rule_version": "Version of the rule that fired",
        **_ID, "fired_at": "Instant (UTC)", "value": "Observed value", "threshold": "Level it met",
        "severity": "info, warning or critical", "suppressed": "Why nothing was sent; NULL when it was",
        "context": "What was known at that moment", "run_id": _ROW["run_id"], "recorded_at": _ROW["recorded_at"]}),
    "ops.deliveries": ("What became of each alert in each channel, one row a change of status", {
        "alert_id": "Alert", "channel": "Where to", "attempt": "Counts tries from 1; 0 before the first",
        "status": "pending, sent, acknowledged, failed or dead", "at": "When (UTC)",
        "idempotency_key": "Same for every try of one alert in one channel", "reason": "Why it failed",
        "run_id": _ROW["run_id"], "recorded_at": _ROW["recorded_at"]}),
}  # fmt: skip
ROUTINES = {
    "FUNCTION raw.make_tick_partitions(date, date)": "Make the months of raw.ticks between two days; how many were new",
}


def upgrade() -> None:
    for part in (META, RAW, DERIVED, OPS):
        op.execute(part)
    op.execute("SELECT raw.make_tick_partitions(current_date, (current_date + interval '3 months')::date)")
    for table in FACTS:
        add_guard(table)
    comment_all(COMMENTS, ROUTINES)


def downgrade() -> None:
    op.execute("DROP FUNCTION raw.make_tick_partitions(date, date)")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
