"""The HTTP requests beside the stream: where to connect, and history.

Belongs here: asking with a token, refreshed once when refused; shapes of the answers. Keep out: the token endpoint
(tokens.py), what history is for (history.py).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx
import orjson

from liquidity_platform.core.errors import SourceChanged, SourceMissing, SourceRejected
from liquidity_platform.realtime.feeds.loopback import is_loopback, objection
from liquidity_platform.realtime.feeds.schwab.tokens import NotNow, Tokens, asked_wait_s

for _name in ("httpx", "httpcore"):  # they log addresses and, in detail, headers with tokens
    logging.getLogger(_name).setLevel(logging.WARNING)


def http_client(base_url: str, timeout_s: float) -> httpx.AsyncClient:
    """A client that follows no redirect (a token must not wander) and no proxy to this machine itself."""
    return httpx.AsyncClient(timeout=timeout_s, trust_env=not is_loopback(httpx.URL(base_url).host))


@dataclass(frozen=True, slots=True)
class Preference:
    """Where and as whom to stream; changes between connects."""

    url: str
    customer: str
    correl: str
    channel: str
    function: str

    def __repr__(self) -> str:
        return "Preference(...)"  # ids of a customer

    @classmethod
    def read(cls, tree: Any) -> Self:
        """From the answer of /trader/v1/userPreference. Raises SourceChanged."""
        names = ("streamerSocketUrl", "schwabClientCustomerId", "schwabClientCorrelId", "schwabClientChannel")
        try:
            info = tree["streamerInfo"][0]
            found = [info[name] for name in (*names, "schwabClientFunctionId")]
        except (KeyError, IndexError, TypeError):
            raise SourceChanged("Schwab's userPreference names no streamer") from None
        if not all(isinstance(value, str) and value for value in found):
            raise SourceChanged("Schwab's userPreference names no streamer")
        if said := objection(found[0], "wss"):
            raise SourceChanged(f"Schwab's userPreference names a streamer that is not used: {said}")
        return cls(*found)


class Asking:
    """GET requests with the login's token."""

    def __init__(self, base_url: str, tokens: Tokens, client: httpx.AsyncClient) -> None:
        self._base_url, self._tokens, self._client = base_url, tokens, client

    async def preference(self) -> Preference:
        """Where to stream. Raises SourceError."""
        return Preference.read(await self.get("/trader/v1/userPreference", {}))

    async def get(self, path: str, params: Mapping[str, str]) -> Any:
        """The JSON at `path`; a refused token is refreshed once and the request repeated once. Raises SourceError."""
        token = await self._tokens.access()
        response = await self._try(path, params, token)
        if response.status_code == 401:
            response = await self._try(path, params, await self._tokens.access(refused=token))
        status = response.status_code
        if status in (408, 429) or status >= 500:
            raise NotNow(f"Schwab answered {status} to {path}", asked_wait_s(response))
        if status == 404:
            raise SourceMissing(f"Schwab has nothing at {path} (404)")
        if status != 200:
            raise SourceRejected(f"Schwab refuses {path} ({status}); has the app the Market Data product?")
        try:
            return orjson.loads(response.content)
        except ValueError:
            raise SourceChanged(f"Schwab's answer to {path} is not JSON") from None

    async def _try(self, path: str, params: Mapping[str, str], token: str) -> httpx.Response:
        try:
            return await self._client.get(
                self._base_url + path, params=params, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.HTTPError as error:
            raise NotNow(f"no answer from Schwab to {path} ({type(error).__name__})") from None
