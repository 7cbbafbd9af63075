"""The fact tables: what one row holds, what makes it one fact, and by which rule it is appended.

A model is a row as it is offered: without `recorded_at`, which the warehouse stamps. Instants carry a zone, days are
dates, prices are Decimals of at most eight places, blanks are None. A test holds every model against its table.
Belongs here: models and the registry. Keep out: SQL (deciding.py), catalog tables, alert tables.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

import polars as pl
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, JsonValue
from pydantic.fields import FieldInfo

from liquidity_platform.core.facts import INSTANT, KnownBasis, Status

_INTEGER = "integer"  # marks numbers of 32 bits
Count = Annotated[int, Field(ge=0, lt=2**31), _INTEGER]
Price = Annotated[Decimal, Field(max_digits=20, decimal_places=8)]


class Row(BaseModel):
    """What every fact row carries: where it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payload_id: UUID | None = None
    run_id: str | None = None


class Published(Row):
    """A row some publisher gave us: its bytes are in the archive."""

    payload_id: UUID
    known_at: AwareDatetime
    known_basis: KnownBasis
    source_id: str
    fetched_at: AwareDatetime


class Observation(Published):
    """A published number (`raw.observations`), in the catalog's unit; None is a published blank."""

    series_id: str
    period: date
    value: FiniteFloat | None


class Bar(Published):
    """A price bar as traded (`raw.bars`), unadjusted, in the instrument's currency."""

    instrument_id: str
    interval: Literal["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"]
    bar_start: AwareDatetime
    open: Price | None = None
    high: Price | None = None
    low: Price | None = None
    close: Price | None = None
    volume: FiniteFloat | None = None


class CorporateAction(Published):
    """A split (`ratio` new units for one old) or a cash dividend (`amount` a unit), `raw.corporate_actions`."""

    instrument_id: str
    kind: Literal["split", "dividend"]
    ex_date: date
    ratio: Price | None = None
    amount: Price | None = None
    currency: str | None = None


class Event(Published):
    """A scheduled or unscheduled event (`raw.events`)."""

    event_id: str
    kind: Literal["economic", "earnings", "dividend", "split", "geopolitical", "central_bank", "auction"]
    title: str
    occurs_at: AwareDatetime
    region: str | None = None
    instrument_id: str | None = None
    actual: FiniteFloat | None = None
    forecast: FiniteFloat | None = None
    previous: FiniteFloat | None = None
    unit: str | None = None


class Article(Published):
    """A headline (`raw.news`); sentiment from -1 to 1 with the model that judged it."""

    article_id: str
    headline: str
    summary: str | None = None
    url: str | None = None
    symbols: list[str] = Field(default_factory=list)
    sentiment: Annotated[float, Field(ge=-1, le=1)] | None = None
    sentiment_model: str | None = None


class Membership(Published):
    """An instrument's time in a universe (`meta.universe_members`); `valid_to` is the first day after it."""

    universe_id: str
    instrument_id: str
    valid_from: date
    valid_to: date | None = None


class Tick(Row):
    """A trade or quote (`raw.ticks`), known since `received_at`."""

    instrument_id: str
    event_at: AwareDatetime
    seq: int
    received_at: AwareDatetime
    price: Price | None = None
    size: FiniteFloat | None = None
    bid: Price | None = None
    ask: Price | None = None
    flags: Count = 0


class MetricValue(Row):
    """A derived number at one step of knowledge (`derived.metrics`)."""

    metric_id: str
    definition_version: Count
    period: date
    known_at: AwareDatetime
    value: FiniteFloat | None
    status: Status
    inputs_hash: str


class SignalState(Row):
    """A signal's state at one step of knowledge (`derived.signals`)."""

    signal_id: str
    definition_version: Count
    period: date
    known_at: AwareDatetime
    state: str
    score: FiniteFloat | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    inputs: JsonValue


class Rule(StrEnum):
    """How an offered row is compared with what stands."""

    KNOWLEDGE = "knowledge"  # section 2: a vintage by its exact key, anything else with what is known now
    STEP = "step"  # skipped when the last row recorded at exactly that key says the same
    ONCE = "once"  # skipped when that key stands


