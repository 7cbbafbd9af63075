"""What the API takes and gives, as it stands in the OpenAPI.

Belongs here: bodies of requests and answers. Keep out: rules' own fields (rules.model), routes.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = int


class InstrumentWanted(BaseModel):
    """An instrument of the catalog to watch, by its id, symbol or feed symbol."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"symbol": "ES"}]})

    symbol: str = Field(min_length=1, max_length=64)


class InstrumentShown(BaseModel):
    """An instrument the sidecar watches. `last_tick` is an ISO instant (UTC)."""

    id: Id
    instrument: str
    symbol: str
    feed_symbol: str
    name: str
    type: str
    status: Literal["active", "inactive"]
    last_tick: str | None
    last_price: float | None


class RuleMade(BaseModel):
    """A rule that was taken. `explanation` says in plain words when it fires."""

    id: Id
    created_at: str
    status: Literal["active", "inactive"]
    explanation: str


class RuleShown(BaseModel):
    """A rule as it is now; `definition` is what was posted, `version` counts its changes."""

    id: Id
    uid: str
    version: int
    instrument_id: Id | None
    rule_type: str
    name: str
    definition: dict[str, Any]
    severity: str
    active: bool
    status: Literal["active", "inactive"]
    created_at: str
    explanation: str


class AlertShown(BaseModel):
    """An alert; `suppressed` says why nothing was sent, null when it was."""

    id: Id
    uid: str
    rule_id: Id
    rule: str | None
    rule_type: str | None
    instrument_id: Id | None
    symbol: str | None
    timestamp: str
    value: float | None
    threshold: float | None
    condition: str
    severity: str
    message: str
    suppressed: str | None
    acknowledged: bool
    acknowledged_at: str | None
    context: dict[str, Any]


class AlertPage(BaseModel):
    """A page of alerts, newest first."""

    alerts: list[AlertShown]
    total: int
    has_more: bool


class Acknowledged(BaseModel):
    """An alert a person has seen."""

    id: Id
    acknowledged: Literal[True] = True


class Health(BaseModel):
    """How the sidecar fares. `status` is ok, degraded (it says why in `reasons`) or down."""

    status: Literal["ok", "degraded", "down"]
    reasons: list[str]
    ingestion_active: bool
    last_tick: str | None
    api_connected: bool
    simulated: bool
    feed: dict[str, Any]
    journal: dict[str, Any]
    rules: int
    clients: int
    macros: dict[str, dict[str, Any]]  # metrics and signals that rules read, as last heard
