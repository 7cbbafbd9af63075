"""Access tokens: kept fresh, asked for one at a time, given up on when only a person can help.

The access token lives 30 minutes, the refresh token seven days from the login in the browser; refreshing does not
extend the latter. 400 and 401 at the token endpoint mean "log in again": nothing is asked again until the file
changes. 5xx, 429 and time-outs may pass: the caller comes back later.
Belongs here: that policy. Keep out: the file's format (tokenfile.py), when to connect (feed.py).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson

from liquidity_platform.core.errors import ConfigError, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from liquidity_platform.realtime.feeds.schwab.tokenfile import Login, read_login, stamp_of, write_login
from liquidity_platform.realtime.feeds.settings import SchwabSettings

_LOG = logging.getLogger(__name__)
DAY_S = 86_400.0
REFRESH_LIFE_S = 7 * DAY_S
WARN_AT_S = (6 * DAY_S, 6.5 * DAY_S)


class LoginNeeded(SourceRejected):
    """The refresh token is refused: only a person with a browser can go on."""


class NotNow(SourceUnavailable):
    """Asking again later may work; not before `wait_s`, when the publisher named a time."""

    def __init__(self, says: str, wait_s: float | None = None) -> None:
        super().__init__(says)
        self.wait_s = wait_s


class Tokens:
    """The access token of one login. `now_s`: seconds since 1970 UTC, for tests."""

    def __init__(
        self,
        settings: SchwabSettings,
        client: httpx.AsyncClient,
        early_s: float = 300.0,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Raises ConfigError naming the settings that are missing."""
        wanted = {"APP_KEY": settings.app_key, "APP_SECRET": settings.app_secret, "TOKEN_FILE": settings.token_file}
        if missing := [f"LIQUIDITY_STREAM__SCHWAB__{name}" for name, value in wanted.items() if not value]:
            raise ConfigError(f"the schwab feed needs {', '.join(missing)}")
        assert settings.app_key
        assert settings.app_secret
        assert settings.token_file
        self._key, self._secret, self._file = settings.app_key, settings.app_secret, settings.token_file
        self._url = f"{settings.base_url}/v1/oauth/token"
        self._client, self._early_s, self._now_s = client, early_s, now_s
        self._lock = asyncio.Lock()
        self._login: Login | None = None
        self._stamp: tuple[int, int] | None = None
        self._dead: str | None = None  # the refresh token that was refused
        self._unwritten: str | None = None
        self.refreshes = 0

    def load(self) -> Login:
        """The login, read again when the file has changed. Raises ConfigError."""
        stamp = stamp_of(self._file)
        if self._login is None or stamp != self._stamp:
            self._login, self._stamp = read_login(self._file), stamp
        return self._login

    async def access(self, refused: str | None = None) -> str:
        """A valid access token, refreshed when it ends soon, or when it is `refused` (one the server did not take).

        However many ask at once, one request is made. Raises LoginNeeded, NotNow, ConfigError.
        """
        async with self._lock:
            login = self.load()
            if login.expires - self._now_s() <= self._early_s or login.access == refused:
                login = await self._refresh(login)
            return login.access

    def due_s(self) -> float:
        """Seconds until the access token is to be refreshed; 0 for now. Raises ConfigError."""
        return max(0.0, self.load().expires - self._early_s - self._now_s())

    @property
    def needs_login(self) -> bool:
        """True while the login on disk is one that was refused, or none."""
        try:
            return self.load().refresh == self._dead
        except ConfigError:
            return True

    def age_s(self) -> float | None:
        """Seconds since the login in the browser; None without one."""
        return None if self._login is None else max(0.0, self._now_s() - self._login.created)

    def warnings(self) -> tuple[str, ...]:
        """What a person should know about the login, each in one line."""
        return tuple(said for said in (self._of_age(), self._unwritten) if said)

    def _of_age(self) -> str | None:
        age = self.age_s()
        if self._login is not None and self._login.refresh == self._dead:
            return "the Schwab login is refused: log in again"
        if age is None or age < WARN_AT_S[0]:
            return None
        left = REFRESH_LIFE_S - age
        if left <= 0:
            return "the Schwab login is older than seven days: log in again"
        when = "now" if age >= WARN_AT_S[1] else "soon"
        return f"the Schwab login ends in {left / 3600:.0f} hours: log in again {when}"

    async def keep_fresh(self, again_s: float, check_s: float) -> None:
        """Refresh before each end, for ever; a running stream thus learns early of a dead login. Never raises."""
        while True:
            try:
                await asyncio.sleep(max(self.due_s(), 0.01))
                await self.access()
            except (LoginNeeded, ConfigError) as error:
                _LOG.warning("schwab: %s", error)
                await self.new_login(check_s)
            except SourceError as error:
                _LOG.warning("schwab: %s; asked again in %.0f s", error, again_s)
                await asyncio.sleep(again_s)

    async def new_login(self, check_s: float) -> None:
        """Wait until the file holds a login that was not refused."""
        while self.needs_login:
            await asyncio.sleep(check_s)

    async def _refresh(self, login: Login) -> Login:
        if login.refresh == self._dead:
            raise LoginNeeded("the Schwab login was refused before: log in again, the token file is watched")
        answer = await self._ask(login)
        renewed = login.renewed(answer, self._now_s())
        self.refreshes += 1
        if stamp_of(self._file) != self._stamp:  # a person logged in meanwhile: theirs stands
            return self.load()
        self._login = renewed  # in use even when the disk is full
        try:
            await asyncio.to_thread(write_login, self._file, renewed)  # fsync may take long; the stream goes on
            self._unwritten = None
        except OSError as error:
            self._unwritten = f"the token file {self._file} cannot be written ({error.strerror}): kept in memory"
        self._stamp = stamp_of(self._file)
        return renewed

    async def _ask(self, login: Login) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": login.refresh}
        basic = httpx.BasicAuth(self._key.get_secret_value(), self._secret.get_secret_value())
        try:
            response = await self._client.post(self._url, data=form, auth=basic)
        except httpx.HTTPError as error:
            raise NotNow(f"no answer from Schwab's token endpoint ({type(error).__name__})") from None
        status = response.status_code
        if status in (400, 401):
            self._dead = login.refresh
            raise LoginNeeded(f"Schwab refuses the login ({status}): log in again, the token file is watched")
        if status != 200:
            raise NotNow(f"Schwab's token endpoint answered {status}", asked_wait_s(response))
        try:
            answer = orjson.loads(response.content)
            if not isinstance(answer["access_token"], str) or not isinstance(answer.get("refresh_token", ""), str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise SourceChanged("Schwab's token endpoint sent an answer that holds no token") from None
        return dict(answer)


def asked_wait_s(response: httpx.Response) -> float | None:
    """Seconds to wait by Retry-After, an hour at most; None where it names none (a date counts as none)."""
    text = response.headers.get("retry-after", "").strip()
    return min(float(text[:6]), 3600.0) if text.isascii() and text.isdigit() else None
