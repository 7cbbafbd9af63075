"""The one HTTP session: patient, polite, bounded, and it archives what it gets.

Four tries with exponential backoff and jitter, only for what may pass by itself (SourceUnavailable); Retry-After is
honoured up to a cap. Every request passes the publisher's gate: breaker, quota, pace. Answers are bounded in time
and size. No message or log shows a query string or a key.
Belongs here: asking. Keep out: what to ask for (providers), where one may be sent (addresses), archiving (recording).
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Self
from urllib.parse import urljoin

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from liquidity_platform.core.errors import (
    SourceChanged,
    SourceError,
    SourceMissing,
    SourceRejected,
    SourceUnavailable,
)
from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import Settings
from liquidity_platform.sources.addresses import Reach, base_url_of, named_places, place_of
from liquidity_platform.sources.archive import Archive
from liquidity_platform.sources.bounded import bound
from liquidity_platform.sources.contract import Payload, Provider, Subject
from liquidity_platform.sources.gate import Gate, NotAsked
from liquidity_platform.sources.ledger import Ledgers, ledgers_of
from liquidity_platform.sources.recording import Recorder

USER_AGENT = "liquidity-platform/0.1 (macro research; one polite client)"
RETRY_AFTER_CAP_S = 60.0
_REDIRECTS = 5
_BACKOFF = wait_exponential_jitter(initial=1, max=20, jitter=1)
for _name in ("httpx", "httpcore"):  # they log whole addresses, queries included
    logging.getLogger(_name).setLevel(logging.WARNING)


class _Busy(SourceUnavailable):
    """Not now; `retry_after_s` is what the publisher asked us to wait, when it did."""

    retry_after_s: float | None = None


class _Unreached(SourceUnavailable):
    """Nothing answered at that host."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request. The total holds for one try, redirects included, waiting for turns left out."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 120.0
    size: int = 64 * 2**20  # bytes, unpacked
    tries: int = 4


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that certificates are judged by: reading them takes 30 ms, for every provider and pass anew."""
    return httpx.create_ssl_context()


class Asker:
    """Asks one publisher. Use as a context manager."""

    def __init__(
        self,
        provider: Provider,
        settings: Settings,
        limits: Limits = Limits(),
        sleep: Callable[[float], None] = time.sleep,
        ledgers: Ledgers | None = None,
    ) -> None:
        self._name = provider.name
        self._base_url = base_url_of(provider, settings)
        self._reach = Reach(self._base_url, named_places(self._base_url, settings))
        place = place_of(self._base_url) or ("", 0)
        self._host = place[0]
        self._limits = limits
        self._sleep = sleep
        self._gate = Gate(provider, place, ledgers or ledgers_of(settings))
        self._client = httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
            verify=_trust(),
        )
        self._deadline = bound(self._client)
        self._unreached = False
        key = settings.source(provider.name).api_key
        self._key = {provider.key_param: key.get_secret_value()} if provider.key_param and key else {}

    @property
    def keyed(self) -> bool:
        """True when requests carry the user's key."""
        return bool(self._key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str], subject: str) -> bytes:
        """The body at `path` below the base URL; `subject` names it in errors. Raises SourceError.

        After a request that found nobody there, the next ones try once, so that a missing network costs one patience.
        """
        tries = 1 if self._unreached else self._limits.tries
        try:
            for attempt in Retrying(
                retry=retry_if_exception(_may_pass),
                stop=stop_after_attempt(tries), wait=_pause, sleep=self._sleep, reraise=True,
            ):  # fmt: skip
                with attempt, self._gate.passing():
                    body = self._try(self._base_url + path, params, subject)
        except _Unreached:
            self._unreached = True
            raise
        self._unreached = False
        return body

    def _try(self, url: str, params: Mapping[str, str], subject: str) -> bytes:
        try:
            return self._follow(httpx.URL(url, params={**params, **self._key}), subject)
        except httpx.TimeoutException as error:
            if self._deadline.passed():
                raise self._too_long(subject) from None
            if isinstance(error, httpx.ConnectTimeout):
                raise self._no_answer(f"no connection within {self._limits.connect_s:g} s") from None
            raise SourceUnavailable(f"{subject}: {self._host} fell silent for {self._limits.read_s:g} s") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise self._no_answer(_cause(error)) from None
        except httpx.TransportError:
            raise SourceUnavailable(f"{subject}: the connection to {self._host} broke off") from None
        except (httpx.DecodingError, httpx.InvalidURL, ValueError):
            raise SourceChanged(f"{subject}: {self._host} sent an answer that cannot be read") from None

    def _follow(self, url: httpx.URL, subject: str) -> bytes:
        left_s = self._limits.total_s
        for _ in range(_REDIRECTS + 1):
            self._gate.take_turn(self._sleep)
            self._deadline.set(left_s)
            with self._client.stream("GET", url) as response:
                target = response.headers.get("location") if response.is_redirect else None
                if target is None:
                    self._judge(response, subject)
                    return self._read(response, subject)
            left_s = self._deadline.left_s()
            url = httpx.URL(urljoin(str(url), target))
            if objection := self._reach.objection(str(url)):
                raise SourceRejected(f"{subject}: {self._host} redirects to {url.host!r}, {objection}; not followed")
        raise SourceRejected(f"{subject}: {self._host} redirects more than {_REDIRECTS} times")

    def _judge(self, response: httpx.Response, subject: str) -> None:
        """Raises the SourceError that an unwelcome status stands for."""
        status = response.status_code
        says = f"{subject}: {self._host} answered {status}"
        if status in (408, 429) or status >= 500:
            busy = _Busy(f"{says} ({response.reason_phrase or 'not now'}); ask again later")
            busy.retry_after_s = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
            raise busy
        if status == 404:
            raise SourceMissing(f"{says}: no such series there")
        if status in (401, 403) and self._key:
            raise SourceRejected(f"{says}: the key is refused; see LIQUIDITY_SOURCES__{self._name.upper()}__API_KEY")
        if status >= 400:
            raise SourceRejected(f"{says} ({response.reason_phrase or 'rejected'}): the request is refused")
        if status != 200:
            raise SourceChanged(f"{says}, which carries no data")

    def _read(self, response: httpx.Response, subject: str) -> bytes:
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("gzip", "identity", ""):  # packed twice, a chunk could unpack to gigabytes at once
            raise SourceChanged(f"{subject}: {self._host} packed its answer as {packing[:40]!r}, unasked")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.size:
                raise SourceChanged(f"{subject}: {self._host} sent more than {self._limits.size:,} bytes")
            if self._deadline.passed():
                raise self._too_long(subject)
        return bytes(body)

    def _too_long(self, subject: str) -> SourceError:
        return SourceUnavailable(f"{subject}: {self._host} took longer than {self._limits.total_s:g} s")

    def _no_answer(self, why: str) -> SourceError:
        return _Unreached(f"{self._name}: no answer from {self._host} ({why}); check the network or use --data DIR")


