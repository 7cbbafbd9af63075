"""The journal: what the sidecar saw, decided and sent, in one SQLite file beside it (WAL).

Ids are the journal's own integers; rules and alerts carry a text id as well, which is the same wherever they go.
Instants are microseconds since 1970-01-01 UTC, prices the feed's own numbers. Missing is NULL.
Belongs here: the tables. Keep out: opening the file (opening.py), writing (writing.py), questions (reading.py).
"""

from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SEVERITIES = ("info", "warning", "critical")
STATES = ("pending", "sent", "acknowledged", "failed", "dead")

_NEVER_AGAIN = {"sqlite_autoincrement": True}  # an id is not given twice: readers remember how far they came


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Table(DeclarativeBase):
    """Base of the journal's tables."""

    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, str: Text}


class Instrument(Table):
    """An instrument the sidecar watches; `instrument` is the catalog's id."""

    __tablename__ = "instruments"

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument: Mapped[str] = mapped_column(unique=True)
    symbol: Mapped[str]
    feed_symbol: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")

    __table_args__ = (_one_of("status", ("active", "inactive")),)


class MarketData(Table):
    """A tick, as `realtime.ticks.Tick`."""

    __tablename__ = "market_data"

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    event_at: Mapped[int]
    received_at: Mapped[int]
    seq: Mapped[int]
    price: Mapped[float | None]
    size: Mapped[float | None]
    bid: Mapped[float | None]
    ask: Mapped[float | None]
    flags: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("market_data_time", "instrument_id", "event_at"), _NEVER_AGAIN)


class AlertRule(Table):
    """A version of a rule. A change is a new version; the newest that is not `deleted_at` counts."""

    __tablename__ = "alert_rules"

    row: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int]  # what the API calls it
    version: Mapped[int]
    uid: Mapped[str]
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instruments.id"))
    rule_type: Mapped[str]
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    severity: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[int]
    deleted_at: Mapped[int | None]
    taken_after: Mapped[int | None]  # the last tick that was evaluated without it
    dropped_after: Mapped[int | None]  # the last tick that was evaluated with the rule

    __table_args__ = (UniqueConstraint("id", "version"), _one_of("severity", SEVERITIES))


class AlertLog(Table):
    """A firing: `suppressed` says why nothing was sent, NULL when it was handed to the channels."""

    __tablename__ = "alert_logs"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)  # the same for the same rule and edge: fired twice is one alert
    rule_id: Mapped[int]
    rule_version: Mapped[int]
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instruments.id"))
    edge_id: Mapped[str]
    fired_at: Mapped[int]  # event time of the tick
    written_at: Mapped[int]
    value: Mapped[float | None]
    threshold: Mapped[float | None]
    condition: Mapped[str]
    severity: Mapped[str]
    suppressed: Mapped[str | None]
    acknowledged_at: Mapped[int | None]
    context: Mapped[dict[str, Any]]

    __table_args__ = (Index("alert_logs_time", "fired_at"), _one_of("severity", SEVERITIES), _NEVER_AGAIN)


class Delivery(Table):
    """What became of an alert in one channel. One row an (alert, channel); its changes stand in `delivery_log`."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert_logs.id"))
    channel: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[int]
    changed_at: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("alert_id", "channel"),
        Index("deliveries_due", "state", "next_try_at"),
        _one_of("state", STATES),
    )


class DeliveryLog(Table):
    """Every change of a delivery's state, in order."""

    __tablename__ = "delivery_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    attempt: Mapped[int]
    state: Mapped[str]
    at: Mapped[int]
    reason: Mapped[str | None]

    __table_args__ = (Index("delivery_log_of", "delivery_id"), _NEVER_AGAIN)


class EngineState(Table):
    """What the rule engine knew when it last wrote it down, as JSON."""

    __tablename__ = "engine_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    written_at: Mapped[int]
    state: Mapped[dict[str, Any]]
