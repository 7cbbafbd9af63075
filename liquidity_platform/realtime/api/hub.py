"""The web socket's clients, and the channel by which alerts reach them.

Every client has a short queue of its own and a task that empties it. Ticks are conflated: a client that is behind gets
the newest of each instrument, and when more than EACH_S come a second everybody gets the newest of each instrument
every ROUND_S, so that showing ticks costs the same however many come, and alerts do not wait for it. A client whose
queue is full of what may not be lost is cut off with a reason; it says its last alert's id when it comes back, and
gets what it missed. Nobody waits for anybody.
Belongs here: clients, queues, messages. Keep out: HTTP (app.py), where alerts come from.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson

from liquidity_platform.realtime.channels.contract import TAKEN, Outcome
from liquidity_platform.realtime.journal.reading import text_of
from liquidity_platform.realtime.ticks import Tick

QUEUE = 1_000
EACH_S = 100  # ticks a second that are shown one by one
ROUND_S = 0.05
TOO_SLOW = 1013  # "try again later"


class Socket(Protocol):
    """What the hub needs of a web socket."""

    async def send_text(self, data: str) -> None:
        """Send one message."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """End it."""


class Client:
    """One web socket."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.slow = False
        self._messages: deque[str] = deque()
        self._ticks: dict[int, str] = {}
        self._wake = asyncio.Event()

    def put(self, message: str) -> bool:
        """Queue what may not be lost; False when the client is too far behind."""
        if len(self._messages) >= QUEUE:
            self.slow = True
            self._wake.set()
            return False
        self._messages.append(message)
        self._wake.set()
        return True

    def put_message(self, message: Mapping[str, Any]) -> bool:
        """The same for a message of this client alone."""
        return self.put(_json(message))

    def tick(self, instrument: int, message: str) -> None:
        """Queue a tick instead of the instrument's one before, if that still waits."""
        self._ticks[instrument] = message
        self._wake.set()

    async def serve(self) -> None:
        """Send until the socket ends; alerts go before ticks."""
        while True:
            while (self._messages or self._ticks) and not self.slow:
                if self._messages:
                    await self.socket.send_text(self._messages.popleft())
                else:
                    await self.socket.send_text(self._ticks.pop(next(iter(self._ticks))))
            if self.slow:
                await self.socket.close(TOO_SLOW, "too far behind: come back with your last alert's id")
                return
            self._wake.clear()
            await self._wake.wait()


class Hub:
    """All clients; also the ledger's channel `websocket`: an alert is sent once a client has it queued."""

    name, parallel = "websocket", 256

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.cut_off = 0
        self.joined: Callable[[], None] = lambda: None
        self._fresh: dict[int, Tick] = {}  # not shown yet, by the journal's instrument
        self._planned = False
        self._credit, self._credited = float(EACH_S), 0.0

    def join(self, client: Client) -> None:
        """Somebody listens now; whoever set `joined` hears of it."""
        self.clients.add(client)
        self.joined()

    def ready(self) -> bool:
        """True while anybody listens."""
        return bool(self.clients)

    async def send(self, alert: Mapping[str, Any], key: str) -> Outcome:
        """Hand the alert to every client; see Channel."""
        if not self.say(alert_fired(alert)):
            return Outcome(False, "no client could take it")
        self.say(rule_triggered(alert))
        return TAKEN

    async def close(self) -> None:
        """End every client's connection."""
        for client in list(self.clients):
            await client.socket.close(1001, "the sidecar ends")

    def tick(self, tick: Tick, instrument: int) -> None:
        """Show a tick to everybody, at once or in the next round."""
        if not self.clients:
            return
        self._fresh[instrument] = tick
        if self._planned:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._credit = min(EACH_S, self._credit + (now - self._credited) * EACH_S)
        self._credited = now
        if self._credit >= 1:
            self._show()
        else:
            self._planned = True
            loop.call_later(ROUND_S, self._show)

    def _show(self) -> None:
        fresh, self._fresh, self._planned = self._fresh, {}, False
        self._credit = max(0.0, self._credit - len(fresh))
        for instrument, tick in fresh.items():
            message = _json({
                "type": "tick_update", "instrument_id": instrument, "timestamp": text_of(tick.event_at),
                "price": tick.price, "volume": tick.size, "bid": tick.bid, "ask": tick.ask, "flags": tick.flags,
            })  # fmt: skip
            for client in self.clients:
                client.tick(instrument, message)

    def say(self, message: Mapping[str, Any]) -> int:
        """Queue a message that may not be lost; how many clients have it."""
        text = _json(message)
        taken = 0
        for client in list(self.clients):
            if client.put(text):
                taken += 1
            else:
                self.clients.discard(client)
                self.cut_off += 1
        return taken


def alert_fired(alert: Mapping[str, Any]) -> dict[str, Any]:
    """The message for an alert, as `reading.alert` gives it."""
    return {
        "type": "alert_fired", "alert_id": alert["id"], "rule_id": alert["rule_id"],
        "instrument_id": alert["instrument_id"], "value": alert["value"], "threshold": alert["threshold"],
        "timestamp": alert["timestamp"], "severity": alert["severity"], "uid": alert["uid"], "rule": alert["rule"],
        "message": alert["message"], "context": alert["context"],
    }  # fmt: skip


def rule_triggered(alert: Mapping[str, Any]) -> dict[str, Any]:
    """What the rule compared; `evaluation_time` in milliseconds."""
    return {
        "type": "rule_triggered", "rule_id": alert["rule_id"],
        "match_details": {
            "condition": alert["condition"], "actual": alert["value"], "threshold": alert["threshold"],
        },
        "evaluation_time": alert["context"].get("evaluation_ms"),
    }  # fmt: skip


def health_status(health: Mapping[str, Any]) -> dict[str, Any]:
    """The health as a message."""
    return {
        "type": "health_status", "ingestion_status": "active" if health["ingestion_active"] else "inactive",
        "last_tick_time": health["last_tick"], "api_status": health["status"], "reasons": health["reasons"],
    }  # fmt: skip


def _json(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()