@dataclass(frozen=True, slots=True)
class FactTable:
    """One fact table. `fact` says which fact a row speaks of, `values` what it says."""

    name: str
    model: type[Row]
    rule: Rule
    fact: tuple[str, ...]
    values: tuple[str, ...]
    catalog: tuple[str, str] | None = None  # (own column, catalog column with its table): checked once a batch
    asked_as: str | None = None  # the column that raw.payloads.series_id names

    @property
    def id(self) -> str:
        """The column reports are grouped by."""
        return self.fact[0]

    @property
    def types(self) -> dict[str, tuple[Any, str]]:
        """Column -> (dtype of the offered frame, SQL type of the table)."""
        return {name: _column_type(field) for name, field in self.model.model_fields.items()}

    @property
    def shape(self) -> dict[str, Any]:
        """Dtypes of the frame to offer."""
        return {name: dtype for name, (dtype, _) in self.types.items()}


_KINDS: dict[Any, tuple[Any, str]] = {
    str: (pl.String(), "text"), UUID: (pl.String(), "uuid"), date: (pl.Date(), "date"),
    AwareDatetime: (INSTANT, "timestamptz"), float: (pl.Float64(), "double precision"), int: (pl.Int64(), "bigint"),
    Decimal: (pl.Decimal(20, 8), "numeric(20,8)"), list[str]: (pl.List(pl.String()), "text[]"),
    JsonValue: (pl.String(), "jsonb"),
}  # fmt: skip


def _column_type(field: FieldInfo) -> tuple[Any, str]:
    return (pl.Int32(), _INTEGER) if _INTEGER in field.metadata else column_type(field.annotation)


def column_type(annotation: Any) -> tuple[Any, str]:
    """(dtype, SQL type) of a field's annotation, whatever may be None in it."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _KINDS[str]
    if get_origin(annotation) is Literal:
        return _KINDS[str]
    if get_origin(annotation) is Annotated:
        return column_type(get_args(annotation)[0])
    if isinstance(annotation, UnionType) or get_origin(annotation) is not None:
        kept = [part for part in get_args(annotation) if part is not NoneType]
        if len(kept) == 1:
            return column_type(kept[0])
    raise TypeError(f"no column type for {annotation!r}")


FACTS = {
    table.name: table
    for table in (
        FactTable("raw.observations", Observation, Rule.KNOWLEDGE, ("series_id", "period"), ("value",),
                  ("series_id", "meta.series.series_id"), "series_id"),
        FactTable("raw.bars", Bar, Rule.KNOWLEDGE, ("instrument_id", "source_id", "interval", "bar_start"),
                  ("open", "high", "low", "close", "volume"),
                  ("instrument_id", "meta.instruments.instrument_id"), "instrument_id"),
        FactTable("raw.corporate_actions", CorporateAction, Rule.KNOWLEDGE, ("instrument_id", "kind", "ex_date"),
                  ("ratio", "amount", "currency"), ("instrument_id", "meta.instruments.instrument_id")),
        FactTable("raw.events", Event, Rule.KNOWLEDGE, ("event_id",),
                  ("kind", "title", "occurs_at", "region", "instrument_id", "actual", "forecast", "previous", "unit")),
        FactTable("raw.news", Article, Rule.KNOWLEDGE, ("article_id",),
                  ("headline", "summary", "url", "symbols", "sentiment", "sentiment_model")),
        FactTable("meta.universe_members", Membership, Rule.KNOWLEDGE, ("universe_id", "instrument_id", "valid_from"),
                  ("valid_to",), ("instrument_id", "meta.instruments.instrument_id")),
        FactTable("raw.ticks", Tick, Rule.ONCE, ("instrument_id", "event_at", "seq"), ("price", "size", "bid", "ask"),
                  ("instrument_id", "meta.instruments.instrument_id")),
        FactTable("derived.metrics", MetricValue, Rule.STEP, ("metric_id", "definition_version", "period"),
                  ("value", "status")),
        FactTable("derived.signals", SignalState, Rule.STEP, ("signal_id", "definition_version", "period"),
                  ("state", "score", "confidence", "inputs")),
    )
}  # fmt: skip
