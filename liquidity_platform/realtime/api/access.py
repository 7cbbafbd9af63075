"""Who may talk to the API: anybody on this machine, with a token anybody else; no web page of another site.

Belongs here: the token, the Host and Origin checks, as ASGI middleware (HTTP and web sockets). Keep out: routes.
"""

import hmac
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.api.errors import answer

_SUBPROTOCOL = "bearer."  # a browser cannot set a header on a web socket, but can name a subprotocol


def loopback(host: str) -> bool:
    """True for an address only this machine can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def wanted_token(host: str, file: Path | None) -> str | None:
    """The token clients must show. Raises ConfigError when `host` can be reached from outside and there is none."""
    if file is None:
        if loopback(host):
            return None
        raise ConfigError(f"the API on {host} can be reached from outside: set LIQUIDITY_API__TOKEN_FILE")
    try:
        token = file.expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"LIQUIDITY_API__TOKEN_FILE cannot be read: {error}") from None
    if len(token) < 16:
        raise ConfigError("LIQUIDITY_API__TOKEN_FILE: a token has at least 16 characters")
    return token


class Gate:
    """Lets through what may pass, answers the rest."""

    def __init__(self, app: ASGIApp, host: str, token: str | None) -> None:
        self._app, self._token = app, token
        self._only_here = loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The middleware."""
        if scope["type"] not in ("http", "websocket") or (status := self._refusal(Headers(scope=scope))) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": status[1]})
        else:
            await answer(*status)(scope, receive, send)

    def _refusal(self, headers: Headers) -> tuple[int, str] | None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if self._only_here and not loopback(host):
            return 400, "this API is reached as 127.0.0.1 or localhost"
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != headers.get("host"):
            return 400, "a page of another site may not use this API"
        if self._token is not None and not self._shown(headers):
            return 401, "show the token: Authorization: Bearer ..."
        return None

    def _shown(self, headers: Headers) -> bool:
        assert self._token is not None
        offered = [headers.get("authorization", "").removeprefix("Bearer ")]
        listed = headers.get("sec-websocket-protocol", "").split(",")
        offered += [each.strip()[len(_SUBPROTOCOL) :] for each in listed if each.strip().startswith(_SUBPROTOCOL)]
        return any(hmac.compare_digest(each.encode(), self._token.encode()) for each in offered)
