"""One streamer connection of the stand-in: LOGIN, SUBS, ADD, UNSUBS, VIEW, LOGOUT, images, deltas, heartbeats.

Belongs here: the server's half of the protocol. Keep out: HTTP, what tests set up (standin.py).
"""

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from liquidity_platform_tests.realtime.schwab.market import service_of

if TYPE_CHECKING:
    from liquidity_platform_tests.realtime.schwab.standin import StandIn

_FAILED = {"SUBS": 22, "UNSUBS": 23, "ADD": 24, "VIEW": 25}
_DONE = {"SUBS": 26, "UNSUBS": 27, "ADD": 28, "VIEW": 29}
_SEVERING = {3, 12, 20, 30}


class Session:
    """One connection."""

    def __init__(self, standin: "StandIn", socket: ServerConnection) -> None:
        self.standin, self.socket = standin, socket
        self.fields: dict[str, set[str]] = {}  # symbol -> numbers wanted
        self.imaged: set[str] = set()
        self.last_data = "{}"
        self.logged_in = False
        self._beat: asyncio.Task[None] | None = None

    async def run(self) -> None:
        try:
            async for frame in self.socket:
                for request in json.loads(frame)["requests"]:
                    await self._obey(request)
        except ConnectionClosed:
            pass
        finally:
            self._leave()

    async def send(self, frame: str | bytes) -> None:
        """One frame, unless the server is stalled or the client gone."""
        if not self.standin.stalled:
            with contextlib.suppress(ConnectionClosed):
                await self.socket.send(frame)

    async def notify(self, code: int, message: str) -> None:
        content = {"service": "ADMIN", "timestamp": _ms(), "content": {"code": code, "msg": message}}
        await self.send(json.dumps({"notify": [content]}))
        if code in _SEVERING:
            self._leave()
            await self.socket.close()

    async def changed(self, symbol: str, fields: dict[str, Any], named: dict[str, Any]) -> None:
        """Tell what changed: all of it the first time."""
        wanted = self.fields.get(symbol)
        if wanted is None or symbol in self.standin.unknown_symbols:
            return
        if symbol in self.imaged:
            entry = {"key": symbol, **named, **{n: v for n, v in fields.items() if n in wanted}}
        else:
            self.imaged.add(symbol)
            entry = self.standin.market.image(symbol, wanted)
        content = {"service": service_of(symbol), "timestamp": _ms(), "command": "SUBS", "content": [entry]}
        self.last_data = json.dumps({"data": [content]})
        await self.send(self.last_data)

    def abort(self) -> None:
        """Break off without goodbye."""
        self._leave()
        self.socket.transport.abort()

    async def _obey(self, request: dict[str, Any]) -> None:
        self.standin.commands.append(request)
        name = request["command"]
        code, message = self._judge(request)
        if scripted := self.standin.codes.get(name):
            code = scripted.popleft()
        if name in self.standin.mute:
            self.standin.note()
            return
        if name == "LOGIN" and code == 0:
            await self._log_in()
        await self._respond(request, code, message)
        if name == "LOGIN" and code == 0:
            self._beat = asyncio.create_task(self._heartbeats())
        elif code in _SEVERING or name == "LOGOUT":
            self._leave()
            await self.socket.close()
        elif name in _DONE and code in (0, _DONE[name]):
            await self._subscribe(request)
        self.standin.note()

    def _judge(self, request: dict[str, Any]) -> tuple[int, str]:
        standin, name, parameters = self.standin, request["command"], request.get("parameters", {})
        if name == "LOGIN":
            good = parameters.get("Authorization") in standin.valid and self._named_right(request)
            return (0, "server=s0635;status=NP") if good else (3, "Login Denied.")
        if not self.logged_in or not self._named_right(request):
            return 20, "stream connection not found"
        if name == "LOGOUT":
            return 0, "SUCCESS"
        if request["service"] in standin.unavailable:
            return 11, "Service not available or temporary down."
        if name not in _DONE:
            return 21, "bad command format"
        keys = _keys(request)
        numbers = [int(number) for number in parameters.get("fields", "").split(",") if number]
        if name != "UNSUBS" and (numbers != sorted(numbers) or numbers[:1] != [0]):
            return 21, "fields must ascend from 0"
        held = {key for key in self.fields if name != "SUBS" or service_of(key) != request["service"]}
        if len(held | keys) > standin.symbol_limit:
            return 19, "reached symbol limit"
        done = _DONE[name] if standin.own_codes else 0
        wrong = keys & standin.bad_symbols or any(service_of(key) != request["service"] for key in keys)
        return (_FAILED[name], f"{name} failed") if wrong else (done, f"{name} command succeeded")

    def _named_right(self, request: dict[str, Any]) -> bool:
        ids = (request.get("SchwabClientCustomerId"), request.get("SchwabClientCorrelId"))
        return ids == (self.standin.customer, self.standin.correl)

    async def _log_in(self) -> None:
        others = [session for session in self.standin.sessions if session.logged_in]
        if self.standin.one_session:
            for other in others:
                await other.notify(12, "another connection of this user")
        self.logged_in = True
        self.standin.logins += 1
        self.standin.sessions.append(self)

    async def _respond(self, request: dict[str, Any], code: int, message: str) -> None:
        answer = {
            "service": request["service"], "command": request["command"], "requestid": str(request["requestid"]),
            "SchwabClientCorrelId": self.standin.correl, "timestamp": _ms(), "content": {"code": code, "msg": message},
        }  # fmt: skip
        await self.send(json.dumps({"response": [answer]}))

    async def _subscribe(self, request: dict[str, Any]) -> None:
        name, keys = request["command"], _keys(request)
        wanted = set(request["parameters"].get("fields", "").split(","))
        if name == "SUBS":
            of_service = {key for key in self.fields if service_of(key) == request["service"]}
            for key in of_service - keys:
                del self.fields[key]
        if name == "UNSUBS":
            for key in keys:
                self.fields.pop(key, None)
                self.imaged.discard(key)
            return
        for key in sorted(keys):
            self.fields[key] = wanted
            self.imaged.discard(key)
            if key in self.standin.market.fields:
                await self.changed(key, {}, {})

    async def _heartbeats(self) -> None:
        while True:
            await self.send(json.dumps({"notify": [{"heartbeat": str(_ms())}]}))
            await asyncio.sleep(self.standin.heartbeat_s)

    def _leave(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        if self in self.standin.sessions:
            self.standin.sessions.remove(self)
        self.standin.note()


def _keys(request: dict[str, Any]) -> set[str]:
    return {key for key in request.get("parameters", {}).get("keys", "").split(",") if key}


def _ms() -> int:
    return time.time_ns() // 1_000_000
