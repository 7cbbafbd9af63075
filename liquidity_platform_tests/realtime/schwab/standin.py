"""A Schwab that lives on this machine: token endpoint, preferences, history, streamer, over real sockets.

    async with StandIn() as schwab:
        schwab.write_token_file(path)
        ...                                       # point a client at schwab.base_url, schwab.app_key, ...
        await schwab.subscribed("/ES")
        await schwab.trade("/ES", 4500.25)        # an image first, deltas after it

Everything a test may want to go wrong is an attribute or a method. For synchronous tests and other processes see
`threaded.py` and `python -m liquidity_platform_tests.realtime.schwab`.
Belongs here: Schwab's HTTP side and what tests say. Keep out: one streamer session (session.py), raw HTTP.
"""

import asyncio
import base64
import json
import secrets
import time
from collections import deque
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve

from liquidity_platform_tests.realtime.schwab.http_desk import Reply, Request, serve_http
from liquidity_platform_tests.realtime.schwab.market import Market
from liquidity_platform_tests.realtime.schwab.session import Session


class StandIn:
    """The stand-in; use as an async context manager, on one event loop."""

    def __init__(self, heartbeat_s: float = 0.05, port: int = 0, ws_port: int = 0) -> None:
        self.app_key, self.app_secret = "K" * 16, "S3CRET-OF-THE-APP"
        self.refresh_token = "REFRESH-" + secrets.token_hex(8)
        self.customer, self.correl = "CUSTOMER-1", "CORREL-1"
        self.heartbeat_s = heartbeat_s
        self.access_life_s = 1800  # of tokens handed out from now on
        self.token_replies: deque[Reply | None] = deque()  # said once each instead of a token; None hangs up later
        self.http_replies: dict[str, deque[Reply]] = {}  # by path, said once each
        self.refresh_dead = False  # 400 to every refresh, as after seven days
        self.one_session = True  # a second LOGIN throws out the first with code 12
        self.symbol_limit = 500
        self.own_codes = False  # SUBS and its like succeed with 26-29 instead of 0
        self.bad_symbols: set[str] = set()  # SUBS and ADD holding one are refused with 22 and 24
        self.unknown_symbols: set[str] = set()  # accepted, never answered
        self.unavailable: set[str] = set()  # services that answer 11
        self.codes: dict[str, deque[int]] = {}  # by command name: codes said once each
        self.mute: set[str] = set()  # commands never answered
        self.candles: dict[str, list[dict[str, Any]]] = {}  # pricehistory by symbol; others are empty
        self.stalled = False  # half-open: pings are answered, nothing is sent
        self.market = Market()
        self.valid: set[str] = set()  # access tokens
        self.requests: list[Request] = []
        self.commands: list[dict[str, Any]] = []  # of the streamer, as received
        self.sessions: list[Session] = []  # open ones
        self.logins = 0
        self._ports = (port, ws_port)
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._http = await serve_http(self._answer, port=self._ports[0])
        self._ws: Server = await serve(self._stream, "127.0.0.1", self._ports[1], ping_interval=None, compression=None)
        self.base_url = f"http://127.0.0.1:{self._http.sockets[0].getsockname()[1]}"
        self.ws_url = f"ws://127.0.0.1:{next(iter(self._ws.sockets)).getsockname()[1]}/ws"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._http.close()
        for session in list(self.sessions):
            session.abort()
        self._ws.close(close_connections=False)
        await asyncio.sleep(0)

    # what tests set up

    def write_token_file(self, path: Path, age_s: float = 0, expires_in: float = 1800) -> Path:
        """A login in schwab-py's format: made `age_s` ago, its access token good for `expires_in` seconds."""
        path.write_text(json.dumps({"creation_timestamp": int(time.time() - age_s), "token": self._token(expires_in)}))
        path.chmod(0o600)
        return path

    @property
    def secrets(self) -> set[str]:
        """Every string that must never show in a log, an error or an address."""
        return {self.app_secret, self.refresh_token, *self.valid, self._basic()}

    # what tests wait for

    async def subscribed(self, *symbols: str) -> None:
        """Wait until some session has each of `symbols`."""
        await self.until(lambda: all(any(symbol in s.fields for s in self.sessions) for symbol in symbols))

    async def until(self, condition: Any, timeout_s: float = 30.0) -> None:
        """Wait for something the stand-in sees to become true."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def note(self) -> None:
        """Something changed; whoever waits looks again."""
        self._changed.set()

    def asked(self, path: str) -> int:
        """How often a path was asked."""
        return sum(request.path == path for request in self.requests)

    # what tests make happen

    async def trade(self, symbol: str, price: float, size: int = 1, at_ms: int | None = None, **more: Any) -> None:
        """A trade; volume, last size, trade time and the day's high and low follow by themselves."""
        await self.update(symbol, self.market.trade(symbol, price, size, at_ms), **more)

    async def quote(self, symbol: str, bid: float, ask: float, at_ms: int | None = None) -> None:
        """A change of the quote."""
        await self.update(symbol, self.market.quote(symbol, bid, ask, at_ms))

    async def update(self, symbol: str, fields: dict[str, Any], **more: Any) -> None:
        """Any fields by number; `more` are named ones such as delayed=True. New subscribers get an image first."""
        self.market.change(symbol, fields, more)
        for session in list(self.sessions):
            await session.changed(symbol, fields, more)

    async def notify(self, code: int, message: str = "") -> None:
        """A notify of the ADMIN service; 3, 12, 20 and 30 end the connection, as the real ones do."""
        for session in list(self.sessions):
            await session.notify(code, message)

    async def raw(self, frame: str | bytes) -> None:
        """Any frame to every session."""
        for session in list(self.sessions):
            await session.send(frame)

    async def repeat(self) -> None:
        """The last data frame once more."""
        for session in list(self.sessions):
            await session.send(session.last_data)

    async def drop(self) -> None:
        """Every connection breaks off without goodbye."""
        for session in list(self.sessions):
            session.abort()

    # the two servers

    async def _stream(self, socket: ServerConnection) -> None:
        await Session(self, socket).run()

    def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        self.note()
        scripted = self.http_replies.get(request.path)
        if scripted:
            return scripted.popleft()
        if request.path == "/v1/oauth/token" and request.method == "POST":
            return self._grant(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            return _reply(
                401, {"errors": [{"status": 401, "title": "Unauthorized", "detail": "Client not authorized"}]}
            )
        if request.path == "/trader/v1/userPreference":
            return _reply(200, self._preference())
        if request.path == "/marketdata/v1/pricehistory":
            symbol = request.query.get("symbol", "")
            candles = self.candles.get(symbol, [])
            return _reply(200, {"symbol": symbol, "empty": not candles, "candles": candles})
        return Reply(404)

    def _grant(self, request: Request) -> Reply:
        if self.token_replies and (scripted := self.token_replies.popleft()):
            return scripted
        if request.headers.get("authorization") != self._basic():
            return _reply(401, {"error": "invalid_client"})
        if self.refresh_dead or request.form.get("refresh_token") != self.refresh_token:
            says = f"400 Bad Request: {request.form.get('refresh_token')} refresh_token_authentication_error"
            return _reply(400, {"error": "unsupported_token_type", "error_description": says})
        token = self._token(self.access_life_s)
        del token["expires_at"]
        return _reply(200, token)

    def _token(self, life_s: float) -> dict[str, Any]:
        access = "ACCESS-" + secrets.token_hex(8)
        self.valid.add(access)
        return {
            "expires_in": int(life_s), "token_type": "Bearer", "scope": "api", "refresh_token": self.refresh_token,
            "access_token": access, "id_token": "ID-TOKEN", "expires_at": int(time.time() + life_s),
        }  # fmt: skip

    def _basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.app_key}:{self.app_secret}".encode()).decode()

    def _preference(self) -> dict[str, Any]:
        info = {
            "streamerSocketUrl": self.ws_url, "schwabClientCustomerId": self.customer,
            "schwabClientCorrelId": self.correl, "schwabClientChannel": "N9", "schwabClientFunctionId": "APIAPP",
        }  # fmt: skip
        return {"accounts": [], "streamerInfo": [info], "offers": [{"mktDataPermission": "NP"}]}


def _reply(status: int, tree: Any) -> Reply:
    return Reply(status, json.dumps(tree).encode())
