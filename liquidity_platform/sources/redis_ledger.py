"""The ledger in Redis: records that processes on any machine share.

A record is one key holding JSON, changed by compare-and-set (WATCH, MULTI); its clock is the server's. When Redis does
not answer, is wrong or the client is not installed, one warning is logged and the process goes on with its own
ledgers until it ends.
Belongs here: that. Keep out: what records mean.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

from liquidity_platform.sources.ledger import Answer, Change, Ledger, Ledgers, Record

PREFIX = "liquidity:asking:"
KEPT_S = 3 * 86_400  # longer than any record matters
_WAIT_S = 2.0
_LOG = logging.getLogger(__name__)
_REASONS = {  # by the name of an error or of what it is a kind of, the narrower first
    "ImportError": "the extra `redis` is not installed",
    "AuthenticationError": "user or password refused",
    "ConnectionError": "no answer",
    "TimeoutError": "no answer in time",
    "ValueError": "not a redis:// address, or strange content",
}


@dataclass(slots=True)
class _Link:
    """A way to Redis; `lost` says why there is none any more."""

    client: Any
    lost: str | None = None

    def give_up(self, error: Exception) -> None:
        if self.lost is None:
            self.lost = _reason(error)
            _LOG.warning("Redis cannot be used (%s): limits are not shared; see LIQUIDITY_REDIS__URL", self.lost)


class RedisLedger:
    """See Ledger. `instead` takes over when Redis cannot be used."""

    def __init__(self, link: _Link, instead: Ledger) -> None:
        self._link = link
        self._instead = instead

    @property
    def where(self) -> str:
        """For people: who shares it."""
        return "in Redis" if self._link.lost is None else self._instead.where

    @property
    def fault(self) -> str | None:
        """Why it is not in Redis."""
        return None if self._link.lost is None else f"Redis cannot be used: {self._link.lost}"

    def change(self, name: str, change: Change[Answer]) -> Answer:
        """See Ledger."""
        if self._link.lost is None:
            answers: list[Answer] = []
            try:
                self._link.client.transaction(lambda pipe: self._step(pipe, name, change, answers), PREFIX + name)
                return answers[-1]
            except Exception as error:
                if not _of_redis(error):
                    raise
                self._link.give_up(error)
        return self._instead.change(name, change)

    def read(self, name: str) -> tuple[Record, float]:
        """See Ledger."""
        if self._link.lost is None:
            try:
                return _record(self._link.client.get(PREFIX + name)), _now(self._link.client)
            except Exception as error:
                if not _of_redis(error):
                    raise
                self._link.give_up(error)
        return self._instead.read(name)

    def _step(self, pipe: Any, name: str, change: Change[Answer], answers: list[Answer]) -> None:
        """One try: read under WATCH, then write what has changed."""
        before = _record(pipe.get(PREFIX + name))
        after, answer = change(before, _now(pipe))
        answers.append(answer)
        pipe.multi()
        if after != before:
            pipe.set(PREFIX + name, json.dumps(after), ex=KEPT_S)


def in_redis(url: str, own: Ledgers) -> Ledgers:
    """Ledgers in the Redis at `url`; `own` where it cannot be used."""
    link = _Link(None)
    try:
        link.client = _client(url)
    except Exception as error:
        if not _of_redis(error):
            raise
        link.give_up(error)
    return Ledgers(RedisLedger(link, own.breakers), RedisLedger(link, own.counts))


def _client(url: str) -> Any:
    import redis

    return redis.Redis.from_url(url, socket_connect_timeout=_WAIT_S, socket_timeout=_WAIT_S, decode_responses=True)


def _now(asked: Any) -> float:
    seconds, micros = asked.time()
    return float(seconds) + float(micros) / 1e6


def _record(text: str | None) -> Record:
    record = json.loads(text) if text else {}
    if not isinstance(record, dict):
        raise ValueError("a key of ours holds something else")
    return record


def _of_redis(error: Exception) -> bool:
    """True for what a missing client, a wrong address, a wrong answer or an absent server raises."""
    return isinstance(error, ImportError | ValueError | OSError) or type(error).__module__.startswith("redis")


def _reason(error: Exception) -> str:
    """Words without the address: it may hold a password."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((words for name, words in _REASONS.items() if name in names), type(error).__name__)
