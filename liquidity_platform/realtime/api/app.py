"""The HTTP API and the web socket of the sidecar.

Belongs here: routes, their shapes, the app. Keep out: what they do (the desk), errors' shape (errors.py), who may
(access.py), clients' queues (hub.py).
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, Body, FastAPI, Path, Query, Response, WebSocket, WebSocketDisconnect

from liquidity_platform.realtime.api.access import Gate
from liquidity_platform.realtime.api.bodies import (
    Acknowledged,
    AlertPage,
    Health,
    InstrumentShown,
    InstrumentWanted,
    RuleMade,
    RuleShown,
)
from liquidity_platform.realtime.api.bounding import Bounded
from liquidity_platform.realtime.api.errors import ERRORS, add_handlers
from liquidity_platform.realtime.api.hub import Client, Hub, alert_fired, health_status

LAST = 2**53 - 1
PAGE = 500  # alerts a client is told at once of those it missed
LastAlert = Annotated[int | None, Query(ge=0, le=LAST, description="Of the last alert the client has")]
Number = Annotated[int, Path(ge=1, le=LAST, description="The journal's own number")]


class Desk(Protocol):
    """What the routes ask of the sidecar. Refusals are ApiErrors."""

    hub: Hub

    async def instruments(self) -> list[dict[str, Any]]:
        """Every instrument."""

    async def watch(self, name: str) -> dict[str, Any]:
        """Watch an instrument of the catalog; the one that is watched already comes back as it is."""

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule."""

    async def rule(self, number: int) -> dict[str, Any]:
        """One rule."""

    async def add_rule(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Take a rule."""

    async def change_rule(self, number: int, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Replace a rule by a new version."""

    async def drop_rule(self, number: int) -> None:
        """Delete a rule."""

    async def alerts(self, limit: int, offset: int, suppressed: bool) -> tuple[list[dict[str, Any]], int]:
        """A page of alerts, and how many there are."""

    async def missed(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Sent alerts after that one, oldest first, so many of them."""

    async def acknowledge(self, number: int) -> None:
        """A person saw the alert."""

    def health(self) -> dict[str, Any]:
        """How everything fares."""

    def metrics(self) -> bytes:
        """The same for Prometheus."""


def create_app(desk: Desk, host: str, token: str | None, rule_examples: Mapping[str, Any]) -> FastAPI:
    """The app over `desk`, listening on `host`; see access.wanted_token for `token`."""
    app = FastAPI(
        title="liquidity stream", description="Instruments, rules, alerts, health, a web socket.",
        version="1", responses=ERRORS, docs_url="/docs", redoc_url=None,
    )  # fmt: skip
    app.include_router(_instruments(desk))
    app.include_router(_rules(desk, rule_examples))
    app.include_router(_alerts(desk))
    app.include_router(_watching(desk))
    add_handlers(app)
    app.add_middleware(Bounded)
    app.add_middleware(Gate, host=host, token=token)
    return app


def _instruments(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/api/instruments", tags=["instruments"])

    @router.get("", summary="Every instrument, with its last tick")
    async def listed() -> list[InstrumentShown]:
        return [InstrumentShown(**each) for each in await desk.instruments()]

    @router.post("", status_code=201, summary="Watch an instrument of the catalog")
    async def watch(wanted: InstrumentWanted) -> InstrumentShown:
        return InstrumentShown(**await desk.watch(wanted.symbol))

    return router


def _rules(desk: Desk, examples: Mapping[str, Any]) -> APIRouter:
    router = APIRouter(prefix="/api/rules", tags=["rules"])
    definition = Annotated[dict[str, Any], Body(openapi_examples=dict(examples))]

    @router.get("", summary="Every rule", response_model=list[RuleShown])
    async def listed() -> Response:
        return Response(orjson.dumps(await desk.rules()), media_type="application/json")  # a thousand at once

    @router.post("", status_code=201, summary="Take a rule")
    async def made(body: definition) -> RuleMade:
        return RuleMade(**_made(await desk.add_rule(body)))

    @router.get("/{number}", summary="One rule")
    async def one(number: Number) -> RuleShown:
        return RuleShown(**await desk.rule(number))

    @router.put("/{number}", summary="Replace a rule; its memory begins anew")
    async def changed(number: Number, body: definition) -> RuleMade:
        return RuleMade(**_made(await desk.change_rule(number, body)))

    @router.delete("/{number}", status_code=204, summary="Delete a rule; its alerts stay")
    async def dropped(number: Number) -> None:
        await desk.drop_rule(number)

    return router


def _made(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rule[name] for name in ("id", "created_at", "status", "explanation")}


def _alerts(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/api/alerts", tags=["alerts"])

    @router.get("", summary="Alerts, newest first")
    async def page(
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=LAST)] = 0,
        suppressed: Annotated[bool, Query(description="Show those held back as well")] = False,
    ) -> AlertPage:
        rows, total = await desk.alerts(limit, offset, suppressed)
        return AlertPage(alerts=rows, total=total, has_more=offset + len(rows) < total)

    @router.post("/{number}/ack", summary="Say that a person has seen it")
    async def acknowledged(number: Number) -> Acknowledged:
        await desk.acknowledge(number)
        return Acknowledged(id=number)

    return router


def _watching(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/api/health", tags=["health"], summary="How the sidecar fares")
    async def health() -> Health:
        return Health(**desk.health())

    @router.get("/metrics", tags=["health"], summary="The same for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(desk.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.websocket("/ws/realtime")
    async def realtime(socket: WebSocket, last_alert_id: LastAlert = None) -> None:
        offered = [each.strip() for each in socket.headers.get("sec-websocket-protocol", "").split(",")]
        await socket.accept(subprotocol="liquidity" if "liquidity" in offered else None)
        await _serve(desk, socket, last_alert_id)

    return router


async def _serve(desk: Desk, socket: WebSocket, last_alert_id: int | None) -> None:
    """Send the client what it missed, then everything; listen only to notice that it leaves."""
    try:
        await socket.send_json(health_status(desk.health()))
        last = await _caught_up(desk, socket, last_alert_id)
    except WebSocketDisconnect:
        return
    client = Client(socket)
    desk.hub.join(client)  # first: what fires while the rest is read is queued, and may come twice, never not at all
    if last is not None:
        for alert in await desk.missed(last, PAGE):
            client.put_message(alert_fired(alert))
    sending = asyncio.create_task(client.serve())
    leaving = asyncio.create_task(_until_it_leaves(socket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        desk.hub.clients.discard(client)
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _caught_up(desk: Desk, socket: WebSocket, last: int | None) -> int | None:
    """Send what was missed, at the client's own pace, until less than a page of it is left; the last id sent."""
    while last is not None and len(page := await desk.missed(last, PAGE)) == PAGE:
        for alert in page:
            await socket.send_json(alert_fired(alert))
        last = page[-1]["id"]
    return last


async def _until_it_leaves(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # RuntimeError: it was closed from our side
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