class HttpSession(Recorder):
    """What a live provider's `fetch` is given: every answer is archived before it is returned."""

    def __init__(self, asker: Asker, source_id: str, archive: Archive, clock: Clock) -> None:
        super().__init__(source_id, archive, clock)
        self.keyed = asker.keyed
        self._asker = asker

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """The archived answer to a GET below the base URL. Raises SourceError."""
        body = self._asker.get(path, params, f"{self.source_id} {subject.code}")
        return self.record(body, subject, request_of(path, params))


def request_of(path: str, params: Mapping[str, str]) -> str:
    """A request as it is written down; a session adds the key afterwards, so there is no secret in it."""
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return f"GET {path}?{query}" if query else f"GET {path}"


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, in seconds or as a date; None for none or nonsense."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _may_pass(error: BaseException) -> bool:
    """True for what another try may mend; a request that was not sent only when it soon may be."""
    if isinstance(error, NotAsked):
        return error.retry_after_s is not None
    return isinstance(error, SourceUnavailable)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, _Busy | NotAsked) else None
    return min(asked, RETRY_AFTER_CAP_S) if asked is not None else _BACKOFF(state)


def _cause(error: BaseException) -> str:
    """The network's own reason, in words."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, socket.gaierror):
            return "name resolution failed"
        if isinstance(seen, ssl.SSLCertVerificationError):
            return "its certificate is not trusted"
        if isinstance(seen, ssl.SSLError):
            return "it does not speak TLS as it should"
        if isinstance(seen, ConnectionRefusedError):
            return "connection refused"
        seen = seen.__cause__ or seen.__context__
    return "connection failed"
